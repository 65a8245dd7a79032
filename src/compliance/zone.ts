/**
 * Owns local time. The offsets come from Intl, which knows the IANA zones; everything else is
 * integer arithmetic on days and minutes, so that both clock changes of a year, half-hour zones,
 * the date line and leap days need no special care. Pure: the same zone and instant always give
 * the same answer, and answers are kept, since asking Intl costs microseconds.
 */
import { DAY_MS, type Instant } from "../clock.ts";

const MINUTE_MS = 60_000;
/**
 * Every offset in use since 1972 is a multiple of a quarter of an hour, and so is every instant
 * at which one changes: within a quarter the offset is constant.
 */
export const QUARTER_MS = 15 * MINUTE_MS;

export interface LocalTime {
  /** Days since 1970-01-01 of the local date. */
  readonly day: number;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
}

/** 1 for Monday to 7 for Sunday (ISO 8601); 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => ((day + 3) % 7 + 7) % 7 + 1;

export interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly date: number;
}

export function dateOf(day: number): CalendarDate {
  const utc = new Date(day * DAY_MS);
  return { year: utc.getUTCFullYear(), month: utc.getUTCMonth() + 1, date: utc.getUTCDate() };
}

export const dayOf = ({ year, month, date }: CalendarDate): number =>
  Date.UTC(year, month - 1, date) / DAY_MS;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offsets of whole UTC days; null for a day on which the offset changes. */
  readonly days: Map<number, number | null>;
  /** Offsets by quarter, for those days alone. */
  readonly quarters: Map<number, number>;
}

/** Days and quarters kept per zone: many years of both. */
const KEPT = 20_000;
const zones = new Map<string, Zone | undefined>();

function zoneNamed(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  let zone: Zone | undefined;
  try {
    zone = {
      days: new Map(), quarters: new Map(),
      format: new Intl.DateTimeFormat("en-US", {
        timeZone: name, hourCycle: "h23", era: "short", year: "numeric", month: "numeric",
        day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
      }),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (zones.size > 2_000) zones.clear();
  zones.set(name, zone);
  return zone;
}

/** Whether there is an IANA zone of this name; bare offsets such as `+08:00` are none. */
export const isZone = (name: string): boolean =>
  /^[A-Za-z]/.test(name) && zoneNamed(name) !== undefined;

function askOffset(zone: Zone, at: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of zone.format.formatToParts(at)) parts[type] = value;
  const part = (name: string): number => Number(parts[name]);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"),
    part("minute"), part("second"));
  return local - Math.floor(at / 1000) * 1000;
}

function keep<T>(known: Map<number, T>, key: number, value: T): T {
  if (known.size >= KEPT) known.clear();
  known.set(key, value);
  return value;
}

/** No zone has changed its offset twice within a day and come back to where it was. */
function offsetOfDay(zone: Zone, day: number): number | null {
  const known = zone.days.get(day);
  if (known !== undefined) return known;
  const first = askOffset(zone, day * DAY_MS);
  return keep(zone.days, day, first === askOffset(zone, (day + 1) * DAY_MS) ? first : null);
}

/** Local time minus UTC, in milliseconds. Throws for an unknown zone: check with `isZone`. */
export function offsetAt(name: string, at: Instant): number {
  const zone = zoneNamed(name);
  if (zone === undefined) throw new RangeError(`unknown time zone ${name}`);
  const whole = offsetOfDay(zone, Math.floor(at / DAY_MS));
  if (whole !== null) return whole;
  const quarter = Math.floor(at / QUARTER_MS);
  return zone.quarters.get(quarter)
    ?? keep(zone.quarters, quarter, askOffset(zone, quarter * QUARTER_MS));
}

export function localTime(zone: string, at: Instant): LocalTime {
  const local = at + offsetAt(zone, at);
  const day = Math.floor(local / DAY_MS);
  return { day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
}

/** The first instant of a local date, which is not 00:00 where midnight is skipped. */
export function startOfDay(zone: string, day: number): Instant {
  // No zone is more than 14 hours from UTC, and none has skipped more than a day.
  let from = Math.floor((day * DAY_MS - 15 * 3_600_000) / QUARTER_MS);
  let to = Math.ceil((day * DAY_MS + 36 * 3_600_000) / QUARTER_MS);
  // The local date never goes back save in a fall-back over midnight, whose first pass counts.
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (localTime(zone, middle * QUARTER_MS as Instant).day >= day) to = middle;
    else from = middle;
  }
  for (let back = 1; back <= 8; back++) {
    const earlier = (to - back) * QUARTER_MS as Instant;
    if (localTime(zone, earlier).day >= day) return startBefore(zone, day, to - back);
  }
  return to * QUARTER_MS as Instant;
}

/** Walks to the first quarter of the run that ends in a fall-back over midnight. */
function startBefore(zone: string, day: number, quarter: number): Instant {
  let first = quarter;
  while (localTime(zone, (first - 1) * QUARTER_MS as Instant).day >= day) first--;
  return first * QUARTER_MS as Instant;
}
