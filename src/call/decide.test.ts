/** What a call makes of moments that cross; every path is walked in walk.long.test.ts. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { instant, plus } from "../clock.ts";
import type { AgentId, AttemptId, CampaignId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { HangUpCause } from "../telephony/cause.ts";
import { evolve, type CallState, type CallTerms } from "./call.ts";
import { decide } from "./decide.ts";
import type { CallInput } from "./inputs.ts";

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

describe("a line that rang for long enough", () => {
  const at = instant(16_000);
  const ringing: CallState = { at: "ringing", since: instant(500), promised: undefined };
  const begun: readonly CallInput[] = [{ type: "given-up", at }];
  const ends = (by: HangUpCause["by"], answeredAt?: typeof at): CallInput => ({
    type: "leg-ended", at: plus(at, 40), answeredAt,
    cause: { q850: by === "far-end" ? 17 : 16, sip: by === "far-end" ? 486 : undefined, by },
  });
  const walk = (state: CallState, inputs: readonly CallInput[]): string => {
    const said: string[] = [];
    let now = state;
    for (const input of inputs) {
      const { facts, commands } = decide(terms, now, input);
      for (const fact of facts) {
        now = evolve(now, fact);
        if (fact.type === "outcome-set") {
          said.push(`${fact.outcome.outcome}/${fact.outcome.reason}`);
        }
        if (fact.type === "ignored") said.push(`(${fact.why})`);
      }
      said.push(...commands.map((each) => `!${each.type}`));
    }
    return said.join(" ");
  };
  const is = (inputs: readonly CallInput[], expected: string, state: CallState = ringing): void => {
    expect(walk(state, inputs)).to.equal(expected);
  };

  it("is given up by a hang-up, and was not answered", () => {
    is([...begun, ends("us")], "!hang-up no-answer/rang-enough");
    is([...begun, ...begun], "!hang-up (given up already)");
  });
  it("is what its network says when its own end comes first", () => {
    is([...begun, ends("far-end")], "!hang-up busy/busy");
  });
  it("counts as abandoned when its person answers as we hang up", () => {
    is([...begun, { type: "answered", at, answeredAt: at }, ends("us", at)],
      "!hang-up abandoned/no-agent-in-time !hang-up");
    is([...begun, ends("us", at)], "!hang-up abandoned/no-agent-in-time");
  });
  it("is not given up before it rings, nor while an agent waits for it", () => {
    is(begun, "(not ringing yet)", { at: "placing", since: instant(0), promised: undefined });
    const promised = { agent: 1 as AgentId, agentLeg: "b" as LegId };
    is(begun, "(an agent waits for it)", { ...ringing, promised });
  });
});
