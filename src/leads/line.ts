/**
 * Owns what a number tells without asking anybody: its country, the kind of its line, and the time
 * zones the person may be in. A zone that is not certain is not left out: all of them are named,
 * and the gate asks that every one allows. Pure; answers of countries and recent numbers are kept.
 */
import { parsePhoneNumberFromString, type NumberType } from "libphonenumber-js/max";
import type { LineType } from "../compliance/destinations.ts";
import type { DialNumber } from "../ids.ts";
import { limits } from "../limits.ts";

export interface Line {
  /** ISO 3166-1, undefined for numbers of no country. */
  readonly country: string | undefined;
  readonly type: LineType;
  /** Every zone of the country; empty when none is known. */
  readonly zones: readonly string[];
}

const TYPES: Readonly<Record<NonNullable<NumberType>, LineType>> = {
  MOBILE: "mobile", FIXED_LINE: "fixed", FIXED_LINE_OR_MOBILE: "fixed-or-mobile", VOIP: "voip",
  TOLL_FREE: "toll-free", PREMIUM_RATE: "premium", SHARED_COST: "shared-cost",
  PERSONAL_NUMBER: "personal", PAGER: "pager", UAN: "universal", VOICEMAIL: "voicemail",
};

const CHINESE_MOBILE = /^\+861[3-9]\d{9}$/;
const BEIJING: readonly string[] = ["Asia/Shanghai"];
const known = new Map<string, readonly string[]>();

/** Intl has the list under two names, by the age of the platform. */
interface LocaleWithZones {
  readonly timeZones?: readonly string[];
  readonly getTimeZones?: () => readonly string[];
}

/** The zones of a country, by the platform's own data (CLDR). */
export function zonesOf(country: string): readonly string[] {
  // Chinese law and custom know one time, also in the far west.
  if (country === "CN") return BEIJING;
  let zones = known.get(country);
  if (zones === undefined) {
    const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & LocaleWithZones;
    zones = locale.getTimeZones?.() ?? locale.timeZones ?? [];
    known.set(country, zones);
  }
  return zones;
}

/** A number is asked for when it is leased, judged, dialed and over, within some minutes. */
let recent = new Map<DialNumber, Line>();
let before = new Map<DialNumber, Line>();

export function lineOf(number: DialNumber): Line {
  // Most numbers of most lists; asking the table costs twenty times as much.
  if (CHINESE_MOBILE.test(number)) return { country: "CN", type: "mobile", zones: BEIJING };
  let line = recent.get(number);
  if (line !== undefined) return line;
  line = before.get(number) ?? lineOfTable(number);
  if (recent.size >= limits.linesKept) [before, recent] = [recent, new Map<DialNumber, Line>()];
  recent.set(number, line);
  return line;
}

function lineOfTable(number: DialNumber): Line {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined) return { country: undefined, type: "unknown", zones: [] };
  const type = parsed.getType();
  const country = parsed.country;
  return {
    country, type: type === undefined ? "unknown" : TYPES[type],
    zones: country === undefined ? [] : zonesOf(country),
  };
}
