/**
 * Owns the question "how many lines to place now". A pacer is pure: everything it knows is in the
 * snapshot, which is plain data, so that any simulator can drive it.
 */
import type { Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";

/** An agent as pacing sees one. `leaving` finishes the call at hand and takes no other. */
export interface FloorAgent {
  readonly agent: AgentId;
  readonly state: "ready" | "connecting" | "talking" | "wrap-up" | "paused" | "leaving";
  readonly since: Instant;
}

/** A line that was placed and not yet answered or ended. */
export interface FloorLine {
  readonly placedAt: Instant;
  readonly ringingSince: Instant | undefined;
  /** Probability in [0, 1] that a person answers, as predicted when it was dialed. */
  readonly answerProbability: number;
}

export interface FloorSnapshot {
  readonly now: Instant;
  readonly agents: readonly FloorAgent[];
  readonly lines: readonly FloorLine[];
  /** When each answered person who has no agent yet was answered. */
  readonly waiting: readonly Instant[];
  /** Answer probabilities of the next leads, in the order they would be dialed. */
  readonly next: readonly number[];
  /** Answered by a person, and of those abandoned, within the limit's window. */
  readonly answered: number;
  readonly abandoned: number;
  /** Highest allowed abandoned ÷ answered in that window, 0 to 1. */
  readonly abandonRateMax: number;
  /** Most lines this campaign may have up now, trunks' caps included. */
  readonly linesMax: number;
}

export interface PacingDecision {
  /** How many lines to place now; never above `next.length`. */
  readonly dials: number;
  /** A kebab-case reason, always: `agents-free`, `no-agents`, `abandon-limit`, `line-cap`, … */
  readonly why: string;
}

export interface Pacer {
  readonly name: string;
  decide(snapshot: FloorSnapshot): PacingDecision;
}
