import { expect } from "chai";
import fc from "fast-check";
import { placeTables } from "../engine/place-files.ts";
import type { DialNumber } from "../ids.ts";
import { lineOf } from "./line.ts";
import { stateOf, stateOfZip } from "./states.ts";
import { whereaboutsOf } from "./whereabouts.ts";

const tables = placeTables();

/** `FL 98101 America/Chicago` is what a list says of somebody. */
const check = (number: string, said: string, places: string, zones: string): void => {
  const words = said.split(" ").filter(Boolean);
  const found = whereaboutsOf(number as DialNumber, lineOf(number as DialNumber), {
    timeZone: words.find((each) => each.includes("/")),
    states: words.filter((each) => /^[a-z]+$/i.test(each)),
    zips: words.filter((each) => /^\d/.test(each)),
  }, tables);
  const shownPlaces = found.places.map(({ country, area }) => `${country}-${area ?? "any"}`);
  expect([shownPlaces.join(" "), [...found.zones].sort().join(" ")], `${number} ${said}`)
    .to.eql([places, zones]);
};

describe("where a person may be", () => {
  it("is every state and zone of an American area code", () => {
    check("+12125552368", "", "US-NY", "America/New_York");
    check("+18505551234", "", "US-FL", "America/Chicago America/New_York");
    check("+16055551234", "", "US-SD", "America/Chicago America/Denver America/North_Dakota/Center");
    check("+12015550123", "", "US-NJ US-NY", "America/New_York");
    check("+12025550123", "", "US-DC", "America/New_York");
    check("+12065550123", "", "US-WA", "America/Los_Angeles");
  });

  it("is also what ZIP and state say, where they do not agree", () => {
    check("+12125552368", "NY 10001", "US-NY", "America/New_York");
    check("+12125552368", "Florida", "US-NY US-FL", "America/Chicago America/New_York");
    check("+12125552368", "wa 73101", "US-NY US-WA US-OK",
      "America/Chicago America/Los_Angeles America/New_York");
    check("+14165550123", "FL 33101", "CA-any US-FL",
      "America/Chicago America/New_York America/Toronto");
  });

  it("is anywhere in the country when the number or a word cannot be read", () => {
    const anywhere = (number: string, said: string): void => {
      const found = whereaboutsOf(number as DialNumber, lineOf(number as DialNumber),
        { timeZone: undefined, states: [said].filter(Boolean), zips: [] }, tables);
      expect(found.places.at(-1) ?? found.places[0], number).to.include({ country: "US" });
      expect(found.places.some(({ area }) => area === undefined), number).to.equal(true);
      expect(found.zones).to.include.members(["America/New_York", "Pacific/Honolulu"]);
    };
    anywhere("+18003569377", "");
    anywhere("+12125552368", "active");
    check("+881612345678", "", "", "");
  });

  it("is where the list says, beside where the number is", () => {
    check("+12125552368", "America/Denver", "US-NY", "America/Denver America/New_York");
    check("+61891234567", "Australia/Sydney", "AU-any",
      "Australia/Adelaide Australia/Perth Australia/Sydney");
    // Such a number says nothing of a place within its country, and the list may err.
    const australia = lineOf("+61412345678" as DialNumber).zones;
    expect(australia).to.include.members(["Australia/Perth", "Australia/Sydney"]);
    check("+61412345678", "Australia/Perth", "AU-any", [...australia].sort().join(" "));
    check("+61412345678", "Asia/Tokyo", "AU-any", ["Asia/Tokyo", ...lineOf(
      "+61412345678" as DialNumber).zones].sort().join(" "));
    check("+8613800138000", "", "CN-any", "Asia/Shanghai");
    check("+61412345678", "Mars/Base", "AU-any", "");
  });

  it("is a territory of the United States, under its federal rules and in its own zone", () => {
    check("+17875551234", "", "US-PR", "America/Puerto_Rico");
    check("+19395551234", "PR 00901", "US-PR", "America/Puerto_Rico");
    check("+13405551234", "", "US-VI", "America/St_Thomas");
    check("+16715551234", "GU", "US-GU", "Pacific/Guam");
    check("+16845551234", "", "US-AS", "Pacific/Pago_Pago");
    check("+16705551234", "FL", "US-MP US-FL",
      "America/Chicago America/New_York Pacific/Saipan");
    check("+12125552368", "PR", "US-NY US-PR", "America/New_York America/Puerto_Rico");
    check("+17875551234", "America/Denver", "US-PR", "America/Denver America/Puerto_Rico");
  });

  it("loses no zone by what the list states, whatever the number", () => {
    const numbers = ["+61412345678", "+61891234567", "+79161234567", "+5511987654321",
      "+447400123456", "+12125552368", "+17875551234", "+8613800138000", "+525512345678"];
    const zones = ["Australia/Perth", "America/Denver", "Asia/Vladivostok", "Asia/Kolkata",
      "Pacific/Kiritimati", "America/Sao_Paulo"];
    const pairs = fc.tuple(fc.constantFrom(...numbers), fc.constantFrom(...zones));
    fc.assert(fc.property(pairs, ([number, zone]) => {
      const found = (timeZone: string | undefined) => whereaboutsOf(number as DialNumber,
        lineOf(number as DialNumber), { timeZone, states: [], zips: [] }, tables).zones;
      expect([...found(zone)].sort()).to.eql([...new Set([...found(undefined), zone])].sort());
    }));
  });

  it("reads states and ZIP codes as people write them", () => {
    const states = { "fl": "FL", " N.Y. ": "NY", "west virginia": "WV", "Washington DC": "DC",
      "ＣＡ": "CA", "Ontario": undefined, "": undefined };
    expect(Object.keys(states).map(stateOf)).to.eql(Object.values(states));
    const zips = { "10001": "NY", "33101-1234": "FL", "2134": "MA", "501": "NY", "00601": "PR", "96910": "GU",
      "09001": undefined, "12": undefined, "K1A 0B1": undefined, "00000": undefined };
    expect(Object.keys(zips).map((zip) => [zip, stateOfZip(zip)]))
      .to.have.deep.members(Object.entries(zips));
  });

  it("knows a state for every area code with a place in the United States", () => {
    const numbers = Array.from({ length: 800 }, (_, i) => `+1${200 + i}5552368` as DialNumber);
    const unknown = numbers.filter((number) => {
      const line = lineOf(number);
      const found = whereaboutsOf(
        number, line, { timeZone: undefined, states: [], zips: [] }, tables);
      return line.country === "US" && line.type === "fixed-or-mobile"
        && found.places.some(({ area }) => area === undefined);
    });
    expect(unknown).to.eql([]);
  });
});
