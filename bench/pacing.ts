/**
 * Measures pacers on simulated floors, all on the same people: the memoryless floor beside its
 * exact optimum, the realistic one and a drifting one beside the best fixed ratio and the best
 * VICIdial setting that a search finds for each cell, days drawn at random, and what knowing each
 * lead is worth. `--quick` takes three days a cell in place of twenty and leaves out fifty agents;
 * `--days N` takes N; `--only memoryless,realistic,drifting,random,knowledge,speed` takes some.
 */
import { instant } from "../src/clock.ts";
import type { AgentId } from "../src/ids.ts";
import { nothingLearned } from "../src/pacing/learned.ts";
import type { FloorSnapshot } from "../src/pacing/pacer.ts";
import { pacerNamed } from "../src/pacing/pacers.ts";
import { optimumOf, targetsPacer } from "../src/pacing/peers/memoryless-optimum.ts";
import { seededRandom } from "../src/random.ts";
import { simulateDay } from "../src/simulation/day.ts";
import type { DayResult } from "../src/simulation/day-tally.ts";
import { pool, type PooledResult } from "../src/simulation/pooled.ts";
import { memorylessDay, ordinaryDay, type Scenario } from "../src/simulation/scenario.ts";
import { randomDay } from "./pacing/random-day.ts";

interface Plan {
  readonly days: number;
  readonly sizes: readonly number[];
  readonly randomDays: number;
}

const rates = [0.1, 0.3] as const;
const LIMIT = 0.03;
/** Days on which each setting of a peer is tried; the best is then measured on the others. */
const SEARCH_DAYS = 3;
const HOUR_MS = 3_600_000;

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const percent = (value: number, digits = 2): string => (100 * value).toFixed(digits);

function measure(
  scenario: Scenario, name: string, { days, first }: { days: number; first: number },
): PooledResult {
  const results: DayResult[] = [];
  for (let seed = first; seed < first + days; seed++) {
    const pacer = pacerNamed(name);
    if (!pacer) throw new Error(`no pacer is called ${name}`);
    // Only these read what was learned; for the others learning would only take time.
    const learning = /^(predictive|issabel|simulated)/.test(name);
    results.push(simulateDay(scenario, pacer, { seed, learning }));
  }
  return pool(results);
}

const row = (title: string, { utilisation, abandonRate, abandonRateWorst }: PooledResult): string =>
  `  ${title.padEnd(34)} ${percent(utilisation.mean)} ± ${percent(utilisation.margin)}   `
  + `${percent(abandonRate.mean)} ± ${percent(abandonRate.margin)}   ${percent(abandonRateWorst)}`;

const head = `  ${"pacer".padEnd(34)} utilisation %    abandoned %   worst day %`;

/** The setting with the highest utilisation whose abandon rate is under the limit in the search. */
function tuned(scenario: Scenario, names: readonly string[], first: number): string | undefined {
  let best: { name: string; utilisation: number } | undefined;
  for (const name of names) {
    const { utilisation, abandonRate } = measure(scenario, name, { days: SEARCH_DAYS, first });
    if (abandonRate.mean > LIMIT || utilisation.mean <= (best?.utilisation ?? 0)) continue;
    best = { name, utilisation: utilisation.mean };
  }
  return best?.name;
}

const ratios = [1, 1.25, 1.34, 1.5, 1.67, 1.8, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10]
  .map((each) => `power:${each}`);
const vicidial = ["hard-limit", "average", "tapered"].flatMap((method) =>
  ["", "-tally"].flatMap((tally) =>
    [1.5, 2, 3, 5, 8, 14].map((level) => `vicidial-${method}${tally}:${level}`)));
const others = ["osdial-average:3", "issabel", "simulated-ratio", "wombat:1.3", "progressive"];

/** Peers tuned on `scenario` (or on `tuneOn` in its place), measured beside ours. */
function beside(scenario: Scenario, plan: Plan, tuneOn = scenario): void {
  const span = { days: plan.days, first: 1 };
  say(head);
  const ours = measure(scenario, "predictive", span);
  say(row("predictive", ours));
  for (const names of [ratios, vicidial]) {
    const name = tuned(tuneOn, names, 1_001);
    if (name === undefined) {
      say(`  none of ${names.length} settings like ${names[0] ?? ""} keeps the limit`);
      continue;
    }
    const peer = measure(scenario, name, span);
    const gain = percent(ours.utilisation.mean - peer.utilisation.mean);
    say(`${row(`best: ${name}`, peer)}   ours ${gain} points more`);
  }
  for (const name of others) say(row(name, measure(scenario, name, span)));
}

function memoryless(plan: Plan): void {
  for (const agents of plan.sizes) {
    for (const answerProbability of rates) {
      const world = {
        agents, answerProbability, ringMs: 12_000, handleMs: 150_000, patienceMs: 2_000,
      };
      const bounds = {
        linesMax: Math.ceil((8 + 1.2 * agents) / answerProbability / 3) + 10,
        waitingMax: Math.ceil(6 + agents / 10),
      };
      const best = optimumOf({ ...world, ...bounds }, LIMIT);
      const scenario = memorylessDay(world);
      const span = { days: plan.days, first: 1 };
      const ours = measure(scenario, "predictive", span);
      const table = pool(Array.from({ length: plan.days }, (_, i) =>
        simulateDay(scenario, targetsPacer(best.targets), { seed: i + 1, learning: false })));
      say(`\nmemoryless, ${agents} agents, ${answerProbability} answer: optimum `
        + `${percent(best.utilisationAtLimit)} at 3 %; ours has `
        + `${percent(ours.utilisation.mean / best.utilisationAtLimit, 1)} % of it`);
      say(head);
      say(row("predictive", ours));
      say(row("optimum's table, simulated", table));
      say(row("progressive", measure(scenario, "progressive", span)));
    }
  }
}

