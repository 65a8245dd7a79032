import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
import type { Language } from "../language.ts";
import { placeOf } from "../leads/places.ts";
import { placeTables } from "./place-files.ts";

describe("the place of a number", () => {
  const tables = placeTables();
  const check = (number: string, language: Language, expected: string): void => {
    const { country, type, region, carrier, zones }
      = placeOf(number as DialNumber, tables, language);
    expect([country, type, region, carrier, zones.join()].join(" | ")).to.equal(expected);
  };

  it("is told in the person's language, and by the longest prefix", () => {
    check("+8613800138000", "zh", "CN | mobile | 北京市 | 中国移动 | Asia/Shanghai");
    check("+8613800138000", "en", "CN | mobile | Beijing | China Mobile | Asia/Shanghai");
    check("+862162345678", "zh", "CN | fixed | 上海市 |  | Asia/Shanghai");
    check("+493023125000", "en", "DE | fixed | Berlin |  | Europe/Berlin");
    check("+14155552671", "en", "US | fixed-or-mobile | San Francisco, CA |  | America/Los_Angeles");
    check("+442079460123", "zh", "GB | fixed | London |  | Europe/London");
  });
  it("is answered from memory after the first time", () => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 10_000; i++) placeOf("+8613900139000" as DialNumber, tables, "zh");
    // The package's own look-up would take most of an hour.
    expect(Number(process.hrtime.bigint() - began) / 1e6).to.be.lessThan(5_000);
  });
});
