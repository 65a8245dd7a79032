/**
 * A real Asterisk behind a way that fails: what we are told is not what happened. SIPp's record
 * says whom the switch rang.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { systemClock } from "../../clock.ts";
import { loadConfig } from "../../config.ts";
import { limits } from "../../limits.ts";
import type { CallId, DialNumber, LegId, TrunkName } from "../../ids.ts";
import { inspectRecording } from "../../recording/inspect.ts";
import { waitUntil } from "../../stack/patience.ts";
import { ariOfStack, ordersToStack, pbxOfStack, Talkers }
  from "../../testing/deployment/talkers.ts";
import type { PbxEvent, PlaceLeg } from "../pbx.ts";
import type { AsteriskPbx } from "./asterisk-pbx.ts";
import { FaultyWay, type Fate } from "./faulty-way.ts";

const trunk = "faults" as TrunkName;
describe("a real Asterisk behind a way that fails", function () {
  this.timeout(60_000);
  const config = loadConfig();
  let talkers: Talkers;
  let way: FaultyWay;
  let pbx: AsteriskPbx;
  const events: PbxEvent[] = [];

  before(async () => {
    talkers = await Talkers.open({ trunk, prefix: "+12015550", count: 40, ringMs: 300 });
    const ari = ariOfStack();
    const { hostname: host, port } = new URL(ari.url);
    way = await FaultyWay.to({ host, port: Number(port) });
    pbx = pbxOfStack({ ...ari, url: way.url });
    pbx.onEvent((event) => { events.push(event); });
    await pbx.open();
  });
  afterEach(async () => {
    way.fate = () => undefined;
    const { legs } = await pbx.survey();
    await Promise.all(legs.map(({ leg }) => pbx.hangUp(leg, "normal")));
  });
  after(async () => {
    await pbx.close();
    way.close();
    await talkers.close();
  });

  /** An order for somebody who was not called before. */
  const nextOrder = (): PlaceLeg & { readonly number: DialNumber } => {
    const number = talkers.next();
    return {
      number, leg: randomUUID() as LegId, to: { kind: "number", trunk, number },
      callerId: { number: "1000", name: "faults" }, ringMs: 20_000, tags: {},
      safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" }, reportTalking: false,
    };
  };
  const nameOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(() => "done", (error: unknown) => (error as Error).name);
  const callsTo = (number: DialNumber): number =>
    talkers.callees.truth().filter((each) => each.number === number).length;
  const sees = async (type: PbxEvent["type"], leg: LegId): Promise<void> => {
    const seen = await waitUntil(() => Promise.resolve(events.find((each) =>
      each.type === type && "leg" in each && each.leg === leg)), { deadlineMs: 10_000 });
    expect(seen, `${type} of ${leg}`).to.not.equal(undefined);
  };
  const onlyFor = (method: string, part: string, fate: Fate) => (m: string, path: string) =>
    m === method && path.includes(part) ? fate : undefined;

  async function answered(): Promise<ReturnType<typeof nextOrder>> {
    const order = nextOrder();
    await pbx.placeLeg(order);
    await sees("leg-answered", order.leg);
    return order;
  }

  describe("an order to dial", () => {
    it("whose answer is lost has acted: events come, and a second order acts once", async () => {
      const order = nextOrder();
      way.fate = onlyFor("POST", order.leg, { acts: true, answer: "none" });
      expect(await nameOf(pbx.placeLeg(order))).to.equal("SwitchUnreachable");
      way.fate = () => undefined;
      expect(await nameOf(pbx.placeLeg(order))).to.equal("done");
      await sees("leg-answered", order.leg);
      expect(callsTo(order.number)).to.equal(1);
    });

    for (const status of [409, 500, 503]) {
      it(`that acted is done, although ${status} is answered`, async () => {
        const order = nextOrder();
        way.fate = onlyFor("POST", order.leg, { acts: true, answer: status });
        expect(await nameOf(pbx.placeLeg(order))).to.equal("done");
        await sees("leg-answered", order.leg);
        expect(callsTo(order.number)).to.equal(1);
      });
    }

    for (const status of [400, 404, 409, 500]) {
      it(`that did not act is refused, where ${status} is answered`, async () => {
        const order = nextOrder();
        way.fate = onlyFor("POST", order.leg, { acts: false, answer: status });
        expect(await nameOf(pbx.placeLeg(order))).to.match(/Refused$/);
        expect((await pbx.survey()).legs.map(({ leg }) => leg)).to.not.include(order.leg);
        expect(callsTo(order.number)).to.equal(0);
      });
    }
  });

  describe("an order to hang up", () => {
    for (const [answer, told] of [[500, "AriRefused"], ["none", "SwitchUnreachable"]] as const) {
      it(`that acted is told by its event, whatever was answered (${answer})`, async () => {
        const { leg } = await answered();
        way.fate = onlyFor("DELETE", leg, { acts: true, answer });
        expect(await nameOf(pbx.hangUp(leg, "normal"))).to.equal(told);
        await sees("leg-ended", leg);
      });
    }

    it("of a leg that is said to be gone is done", async () => {
      const { leg } = await answered();
      way.fate = onlyFor("DELETE", leg, { acts: true, answer: 404 });
      expect(await nameOf(pbx.hangUp(leg, "normal"))).to.equal("done");
    });
  });

  it("tells of a join by its event, although its answer is lost", async () => {
    const [lead, agent] = [await answered(), await answered()];
    const call = lead.leg as string as CallId;
    way.fate = onlyFor("POST", "addChannel", { acts: true, answer: "none" });
    const order = { call, leadLeg: lead.leg, agentLeg: agent.leg };
    expect(await nameOf(pbx.join(order))).to.equal("SwitchUnreachable");
    expect(events.some((each) => each.type === "legs-joined" && each.call === call)).to.equal(true);
  });

  it("ends its events for a reader that is too slow, who compares anew", async () => {
    const { leg } = await answered();
    const [from, at] = [events.length, systemClock.now()];
    const later = (type: PbxEvent["type"]) => events.slice(from).find((each) => each.type === type);
    way.stopReading();
    await flood(16 * 2 ** 20);
    const lost = await waitUntil(() => Promise.resolve(later("connection-lost")),
      { deadlineMs: 2 * limits.switchSilenceMs });
    expect((lost?.at ?? Infinity) - at).to.be.below(limits.switchSilenceMs * 4 / 3 + 1_000);
    way.readOn();
    const restored = await waitUntil(() => Promise.resolve(later("connection-restored")),
      { deadlineMs: 10_000 });
    expect(restored).to.include({ restarted: false });
    expect((await pbx.survey()).legs.map((each) => each.leg)).to.include(leg);
    await pbx.hangUp(leg, "normal");
    await sees("leg-ended", leg);
  });

  /** Events of our own, as many as it takes to fill every buffer on the way. */
  async function flood(bytes: number): Promise<void> {
    const ari = ordersToStack();
    // Ours lets only the events pass that we know; the next connection sets it again.
    await ari.request({
      method: "PUT", path: ["applications", config.ariApp, "eventFilter"], body: { disallowed: [] },
    });
    const filling = "x".repeat(15_000);
    for (let sent = 0; sent < bytes; sent += 8 * filling.length) {
      await Promise.all(Array.from({ length: 8 }, () => ari.request({
        method: "POST", path: ["events", "user", "filling"], query: { application: config.ariApp },
        body: { variables: { filling } },
      })));
    }
    await ari.close();
  }

  describe("a recording", () => {
    const filesOf = (name: string) =>
      ({ leadFile: `${name}/lead.wav`, agentFile: `${name}/agent.wav` });

    async function record(name: string): Promise<void> {
      const [lead, agent] = [await answered(), await answered()];
      const call = lead.leg as string as CallId;
      await pbx.join({ call, leadLeg: lead.leg, agentLeg: agent.leg });
      await nameOf(pbx.record({ call, leadLeg: lead.leg, ...filesOf(name) }));
      // The conversation goes on, and ends when we say so.
      const joined = (await pbx.survey()).legs.filter((each) => each.call === call);
      expect(joined.map(({ leg }) => leg)).to.have.members([lead.leg, agent.leg]);
      await nameOf(pbx.stopRecording(call));
      expect((await pbx.survey()).legs.filter((each) => each.call === call)).to.have.length(2);
      await pbx.hangUp(lead.leg, "normal");
      await sees("leg-ended", lead.leg);
    }
    const kindOf = async (file: string): Promise<string> =>
      (await inspectRecording(join(config.recordingsDir, file))).kind;

    it("on a full disk has no sound, and the conversation goes on", async () => {
      const name = `full-${randomUUID()}`;
      const { leadFile, agentFile } = filesOf(name);
      for (const file of [leadFile, agentFile]) {
        const path = join(config.recordingsDir, file);
        mkdirSync(dirname(path), { recursive: true, mode: 0o777 });
        symlinkSync("/dev/full", path);
      }
      await record(name);
      for (const file of [leadFile, agentFile]) expect(await kindOf(file)).to.not.equal("sound");
      rmSync(join(config.recordingsDir, name), { recursive: true });
    });

    it("whose folder cannot be made is missing, and the conversation goes on", async () => {
      const name = `gone-${randomUUID()}`;
      writeFileSync(join(config.recordingsDir, name), "a file in the folder's place");
      await record(name);
      expect(await kindOf(filesOf(name).leadFile)).to.not.equal("sound");
      rmSync(join(config.recordingsDir, name));
    });
  });
});
