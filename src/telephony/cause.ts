/**
 * Owns what the end of a leg means: a Q.850 cause, and the SIP status behind it when the switch
 * tells, become an outcome that a campaign can act on. The table is Asterisk's own mapping read
 * backwards (Hangup-Cause-Mappings) with the SIP status breaking its ties.
 */

import type { AttemptOutcome, Outcome, OutcomeReason } from "../call/outcome.ts";
import type { SpecialInformation } from "../leads/special-information.ts";

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

/** SIP answers that say more than the Q.850 cause they are mapped to (RFC 3261 section 21). */
const bySip: ReadonlyMap<number, AttemptOutcome> = new Map([
  // Our account or our address is refused, whoever the lead is.
  [401, free("barred")], [402, free("barred")], [403, free("barred")], [407, free("barred")],
  [404, tried("failed", "invalid-number")], [484, tried("failed", "invalid-number")],
  [485, tried("failed", "invalid-number")], [604, tried("failed", "invalid-number")],
  [410, tried("failed", "number-changed")],
  [415, free("codec")], [488, free("codec")], [606, free("codec")],
  [486, tried("busy", "busy")], [600, tried("busy", "busy")],
  [504, free("carrier-timeout")],
  // RFC 8197 and RFC 8688: unwanted, and rejected by an analytics engine on the way.
  [607, tried("no-answer", "network-blocked")], [608, tried("no-answer", "network-blocked")],
]);

/** A 603 with one of these behind it is a network's refusal: barred (55), not authorised (57). */
const barredBehind603: ReadonlySet<number> = new Set([55, 57]);

function ofSip(status: number, q850: number): AttemptOutcome | undefined {
  if (status === 603 && barredBehind603.has(q850)) return tried("no-answer", "network-blocked");
  // A server between us and the lead failed: whatever cause it is mapped to, nobody was rung.
  const serverFailed = status >= 500 && status <= 599;
  return bySip.get(status) ?? (serverFailed ? free("congestion") : undefined);
}

/** ITU-T Q.850 (05/98), table 1. */
const byQ850: ReadonlyMap<number, AttemptOutcome> = new Map([
  [1, tried("failed", "invalid-number")],
  [22, tried("failed", "number-changed")],
  [28, tried("failed", "invalid-number")],
  // "Send special information tone": not to be reached, for reasons of a long-term nature.
  [4, tried("failed", "invalid-number")],
  [2, free("no-route")], [3, free("no-route")], [5, free("no-route")],
  [17, tried("busy", "busy")],
  // Normal clearing of a leg nobody answered is our own CANCEL when the ring time is over.
  [0, tried("no-answer", "ring-time-over")],
  [16, tried("no-answer", "ring-time-over")],
  [18, tried("no-answer", "no-user-response")],
  [19, tried("no-answer", "ring-time-over")],
  [20, tried("no-answer", "no-user-response")],
  [21, tried("no-answer", "rejected")],
  [27, free("congestion")], [34, free("congestion")], [38, free("congestion")],
  [41, free("congestion")], [42, free("congestion")], [43, free("congestion")],
  [44, free("congestion")], [46, free("congestion")], [47, free("congestion")],
  [29, free("barred")], [50, free("barred")], [52, free("barred")], [54, free("barred")],
  [55, free("barred")], [57, free("barred")], [87, free("barred")],
  [58, free("codec")], [65, free("codec")], [66, free("codec")], [69, free("codec")],
  [70, free("codec")], [79, free("codec")], [88, free("codec")],
  [102, free("carrier-timeout")],
]);

/**
 * What a leg that ended unanswered did. An unknown cause counts as a try, since one that never
 * counted would be dialed for ever.
 */
export const outcomeOfUnanswered = ({ q850, sip }: HangUpCause): AttemptOutcome =>
  (sip === undefined ? undefined : ofSip(sip, q850))
    ?? byQ850.get(q850) ?? tried("failed", "unknown-cause");

/**
 * What a leg did on which these tones were heard. The plain ones say that the number cannot be
 * reached for other reasons than busy or congestion (ITU-T E.180, E.182); the coded ones say which.
 */
export const outcomeOfTones = (tones: SpecialInformation): AttemptOutcome => {
  switch (tones) {
    case "intercept": return tried("failed", "number-changed");
    case "no-circuit":
    case "reorder": return free("congestion");
    case "vacant":
    case "unknown": return tried("failed", "invalid-number");
  }
};
