import { expect } from "chai";
import type { AgentId } from "../ids.ts";
import { campaignSettings } from "../testing/floor-plan.ts";
import { predictivePacer } from "../pacing/predictive.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import { simulateDay } from "./day.ts";
import { scenarioOf, type FloorHistory, type Standing } from "./replay.ts";

const minute = 60_000;

/** One agent's standings as `ready 0, busy 1, …`: what, and from which minute on. */
const standings = (written: string): readonly Standing[] => written.split(", ").map((each) => {
  const [is = "", at = ""] = each.split(" ");
  return { agent: 1 as AgentId, atMs: Number(at) * minute, is: is as Standing["is"] };
});

const history: FloorHistory = {
  name: "spring", fromMs: 0, toMs: 60 * minute, listEnded: false,
  dialed: 400, answered: 120, abandoned: 2, connected: 110,
  halfHours: [{ atMs: 0, dialed: 400, answered: 120 }],
  rungOut: 200, endedSooner: 80, leftEarly: 8, everAnswered: 120,
  ringMs: [9_000], rungOutMs: [25_000], endedSoonerMs: [2_000], leftEarlyMs: [500],
  talkMs: [60_000], wrapUpMs: [10_000], predictions: undefined,
  standings: standings("ready 0"), connectWithinMs: campaignSettings.connectWithinMs,
  abandonRateMax: 0.03, linesMax: 30, callsPerSecond: 5,
  redials: { leads: 250, missed: 280, again: 140, afterMs: [300_000, 600_000] },
};

describe("a campaign that is replayed", () => {
  it("tells pacing what a campaign without a model would know", () => {
    const { prediction, answer } = scenarioOf(history);
    expect(prediction.tells).to.equal("own");
    expect(answer.spread).to.equal(0);
    const { learned } = simulateDay(scenarioOf(history), predictivePacer,
      { seed: 1, learning: true });
    expect(learned.cells.all.lines).to.be.above(50);
    expect(learned.cells.all.answers / learned.cells.all.lines).to.be.within(0.2, 0.4);
  });

  const told = (slope: number) => scenarioOf({
    ...history, predictions: { mean: 0.3, variance: 0.01, covariance: 0.01 * slope },
  });

  it("has leads as different as a model's predictions came true", () => {
    expect(told(1).answer.spread).to.be.closeTo(0.1 / 0.21, 1e-9);
    expect(told(1).prediction).to.deep.equal({ tells: "truth", knowsTime: true, error: 0 });
    expect(told(0).answer.spread).to.equal(0);
    const half = told(0.5);
    expect(half.answer.spread).to.be.closeTo(half.prediction.error, 1e-9);
  });

  it("takes short pauses right after a call for rests, and others for breaks", () => {
    const { rests, shifts } = scenarioOf({
      ...history,
      standings: standings("ready 0, busy 1, wrap-up 3, paused 4, ready 6, busy 7, wrap-up 9, "
        + "ready 10, paused 20, ready 25, busy 26, wrap-up 28, paused 29, ready 49"),
    });
    expect(rests.share).to.be.closeTo(1 / 3, 1e-9);
    expect(rests.lasting).to.deep.equal({ kind: "empirical", ms: [2 * minute] });
    expect(shifts[0]?.breaks.map(({ ms }) => ms / minute)).to.deep.equal([5, 20]);
  });

  it("dials leads again that were not reached, to the end of its list", () => {
    const scenario = scenarioOf({ ...history, listEnded: true });
    expect(scenario.leads).to.equal(250);
    expect(scenario.again).to.deep.equal(
      { share: 0.5, after: { kind: "empirical", ms: [300_000, 600_000] } });
    const dialed = (share: number): number => simulateDay({
      ...scenario, again: { ...scenario.again, share }, toMs: 180 * minute,
      shifts: [{ agents: 6, fromMs: 0, toMs: 180 * minute, breaks: [] }],
    }, progressivePacer, { seed: 1, learning: false }).dialed;
    expect(dialed(0)).to.equal(250);
    // Seven in ten are missed and half of those come again, those who are missed then included:
    // 250 ÷ (1 − 0.35).
    expect(dialed(0.5)).to.be.within(340, 430);
  });

  it("places no more calls in a second than its trunks may", () => {
    const busiest = (callsPerSecond: number): number => {
      const counts = new Map<number, number>();
      simulateDay({
        ...scenarioOf({ ...history, callsPerSecond }),
        shifts: [{ agents: 20, fromMs: 0, toMs: 60 * minute, breaks: [] }],
      }, progressivePacer, {
        seed: 1, learning: false,
        onDecision: ({ now, lines }) => {
          const young = lines.filter(({ placedAt }) => placedAt >= now - 1_000).length;
          counts.set(now, young);
        },
      });
      return Math.max(...counts.values());
    };
    // Twenty agents are free at the beginning, and the trunk takes two lines a second for them.
    expect(busiest(2)).to.be.within(2, 5);
    expect(busiest(50)).to.be.above(15);
  });
});
