import { expect } from "chai";
import { instant } from "../clock.ts";
import type { Pacer } from "../pacing/pacer.ts";
import { predictivePacer } from "../pacing/predictive.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import type { DayResult } from "./day-tally.ts";
import { LimitSpan, simulateDays } from "./limit-span.ts";
import { ordinaryDay, type Scenario } from "./scenario.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const week: Scenario = {
  ...ordinaryDay, toMs: 12 * HOUR_MS, abandonWithinDays: 5,
  shifts: [{ agents: 5, fromMs: 9 * HOUR_MS, toMs: 12 * HOUR_MS, breaks: [] }],
};
const all = (days: readonly DayResult[], of: "answered" | "abandoned"): number =>
  days.reduce((sum, each) => sum + each[of], 0);

describe("the limit's window on simulated days", () => {
  it("holds the days before this one, and of yesterday what is less than 24 hours ago", () => {
    const [first] = simulateDays(week, progressivePacer, { seed: 1, days: 1, learning: false });
    const hours = [9, 10, 11, 12].map((each) =>
      ({ fromMs: each * HOUR_MS, answered: 50, abandoned: each - 9 }));
    const yesterday = { ...first, answered: 200, abandoned: 6, hours } as DayResult;
    const span = new LimitSpan(week, [yesterday, yesterday]);
    expect(span.standing(instant(11 * HOUR_MS), { answered: 10, abandoned: 1 })).to.deep.equal({
      answered: 410, abandoned: 13, abandonRateMax: 0.03,
      window: { from: 9 * HOUR_MS - 2 * DAY_MS, until: 12 * HOUR_MS + 2 * DAY_MS },
      day: { answered: 110, abandoned: 6, rateMax: 0.04 },
    });
  });

  it("is kept by predictive pacing, and no day of it looks bad", () => {
    const days = simulateDays(week, predictivePacer, { seed: 1, days: 5, learning: true });
    expect(all(days, "abandoned")).to.be.at.most(0.03 * all(days, "answered"));
    for (const day of days) expect(day.abandoned).to.be.at.most(0.04 * day.answered + 1);
  });

  it("is not burnt in a day, whatever the days before have left", () => {
    // Four days of one line per agent, which abandons hardly anybody, and one of predictive pacing.
    let day = 0;
    let before: number | undefined;
    const pacer: Pacer = {
      name: "saved up",
      decide(snapshot) {
        if (before !== undefined && snapshot.now < before) day++;
        before = snapshot.now;
        return (day < 4 ? progressivePacer : predictivePacer).decide(snapshot);
      },
    };
    const days = simulateDays(week, pacer, { seed: 3, days: 5, learning: true });
    expect(all(days.slice(0, 4), "abandoned")).to.be.at.most(2);
    const last = days[4];
    if (!last) throw new Error("no fifth day");
    expect(last.abandonRate).to.be.above(0.02);
    expect(last.abandoned).to.be.at.most(0.04 * last.answered + 1);
  });
});
