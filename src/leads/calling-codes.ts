/** Owns which countries share a country code: `+1` alone reaches more than one. Pure. */
import { getCountries, getCountryCallingCode } from "libphonenumber-js/max";

const codes = new Map<string, string[]>();
for (const country of getCountries()) {
  const code = getCountryCallingCode(country);
  codes.set(code, [...codes.get(code) ?? [], country]);
}

/** The countries of a country code, as `+1`; none for a code that is not one. */
export const countriesOf = (callingCode: string): readonly string[] =>
  codes.get(callingCode.replace(/^\+/, "")) ?? [];
