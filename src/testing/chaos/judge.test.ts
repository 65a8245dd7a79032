import { expect } from "chai";
import type { TrueCall } from "../demo/truth.ts";
import { doubleDials, failuresOf, judge, type ChaosEvidence, type Kill } from "./judge.ts";

const call = (changes: Partial<TrueCall>): TrueCall => ({
  number: "+12015550100", behaviour: "talks", invitedAt: 10_000, answeredAt: 12_000,
  acknowledgedAt: 12_001, endedAt: 16_000, end: "person-left", ...changes,
});
const kill = (victim: Kill["victim"], at: number): Kill =>
  ({ victim, manner: "kill", at, backAt: at + 1_000 });
const attempt: ChaosEvidence["attempts"][number] = {
  attempt: "a", number: "+12015550100", placedAt: 9_900, answeredAt: 12_000, joinedAt: 12_100,
  endedAt: 16_000, outcome: "connected", reason: "answered", agent: "1001",
};
const evidence: ChaosEvidence = {
  kills: [], calls: [call({})], attempts: [attempt], hangUps: new Map(), stoppedAt: 60_000,
};

describe("a double dial", () => {
  const check = (calls: readonly TrueCall[], kills: readonly Kill[], count: number) =>
    expect(doubleDials(calls, kills)).to.have.length(count);
  const second = call({ invitedAt: 15_000, endedAt: 20_000 });

  it("is a second call while the first is up", () => check([call({}), second], [], 1));
  it("is none when the first is over", () =>
    check([call({ endedAt: 14_000 }), second], [], 0));
  it("is none when the switch died with the first", () =>
    check([call({}), second], [kill("switch", 13_000)], 0));
  it("is one when something else died meanwhile", () =>
    check([call({}), second], [kill("controller", 13_000)], 1));
});

describe("the judgement of a chaos run", () => {
  const check = (changes: Partial<ChaosEvidence>, expected: RegExp | undefined) => {
    const failures = failuresOf(judge({ ...evidence, ...changes })).join("\n");
    if (expected) expect(failures).to.match(expected);
    else expect(failures).to.equal("");
  };
  const byUs = [call({ end: "caller-left" })];

  it("finds nothing in a good run", () => { check({}, undefined); });
  it("finds an attempt without an outcome", () => {
    check({ attempts: [{ ...attempt, outcome: null }] }, /without an outcome: a/);
  });
  it("finds a call that is no attempt's", () => { check({ attempts: [] }, /no attempt of ours/); });
  it("finds a conversation that our side ended", () => {
    check({ calls: byUs, kills: [kill("controller", 14_000)] }, /cut by us: a/);
  });
  it("lets an agent hang up", () => {
    check({ calls: byUs, hangUps: new Map([["1001", [15_900]]]) }, undefined);
  });
  it("does not take another agent's hang-up for an explanation", () => {
    check({ calls: byUs, hangUps: new Map([["1002", [15_900]]]) }, /cut by us/);
  });
  it("measures from the fault to the next person rung", () => {
    const later = call({ invitedAt: 30_000, number: "+12015550101" });
    const report = judge({ ...evidence, calls: [call({}), later], kills: [kill("redis", 25_000)] });
    expect(report.secondsToRecover).to.deep.equal(
      [{ victim: "redis", manner: "kill", fromFault: 5, fromReturn: 4, overlaps: false }]);
  });
});

describe("the time to recover", () => {
  const check = (kills: readonly Kill[], expected: readonly string[]) => {
    const calls = [call({}), call({ number: "+12015550101", invitedAt: 24_000, endedAt: 26_000 })];
    const { secondsToRecover } = judge({ ...evidence, calls, kills });
    expect(secondsToRecover.map(({ fromFault, overlaps }) =>
      `${fromFault}${overlaps ? " overlapping" : ""}`)).to.deep.equal(expected);
  };

  it("is until the next person is rung", () => check([kill("controller", 20_000)], ["4"]));
  it("is marked where another fault began before that", () =>
    check([kill("controller", 20_000), kill("postgres", 23_000)],
      ["4 overlapping", "1 overlapping"]));
  it("is none where nobody was rung any more", () => check([kill("redis", 30_000)], ["null"]));
});
