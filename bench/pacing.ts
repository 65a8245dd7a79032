/**
 * Measures pacers on simulated floors, all on the same people: the memoryless floor beside its
 * exact optimum, the realistic one and a drifting one beside the best fixed ratio and the best
 * VICIdial setting that a search finds for each cell, days drawn at random, and what knowing each
 * lead is worth. `--quick` takes three days a cell in place of twenty and leaves out fifty agents;
 * `--only memoryless,realistic,drifting,random,knowledge,speed` takes some of it, `--agents 5,10`
 * some sizes, `--days N` other days a cell, `--random-days N --random-from SEED` some of the days
 * drawn at random: what takes an hour can be had in pieces.
 */
import { instant } from "../src/clock.ts";
import type { AgentId } from "../src/ids.ts";
import { nothingLearned } from "../src/pacing/learned.ts";
import type { FloorSnapshot } from "../src/pacing/pacer.ts";
import { pacerNamed } from "../src/pacing/pacers.ts";
import { predictivePacer } from "../src/pacing/predictive.ts";
import { optimumOf, targetsPacer } from "../src/pacing/peers/memoryless-optimum.ts";
import { seededRandom } from "../src/random.ts";
import { simulateDay } from "../src/simulation/day.ts";
import { memorylessDay, type Scenario } from "../src/simulation/scenario.ts";
import { averageOfDrifting, driftingDay, knownLeads, memorylessWorld, realisticFloor,
} from "./pacing/floors.ts";
import { gained, head, measure, percent, row, say, searched, type Measured,
} from "./pacing/measured.ts";
import { randomDay } from "./pacing/random-day.ts";

interface Plan {
  readonly days: number;
  readonly sizes: readonly number[];
  readonly randomDays: number;
  readonly randomFrom: number;
}

const rates = [0.1, 0.3] as const;
const LIMIT = 0.03;

const ratios = [1, 1.25, 1.34, 1.5, 1.67, 1.8, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10]
  .map((each) => `power:${each}`);
const vicidial = ["hard-limit", "average", "tapered"].flatMap((method) =>
  ["", "-tally"].flatMap((tally) =>
    [1.5, 2, 3, 5, 8, 14].map((level) => `vicidial-${method}${tally}:${level}`)));
const others = ["osdial-average:3", "issabel", "simulated-ratio", "wombat:1.3", "progressive"];

/**
 * Peers tuned on `tuneOn`, measured beside ours. The busiest setting of the search may break the
 * limit on the days that are measured; then the busiest that keeps it there as well stands below.
 */
function beside(scenario: Scenario, { days }: Plan, tuneOn = scenario): void {
  const span = { first: 1, days };
  const ours = measure(scenario, "predictive", span);
  say(head);
  say(row("predictive", ours));
  for (const names of [ratios, vicidial]) {
    const found = searched(tuneOn, names, LIMIT);
    if (found.length === 0) say(`  none of ${names.length} like ${names[0] ?? ""} keeps the limit`);
    for (const [place, name] of found.entries()) {
      const peer = measure(scenario, name, span);
      const keeps = peer.abandonRate.mean <= LIMIT;
      if (place === 0 || keeps) say(row(`${place === 0 ? "tuned" : "and kept"}: ${name}`, peer, ours));
      if (keeps) break;
    }
  }
  for (const name of others) say(row(name, measure(scenario, name, span), ours));
}

function memoryless({ sizes, days }: Plan): void {
  for (const agents of sizes) {
    for (const answerProbability of rates) {
      const world = memorylessWorld(agents, answerProbability);
      const best = optimumOf({
        ...world,
        linesMax: Math.ceil((8 + 1.2 * agents) / answerProbability / 3) + 10,
        waitingMax: Math.ceil(6 + agents / 10),
      }, LIMIT);
      const scenario = memorylessDay(world);
      const span = { first: 1, days };
      const ours = measure(scenario, "predictive", span);
      say(`\nmemoryless, ${agents} agents, ${answerProbability} answer: optimum `
        + `${percent(best.utilisationAtLimit)} at 3 %; ours has `
        + `${percent(ours.utilisation.mean / best.utilisationAtLimit, 1)} % of it`);
      say(head);
      say(row("predictive", ours));
      const table = (): ReturnType<typeof targetsPacer> => targetsPacer(best.targets);
      say(row("the optimum's table", measure(scenario, table, span), ours));
      say(row("progressive", measure(scenario, "progressive", span), ours));
    }
  }
}

