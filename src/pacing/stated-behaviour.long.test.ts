/** What docs/pacing.md says that predictive pacing does when things go wrong. */
import { expect } from "chai";
import { instant, plus } from "../clock.ts";
import { simulateDay } from "../simulation/day.ts";
import type { DayResult } from "../simulation/day-tally.ts";
import { ordinaryDay, type Scenario } from "../simulation/scenario.ts";
import { floor } from "./floor-fixture.test.ts";
import type { FloorSnapshot, Pacer } from "./pacer.ts";
import { predictivePacer } from "./predictive.ts";
import { progressivePacer } from "./progressive.ts";

const HOUR_MS = 3_600_000;
const { fromMs } = ordinaryDay;

const dayOf = (agents: number, hours: number, changes: Partial<Scenario> = {}): Scenario => ({
  ...ordinaryDay, toMs: fromMs + hours * HOUR_MS,
  shifts: [{ agents, fromMs, toMs: fromMs + hours * HOUR_MS, breaks: [] }], ...changes,
});
type Rate = readonly [hour: number, rate: number];
const answering = (...rates: readonly Rate[]): Scenario["answer"] =>
  ({ ...ordinaryDay.answer, byTime: rates.map(([hour, rate]) => (
    { atMs: fromMs + hour * HOUR_MS, rate })) });
const unawareOfTime = { ...ordinaryDay.prediction, knowsTime: false };

const predictive = (scenario: Scenario, seed: number, pacer: Pacer = predictivePacer): DayResult =>
  simulateDay(scenario, pacer, { seed, learning: true });

/** A day's abandon rate is at most the limit; one of few answers may be a person above it. */
function keeps({ abandoned, answered, seed }: DayResult, extra = 0): void {
  expect(abandoned, `abandoned of ${answered}, seed ${seed}`).to.be.at.most(0.03 * answered + extra);
}

/** Two reserves: what docs/pacing.md says that a window may be lent at its beginning. */
const loanOf = (agents: number): number => 2.4 * agents ** 0.75;

/** `predictive`, and at each decision a look at how far the window is over its limit. */
function watched(agents: number, whys: string[] = []): Pacer {
  return {
    name: "watched",
    decide(snapshot) {
      const { answered, abandoned } = snapshot;
      const lent = loanOf(agents) * Math.max(0, 1 - answered / 1_000);
      // One person more than the worst case that was counted on is luck.
      expect(abandoned).to.be.at.most(0.03 * answered + lent + 1);
      const decision = predictivePacer.decide(snapshot);
      whys.push(decision.why);
      return decision;
    },
  };
}

describe("predictive pacing says that", () => {
  for (const agents of [1, 2, 3, 4]) {
    it(`${agents} agent(s) keep the limit, and are no less busy than with one line each`, () => {
      for (const rate of [0.1, 0.35]) {
        const scenario = dayOf(agents, 5, { answer: answering([0, rate]) });
        const day = predictive(scenario, 11, watched(agents));
        keeps(day, 1);
        const one = simulateDay(scenario, progressivePacer, { seed: 11, learning: false });
        expect(day.utilisation).to.be.above(one.utilisation - 0.02);
      }
    });
  }

  it("a day that begins without knowledge may be above the limit by the loan, and ends below", () => {
    for (const seed of [21, 22]) keeps(predictive(dayOf(8, 3), seed, watched(8)));
  });

  it("most agents leaving at once while lines for them ring does not break the day", () => {
    const departures = [{ atMs: fromMs + HOUR_MS, agents: 12 }];
    const day = predictive(dayOf(16, 4, { departures, answer: answering([0, 0.1]) }), 31);
    keeps(day);
  });

  it("a list that suddenly answers six times as often is met within some lines", () => {
    const answer = answering([0, 0.06], [1.5, 0.06], [1.52, 0.36]);
    const day = predictive(dayOf(12, 4, { answer, prediction: unawareOfTime }), 41);
    keeps(day);
    const after = day.hours.find((each) => each.fromMs === fromMs + 2 * HOUR_MS);
    expect(after?.answered).to.be.above(200);
  });

  for (const kind of ["refuses", "silent"] as const) {
    it(`a trunk that ${kind} for a while floods nobody when it is back`, () => {
      const fault = { fromMs: fromMs + 1.5 * HOUR_MS, toMs: fromMs + 1.75 * HOUR_MS, kind };
      const whys: string[] = [];
      const day = predictive(dayOf(12, 3, { trunkFaults: [fault] }), 51, watched(12, whys));
      keeps(day);
      expect(whys.includes("trunk-failing")).to.equal(kind === "refuses");
      // It dials on afterwards.
      expect(day.hours.find((each) => each.fromMs === fromMs + 2 * HOUR_MS)?.answered)
        .to.be.above(150);
    });
  }

  describe("for each kind of window,", () => {
    const now = instant(40 * 24 * HOUR_MS);
    const kinds = {
      "thirty days": { from: plus(now, -720 * HOUR_MS), until: plus(now, 720 * HOUR_MS) },
      "24 hours": { from: plus(now, -24 * HOUR_MS), until: plus(now, 24 * HOUR_MS) },
      "a day": { from: plus(now, -5 * HOUR_MS), until: plus(now, 4 * HOUR_MS) },
    } as const;
    const next = Array.from({ length: 100 }, () => 0.08);
    const crowd = `${"ready ".repeat(4)}${"talking ".repeat(6)}`;
    for (const [name, window] of Object.entries(kinds)) {
      const decided = (changes: Partial<FloorSnapshot>) =>
        predictivePacer.decide(floor(crowd, { now, window, next, ...changes }));
      it(`${name}: one line per free agent from the limit on, and it says so`, () => {
        const at = decided({ answered: 4_000, abandoned: 120 });
        expect(at).to.include({ dials: 4, why: "abandon-limit" });
        expect(decided({ answered: 4_000, abandoned: 104 }).dials).to.be.above(4);
      });

      it(`${name}: what was saved is not burnt at once`, () => {
        const usual = decided({ answered: 4_000, abandoned: 109 }).forecast?.riskMax ?? 0;
        const saved = decided({ answered: 4_000, abandoned: 20 }).forecast?.riskMax ?? 0;
        expect(saved).to.be.within(usual, 2.5 * usual);
      });
    }

    it("a window that has seen nothing may spend as if it had the loan", () => {
      const window = kinds["thirty days"];
      const fresh = predictivePacer.decide(floor(crowd, { now, window, next }));
      expect(fresh.dials).to.be.above(4);
      expect(fresh.forecast?.riskMax).to.be.within(0.005, 0.02);
    });
  });
}).timeout(60_000);