const floorOf = (agents: number, rate: number): Scenario => ({
  ...ordinaryDay,
  shifts: [{ agents, fromMs: ordinaryDay.fromMs, toMs: ordinaryDay.toMs, breaks: [] }],
  answer: { ...ordinaryDay.answer, byTime: [{ atMs: 0, rate }] },
});

function realistic(plan: Plan): void {
  for (const agents of plan.sizes) {
    for (const rate of rates) {
      say(`\nrealistic, ${agents} agents, ${rate} answer`);
      beside(floorOf(agents, rate), plan);
    }
  }
}

/** The answer rate climbs and falls, shifts overlap, ten agents leave at once. */
const driftingDay: Scenario = {
  ...ordinaryDay,
  shifts: [
    { agents: 15, fromMs: 9 * HOUR_MS, toMs: 17 * HOUR_MS,
      breaks: [{ atMs: 12 * HOUR_MS, ms: HOUR_MS / 2, spreadMs: HOUR_MS }] },
    { agents: 10, fromMs: 11 * HOUR_MS, toMs: 17 * HOUR_MS, breaks: [] },
  ],
  departures: [{ atMs: 15 * HOUR_MS, agents: 10 }],
  answer: {
    byTime: [{ atMs: 9 * HOUR_MS, rate: 0.1 }, { atMs: 13 * HOUR_MS, rate: 0.4 },
      { atMs: 17 * HOUR_MS, rate: 0.15 }],
    spread: 0.8, lowest: 0.05, highest: 0.6,
  },
  prediction: { tells: "truth", knowsTime: false, error: 0 },
};

function drifting(plan: Plan): void {
  say("\ndrifting 0.1 → 0.4 → 0.15, shifts, ten agents leave at once, leads 0.05 to 0.6");
  const average = {
    ...driftingDay, departures: [],
    answer: { ...driftingDay.answer, byTime: [{ atMs: 0, rate: 0.26 }] },
  };
  beside(driftingDay, plan, average);
}

function random(plan: Plan): void {
  let days = 0;
  let over = 0;
  let near = 0;
  let worst = 0;
  for (let seed = 1; days < plan.randomDays; seed++) {
    const pacer = pacerNamed("predictive");
    if (!pacer) return;
    const day = simulateDay(randomDay(seededRandom(`random-day/${seed}`)), pacer,
      { seed, learning: true });
    if (day.answered < 300) continue;
    days++;
    if (day.abandonRate > LIMIT) { over++; say(`  seed ${seed}: ${percent(day.abandonRate)} %`); }
    if (day.abandonRate > 0.029) near++;
    worst = Math.max(worst, day.abandonRate);
  }
  say(`\nrandom days: ${days}; above 3.0 %: ${over}; above 2.9 %: ${near} `
    + `(${percent(near / days, 1)} %); worst ${percent(worst)} %`);
}

function knowledge(plan: Plan): void {
  say("\nwhat knowing each lead is worth: 20 agents, leads 0.05 to 0.6 around 0.2");
  say(head);
  for (const tells of ["truth", "mean", "noise"] as const) {
    const base = floorOf(20, 0.2);
    const scenario: Scenario = {
      ...base, answer: { ...base.answer, spread: 1, lowest: 0.05, highest: 0.6 },
      prediction: { tells, knowsTime: true, error: 0 },
    };
    const told = measure(scenario, "predictive", { days: plan.days, first: 1 });
    say(row(`predictive, told the ${tells}`, told));
  }
}

/** One decision for 500 agents and 2,000 lines. */
function speed(): void {
  const now = instant(1e9);
  const states = ["talking", "talking", "talking", "wrap-up", "ready"] as const;
  const snapshot: FloorSnapshot = {
    now,
    agents: Array.from({ length: 500 }, (_, i) => ({
      agent: i as AgentId, state: states[i % 5] ?? "ready", since: instant(now - 997 * (i % 90)),
    })),
    lines: Array.from({ length: 2_000 }, (_, i) => ({
      placedAt: instant(now - 11 * i), ringingSince: undefined,
      answerProbability: 0.05 + (i % 7) / 100,
    })),
    waiting: [], next: Array.from({ length: 500 }, (_, i) => 0.05 + (i % 9) / 100),
    answered: 20_000, abandoned: 300, abandonRateMax: LIMIT, linesMax: 5_000,
    window: { from: instant(now - 1e7), until: instant(now + 1e7) },
    learned: nothingLearned(),
  };
  const pacer = pacerNamed("predictive");
  const times: number[] = [];
  for (let i = 0; i < 3_000; i++) {
    // Time on the processor: what other processes do at the same moment is not the pacer's.
    const from = process.cpuUsage();
    pacer?.decide({ ...snapshot, now: instant(now + i) });
    times.push(process.cpuUsage(from).user / 1e3);
  }
  const sorted = times.slice(500).sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(3);
  say(`\none decision for 500 agents and 2,000 lines: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

export function run(words: readonly string[]): Promise<void> {
  const quick = words.includes("--quick");
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const plan: Plan = {
    days: Number(after("--days") ?? (quick ? 3 : 20)),
    sizes: quick ? [5, 10, 20] : [5, 10, 20, 50],
    randomDays: quick ? 30 : 1_000,
  };
  const parts = { speed, memoryless, realistic, drifting, knowledge, random };
  const only = after("--only")?.split(",") ?? Object.keys(parts);
  for (const [name, part] of Object.entries(parts)) if (only.includes(name)) part(plan);
  return Promise.resolve();
}
