import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
import { limits } from "../limits.ts";
import { lineOf } from "./line.ts";

const check = (number: string, country: string | undefined, type: string, zones: RegExp): void => {
  const line = lineOf(number as DialNumber);
  expect([line.country, line.type], number).to.eql([country, type]);
  expect(line.zones.join(), number).to.match(zones);
};

describe("what a number tells", () => {
  it("is its country, the kind of its line, and every zone the person may be in", () => {
    check("+8613800138000", "CN", "mobile", /^Asia\/Shanghai$/);
    check("+861062345678", "CN", "fixed", /^Asia\/Shanghai$/);
    check("+864008108888", "CN", "shared-cost", /^Asia\/Shanghai$/);
    check("+442079460958", "GB", "fixed", /^Europe\/London$/);
    check("+12125552368", "US", "fixed-or-mobile", /America\/New_York.*Pacific\/Honolulu/);
    check("+18003569377", "US", "toll-free", /America\/Chicago/);
    check("+61412345678", "AU", "mobile", /Australia\/Perth/);
    check("+881612345678", undefined, "mobile", /^$/);
  });

  it("is the same however many others were asked for in between", () => {
    const all = Array.from({ length: 2 * limits.linesKept + 10 }, (_, n) =>
      `+${n % 2 === 0 ? "1212" : "44207946"}${String(1_000 + n % 9_000).padStart(4, "0")}`);
    for (const number of ["+442079460958", ...all, "+442079460958"]) lineOf(number as DialNumber);
    check("+442079460958", "GB", "fixed", /^Europe\/London$/);
    expect(lineOf("+442079460958" as DialNumber)).to.equal(lineOf("+442079460958" as DialNumber));
  });
});
