import { expect } from "chai";
import { predictivePacer } from "../pacing/predictive.ts";
import { powerPacer } from "../pacing/power.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import { simulateDay } from "./day.ts";
import { memorylessDay, ordinaryDay, type Scenario } from "./scenario.ts";

const hour = 3_600_000;
const short: Scenario = { ...ordinaryDay, toMs: 12 * hour };

describe("a simulated day", () => {
  it("is the same for the same seed, and another for another", () => {
    const day = (seed: number) => simulateDay(short, progressivePacer, { seed, learning: false });
    expect(day(1)).to.deep.equal(day(1));
    expect(day(1).answered).to.not.equal(day(2).answered);
  });

  it("keeps a progressive floor as busy as the formula says: talk ÷ (talk + ring ÷ answer rate)", () => {
    const world = {
      agents: 40, answerProbability: 0.3, ringMs: 12_000, handleMs: 120_000, patienceMs: 2_000,
    };
    const day = simulateDay(memorylessDay(world), progressivePacer, { seed: 3, learning: false });
    expect(day.utilisation).to.be.closeTo(0.75, 0.01);
    expect(day.abandonRate).to.be.below(0.001);
  });

  it("abandons people when a ratio is far too high", () => {
    const day = simulateDay(short, powerPacer(8), { seed: 1, learning: false });
    expect(day.abandonRate).to.be.above(0.1);
  });

  it("has predictive pacing busier than progressive, under the limit", () => {
    const progressive = simulateDay(short, progressivePacer, { seed: 1, learning: false });
    const predictive = simulateDay(short, predictivePacer, { seed: 1, learning: true });
    expect(predictive.utilisation).to.be.above(progressive.utilisation + 0.03);
    expect(predictive.abandonRate).to.be.below(0.03);
  });

  it("stays under the limit when ten agents leave at once and the trunk fails for an hour", () => {
    let answered = 0;
    let abandoned = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const day = simulateDay({
        ...short,
        shifts: [{ agents: 14, fromMs: short.fromMs, toMs: short.toMs, breaks: [] }],
        departures: [{ atMs: 10 * hour, agents: 10 }],
        trunkFaults: [{ fromMs: 10.5 * hour, toMs: 10.75 * hour, kind: "refuses" }],
      }, predictivePacer, { seed, learning: true });
      expect(day.abandoned, `seed ${seed}`).to.be.below(0.03 * day.answered);
      answered += day.answered;
      abandoned += day.abandoned;
    }
    expect(abandoned / answered).to.be.below(0.03);
    expect(answered).to.be.above(1_200);
  });

  it("learns that agents rest after a call, and dials for fewer of them", () => {
    const rests = { share: 0.25, lasting: { kind: "fixed", ms: 60_000 } } as const;
    const day = simulateDay({ ...short, rests }, predictivePacer, { seed: 2, learning: true });
    const { calls, back } = day.learned.returns;
    expect(back / calls).to.be.within(0.68, 0.82);
    expect(day.abandonRate).to.be.below(0.03);
  });

  it("counts nobody at work in a break", () => {
    const breaks = [{ atMs: 10 * hour, ms: hour, spreadMs: 0 }];
    const shifts = [{ agents: 5, fromMs: short.fromMs, toMs: short.toMs, breaks }];
    const day = simulateDay({ ...short, shifts }, progressivePacer, { seed: 1, learning: false });
    const moment = day.moments.find((each) => each.atMs === 10.5 * hour);
    expect(moment?.busy).to.be.below(0.5);
  });

  it("is busier when lines that rang for long enough may be given up", () => {
    const answer = { ...short.answer, byTime: [{ atMs: 0, rate: 0.1 }] };
    const utilisation = (ringLeastMs: number): number => {
      let sum = 0;
      for (let seed = 1; seed <= 3; seed++) {
        const day = simulateDay({ ...short, answer, ringLeastMs }, predictivePacer,
          { seed, learning: true });
        expect(day.abandonRate).to.be.below(0.03);
        sum += day.utilisation;
      }
      return sum / 3;
    };
    expect(utilisation(15_000)).to.be.above(utilisation(60_000) + 0.004);
  });
});
