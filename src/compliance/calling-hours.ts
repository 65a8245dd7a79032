/**
 * Owns when a person may be called: windows per weekday in local time, and public holidays, on
 * which nobody is. Windows begin and end on quarters of an hour, as offsets of zones do, so
 * that the next opening is always found on a grid of quarters, even around a clock change. Pure.
 */
import type { Instant } from "../clock.ts";
import { dateOf, dayOf, localTime, offsetAt, QUARTER_MS, weekdayOf } from "./zone.ts";

/** Open from `from` until just before `to`, in minutes of the local day, 0 to 1440. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What a law names by itself, and what an authority publishes year by year; either or both. */
export interface Holidays {
  /** `MM-DD`, every year: where the law itself names the date. */
  readonly every: readonly string[];
  /** Days after Easter Sunday (Gregorian), -60 to 60: where the law names the feast. */
  readonly easter: readonly number[];
  /** One of those that falls on a weekend also closes the next day that is neither. */
  readonly inLieu: boolean;
  /**
   * Day numbers by year, from lists that are published for each year. A year without its list is
   * not known at all, and nobody is called in it. Undefined where the law needs no list.
   */
  readonly years: ReadonlyMap<number, ReadonlySet<number>> | undefined;
}

export interface CallingHours {
  /** Index 1 (Monday) to 7 (Sunday); an absent day is closed. */
  readonly days: Readonly<Record<number, readonly Window[]>>;
}

/** Easter Sunday of a year as a day number: Meeus, Astronomical Algorithms (1991), chapter 8. */
function easterOf(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  return dayOf({ year, month, date: (h + l - 7 * m + 114) % 31 + 1 });
}

const closedDays = new WeakMap<Holidays, Map<number, ReadonlySet<number>>>();

/** The closed days of a year by the law's own words; kept, since the same year is asked all day. */
function holidaysOf(holidays: Holidays, year: number): ReadonlySet<number> {
  let years = closedDays.get(holidays);
  if (years === undefined) closedDays.set(holidays, years = new Map());
  const known = years.get(year);
  if (known !== undefined) return known;
  const days = new Set<number>();
  for (const each of holidays.every) {
    days.add(dayOf({ year, month: Number(each.slice(0, 2)), date: Number(each.slice(3)) }));
  }
  const easter = easterOf(year);
  for (const after of holidays.easter) days.add(easter + after);
  if (holidays.inLieu) {
    for (const day of [...days].sort((a, b) => a - b)) {
      if (weekdayOf(day) < 6) continue;
      let instead = day + 1;
      while (weekdayOf(instead) > 5 || days.has(instead)) instead++;
      days.add(instead);
    }
  }
  years.set(year, days);
  return days;
}

/** `unknown` in a year whose list nobody has loaded. */
export type DayKind = "working" | "holiday" | "unknown";

export function dayKind(holidays: Holidays, day: number): DayKind {
  const { year } = dateOf(day);
  // A day in lieu of 31 December falls into the next year.
  if (holidaysOf(holidays, year).has(day)
    || (holidays.inLieu && holidaysOf(holidays, year - 1).has(day))) return "holiday";
  if (holidays.years === undefined) return "working";
  const listed = holidays.years.get(year);
  if (listed === undefined) return "unknown";
  return listed.has(day) ? "holiday" : "working";
}

/** The last year that is known; undefined where the law needs no list. */
export const lastYearOf = ({ years }: Holidays): number | undefined =>
  years === undefined ? undefined : Math.max(...years.keys());

export const dayKindAt = (holidays: Holidays, zone: string, at: Instant): DayKind =>
  dayKind(holidays, localTime(zone, at).day);

/** The windows of one local date, as one rule has them. */
export type WindowsOn = (day: number) => readonly Window[];

const WHOLE_DAY: readonly Window[] = [{ from: 0, to: 1440 }];

export const windowsOfHours = (hours: CallingHours): WindowsOn =>
  (day) => hours.days[weekdayOf(day)] ?? [];

export const windowsOfHolidays = (holidays: Holidays): WindowsOn =>
  (day) => dayKind(holidays, day) === "working" ? WHOLE_DAY : [];

const isIn = (windows: readonly Window[], minute: number): boolean =>
  windows.some(({ from, to }) => minute >= from && minute < to);

export function isOpenAt(hours: CallingHours, zone: string, at: Instant): boolean {
  const { day, minute } = localTime(zone, at);
  return isIn(hours.days[weekdayOf(day)] ?? [], minute);
}

/** Days looked ahead: longer closures than this are reported without an end. */
const LOOK_AHEAD_DAYS = 40;

/** The next moment at which what is closed may open: never later than it does. */
function nextChance(windowsOn: WindowsOn, zone: string, at: Instant): Instant {
  const { day, minute } = localTime(zone, at);
  const next = windowsOn(day).map(({ from }) => from).filter((from) => from > minute);
  const wait = Math.min(...next, 1440) - minute;
  const then = Math.floor(at / 60_000 + wait) * 60_000 as Instant;
  // Between two moments of one offset, local time runs as the clock does.
  if (offsetAt(zone, then) === offsetAt(zone, at) && wait <= 1440) return then;
  return (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS as Instant;
}

/**
 * The first instant from `at` on at which all of the rules are open in their zones; undefined when
 * there is none within 40 days. The zones must be known.
 */
export function nextOpening(
  all: readonly { readonly windowsOn: WindowsOn; readonly zone: string }[], at: Instant,
): Instant | undefined {
  const end = at + LOOK_AHEAD_DAYS * 86_400_000;
  let candidate = at;
  while (candidate < end) {
    const closed = all.find(({ windowsOn, zone }) => {
      const { day, minute } = localTime(zone, candidate);
      return !isIn(windowsOn(day), minute);
    });
    if (closed === undefined) return candidate;
    candidate = nextChance(closed.windowsOn, closed.zone, candidate);
  }
  return undefined;
}
