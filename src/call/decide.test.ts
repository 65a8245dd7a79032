/** What a call makes of moments that cross; every path is walked in walk.test.ts. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { instant, plus } from "../clock.ts";
import type { AgentId, AttemptId, CampaignId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { HangUpCause } from "../telephony/cause.ts";
import type { CallState, CallTerms } from "./call.ts";
import { decide } from "./decide.ts";

const joinedAt = instant(10_000);
const terms: CallTerms = {
  attempt: "a" as AttemptId, campaign: 1 as CampaignId, leg: "a" as LegId, placedAt: instant(0),
  ringMs: 25_000, connectWithinMs: 2_000, measureFrom: "answer", wrapUpMs: 10_000,
  dispositionDefault: "none", recording: "record", stopKey: undefined, beepMs: undefined,
  hearTones: true,
};
const connected: CallState = {
  at: "connected", answeredAt: instant(9_990), joinedAt, agent: 1 as AgentId,
  agentLeg: "b" as LegId, recordingOver: false,
};

const check = (afterMs: number, by: HangUpCause["by"], expected: string): void => {
  const cause: HangUpCause = { q850: 16, sip: undefined, by };
  const { facts, commands } = decide(terms, connected,
    { type: "leg-ended", at: plus(joinedAt, afterMs), cause, answeredAt: connected.answeredAt });
  const said = facts.flatMap((fact) =>
    fact.type === "outcome-set" ? [`${fact.outcome.outcome}/${fact.outcome.reason}`] : []);
  expect(said.join()).to.equal(expected);
  expect(commands.map((each) => each.type === "tell-agent" ? each.news : each.type))
    .to.deep.equal(["ended"]);
};

describe("a call whose person goes", () => {
  it("as the legs are joined was hung up early: nobody was heard", () => {
    check(0, "far-end", "hung-up-early/left-as-joined");
    check(limits.joinCrossedMs - 1, "far-end", "hung-up-early/left-as-joined");
  });
  it("later than that was connected", () => {
    check(limits.joinCrossedMs, "far-end", "connected/answered");
  });
  it("by our own hang-up was connected, however soon", () => {
    check(0, "us", "connected/answered");
  });
});
