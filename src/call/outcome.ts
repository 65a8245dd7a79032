/** Owns the vocabulary of what a line did; exactly one outcome ends every attempt. */
export const outcomes = [
  "connected", "abandoned", "hung-up-early", "machine", "busy", "no-answer", "failed",
] as const;
export type Outcome = (typeof outcomes)[number];

/** Why an attempt failed, or what kind of no-answer it was; finer than the outcome. */
export type OutcomeReason =
  | "answered" | "no-agent-in-time" | "left-before-agent" | "left-as-joined"
  | "machine-detected"
  | "busy" | "ring-time-over" | "rang-enough" | "no-user-response" | "rejected" | "network-blocked"
  | "invalid-number" | "number-changed" | "congestion" | "barred" | "no-route" | "codec"
  | "carrier-timeout" | "trunk-unreachable" | "switch-lost" | "lost-control" | "cancelled"
  | "refused-by-switch" | "not-in-time" | "unknown-cause";

/** An outcome as it is stored: `spent` is false where the lead was never really tried. */
export interface AttemptOutcome {
  readonly outcome: Outcome;
  readonly reason: OutcomeReason;
  /** Whether this counts towards the lead's `attemptsMax`; congestion never does. */
  readonly spent: boolean;
}

/** A person picked up: the denominator of the abandon rate. */
export const answeredByPerson = (outcome: Outcome): boolean =>
  outcome === "connected" || outcome === "abandoned" || outcome === "hung-up-early";
