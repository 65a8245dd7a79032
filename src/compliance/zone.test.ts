import { expect } from "chai";
import fc from "fast-check";
import { instant, type Instant } from "../clock.ts";
import {
  dayKind, isOpenAt, nextOpening, windowsOfHolidays, windowsOfHours, type CallingHours,
} from "./calling-hours.ts";
import { dateOf, dayOf, isZone, localTime, startOfDay, weekdayOf } from "./zone.ts";

const at = (iso: string): Instant => instant(Date.parse(iso));

const shown = (zone: string, iso: string): string => {
  const { day, minute } = localTime(zone, at(iso));
  const { year, month, date } = dateOf(day);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(date)} ${two(Math.floor(minute / 60))}:${two(minute % 60)} `
    + String(weekdayOf(day));
};

const check = (zone: string, iso: string, expected: string): void => {
  expect(shown(zone, iso), `${zone} ${iso}`).to.equal(expected);
};

/** Zones with every oddity there is: half and quarter hours, both hemispheres, the date line. */
const ZONES = ["Asia/Shanghai", "America/New_York", "Europe/London", "Europe/Paris",
  "Australia/Lord_Howe", "Australia/Adelaide", "Asia/Kolkata", "Asia/Kathmandu",
  "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns",
  "Africa/Casablanca", "Africa/Cairo", "America/Sao_Paulo", "Asia/Beirut", "America/Havana",
  "Pacific/Apia", "Asia/Tehran", "America/Santiago"] as const;

const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc.integer({ min: Date.UTC(2011, 0, 1), max: Date.UTC(2038, 0, 1) })
  .map(instant);

describe("local time", () => {
  it("follows both clock changes of a year", () => {
    check("America/New_York", "2026-03-08T06:59:00Z", "2026-03-08 01:59 7");
    check("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08 03:00 7");
    check("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01 01:30 7");
    check("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01 01:30 7");
    check("Europe/London", "2026-03-29T01:00:00Z", "2026-03-29 02:00 7");
    check("Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05 01:30 7");
  });

  it("knows half hours, quarters, the date line and leap days", () => {
    check("Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01 05:30 4");
    check("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01 05:45 4");
    check("Pacific/Kiritimati", "2026-01-01T10:00:00Z", "2026-01-02 00:00 5");
    check("Pacific/Pago_Pago", "2026-01-01T10:59:00Z", "2025-12-31 23:59 3");
    check("Asia/Shanghai", "2028-02-28T16:00:00Z", "2028-02-29 00:00 2");
    check("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31 00:00 6");
  });

  it("agrees with Intl everywhere", () => {
    fc.assert(fc.property(anyZone, anyInstant, (zone, when) => {
      const { day, minute } = localTime(zone, when);
      const { year, month, date } = dateOf(day);
      const said = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric",
        minute: "numeric", hourCycle: "h23",
      }).formatToParts(when).filter(({ type }) => type !== "literal").map((p) => Number(p.value));
      expect([date, month, year, Math.floor(minute / 60), minute % 60]).to.eql(said);
    }), { numRuns: 500 });
  });

  it("knows where a day begins", () => {
    // Midnight is skipped in Beirut and in Havana, and passed twice in Havana in autumn.
    expect(startOfDay("Asia/Beirut", dayOf({ year: 2026, month: 3, date: 29 })))
      .to.equal(at("2026-03-28T22:00:00Z"));
    expect(startOfDay("America/Havana", dayOf({ year: 2026, month: 11, date: 1 })))
      .to.equal(at("2026-11-01T04:00:00Z"));
    fc.assert(fc.property(anyZone, anyInstant, (zone, when) => {
      const { day } = localTime(zone, when);
      const start = startOfDay(zone, day);
      return start <= when && localTime(zone, start).day === day
        && localTime(zone, instant(start - 1)).day < day;
    }), { numRuns: 500 });
  });

  it("knows zones by their names alone", () => {
    expect(["Asia/Shanghai", "UTC", "Mars/Base", "+08:00", ""].map(isZone))
      .to.eql([true, true, false, false, false]);
  });
});

describe("calling hours", () => {
  const daily = (from: number, to: number, days = [1, 2, 3, 4, 5, 6, 7]): CallingHours => ({
    days: Object.fromEntries(days.map((day) => [day, [{ from: from * 60, to: to * 60 }]])),
  });
  const opens = (hours: CallingHours, zones: readonly string[], iso: string): string => {
    const next = nextOpening(zones.map((zone) =>
      ({ windowsOn: windowsOfHours(hours), zone })), at(iso));
    return next === undefined ? "never" : new Date(next).toISOString();
  };

  it("open when every zone is open", () => {
    expect(opens(daily(8, 21), ["America/New_York"], "2026-11-23T12:00:00Z"))
      .to.equal("2026-11-23T13:00:00.000Z");
    expect(opens(daily(8, 21), ["America/New_York", "America/Los_Angeles"], "2026-11-23T12:00:00Z"))
      .to.equal("2026-11-23T16:00:00.000Z");
    expect(opens(daily(8, 9), ["Asia/Shanghai", "Europe/London"], "2026-11-23T12:00:00Z"))
      .to.equal("never");
    expect(opens(daily(9, 17, [1]), ["Asia/Kathmandu"], "2026-11-23T12:00:00Z"))
      .to.equal("2026-11-30T03:15:00.000Z");
  });

  it("close on holidays, fixed, by Easter, and in lieu", () => {
    const holidays =
      { every: ["12-25", "12-26"], easter: [-2, 1], inLieu: true, years: undefined };
    const closed = (date: string): boolean => {
      const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
      return dayKind(holidays, dayOf({ year, month, date: day })) === "holiday";
    };
    // Easter Sunday: 2026-04-05, 2027-03-28, 2038-04-25 (the latest there is).
    for (const date of ["2026-04-03", "2026-04-06", "2027-03-26", "2038-04-26", "2026-12-25",
      "2026-12-28", "2027-12-27", "2027-12-28"]) expect(closed(date), date).to.equal(true);
    for (const date of ["2026-04-05", "2026-12-24", "2027-12-29"]) {
      expect(closed(date), date).to.equal(false);
    }
  });

  it("know no day of a year whose list is missing, and promise none", () => {
    const day = (month: number, date: number, year = 2026): number => dayOf({ year, month, date });
    const holidays = {
      every: ["12-25"], easter: [], inLieu: false,
      years: new Map([[2026, new Set([day(8, 31)])]]),
    };
    expect([day(8, 31), day(12, 25), day(12, 24), day(1, 1, 2027), day(12, 25, 2027)]
      .map((each) => dayKind(holidays, each)))
      .to.eql(["holiday", "holiday", "working", "unknown", "holiday"]);
    const rules = [windowsOfHours(daily(8, 9)), windowsOfHolidays(holidays)];
    const next = (iso: string): string | undefined => {
      const found = nextOpening(rules.map((windowsOn) => ({ windowsOn, zone: "UTC" })), at(iso));
      return found === undefined ? undefined : new Date(found).toISOString();
    };
    expect(next("2026-08-30T10:00:00Z")).to.equal("2026-09-01T08:00:00.000Z");
    expect(next("2026-12-31T08:30:00Z")).to.equal("2026-12-31T08:30:00.000Z");
    expect(next("2026-12-31T09:00:00Z")).to.equal(undefined);
  });

  it("open at the first moment they can, wherever and whenever that is", () => {
    const quarter = fc.integer({ min: 0, max: 95 });
    const someDays = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
    const anyHours = fc.tuple(quarter, quarter, someDays)
      .map(([a, b, days]): CallingHours => ({
        days: Object.fromEntries(days.map((day) =>
          [day, [{ from: Math.min(a, b) * 15, to: Math.max(a, b) * 15 + 15 }]])),
      }));
    fc.assert(fc.property(anyHours, anyZone, anyInstant, (hours, zone, when) => {
      const next = nextOpening([{ windowsOn: windowsOfHours(hours), zone }], when);
      if (next === undefined) return false;
      const open = (t: number): boolean => isOpenAt(hours, zone, instant(t));
      for (let t = when as number; t < next; t += 15 * 60_000) if (open(t)) return false;
      return next >= when && open(next) && (next === when || !open(next - 1));
    }), { numRuns: 300 });
  });
});