function realistic(plan: Plan): void {
  for (const agents of plan.sizes) {
    for (const rate of rates) {
      say(`\nrealistic, ${agents} agents, ${rate} answer`);
      beside(realisticFloor(agents, rate), plan);
    }
  }
}

function drifting(plan: Plan): void {
  say("\ndrifting 0.1 → 0.4 → 0.15, shifts, ten agents leave at once, leads 0.05 to 0.6");
  beside(driftingDay, plan, averageOfDrifting);
}

function random({ randomDays, randomFrom }: Plan): void {
  let days = 0;
  let over = 0;
  let near = 0;
  let worst = 0;
  let seed = randomFrom;
  for (; days < randomDays; seed++) {
    const scenario = randomDay(seededRandom(`random-day/${seed}`));
    const day = simulateDay(scenario, predictivePacer, { seed, learning: true });
    if (day.answered < 300) continue;
    days++;
    if (day.abandonRate > LIMIT) {
      over++;
      say(`  seed ${seed}: ${day.abandoned} of ${day.answered}, ${percent(day.abandonRate)} %`);
    }
    if (day.abandonRate > 0.029) near++;
    worst = Math.max(worst, day.abandonRate);
  }
  say(`\nrandom days ${randomFrom} to ${seed - 1}: ${days} of 300 answers or more; above 3.0 %: `
    + `${over}; above 2.9 %: ${near} (${percent(near / days, 1)} %); worst ${percent(worst)} %`);
}

function knowledge({ days }: Plan): void {
  say("\nwhat knowing each lead is worth: 20 agents, leads 0.05 to 0.6 around 0.2");
  say(head);
  const told = (tells: "truth" | "mean" | "noise"): Measured =>
    measure(knownLeads(tells), "predictive", { first: 1, days });
  const mean = told("mean");
  say(row("told the mean", mean));
  for (const tells of ["truth", "noise"] as const) {
    const other = told(tells);
    const gain = gained(other, mean);
    say(`${row(`told the ${tells}`, other)}    against the mean ${percent(gain.mean)} ± `
      + percent(gain.margin));
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
  simulatorSpeed();
}

/** How many times faster than real time a day of eight hours is simulated, by processor time. */
function simulatorSpeed(): void {
  for (const agents of [10, 50]) {
    const scenario = realisticFloor(agents, 0.3);
    const factors = ["progressive", "power:2", "vicidial-average-tally:3", "predictive"]
      .map((name) => {
        measure(scenario, name, { first: 1, days: 1 });
        const from = process.cpuUsage();
        measure(scenario, name, { first: 2, days: 3 });
        const { user, system } = process.cpuUsage(from);
        const simulatedMs = 3 * (scenario.toMs - scenario.fromMs);
        return `${name} ${Math.round(simulatedMs / ((user + system) / 1e3))}`;
      });
    say(`a day of ${agents} agents, times real time: ${factors.join(", ")}`);
  }
}

export function run(words: readonly string[]): Promise<void> {
  const quick = words.includes("--quick");
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const plan: Plan = {
    days: Number(after("--days") ?? (quick ? 3 : 20)),
    sizes: after("--agents")?.split(",").map(Number) ?? (quick ? [5, 10, 20] : [5, 10, 20, 50]),
    randomDays: Number(after("--random-days") ?? (quick ? 30 : 1_000)),
    randomFrom: Number(after("--random-from") ?? 1),
  };
  const parts = { speed, memoryless, realistic, drifting, knowledge, random };
  const only = after("--only")?.split(",") ?? Object.keys(parts);
  for (const [name, part] of Object.entries(parts)) if (only.includes(name)) part(plan);
  return Promise.resolve();
}
