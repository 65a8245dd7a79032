/** Owns what is counted of a simulated day, and its result. */
import type { AgentState } from "../agent/agent.ts";
import type { LearnedFloor } from "../pacing/learned.ts";
import type { Scenario } from "./scenario.ts";

export interface HourResult {
  readonly fromMs: number;
  readonly answered: number;
  readonly abandoned: number;
}

/** What the plot draws, once a minute. */
export interface Moment {
  readonly atMs: number;
  readonly staffed: number;
  /** Means over the minute. */
  readonly busy: number;
  readonly lines: number;
  /** Over the day so far. */
  readonly abandonRate: number;
}

export interface DayResult {
  readonly seed: number;
  /** Talk and wrap-up ÷ time at work, breaks not counted. */
  readonly utilisation: number;
  readonly abandonRate: number;
  /** People who answered. */
  readonly answered: number;
  readonly abandoned: number;
  readonly connected: number;
  readonly dialed: number;
  /** From the beginning of the day to the last dial. */
  readonly dialingMs: number;
  readonly callsPerAgentHour: number;
  /** From the answer to the agent, of those connected, in ms. */
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly hours: readonly HourResult[];
  readonly moments: readonly Moment[];
  readonly learned: LearnedFloor;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export class DayTally {
  answered = 0;
  abandoned = 0;
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #waits: number[] = [];
  readonly #hours = new Map<number, { answered: number; abandoned: number }>();
  readonly #moments: Moment[] = [];
  #minute = { busy: 0, lines: 0, samples: 0 };
  #busyMs = 0;
  #atWorkMs = 0;
  #dialed = 0;
  #lastDialAt: number;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#lastDialAt = scenario.fromMs;
  }

  dialed(at: number): void {
    this.#dialed++;
    this.#lastDialAt = at;
  }

  /** A person who answered has an agent, or is gone. */
  settled(
    at: number, how: { connected: boolean; abandoned: boolean; waitedMs: number },
  ): void {
    const hour = Math.floor(at / HOUR_MS);
    const counts = this.#hours.get(hour) ?? { answered: 0, abandoned: 0 };
    this.#hours.set(hour, counts);
    this.answered++;
    counts.answered++;
    if (how.connected) this.#waits.push(how.waitedMs);
    if (!how.abandoned) return;
    this.abandoned++;
    counts.abandoned++;
  }

  /** An agent leaves a standing: the time in it counts, as far as it is within the day. */
  seatLeft({ work, since }: AgentState, at: number): void {
    const { fromMs, toMs } = this.#scenario;
    const ms = Math.min(at, toMs) - Math.max(since, fromMs);
    if (ms <= 0 || work.at === "logged-out" || work.at === "paused") return;
    this.#atWorkMs += ms;
    if (work.at !== "ready") this.#busyMs += ms;
  }

  sample(at: number, floor: { busy: number; staffed: number; lines: number }): void {
    this.#minute.busy += floor.busy;
    this.#minute.lines += floor.lines;
    this.#minute.samples++;
    if (at % MINUTE_MS !== 0) return;
    const { busy, lines, samples } = this.#minute;
    this.#moments.push({
      atMs: at, staffed: floor.staffed, busy: busy / samples, lines: lines / samples,
      abandonRate: this.abandoned / Math.max(1, this.answered),
    });
    this.#minute = { busy: 0, lines: 0, samples: 0 };
  }

  result(learned: LearnedFloor): DayResult {
    const waits = this.#waits.sort((a, b) => a - b);
    const wait = (share: number): number => waits[Math.floor(share * (waits.length - 1))] ?? 0;
    const connected = this.#waits.length;
    return {
      seed: this.#seed,
      utilisation: this.#busyMs / Math.max(1, this.#atWorkMs),
      abandonRate: this.abandoned / Math.max(1, this.answered),
      answered: this.answered, abandoned: this.abandoned, connected, dialed: this.#dialed,
      dialingMs: this.#lastDialAt - this.#scenario.fromMs,
      callsPerAgentHour: connected / Math.max(1e-9, this.#atWorkMs / HOUR_MS),
      waitP50Ms: wait(0.5), waitP99Ms: wait(0.99),
      hours: [...this.#hours].sort(([a], [b]) => a - b)
        .map(([hour, counts]) => ({ fromMs: hour * HOUR_MS, ...counts })),
      moments: this.#moments,
      learned,
    };
  }
}
