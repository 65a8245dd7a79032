/**
 * Owns the windows in which people are at home or not: morning, afternoon and evening of working
 * days and of weekends, on the clock of the person's own place. Who did not answer twice in one is
 * tried in another (repeating a window has diminishing returns: Weeks and Kulka 1987). Pure.
 */
import { plus, type Instant } from "../clock.ts";
import { localTime, QUARTER_MS, weekdayOf } from "../compliance/zone.ts";

export type DayPart = `${"weekday" | "weekend"} ${"morning" | "afternoon" | "evening"}`;

const NOON = 12 * 60;
const AFTER_WORK = 17 * 60;
/** Nobody is moved to a window before or after this; the gate may narrow it. */
const EARLIEST = 9 * 60;
const LATEST = 20 * 60;
/** Longer than any stretch of one window and the night around it: a weekend's morning is never
 * more than a day away from its afternoon. */
const FURTHEST_MS = 48 * 3_600_000;

export function dayPartOf(zone: string, at: Instant): DayPart {
  const { day, minute } = localTime(zone, at);
  const week = weekdayOf(day) >= 6 ? "weekend" : "weekday";
  if (minute < NOON) return `${week} morning`;
  return minute < AFTER_WORK ? `${week} afternoon` : `${week} evening`;
}

/** The first moment from `from` on that is in another window, by day. */
export function inAnotherPart(zone: string, part: DayPart, from: Instant): Instant {
  for (let at = from; at < from + FURTHEST_MS; at = plus(at, QUARTER_MS)) {
    const { minute } = localTime(zone, at);
    const byDay = minute >= EARLIEST && minute < LATEST;
    if (byDay && dayPartOf(zone, at) !== part) return at;
  }
  return from;
}
