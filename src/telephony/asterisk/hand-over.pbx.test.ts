/**
 * People who answer while a real Asterisk has no controller: those who are taken in time are known
 * with the moment of their answer, and the others hear the message. SIPp says when they answered.
 */
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { AttemptId, DialNumber, LegId, TrunkName } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { waitUntil } from "../../stack/patience.ts";
import { ariOfStack, ordersToStack, pbxOfStack, Talkers }
  from "../../testing/deployment/talkers.ts";
import type { PbxEvent, PlaceLeg } from "../pbx.ts";
import type { AriClient } from "./ari-client.ts";
import type { AsteriskPbx } from "./asterisk-pbx.ts";
import { originateBody } from "./wire.ts";

const trunk = "hand-over" as TrunkName;
/** The rule of two seconds: 16 CFR 310.4(b)(4)(iii). */
const ruleMs = 2_000;

describe("people who answer while a real Asterisk has no controller", function () {
  this.timeout(60_000);
  let talkers: Talkers;
  let pbx: AsteriskPbx;
  let hand: AriClient;
  let events: PbxEvent[] = [];

  before(async () => {
    talkers = await Talkers.open({ trunk, prefix: "+12015560", count: 60, ringMs: 500 });
    hand = ordersToStack();
    pbx = pbxOfStack(ariOfStack());
    pbx.onEvent((event) => { events.push(event); });
  });
  afterEach(async () => {
    for (const leg of (await channels()).keys()) {
      await hand.request({ method: "DELETE", path: ["channels", leg] }).catch(() => undefined);
    }
    await pbx.close();
    events = [];
  });
  after(async () => {
    await hand.close();
    await talkers.close();
  });

  /** What the dialplan does with each leg. */
  async function channels(): Promise<ReadonlyMap<string, string>> {
    const list = await hand.request({ method: "GET", path: ["channels"] }) as
      readonly { readonly id: string; readonly dialplan: { readonly app_name: string } }[];
    return new Map(list.map(({ id, dialplan }) => [id, dialplan.app_name]));
  }

  async function dial(count: number): Promise<ReadonlyMap<LegId, DialNumber>> {
    const legs = new Map<LegId, DialNumber>();
    for (let i = 0; i < count; i++) {
      const number = talkers.next();
      const leg = randomUUID() as string as LegId;
      legs.set(leg, number);
      const order: PlaceLeg = {
        leg, to: { kind: "number", trunk, number }, ringMs: 20_000, reportTalking: false,
        callerId: { number: "1000", name: "hand-over" },
        tags: { attempt: leg as string as AttemptId },
        safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" },
      };
      await hand.request({ method: "POST", path: ["channels", leg], body: originateBody(order) });
    }
    return legs;
  }

  const answeredAt = (number: DialNumber): number | undefined =>
    talkers.callees.truth().find((each) => each.number === number)?.answeredAt;
  const allAnswered = async (legs: ReadonlyMap<LegId, DialNumber>): Promise<void> => {
    const done = await waitUntil(() => Promise.resolve(
      [...legs.values()].every((number) => answeredAt(number) !== undefined) || undefined),
    { deadlineMs: 10_000 });
    expect(done, "everybody has answered").to.equal(true);
  };

  it("hear the message within two seconds where nobody comes", async () => {
    const legs = await dial(20);
    const begun = new Map<LegId, number>();
    await waitUntil(async () => {
      const now = Date.now();
      for (const [leg, app] of await channels()) {
        if (app === "Playback" && !begun.has(leg as LegId)) begun.set(leg as LegId, now);
      }
      return begun.size === legs.size || undefined;
    }, { deadlineMs: 10_000 });
    const waits = [...legs].map(([leg, number]) =>
      (begun.get(leg) ?? Infinity) - (answeredAt(number) ?? 0));
    expect(Math.max(...waits), "ms from the answer to the message").to.be.below(ruleMs);
    expect(Math.min(...waits), "ms that a controller has").to.be.at.least(limits.handOverMs - 50);
  });

  it("meet one that comes within the second, who knows when they answered", async () => {
    const legs = await dial(20);
    await allAnswered(legs);
    await pbx.open();
    const { legs: live } = await pbx.survey();
    for (const { leg, state } of live) expect(state, leg).to.be.oneOf(["answered", "up"]);
    const taken = await waitUntil(() => Promise.resolve([...legs.keys()].every((leg) =>
      live.some((each) => each.leg === leg && each.state === "up")
        || events.some((each) => each.type === "leg-answered" && each.leg === leg)) || undefined),
    { deadlineMs: 5_000 });
    expect(taken, "all are ours").to.equal(true);
    for (const [leg, number] of legs) {
      const event = events.find((each) => each.type === "leg-answered" && each.leg === leg);
      const known = event?.type === "leg-answered" ? event.answeredAt
        : live.find((each) => each.leg === leg)?.since;
      const lateBy = (known ?? 0) - (answeredAt(number) ?? 0);
      // The switch hears of an answer some milliseconds after it was sent.
      expect(lateBy, "ms between the answer and what we take for it").to.be.within(-20, 250);
    }
    expect([...(await channels()).values()]).to.not.include("Playback");
  });
});
