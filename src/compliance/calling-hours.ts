/**
 * Owns when a person may be called: windows per weekday in local time, and public holidays on
 * which no window opens. Windows begin and end on quarters of an hour, as offsets of zones do, so
 * that the next opening is always found on a grid of quarters, even around a clock change. Pure.
 */
import type { Instant } from "../clock.ts";
import { dateOf, dayOf, localTime, offsetAt, QUARTER_MS, weekdayOf } from "./zone.ts";

/** Open from `from` until just before `to`, in minutes of the local day, 0 to 1440. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Holidays {
  /** `MM-DD`, every year. */
  readonly fixed: readonly string[];
  /** Days after Easter Sunday (Gregorian), -60 to 60. */
  readonly easter: readonly number[];
  /** One that falls on a weekend also closes the next day that is neither. */
  readonly inLieu: boolean;
}

export interface CallingHours {
  /** Index 1 (Monday) to 7 (Sunday); an absent day is closed. */
  readonly days: Readonly<Record<number, readonly Window[]>>;
  readonly holidays: Holidays | undefined;
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

/** The closed days of one year; kept, since a campaign asks for the same year all day. */
function holidaysOf(holidays: Holidays, year: number): ReadonlySet<number> {
  let years = closedDays.get(holidays);
  if (years === undefined) closedDays.set(holidays, years = new Map());
  const known = years.get(year);
  if (known !== undefined) return known;
  const days = new Set<number>();
  for (const each of holidays.fixed) {
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

export function isHoliday(holidays: Holidays, day: number): boolean {
  const { year } = dateOf(day);
  // A day in lieu of 31 December falls into the next year.
  return holidaysOf(holidays, year).has(day)
    || (holidays.inLieu && holidaysOf(holidays, year - 1).has(day));
}

/** The windows of one local date; none on a holiday. */
const windowsOn = (hours: CallingHours, day: number): readonly Window[] =>
  hours.holidays !== undefined && isHoliday(hours.holidays, day)
    ? [] : hours.days[weekdayOf(day)] ?? [];

export type Openness = "open" | "outside-hours" | "holiday";

export function opennessAt(hours: CallingHours, zone: string, at: Instant): Openness {
  const { day, minute } = localTime(zone, at);
  if (hours.holidays !== undefined && isHoliday(hours.holidays, day)) return "holiday";
  const windows = hours.days[weekdayOf(day)] ?? [];
  const open = windows.some(({ from, to }) => minute >= from && minute < to);
  return open ? "open" : "outside-hours";
}

/** Days looked ahead: longer closures than this are reported without an end. */
const LOOK_AHEAD_DAYS = 40;

/** The next moment at which closed hours may open: never later than they do. */
function nextChance(hours: CallingHours, zone: string, at: Instant): Instant {
  const { day, minute } = localTime(zone, at);
  const next = windowsOn(hours, day).map(({ from }) => from).filter((from) => from > minute);
  const wait = Math.min(...next, 1440) - minute;
  const then = Math.floor(at / 60_000 + wait) * 60_000 as Instant;
  // Between two moments of one offset, local time runs as the clock does.
  if (offsetAt(zone, then) === offsetAt(zone, at) && wait <= 1440) return then;
  return (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS as Instant;
}

/**
 * The first instant from `at` on at which the hours are open in every one of the zones;
 * undefined when there is none within 40 days. The zones must be known.
 */
export function nextOpening(
  all: readonly { readonly hours: CallingHours; readonly zone: string }[], at: Instant,
): Instant | undefined {
  const end = at + LOOK_AHEAD_DAYS * 86_400_000;
  let candidate = at;
  while (candidate < end) {
    const closed = all.find(({ hours, zone }) => opennessAt(hours, zone, candidate) !== "open");
    if (closed === undefined) return candidate;
    candidate = nextChance(closed.hours, closed.zone, candidate);
  }
  return undefined;
}
