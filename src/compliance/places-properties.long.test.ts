import fc from "fast-check";
import { placeTables } from "../engine/place-files.ts";
import { instant, plus, type Instant } from "../clock.ts";
import type { DialNumber } from "../ids.ts";
import { lineOf } from "../leads/line.ts";
import { limits } from "../limits.ts";
import { whereaboutsOf, type StatedPlace } from "../leads/whereabouts.ts";
import { decideDial } from "./gate.ts";
import { factsFor, packs } from "./gate-fixture.test.ts";
import { rulesetFor } from "./ruleset.ts";

/**
 * Whatever a number, a ZIP code, a state column and a zone say of one person, agreeing or not: no
 * dial outside the law of any state they may be in, in any zone they may be in. The tables below
 * were written by hand and are the judge's own; it asks Intl for every local time.
 */
interface Word {
  readonly states: readonly string[];
  readonly zones: readonly string[];
}

const EAST = "America/New_York";
const CENTRAL = "America/Chicago";
const WEST = "America/Los_Angeles";
const word = (states: string, ...zones: readonly string[]): Word =>
  ({ states: states.split(" "), zones });

const AREA_CODES: Readonly<Record<string, Word>> = {
  212: word("NY", EAST), 201: word("NJ NY", EAST), 305: word("FL", EAST),
  850: word("FL", EAST, CENTRAL), 206: word("WA", WEST), 405: word("OK", CENTRAL),
  605: word("SD", CENTRAL, "America/Denver"), 907: word("AK", "America/Anchorage", "America/Adak"),
  808: word("HI", "Pacific/Honolulu"), 602: word("AZ", "America/Phoenix"),
  // Toll-free: from anywhere.
  800: word("any", EAST, CENTRAL, WEST, "Pacific/Honolulu", "America/Anchorage"),
};
const ZIPS: Readonly<Record<string, Word>> = {
  10001: word("NY", EAST), 33101: word("FL", EAST, CENTRAL), "98101-1234": word("WA", WEST),
  73101: word("OK", CENTRAL), 96801: word("HI", "Pacific/Honolulu"), 2134: word("MA", EAST),
  "not a zip": word("any", EAST, WEST, "Pacific/Honolulu"),
};
const STATES: Readonly<Record<string, Word>> = {
  "New York": word("NY", EAST), fl: word("FL", EAST, CENTRAL), "Wash.": word("any", EAST, WEST),
  WA: word("WA", WEST), Oklahoma: word("OK", CENTRAL), HI: word("HI", "Pacific/Honolulu"),
  lead: word("any", EAST, WEST, "Pacific/Honolulu"),
};
const ZONES: readonly string[] = [EAST, CENTRAL, WEST, "America/Phoenix", "Pacific/Honolulu",
  "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"];

/** Around both changes of the clocks, leap days, the end of a year, and anywhere. */
const moments: fc.Arbitrary<Instant> = fc.oneof(
  fc.tuple(fc.constantFrom("2027-03-14", "2027-11-07", "2028-02-29", "2028-12-31", "2027-03-28"),
    fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([day, minutes]) => instant(Date.parse(`${day}T00:00Z`) + minutes * 60_000)),
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2031, 0, 1) }).map(instant));

const some = (from: Readonly<Record<string, Word>>): fc.Arbitrary<string[]> =>
  fc.subarray(Object.keys(from), { maxLength: 2 });

interface Case {
  readonly now: Instant;
  readonly code: string;
  readonly zips: readonly string[];
  readonly states: readonly string[];
  readonly zone: string | undefined;
}

const cases: fc.Arbitrary<Case> = fc.record({
  now: moments, code: fc.constantFrom(...Object.keys(AREA_CODES)), zips: some(ZIPS),
  states: some(STATES), zone: fc.option(fc.constantFrom(...ZONES), { nil: undefined }),
});

const tables = placeTables();

function decided({ now, code, zips, states, zone }: Case): ReturnType<typeof decideDial> {
  const number = `+1${code}5552368` as DialNumber;
  const stated: StatedPlace = { timeZone: zone, states, zips };
  const { places, zones } = whereaboutsOf(number, lineOf(number), stated, tables);
  const facts = factsFor(rulesetFor(packs, places, "marketing"), now, zones);
  return decideDial({ ...facts, lead: { ...facts.lead, number } });
}

const hourIn = (zone: string, at: Instant): number => {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (parts["hour"] ?? 0) + (parts["minute"] ?? 0) / 60;
};

/** 16 CFR 310.4(c), and the hour less of Florida, Oklahoma and Washington. */
function lawful({ now, code, zips, states, zone }: Case): boolean {
  const words = [AREA_CODES[code], ...zips.map((each) => ZIPS[each]),
    ...states.map((each) => STATES[each])].flatMap((each) => each ?? []);
  const short = words.some((each) =>
    each.states.some((state) => ["FL", "OK", "WA", "any"].includes(state)));
  const all = [...words.flatMap((each) => each.zones), ...zone === undefined ? [] : [zone]];
  return all.every((each) => hourIn(each, now) >= 8 && hourIn(each, now) < (short ? 20 : 21));
}

describe("wherever a person may be, the gate", function () {
  this.timeout(60_000);

  it("keeps the hours of every state and zone that number, ZIP and list point at", () => {
    fc.assert(fc.property(cases, (each) => decided(each).verdict === "block" || lawful(each)), {
      numRuns: 3_000,
      // The evening of Florida for a New Yorker's number, and the last hour of Hawaii.
      examples: [
        [{ now: instant(Date.parse("2027-03-15T00:30Z")), code: "212", zips: ["33101"], states: [],
          zone: undefined }],
        [{ now: instant(Date.parse("2027-11-08T06:30Z")), code: "808", zips: [], states: ["lead"],
          zone: undefined }],
      ],
    });
  });

  it("is not stricter where number, ZIP and list agree on one state and one zone", () => {
    const sure = cases.map((each): Case =>
      ({ ...each, code: "212", zips: ["10001"], states: ["New York"], zone: EAST }));
    // What is allowed must still be so when the line goes out.
    const staysLawful = (each: Case): boolean =>
      lawful(each) && lawful({ ...each, now: plus(each.now, limits.gateAheadMs) });
    fc.assert(fc.property(sure, (each) =>
      (decided(each).verdict === "allow") === staysLawful(each)), {
      numRuns: 500,
      // The last seconds of an evening, and the first of a morning.
      examples: ["2028-06-11T00:59:45Z", "2028-06-11T00:59:44Z", "2028-06-11T12:00:00Z"].map((at): [Case] =>
        [{ now: instant(Date.parse(at)), code: "212", zips: ["10001"], states: ["New York"],
          zone: EAST }]),
    });
  });
});
