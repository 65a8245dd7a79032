import { expect } from "chai";
import type { AgentId } from "../ids.ts";
import { exponential, seededRandom } from "../random.ts";
import { beliefOf, believed, unknownOdds, withLine } from "./answer-odds.ts";
import { assumedDurations, lastingOf, meanMs, withDuration } from "./durations.ts";
import { learn, nothingLearned, paceOf, type FloorObservation, type LearnedFloor } from "./learned.ts";

const agent = 7 as AgentId;

const after = (seen: readonly FloorObservation[], known = nothingLearned()): LearnedFloor =>
  seen.reduce(learn, known);

const repeat = <T>(times: number, value: T): T[] => Array.from({ length: times }, () => value);

describe("durations", () => {
  const chanceToLast = (known: ReturnType<typeof assumedDurations>, ms: number): number =>
    lastingOf(known.counts, { stepMs: 500, steps: 400 })[ms / 500] ?? 0;

  it("begin as they are assumed", () => {
    const known = assumedDurations({ meanMs: 30_000, weight: 100 });
    for (const ms of [1_000, 10_000, 30_000, 90_000]) {
      expect(chanceToLast(known, ms)).to.be.closeTo(Math.exp(-ms / 30_000), 0.03);
    }
  });

  it("follow what was seen", () => {
    const random = seededRandom("durations");
    let known = assumedDurations({ meanMs: 30_000, weight: 4 });
    for (let i = 0; i < 5_000; i++) known = withDuration(known, exponential(random, 12_000));
    expect(meanMs(known)).to.be.closeTo(12_000, 600);
    for (const ms of [2_000, 12_000, 40_000]) {
      expect(chanceToLast(known, ms)).to.be.closeTo(Math.exp(-ms / 12_000), 0.03);
    }
  });

  it("know that one wrap-up of half a minute each ends soon once it has lasted that long", () => {
    let known = assumedDurations({ meanMs: 120_000, weight: 4 });
    for (const ms of repeat(500, 30_000)) known = withDuration(known, ms);
    const endsSoon = (ageMs: number): number =>
      1 - chanceToLast(known, ageMs + 5_000) / chanceToLast(known, ageMs);
    expect(endsSoon(5_000)).to.be.below(0.05);
    expect(endsSoon(28_000)).to.be.above(0.6);
  });

  it("can be stored: they survive JSON", () => {
    const known = withDuration(assumedDurations({ meanMs: 1_000, weight: 1 }), 5_000);
    expect(JSON.parse(JSON.stringify(known))).to.deep.equal(known);
  });
});

describe("answer odds", () => {
  const learned = (predict: (i: number) => number, answers: (i: number) => boolean) => {
    let odds = unknownOdds;
    for (let i = 0; i < 4_000; i++) odds = withLine(odds, predict(i), answers(i));
    return beliefOf(odds);
  };
  const random = seededRandom("odds");
  const uniform = Array.from({ length: 4_000 }, () => random.next());
  const one = (i: number): number => uniform[i] ?? 0;

  it("believe predictions that come true", () => {
    const belief = learned((i) => (i % 2 ? 0.1 : 0.5), (i) => one(i) < (i % 2 ? 0.1 : 0.5));
    expect(believed(belief, 0.1)).to.be.closeTo(0.1, 0.04);
    expect(believed(belief, 0.5)).to.be.closeTo(0.5, 0.1);
  });

  it("take noise for what it is: everyone gets the mean", () => {
    const belief = learned((i) => (i % 2 ? 0.1 : 0.5), (i) => one(i) < 0.3);
    expect(belief.slope).to.be.below(0.15);
    expect(believed(belief, 0.1)).to.be.closeTo(0.3, 0.07);
  });

  it("follow a list that answers twice as often as predicted", () => {
    const belief = learned(() => 0.2, (i) => one(i) < 0.4);
    expect(believed(belief, 0.2)).to.be.closeTo(0.4, 0.08);
  });

  it("never believe in silence altogether, so that a trunk's return floods no one", () => {
    const belief = learned(() => 0.2, () => false);
    expect(believed(belief, 0.2)).to.be.at.least(0.05);
  });
});

describe("learning", () => {
  const failed = { type: "line-ended", how: "failed", afterMs: 200, answerProbability: 0.3 } as const;
  const rung = { ...failed, how: "unanswered", afterMs: 25_000 } as const;

  it("leaves what it was given as it was", () => {
    const known = nothingLearned();
    const before = JSON.stringify(known);
    learn(known, rung);
    learn(known, { type: "talk-ended", agent, ms: 1_000 });
    expect(JSON.stringify(known)).to.equal(before);
  });

  it("tells a failing trunk from people who do not answer", () => {
    expect(after(repeat(10, failed)).failing).to.be.above(0.5);
    expect(after(repeat(10, rung)).failing).to.equal(0);
    expect(after(repeat(10, failed)).odds).to.deep.equal(unknownOdds);
    expect(after([...repeat(10, failed), ...repeat(8, rung)]).failing).to.be.below(0.5);
  });

  it("learns that an agent is slow, and only by and by", () => {
    const others = repeat(300, { type: "wrap-up-ended", agent: 1 as AgentId, ms: 20_000 } as const);
    const slow = { type: "wrap-up-ended", agent, ms: 40_000 } as const;
    const pace = (calls: number): number =>
      paceOf(after([...others, ...repeat(calls, slow)]), agent).wrapUp;
    expect(pace(0)).to.equal(1);
    expect(pace(1)).to.be.within(1.02, 1.15);
    expect(pace(100)).to.be.within(1.5, 2);
  });

  it("lowers the risk with every abandoned person, and raises it with 33 connected ones", () => {
    const settled = (abandoned: boolean) =>
      ({ type: "answer-settled", abandoned, limit: 0.03 }) as const;
    const first = nothingLearned().logRisk;
    expect(after([settled(true)]).logRisk).to.be.below(first);
    const evened = after([settled(true), ...repeat(33, settled(false))]);
    expect(evened.logRisk).to.be.closeTo(first, 0.001);
  });
});
