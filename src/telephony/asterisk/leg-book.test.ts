import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { instant } from "../../clock.ts";
import type { CallId, LegId, PhoneName, PlayId } from "../../ids.ts";
import type { PbxEvent } from "../pbx.ts";
import { readAriEvent, type AriEvent } from "./ari-events.ts";
import { LegBook } from "./leg-book.ts";

const now = instant(1_000_000);

function recorded(file: string): readonly AriEvent[] {
  return readFileSync(join(import.meta.dirname, "fixtures", file), "utf8").split("\n")
    .map(readAriEvent).filter((event) => event !== undefined);
}

/** One word per event, with what matters of it. */
function word(event: PbxEvent): string {
  switch (event.type) {
    case "leg-ended": return `ended:${event.cause.q850}/${event.cause.sip ?? "-"}/${event.cause.by}`;
    case "leg-arrived": return `arrived:${event.phone}:${event.dialed}`;
    case "play-finished": return `played:${event.completed}`;
    case "key-pressed": return `key:${event.key}`;
    default: return event.type.replace(/^legs?-/, "");
  }
}

const legsIn = (events: readonly AriEvent[]): readonly LegId[] => [...new Set(events.flatMap(
  (event) => "channel" in event ? [event.channel.id] : "peer" in event ? [event.peer.id] : []))]
  .map((id) => id as LegId);

function check(
  events: readonly AriEvent[], expected: string, prepare: (book: LegBook) => void = () => undefined,
): void {
  const book = new LegBook();
  prepare(book);
  const told = events.flatMap((event) => book.apply(event, now)).map(word);
  expect(told.join(" ")).to.equal(expected);
}

const leg = "leg-1" as LegId;
const channel = { id: "leg-1", name: "PJSIP/trunk-acme-00000001", state: "Up" };
const common = { application: "ringwright", atMs: now };
const entered: AriEvent = { ...common, type: "StasisStart", channel, args: ["answered"] };
const destroyed: AriEvent =
  { ...common, type: "ChannelDestroyed", channel, cause: 16, techCause: undefined };
const expecting = (book: LegBook): void => { book.expect(leg); };

