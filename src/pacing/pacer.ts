/**
 * Owns the question "how many lines to place now". A pacer is pure: everything it knows is in the
 * snapshot, which is plain data, so that any simulator can drive it.
 */
import type { Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import type { LearnedFloor } from "./learned.ts";

/** An agent as pacing sees one. `leaving` finishes the call at hand and takes no other. */
export interface FloorAgent {
  readonly agent: AgentId;
  readonly state: "ready" | "connecting" | "talking" | "wrap-up" | "paused" | "leaving";
  readonly since: Instant;
}

/** Kinds of line ring and answer differently; `unknown` where the numbering plan cannot tell. */
export type LineType = "mobile" | "landline" | "unknown";

/** A line that was placed and not yet answered or ended. */
export interface FloorLine {
  readonly placedAt: Instant;
  readonly ringingSince: Instant | undefined;
  /** Probability in [0, 1] that a person answers, as predicted when it was dialed. */
  readonly answerProbability: number;
  /** `unknown` when absent. */
  readonly lineType?: LineType;
}

/** The span over which the abandon limit holds: a day, 24 hours, 30 days, as the rules say. */
export interface LimitWindow {
  readonly from: Instant;
  /** When dialing in this window ends: the last calling hour of a day, `now` if it only rolls. */
  readonly until: Instant;
}

/** So that no single day looks bad in a window of many. */
export interface DayCounts {
  readonly answered: number;
  readonly abandoned: number;
  readonly rateMax: number;
}

export interface FloorSnapshot {
  readonly now: Instant;
  readonly agents: readonly FloorAgent[];
  readonly lines: readonly FloorLine[];
  /** When each answered person who has no agent yet was answered. */
  readonly waiting: readonly Instant[];
  /** Answer probabilities of the next leads, in the order they would be dialed. */
  readonly next: readonly number[];
  /** Answered by a person, and of those abandoned, within the limit's window; not who waits. */
  readonly answered: number;
  readonly abandoned: number;
  /** Highest allowed abandoned ÷ answered in that window, 0 to 1. */
  readonly abandonRateMax: number;
  /** The switch gives up ringing after this; none of our pacers asks, a migrated one may. */
  readonly ringMs?: number;
  /**
   * Only `predictive` reads the next ones. Absent, they are a window that ends now, no bound of a
   * day, 2,000 ms, no line given up, no end of leads, and nothing learned.
   */
  readonly window?: LimitWindow;
  /** The last 24 hours, and the highest rate for them alone: where the window is longer. */
  readonly day?: DayCounts;
  /** An answered person is abandoned when no agent is connected within this. */
  readonly connectWithinMs?: number;
  /** A line that has rung for this long may be given up; when absent, none may. */
  readonly ringLeastMs?: number;
  /** Leads that may still be dialed in this window; when absent, no end is in sight. */
  readonly leadsLeft?: number;
  /** What this campaign's floor has taught so far. */
  readonly learned?: LearnedFloor;
  /** Most lines this campaign may have up now, trunks' caps included. */
  readonly linesMax: number;
}

/** What the pacer expects of the floor as it was before the dials of this decision. */
export interface FloorForecast {
  /** From now until nearly every ringing line has been answered or has ended. */
  readonly inMs: number;
  /** Agents free by then, those ready now included; an expected number. */
  readonly agentsFree: number;
  /** People who will have answered by then, those waiting included; an expected number. */
  readonly answers: number;
  /** The chance that the person behind the last line placed will be abandoned, if they answer. */
  readonly risk: number;
  /** The highest such chance that the abandon budget bears now. */
  readonly riskMax: number;
}

export interface PacingDecision {
  /** How many lines to place now; never above `next.length`. */
  readonly dials: number;
  /**
   * Lines, by their place in the snapshot, to give up: they rang for as long as is owed, and
   * whoever answered now would find nobody.
   */
  readonly giveUp?: readonly number[];
  /** A kebab-case reason, always: `agents-free`, `no-agents`, `abandon-limit`, `line-cap`, … */
  readonly why: string;
  /** Absent where a pacer makes none. */
  readonly forecast?: FloorForecast;
}

export interface Pacer {
  readonly name: string;
  decide(snapshot: FloorSnapshot): PacingDecision;
}
