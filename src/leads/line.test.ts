import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
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
});
