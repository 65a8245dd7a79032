/**
 * Owns what the end of a leg means: a Q.850 cause, and the SIP status behind it when the switch
 * tells, become an outcome that a campaign can act on. The table is Asterisk's own mapping read
 * backwards (Hangup-Cause-Mappings) with the SIP status breaking its ties.
 */

import type { AttemptOutcome, Outcome, OutcomeReason } from "../call/outcome.ts";

/** Why a leg ended. */
export interface HangUpCause {
  /** ITU-T Q.850 cause, 0 to 127; 0 when the switch did not say. */
  readonly q850: number;
  /** The last SIP status of the far end, 300 to 699, when known. */
  readonly sip: number | undefined;
  /** Who ended it, when known. */
  readonly by: "far-end" | "us" | "switch" | undefined;
}

const outcome = (of: Outcome, reason: OutcomeReason, spent: boolean): AttemptOutcome =>
  ({ outcome: of, reason, spent });

/** The lead, or the lead's own network, had its say: the try counts. */
const tried = (of: Outcome, reason: OutcomeReason): AttemptOutcome => outcome(of, reason, true);
/** Something between us and the lead failed: the lead was never rung, and the try is free. */
const free = (reason: OutcomeReason): AttemptOutcome => outcome("failed", reason, false);

/** SIP answers that say more than the Q.850 cause they are mapped to. */
const bySip: ReadonlyMap<number, AttemptOutcome> = new Map([
  [401, free("barred")], [403, free("barred")], [407, free("barred")],
  [410, tried("failed", "number-changed")],
  [503, free("congestion")],
  // RFC 8197 and RFC 8688: unwanted, and rejected by an analytics engine on the way.
  [607, tried("no-answer", "network-blocked")], [608, tried("no-answer", "network-blocked")],
]);

const byQ850: ReadonlyMap<number, AttemptOutcome> = new Map([
  [1, tried("failed", "invalid-number")],
  [22, tried("failed", "number-changed")],
  [28, tried("failed", "invalid-number")],
  [2, free("no-route")], [3, free("no-route")],
  [17, tried("busy", "busy")],
  // Normal clearing of a leg nobody answered is our own CANCEL when the ring time is over.
  [0, tried("no-answer", "ring-time-over")],
  [16, tried("no-answer", "ring-time-over")],
  [18, tried("no-answer", "no-user-response")],
  [19, tried("no-answer", "ring-time-over")],
  [20, tried("no-answer", "no-user-response")],
  [21, tried("no-answer", "rejected")],
  [27, free("congestion")], [34, free("congestion")], [38, free("congestion")],
  [41, free("congestion")], [42, free("congestion")], [44, free("congestion")],
  [52, free("barred")], [55, free("barred")], [57, free("barred")],
  [58, free("codec")], [65, free("codec")], [88, free("codec")],
  [102, free("carrier-timeout")],
]);

/**
 * What a leg that ended unanswered did. An unknown cause counts as a try, since one that never
 * counted would be dialed for ever.
 */
export const outcomeOfUnanswered = (cause: HangUpCause): AttemptOutcome =>
  (cause.sip === undefined ? undefined : bySip.get(cause.sip))
    ?? byQ850.get(cause.q850) ?? tried("failed", "unknown-cause");
