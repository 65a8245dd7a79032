/**
 * Owns the window of the abandon limit on a simulated day: the day itself, 24 hours that roll, or
 * many days of which this is one.
 */
import { DAY_MS, instant, plus, type Instant } from "../clock.ts";
import { dayRateMax } from "../pacing/abandon-budget.ts";
import type { FloorSnapshot, Pacer } from "../pacing/pacer.ts";
import { simulateDay } from "./day.ts";
import type { DayResult } from "./day-tally.ts";
import type { Scenario } from "./scenario.ts";

interface Counts {
  readonly answered: number;
  readonly abandoned: number;
}

const sum = (all: readonly Counts[]): Counts => ({
  answered: all.reduce((total, each) => total + each.answered, 0),
  abandoned: all.reduce((total, each) => total + each.abandoned, 0),
});

export class LimitSpan {
  readonly #scenario: Scenario;
  readonly #before: Counts;
  readonly #yesterday: DayResult["hours"];
  readonly #daysBefore: number;

  constructor(scenario: Scenario, before: readonly DayResult[]) {
    this.#scenario = scenario;
    this.#before = sum(before);
    this.#yesterday = before.at(-1)?.hours ?? [];
    this.#daysBefore = before.length;
  }

  standing(now: Instant, today: Counts): Pick<
    FloorSnapshot, "answered" | "abandoned" | "abandonRateMax" | "window" | "day"> {
    const { fromMs, toMs, abandonRateMax, abandonWithinDays, limitRolls } = this.#scenario;
    const all = sum([this.#before, today]);
    if (limitRolls) {
      const window = { from: plus(now, -DAY_MS), until: plus(now, DAY_MS) };
      return { ...all, abandonRateMax, window };
    }
    const later = abandonWithinDays - 1 - this.#daysBefore;
    const window = {
      from: instant(fromMs - this.#daysBefore * DAY_MS), until: instant(toMs + later * DAY_MS),
    };
    if (abandonWithinDays === 1) return { ...all, abandonRateMax, window };
    // Hours of yesterday that are less than 24 hours ago.
    const late = this.#yesterday.filter((each) => each.fromMs >= now);
    const day = { ...sum([...late, today]), rateMax: dayRateMax(abandonRateMax) };
    return { ...all, abandonRateMax, window, day };
  }
}

/** Consecutive days: each learns from those before it, and shares the limit's window with them. */
export function simulateDays(
  scenario: Scenario, pacer: Pacer,
  { seed, days, learning }: { seed: number; days: number; learning: boolean },
): DayResult[] {
  const results: DayResult[] = [];
  for (let i = 0; i < days; i++) {
    const before = results.slice(i - i % scenario.abandonWithinDays);
    const learned = results.at(-1)?.learned;
    results.push(simulateDay(scenario, pacer, {
      seed: days === 1 ? seed : 1_000 * seed + i, learning, before,
      ...learned && { learned },
    }));
  }
  return results;
}
