/**
 * Owns how often: caps over a rolling or a calendar span, and pauses after a contact. Calendar
 * days are those of the lead's own zones; where there are several, every one must allow. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import type { DialNumber } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Rule, Span } from "./pack.ts";
import { localTime, startOfDay } from "./zone.ts";

/** No rule looks further back than this, since no history is read that goes further. */
export const longestSpanDays = 200;

/** One earlier dial of a number that rang or may have rung; congestion is none. */
export interface Contact {
  readonly at: Instant;
  /** `open` while it lasts: it may still become any of the others. */
  readonly result: "open" | "unanswered" | "conversation" | "abandoned";
  /** The person said not to be called again. */
  readonly refused: boolean;
}

type Cap = Extract<Rule, { kind: "cap" }>;
type CoolDown = Extract<Rule, { kind: "cool-down" }>;

/** Whether a contact counts; one that lasts counts for everything it may become. */
function counts(contact: Contact, kind: Cap["counts"]): boolean {
  if (kind === "attempts" || contact.result === "open") return true;
  return kind === "conversations"
    ? contact.result === "conversation" || contact.result === "abandoned"
    : contact.result === "unanswered";
}

/**
 * When a contact no longer falls into a span that has it as its first. What is stored is when the
 * line was chosen; it rang later, perhaps on the next day.
 */
function leaves(at: Instant, span: Span, zones: readonly string[]): Instant {
  const rangBy = plus(at, limits.gateAheadMs);
  if (span.kind === "rolling") return plus(rangBy, span.ms);
  return Math.max(...zones.map((zone) =>
    startOfDay(zone, localTime(zone, rangBy).day + span.days))) as Instant;
}

/**
 * Undefined while one more contact fits; else the first instant at which one will. `contacts` are
 * newest first and hold the whole span.
 */
export function capUntil(
  cap: Cap, contacts: readonly Contact[], zones: readonly string[], now: Instant,
): Instant | undefined {
  let seen = 0;
  for (const contact of contacts) {
    if (!counts(contact, cap.counts)) continue;
    seen++;
    if (seen < cap.max) continue;
    // With this one the cap is full; when it has left, one more fits.
    const until = leaves(contact.at, cap.within, zones);
    return until > now ? until : undefined;
  }
  return undefined;
}

/**
 * Contacts at or before this have left a span that ends now, in each of the zones. Never later than
 * `leaves` has it, and earlier only in the hour that a fall-back over midnight repeats.
 */
export function sinceOf(span: Span, zones: readonly string[], now: Instant): Instant {
  const rangAfter = span.kind === "rolling" ? plus(now, -span.ms)
    : Math.min(...zones.map((zone) =>
      startOfDay(zone, localTime(zone, now).day - span.days + 1))) - 1;
  return rangAfter - limits.gateAheadMs as Instant;
}

/**
 * One bound as the store keeps it: fewer than `max` contacts of the kind after `since`. The first
 * three count what is still open for all that it may become; the others only what has happened.
 */
export interface ContactLimit {
  readonly per: Cap["per"];
  readonly counts: Cap["counts"] | CoolDown["after"];
  readonly max: number;
  readonly since: Instant;
}

/**
 * The caps and pauses that hold for a dial. The store counts against them again in the transaction
 * of the attempt, one after the other with all other attempts of these people: so caps are reserved
 * with the attempt itself, and exactly as many dials get through as they have room for.
 */
export interface DialReserve {
  /** Every number of the person. */
  readonly numbers: readonly DialNumber[];
  readonly company?: string;
  readonly limits: readonly ContactLimit[];
  /** Dials that may show this caller-ID in 24 hours. */
  readonly callerIdMax?: number;
}

/** What must still hold when a dial is stored that caps and pauses allow now. */
export function contactLimits(
  { caps, coolDowns }: {
    readonly caps: readonly { readonly rule: Cap }[];
    readonly coolDowns: readonly { readonly rule: CoolDown }[];
  },
  zones: readonly string[], now: Instant,
): readonly ContactLimit[] {
  return [
    ...caps.map(({ rule: { per, counts, max, within } }) =>
      ({ per, counts, max, since: sinceOf(within, zones, now) })),
    ...coolDowns.map(({ rule: { after, span } }): ContactLimit =>
      ({ per: "person", counts: after, max: 1, since: sinceOf(span, zones, now) })),
  ];
}

const triggers = (contact: Contact, after: CoolDown["after"]): boolean => {
  if (after === "refusal") return contact.refused;
  return contact.result === after;
};

/** Whether a contact is one of those that a limit counts. */
export const countsAs = (contact: Contact, kind: ContactLimit["counts"]): boolean =>
  kind === "attempts" || kind === "conversations" || kind === "unanswered"
    ? counts(contact, kind) : triggers(contact, kind);

/** Undefined when no pause holds; else its end. */
export function coolDownUntil(
  rule: CoolDown, contacts: readonly Contact[], zones: readonly string[], now: Instant,
): Instant | undefined {
  const last = contacts.find((contact) => triggers(contact, rule.after));
  if (last === undefined) return undefined;
  const until = leaves(last.at, rule.span, zones);
  return until > now ? until : undefined;
}
