/**
 * Owns what a simulated day is made of: who works when, who answers, how long things last, what
 * goes wrong. Times of day are ms after midnight. Pure data.
 */
import type { TimeShape } from "./time-shape.ts";

export interface Shift {
  readonly agents: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Taken by each agent of the shift, one after the other within `spreadMs` after `atMs`. */
  readonly breaks: readonly Break[];
}

export interface Break {
  readonly atMs: number;
  readonly ms: number;
  readonly spreadMs: number;
}

export interface TrunkFault {
  readonly fromMs: number;
  readonly toMs: number;
  /** `refuses`: each line fails at once. `silent`: each rings out, and nobody answers. */
  readonly kind: "refuses" | "silent";
}

export interface Scenario {
  readonly name: string;
  /** Lines are placed from `fromMs` to `toMs`; the abandon limit holds over this day. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly shifts: readonly Shift[];
  /** Agents who all leave at once: a free one now, a busy one after the call at hand. */
  readonly departures: readonly { readonly atMs: number; readonly agents: number }[];
  /** Spread of agents' own paces: standard deviation of the logarithm of each one's factor. */
  readonly paceSpread: number;
  readonly answer: {
    /** Share of lines a person answers, by time of day; straight lines in between. */
    readonly byTime: readonly { readonly atMs: number; readonly rate: number }[];
    /** Differences between leads: standard deviation of their log-odds, then the bounds. */
    readonly spread: number;
    readonly lowest: number;
    readonly highest: number;
  };
  readonly prediction: {
    /**
     * What the pacer is told of a lead: its own probability, the day's mean, a probability with the
     * right spread that has nothing to do with the lead, or what a campaign without a model would
     * estimate by itself, which begins with three in ten and learns.
     */
    readonly tells: "truth" | "mean" | "noise" | "own";
    /** Whether it follows the time of day, or stays at the day's mean. */
    readonly knowsTime: boolean;
    /** Standard deviation of an error added to the log-odds. */
    readonly error: number;
  };
  /** From placing the line to a person's answer. */
  readonly ring: TimeShape;
  /** From placing the line to its end when nobody answers. */
  readonly noAnswer: TimeShape;
  /** Share of the unanswered that are busy, and how soon that is heard. */
  readonly busy: { readonly share: number; readonly after: TimeShape };
  /** Share of the unanswered and not busy that a machine answers, and what it costs an agent. */
  readonly machines: { readonly share: number; readonly talk: TimeShape };
  /** Share of people who hang up by themselves so soon after they answered. */
  readonly earlyHangUps: { readonly share: number; readonly after: TimeShape };
  readonly talk: TimeShape;
  readonly wrapUp: TimeShape;
  /** Share of calls after which the agent pauses, out of the wrap-up, and for how long. */
  readonly rests: { readonly share: number; readonly lasting: TimeShape };
  /** How long a person waits for an agent before the call counts as abandoned. */
  readonly patience: TimeShape;
  readonly connectWithinMs: number;
  /** A line may be given up after this; one that ends sooner by itself never is. */
  readonly ringLeastMs: number;
  readonly abandonRateMax: number;
  /** Days that the limit holds over: with more than one, a day alone has a wider bound. */
  readonly abandonWithinDays: number;
  /** The limit holds over the last 24 hours at every moment, and no end of the day is in sight. */
  readonly limitRolls: boolean;
  /** Most lines up at once. */
  readonly linesMax: number;
  /** Most lines placed in a second, all trunks together. */
  readonly callsPerSecond: number;
  readonly trunkFaults: readonly TrunkFault[];
  /** Leads on the dial list; without a number it never ends. */
  readonly leads: number | undefined;
  /** Share of the leads not reached that are due again on this day, and after how long. */
  readonly again: { readonly share: number; readonly after: TimeShape };
}

const hour = 3_600_000;

/** A floor as in the field: eight hours, ten agents, three in ten answer. */
export const ordinaryDay: Scenario = {
  name: "ordinary",
  fromMs: 9 * hour,
  toMs: 17 * hour,
  shifts: [{ agents: 10, fromMs: 9 * hour, toMs: 17 * hour, breaks: [] }],
  departures: [],
  paceSpread: 0,
  answer: { byTime: [{ atMs: 0, rate: 0.3 }], spread: 0, lowest: 0, highest: 1 },
  prediction: { tells: "truth", knowsTime: true, error: 0 },
  ring: { kind: "log-normal", meanMs: 12_000, cv: 0.5 },
  noAnswer: { kind: "fixed", ms: 25_000 },
  busy: { share: 0.15, after: { kind: "log-normal", meanMs: 3_000, cv: 0.3 } },
  machines: { share: 0, talk: { kind: "log-normal", meanMs: 8_000, cv: 0.4 } },
  earlyHangUps: { share: 0, after: { kind: "exponential", meanMs: 1_000 } },
  talk: { kind: "log-normal", meanMs: 120_000, cv: 0.9 },
  wrapUp: { kind: "log-normal", meanMs: 30_000, cv: 0.5 },
  rests: { share: 0, lasting: { kind: "exponential", meanMs: 120_000 } },
  patience: { kind: "fixed", ms: 2_000 },
  connectWithinMs: 2_000,
  ringLeastMs: 15_000,
  abandonRateMax: 0.03,
  abandonWithinDays: 1,
  limitRolls: false,
  linesMax: 1_000,
  callsPerSecond: 1_000,
  trunkFaults: [],
  leads: undefined,
  again: { share: 0, after: { kind: "fixed", ms: hour } },
};

export interface MemorylessWorld {
  readonly agents: number;
  readonly answerProbability: number;
  readonly ringMs: number;
  /** Talk and wrap-up together. */
  readonly handleMs: number;
  readonly patienceMs: number;
}

/** The floor whose exact optimum is known: no time, being exponential, tells of its end. */
export function memorylessDay(world: MemorylessWorld): Scenario {
  const ring = { kind: "exponential", meanMs: world.ringMs } as const;
  const { fromMs, toMs } = ordinaryDay;
  return {
    ...ordinaryDay,
    name: "memoryless",
    shifts: [{ agents: world.agents, fromMs, toMs, breaks: [] }],
    answer: {
      byTime: [{ atMs: 0, rate: world.answerProbability }], spread: 0, lowest: 0, highest: 1,
    },
    ring, noAnswer: ring,
    busy: { share: 0, after: ring },
    talk: { kind: "exponential", meanMs: world.handleMs },
    wrapUp: { kind: "fixed", ms: 0 },
    patience: { kind: "exponential", meanMs: world.patienceMs },
  };
}