describe("the book of legs", () => {
  it("reads a busy line as a real Asterisk tells it", () => {
    const events = recorded("busy.jsonl");
    check(events, "ended:17/486/far-end", (book) => { legsIn(events).forEach((id) => { book.expect(id); }); });
  });

  it("reads early media without an answer", () => {
    const events = recorded("early-media.jsonl");
    check(events, "early-media ended:19/480/switch",
      (book) => { legsIn(events).forEach((id) => { book.expect(id); }); });
  });

  it("reads two legs that are joined and hung up on", () => {
    const events = recorded("joined.jsonl");
    const prepare = (book: LegBook): void => {
      for (const id of legsIn(events)) { book.expect(id); }
      book.expectCall("1" as CallId, legsIn(events), "call-1");
    };
    check(events, "ringing answered ringing answered joined ended:16/-/switch ended:16/-/switch",
      prepare);
  });

  it("says everything once when every event comes twice", () => {
    const events = recorded("busy.jsonl").flatMap((event) => [event, event]);
    check(events, "ended:17/486/far-end",
      (book) => { legsIn(events).forEach((id) => { book.expect(id); }); });
  });

  it("says nothing of legs that are not ours", () => { check(recorded("busy.jsonl"), ""); });

  it("knows a leg that a former controller placed", () => {
    check([entered, destroyed], "answered ended:16/-/switch");
  });

  it("knows when a leg was answered that had to wait for a controller", () => {
    const answeredAt = (args: readonly string[], atMs: number | undefined): number | undefined => {
      const [event] = new LegBook().apply({ ...entered, args: ["answered", ...args], atMs }, later);
      return event?.type === "leg-answered" ? event.answeredAt - later : undefined;
    };
    const later = instant(1_764_000_000_000);
    expect(answeredAt([String(later - 900)], later)).to.equal(-900);
    expect(answeredAt([String(later - 5_900)], later - 5_000), "its clock is behind").to.equal(-900);
    expect(answeredAt([String(later + 20)], later), "entered before it was answered").to.equal(0);
    for (const odd of ["", "yesterday", "-1", String(later - 86_400_000)]) {
      expect(answeredAt([odd], later), odd).to.equal(0);
    }
    expect(answeredAt([], later)).to.equal(0);
    expect(answeredAt([String(later - 900)], undefined)).to.equal(0);
  });

  it("has the answer of a leg that a survey found in the dialplan, until it ends there", () => {
    const book = new LegBook();
    const found = { leg, channel: "", up: false, arrived: false, call: undefined, bridge: undefined };
    book.reconcile([{ ...found, answeredAt: instant(now - 700) }]);
    expect(book.apply(destroyed, now)).to.deep.include({
      type: "leg-ended", leg, at: now, answeredAt: now - 700,
      cause: { q850: 16, sip: undefined, by: "switch" },
    });
  });

  it("takes our hang-up for ours, whatever the switch says of it", () => {
    const asked: AriEvent = { ...common, type: "ChannelHangupRequest", channel, soft: true };
    check([asked, destroyed], "ended:16/-/us", (book) => {
      expecting(book);
      book.hangUp(leg);
    });
  });

  it("calls the end of an answered leg without a cause a normal one", () => {
    check([entered, { ...destroyed, cause: 0 }], "answered ended:16/-/switch", expecting);
    check([{ ...destroyed, cause: 0 }], "ended:0/-/switch", expecting);
  });

  it("ends a play with its leg", () => {
    check([destroyed], "played:false ended:16/-/switch", (book) => {
      expecting(book);
      book.expectPlay("p" as PlayId, leg, false);
    });
  });

  it("knows what a leg hears by itself, which a join cuts short", () => {
    const book = new LegBook();
    book.expectPlay("alone" as PlayId, leg, false);
    book.expectPlay("under" as PlayId, leg, true);
    book.expectPlay("other" as PlayId, "b2" as LegId, false);
    expect(book.playsTo([leg])).to.deep.equal(["alone"]);
    book.stopPlay("alone" as PlayId);
    expect(book.playsTo([leg])).to.deep.equal([]);
  });

  it("does not complete a play that was stopped", () => {
    const finished: AriEvent = { ...common, type: "PlaybackFinished", playback: "p", state: "done" };
    check([finished], "played:false", (book) => {
      book.expectPlay("p" as PlayId, leg, false);
      book.stopPlay("p" as PlayId);
    });
  });

  it("hears a phone arrive, and a trunk never", () => {
    const from = (name: string): AriEvent => ({
      ...common, type: "StasisStart", channel: { id: name, name, state: "Ring" }, args: ["arrived", "*11"],
    });
    check([from("PJSIP/1001-0000000a"), from("PJSIP/trunk-acme-0000000b"), from("Local/x@y-1;1")],
      "arrived:1001:*11");
  });

  it("tells of a phone only when it changed", () => {
    const book = new LegBook();
    const [first, second] = ["1001" as PhoneName, "1002" as PhoneName];
    const told = [[first], [first], [second], [], []].map((phones) =>
      book.reached(phones, now).map((event) => `${event.type} ${"phone" in event ? event.phone : ""}`));
    expect(told).to.deep.equal([
      ["phone-reachable 1001"], [], ["phone-unreachable 1001", "phone-reachable 1002"],
      ["phone-unreachable 1002"], [],
    ]);
  });

  it("does not believe a clock that is far off", () => {
    const book = new LegBook();
    const [event] = book.apply({ ...entered, atMs: now - 60_000 }, now);
    expect(event).to.include({ at: now });
  });

  it("tells who speaks with a leg, also in a call that another controller joined", () => {
    const book = new LegBook();
    const [lead, agent] = ["lead" as LegId, "agent" as LegId];
    const call = "call" as CallId;
    book.expectCall(call, [lead, agent], "quiet-agent");
    expect(book.callIn("quiet-agent")).to.equal(call);
    expect(book.partnerOf(agent)).to.equal(lead);
    book.forgetCall(call);
    expect(book.partnerOf(agent)).to.equal(undefined);
    expect(book.callIn("quiet-agent")).to.equal(undefined);
    const found = { channel: "", up: true, arrived: false, call, answeredAt: now, bridge: "quiet-agent" };
    book.reconcile([{ ...found, leg: lead }, { ...found, leg: agent }]);
    expect([book.partnerOf(lead), book.partnerOf(agent)]).to.deep.equal([agent, lead]);
    expect(book.callsOf(lead)).to.deep.equal([call]);
    expect([book.callIn("quiet-agent"), book.bridgeOf(call)]).to.deep.equal([call, "quiet-agent"]);
  });
});
