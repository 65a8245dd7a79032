/**
 * Owns the figures of many days taken together: means and rates, each with the interval that
 * holds the true value in 95 of 100 cases (Student's t over the days).
 */
import type { DayResult } from "./day-tally.ts";

export interface Estimate {
  readonly mean: number;
  /** Half the width of the 95 % interval; Infinity for one day alone. */
  readonly margin: number;
}

export interface PooledResult {
  readonly days: number;
  readonly utilisation: Estimate;
  /** All abandoned ÷ all answered; its margin is by the ratio estimator over days. */
  readonly abandonRate: Estimate;
  /** Highest day's rate. */
  readonly abandonRateWorst: number;
  readonly answered: number;
  readonly dialed: Estimate;
  readonly dialingMs: Estimate;
  readonly callsPerAgentHour: Estimate;
  readonly waitP99Ms: Estimate;
}

/** Student's t at 97.5 %, by degrees of freedom from 1; beyond, the normal's 1.96 and a little. */
const T = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
  2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086] as const;
const tOf = (freedom: number): number => T[freedom - 1] ?? 1.96 + 2.4 / Math.max(1, freedom);

export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, each) => sum + each, 0) / Math.max(1, count);
  if (count < 2) return { mean, margin: Infinity };
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  return { mean, margin: tOf(count - 1) * Math.sqrt(variance / count) };
}

export function pool(days: readonly DayResult[]): PooledResult {
  const answered = days.reduce((sum, each) => sum + each.answered, 0);
  const abandoned = days.reduce((sum, each) => sum + each.abandoned, 0);
  const rate = abandoned / Math.max(1, answered);
  // Linearised: each day's abandoned beyond what the pooled rate would give it.
  const perDay = answered / Math.max(1, days.length);
  const beyond = days.map((each) => (each.abandoned - rate * each.answered) / Math.max(1, perDay));
  return {
    days: days.length,
    utilisation: estimate(days.map((each) => each.utilisation)),
    abandonRate: { mean: rate, margin: estimate(beyond).margin },
    abandonRateWorst: Math.max(0, ...days.map((each) => each.abandonRate)),
    answered,
    dialed: estimate(days.map((each) => each.dialed)),
    dialingMs: estimate(days.map((each) => each.dialingMs)),
    callsPerAgentHour: estimate(days.map((each) => each.callsPerAgentHour)),
    waitP99Ms: estimate(days.map((each) => each.waitP99Ms)),
  };
}
