/**
 * Owns what becomes of a lead when an attempt is over: dialed again after a pause, or finished.
 * Pure. Called with the outcome, and once more when an agent chose a disposition.
 */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { LeadChange } from "../store/store.ts";
import type { CampaignSettings, RetryRule } from "./settings.ts";

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly at: Instant;
  /** Attempts spent by this lead in this campaign before this one. */
  readonly spentBefore: number;
  /** The disposition set, or the default one while none is set yet. */
  readonly disposition: string;
}

const finished: LeadChange = { then: "finished" };

const retryAt = (at: Instant, afterMs: number): LeadChange =>
  ({ then: "retry", notBefore: plus(at, Math.max(afterMs, limits.redialSoonestMs)) });

function byRule(rule: RetryRule, end: AttemptEnd): LeadChange {
  const spent = end.spentBefore + (end.outcome.spent ? 1 : 0);
  return spent >= rule.attemptsMax ? finished : retryAt(end.at, rule.afterMs);
}

export function leadAfter(settings: CampaignSettings, end: AttemptEnd): LeadChange {
  const { retry } = settings;
  const { outcome, reason } = end.outcome;
  switch (outcome) {
    case "connected": {
      const chosen = settings.dispositions.find((each) => each.code === end.disposition);
      // The agent is still in wrap-up: the lead is not due before the last word is spoken.
      const afterWrapUp = { ...end, at: plus(end.at, settings.wrapUpMs) };
      return chosen?.then === "retry" ? byRule(retry.connected, afterWrapUp) : finished;
    }
    case "abandoned":
      return byRule(retry.abandoned, end);
    case "hung-up-early":
      return byRule(retry.hungUpEarly, end);
    case "machine":
      return byRule(retry.machine, end);
    case "busy":
      return byRule(retry.busy, end);
    case "no-answer":
      return byRule(retry.noAnswer, end);
    case "failed":
      // A number that does not exist will not exist tomorrow.
      if (reason === "invalid-number" || reason === "number-changed") return finished;
      // A fault that may have reached the lead is bounded like a call that was not answered.
      return end.outcome.spent
        ? byRule({ ...retry.noAnswer, afterMs: retry.fault.afterMs }, end)
        : retryAt(end.at, retry.fault.afterMs);
    default:
      return unreachable(outcome);
  }
}
