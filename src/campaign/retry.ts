/**
 * Owns what becomes of a lead when an attempt is over: dialed again after a pause, by which of the
 * person's numbers and in which part of the day, or finished. Pure. Called with the outcome, and
 * once more when an agent chose a disposition.
 */
import { plus, type Instant } from "../clock.ts";
import { localTime, startOfDay } from "../compliance/zone.ts";
import { unreachable } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AttemptOutcome, Outcome } from "../call/outcome.ts";
import type { LeadChange } from "../store/store.ts";
import { dayPartOf, inAnotherPart } from "./day-part.ts";
import type { CampaignSettings, RetryRule } from "./settings.ts";

/** One attempt of the past. */
export interface Tried {
  readonly at: Instant;
  readonly outcome: Outcome;
}

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly at: Instant;
  /** Attempts spent by this lead in this campaign before this one. */
  readonly spentBefore: number;
  /** The disposition set, or the default one while none is set yet. */
  readonly disposition: string;
  /** How many numbers the person has; 1 when absent. */
  readonly numbers?: number | undefined;
  /** Where the person is, when that is certain: only then days and parts of them are told. */
  readonly zone?: string | undefined;
  /** Attempts spent in this campaign before this one, the newest first. */
  readonly tried?: readonly Tried[] | undefined;
}

const finished: LeadChange = { then: "finished" };

/** The number after this one, when there is one to go on to. */
const another = (end: AttemptEnd): { readonly number: "next" } | undefined =>
  (end.numbers ?? 1) > 1 ? { number: "next" } : undefined;

/** Out of the part of the day in which the person did not answer this time and the last. */
function movedOn(end: AttemptEnd, notBefore: Instant): Instant {
  const last = end.tried?.[0];
  const { zone } = end;
  if (zone === undefined || last?.outcome !== "no-answer") return notBefore;
  const part = dayPartOf(zone, end.at);
  return dayPartOf(zone, last.at) === part ? inAnotherPart(zone, part, notBefore) : notBefore;
}

/** Not today any more, when the person was tried as often as a day allows. */
function anotherDay(most: number, end: AttemptEnd, notBefore: Instant): Instant {
  const { zone, tried = [] } = end;
  if (zone === undefined) return notBefore;
  const { day } = localTime(zone, end.at);
  const today = 1 + tried.filter((each) => localTime(zone, each.at).day === day).length;
  return today < most ? notBefore : Math.max(notBefore, startOfDay(zone, day + 1)) as Instant;
}

const retryAt = (at: Instant, afterMs: number): Instant =>
  plus(at, Math.max(afterMs, limits.redialSoonestMs));

function byRule(settings: CampaignSettings, rule: RetryRule, end: AttemptEnd): LeadChange {
  const { outcome } = end.outcome;
  const spent = end.spentBefore + (end.outcome.spent ? 1 : 0);
  const times = 1 + (end.tried ?? []).filter((each) => each.outcome === outcome).length;
  const { perLeadMax = Infinity, perDayMax = Infinity } = settings.attempts ?? {};
  if (spent >= rule.attemptsMax || spent >= perLeadMax) return finished;
  if (times >= (rule.timesMax ?? Infinity)) return finished;
  let notBefore = retryAt(end.at, rule.afterMs);
  if (outcome === "no-answer" && rule.otherTime !== false) notBefore = movedOn(end, notBefore);
  notBefore = anotherDay(perDayMax, end, notBefore);
  return { then: "retry", notBefore, ...(rule.otherNumber !== false && another(end)) };
}

/** The agent's word: a promise to call back, another try by the rule, or the end. */
function afterConversation(settings: CampaignSettings, end: AttemptEnd): LeadChange {
  const chosen = settings.dispositions.find((each) => each.code === end.disposition);
  // The agent is still in wrap-up: the lead is not due before the last word is spoken.
  const at = plus(end.at, settings.wrapUpMs);
  if (chosen === undefined) return finished;
  switch (chosen.then) {
    case "final": return finished;
    // A person who answered is called back where he answered.
    case "retry":
      return byRule(settings, { otherNumber: false, ...settings.retry.connected }, { ...end, at });
    case "callback":
      return { then: "retry", notBefore: plus(end.at, chosen.afterMs ?? 0), callback: true };
    default: return unreachable(chosen.then);
  }
}

/** A dead number is no reason to give the person up; without another number it is. */
const byAnotherNumber = (end: AttemptEnd): LeadChange => {
  const next = another(end);
  return next === undefined ? finished
    : { then: "retry", notBefore: retryAt(end.at, 0), ...next };
};

export function leadAfter(settings: CampaignSettings, end: AttemptEnd): LeadChange {
  const { retry } = settings;
  const { outcome, reason } = end.outcome;
  switch (outcome) {
    case "connected":
      return afterConversation(settings, end);
    case "abandoned":
      return byRule(settings, { otherNumber: false, ...retry.abandoned }, end);
    case "hung-up-early":
      return byRule(settings, { otherNumber: false, ...retry.hungUpEarly }, end);
    case "machine":
      return byRule(settings, retry.machine, end);
    case "busy":
      return byRule(settings, { otherNumber: false, ...retry.busy }, end);
    case "no-answer":
      return byRule(settings, retry.noAnswer, end);
    case "failed":
      // A number that does not exist will not exist tomorrow.
      if (reason === "invalid-number" || reason === "number-changed") return byAnotherNumber(end);
      // A fault that may have reached the lead is bounded like a call that was not answered.
      return end.outcome.spent
        ? byRule(settings, {
          ...retry.noAnswer, otherTime: false, afterMs: retry.fault.afterMs,
        }, end)
        : { then: "retry", notBefore: retryAt(end.at, retry.fault.afterMs) };
    default:
      return unreachable(outcome);
  }
}
