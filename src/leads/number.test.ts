import { expect } from "chai";
import fc from "fast-check";
import {
  isDialNumber, numberReasons, readWritten, toDialNumber, type NumberReason, type Region,
} from "./number.ts";

const verdict = (raw: string, defaultRegion?: Region): string => {
  const result = toDialNumber(raw, { defaultRegion });
  return "number" in result ? result.number : result.reason;
};

const check = (raw: string, expected: string, region?: Region): void => {
  expect(verdict(raw, region), JSON.stringify(raw)).to.equal(expected);
};

describe("a number to dial", () => {
  it("is a Chinese mobile however it is written", () => {
    for (const raw of ["13800138000", " 138 0013 8000", "138-0013-8000", "１３８００１３８０００",
      "+86 13800138000", "＋86（138）0013－8000", "0086-138-0013-8000", "8613800138000",
      "013800138000", "13800138000\t", "\u202d13800138000\u202c", "'13800138000",
      '="13800138000"', "13800138000.0", "tel:+86-138-0013-8000", "手机：13800138000"]) {
      check(raw, "+8613800138000", "CN");
    }
  });

  it("is a Chinese mobile abroad only with its country code", () => {
    check("+8613800138000", "+8613800138000");
    check("008613800138000", "+8613800138000", "US");
    check("13800138000", "unknown-country");
    check("13800138000", "not-assigned", "US");
  });

  it("follows the plan of its country otherwise", () => {
    check("(010) 6234 5678", "+861062345678", "CN");
    check("0571-8765-4321", "+8657187654321", "CN");
    check("+44 (0)20 7946 0958", "+442079460958", "CN");
    check("(415) 555-2671", "+14155552671", "US");
    check("030/12345678", "+493012345678", "DE");
    check("0011 44 20 7946 0958", "+442079460958", "AU");
    check("+39 06 1234 5678", "+390612345678");
  });

  it("says why it cannot be dialed", () => {
    const cases: readonly (readonly [string, NumberReason])[] = [
      ["", "empty"], ["  ", "empty"], ["-", "empty"], ["无", "empty"], ["N/A", "empty"],
      ["12800138000", "not-a-mobile"], ["1380013800", "not-a-mobile"],
      ["138001380001", "not-a-mobile"], ["62345678", "too-short"], ["110", "too-short"],
      ["95533", "too-short"], ["138****8000", "masked"], ["138xxxx8000", "masked"],
      ["1.38E+10", "rounded"], ["13800138000/13900139000", "several-numbers"],
      ["13800138000 13900139000", "several-numbers"], ["13800138000、13900139000", "several-numbers"],
      ["010-62345678转801", "extension"], ["+1 415 555 2671 ext. 12", "extension"],
      ["13800138000&", "forbidden-character"], ["138\n00138000", "control-character"],
      ["13800138000\r\nAction: Originate", "control-character"], ["微信13800138000", "letters"],
      ["86+13800138000", "misplaced-plus"], ["+999123456789", "unknown-country"],
      ["1".repeat(81), "too-long"],
    ];
    for (const [raw, reason] of cases) check(raw, reason, "CN");
  });

  it("has a text in both languages for each reason", () => {
    for (const { en, zh } of Object.values(numberReasons)) {
      expect(en).to.match(/^[ -~]+$/);
      expect(zh).to.match(/\p{Script=Han}/u);
    }
  });

  it("never holds anything but a plus and digits, whatever comes in", () => {
    const pieces = fc.constantFrom("1", "3", "8", "0", "+", "86", "００", "&", "\n", "\r", "@", ";",
      "'", "\"", "=", " ", "-", "(", ")", "/", "转", "x", "e", ".", "\u200e", "$", "{", ",", "a");
    const cells = fc.oneof(fc.string({ unit: "binary" }), fc.array(pieces, { maxLength: 30 })
      .map((each) => each.join("")));
    fc.assert(fc.property(cells, fc.constantFrom<Region>("CN", "US", "GB", "DE"), (raw, region) => {
      const result = toDialNumber(raw, { defaultRegion: region });
      return "reason" in result || /^\+[1-9]\d{6,14}$/.test(result.number);
    }), { numRuns: 3_000 });
  });

  it("is read the same by the short way for plain cells and by the long way for all", () => {
    const plain = fc.tuple(
      fc.constantFrom("", "+", "+86", "86", "0086", "0", "00", "+1", "+44 ", " "),
      fc.constantFrom("", "1", "13", "138", "12", "10", "0571-", "415", "20 7946"),
      fc.stringMatching(/^[\d -]{0,16}\d{0,9}$/),
      fc.constantFrom("", "", "", " ", "-", "\n", "x1", "/", "０"),
    ).map((parts) => parts.join(""));
    const regions = fc.constantFrom<Region | undefined>("CN", "US", "GB", "DE", undefined);
    fc.assert(fc.property(plain, regions, (raw, region) => {
      expect(toDialNumber(raw, { defaultRegion: region })).to.eql(readWritten(raw, region));
    }), { numRuns: 5_000 });
  });

  it("gives itself when it is read again", () => {
    const digits = fc.stringMatching(/^\d{6,12}$/);
    fc.assert(fc.property(digits, fc.constantFrom<Region>("CN", "US", "FR"), (raw, region) => {
      const result = toDialNumber(raw, { defaultRegion: region });
      return "reason" in result || verdict(result.number, "AU") === result.number;
    }), { numRuns: 3_000 });
  });

  it("is recognised by its shape", () => {
    expect(["+8613800138000", "8613800138000"].every(isDialNumber)).to.equal(true);
    for (const not of ["", "+", "0138", "+86 138", "+86138&1", "+8613800138000\n", "911"]) {
      expect(isDialNumber(not), not).to.equal(false);
    }
  });
});
