/**
 * Owns what the numbering plans say of a number's place: region, carrier, time zones, by the
 * longest prefix that is known. The tables are handed in; reading them is not our business. A
 * carrier is the one the range was given to: the number may have been ported since.
 */
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { DialNumber } from "../ids.ts";
import type { Language } from "../language.ts";
import { lineOf, type Line } from "./line.ts";

/** Prefixes without the country code, and what they mean. */
export type PrefixTable = ReadonlyMap<string, string>;

export interface PlaceTables {
  /** By country calling code; undefined where nothing is known. */
  regions(callingCode: string, language: Language): PrefixTable | undefined;
  carriers(callingCode: string, language: Language): PrefixTable | undefined;
  /** Prefixes with the country code; several zones with `&` between. */
  zones(): PrefixTable;
}

export interface Place extends Line {
  readonly region: string | undefined;
  readonly carrier: string | undefined;
}

export function longestPrefix(table: PrefixTable | undefined, digits: string): string | undefined {
  if (table === undefined) return undefined;
  for (let length = digits.length; length > 0; length--) {
    const found = table.get(digits.slice(0, length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In the language asked for, else in English. */
export function placeOf(number: DialNumber, tables: PlaceTables, language: Language): Place {
  const line = lineOf(number);
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined) return { ...line, region: undefined, carrier: undefined };
  const { countryCallingCode: code, nationalNumber: national } = parsed;
  const inLanguage = (of: PlaceTables["regions"]): string | undefined =>
    longestPrefix(of(code, language), national) ?? longestPrefix(of(code, "en"), national);
  const zones = longestPrefix(tables.zones(), number.slice(1))?.split("&");
  return {
    ...line, region: inLanguage(tables.regions), carrier: inLanguage(tables.carriers),
    zones: line.country === "CN" ? line.zones : zones ?? line.zones,
  };
}
