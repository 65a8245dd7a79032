/** Owns running pacers over days, comparing them day by day, and the rows of the tables. */
import { pacerNamed } from "../../src/pacing/pacers.ts";
import type { Pacer } from "../../src/pacing/pacer.ts";
import { simulateDay } from "../../src/simulation/day.ts";
import type { DayResult } from "../../src/simulation/day-tally.ts";
import { estimate, pool, type Estimate, type PooledResult } from "../../src/simulation/pooled.ts";
import type { Scenario } from "../../src/simulation/scenario.ts";

export interface Days {
  readonly first: number;
  readonly days: number;
}

export interface Measured extends PooledResult {
  readonly each: readonly DayResult[];
}

const made = (name: string): Pacer => {
  const pacer = pacerNamed(name);
  if (!pacer) throw new Error(`no pacer is called ${name}`);
  return pacer;
};

/** `pacer` by name, or a function that makes a fresh one for each day: peers remember. */
export function measure(
  scenario: Scenario, pacer: string | (() => Pacer), { first, days }: Days,
): Measured {
  // Only these read what was learned; for the others learning would only take time.
  const learning = typeof pacer === "string" && /^(predictive|issabel|simulated)/.test(pacer);
  const each = Array.from({ length: days }, (_, i) => simulateDay(
    scenario, typeof pacer === "string" ? made(pacer) : pacer(), { seed: first + i, learning },
  ));
  return { ...pool(each), each };
}

/** How much busier `one` was than `other`, over the same days with the same people. */
export const gained = (one: Measured, other: Measured): Estimate =>
  estimate(one.each.map((day, i) => day.utilisation - (other.each[i]?.utilisation ?? 0)));

export const percent = (value: number, digits = 2): string => (100 * value).toFixed(digits);
const interval = ({ mean, margin }: Estimate): string => `${percent(mean)} ± ${percent(margin)}`;

export const say = (line: string): void => { process.stdout.write(`${line}\n`); };

export const head =
  `  ${"pacer".padEnd(34)} utilisation %    abandoned %    worst day %   ours is busier by`;

/** Without `ours`, the row is ours. */
export function row(title: string, shown: Measured, ours?: Measured): string {
  return `  ${title.padEnd(34)} ${interval(shown.utilisation)}    ${interval(shown.abandonRate)}    `
    + percent(shown.abandonRateWorst)
    + (ours ? `    ${interval(gained(ours, shown))}` : "");
}

/** Days on which each setting of a peer is tried; none of them is measured on later. */
const SEARCH: Days = { first: 1_001, days: 3 };

/** Settings that kept the limit in the search, the busiest first. */
export function searched(
  scenario: Scenario, names: readonly string[], limit: number,
): readonly string[] {
  const tried = names.map((name) => {
    const { utilisation, abandonRate } = measure(scenario, name, SEARCH);
    return { name, utilisation: utilisation.mean, keeps: abandonRate.mean <= limit };
  });
  return tried.filter((each) => each.keeps)
    .sort((a, b) => b.utilisation - a.utilisation).map((each) => each.name);
}
