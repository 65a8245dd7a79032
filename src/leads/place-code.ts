/** Owns which codes name a place: a country of ISO 3166, or a state of the United States. Pure. */
import { getCountries } from "libphonenumber-js/max";
import { placeOfCode } from "../compliance/ruleset.ts";
import { isArea } from "./states.ts";

const countries: ReadonlySet<string> = new Set(getCountries());

/** Of no other country are areas known: there a code with one would have no rules of its own. */
export function isPlaceCode(code: string): boolean {
  const place = placeOfCode(code);
  if (place === undefined || !countries.has(place.country)) return false;
  return place.area === undefined || (place.country === "US" && isArea(place.area));
}
