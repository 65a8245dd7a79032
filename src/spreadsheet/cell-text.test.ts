import { expect } from "chai";
import fc from "fast-check";
import { cellText, isDateFormat } from "./cell-text.ts";
import { SharedStrings } from "./shared-strings.ts";
import { columnOf } from "./sheet-reader.ts";

describe("a cell of a workbook", () => {
  const check = (
    value: string, expected: string,
    { type, isDate = false, hasFormula = false, is1904 = false }:
    { type?: string; isDate?: boolean; hasFormula?: boolean; is1904?: boolean } = {},
  ): void => {
    expect(cellText(value, { type, isDate, hasFormula }, is1904)).to.equal(expected);
  };

  it("says a number with all of its digits, however it was stored", () => {
    check("13800138000", "13800138000");
    check("1.3800138E10", "13800138000");
    check("1.3800138001E+10", "13800138001");
    check("8.613800138000E12", "8613800138000");
    check("13800138000.0", "13800138000");
    check("0.5", "0.5");
    check("-3", "-3");
  });
  it("leaves a number alone whose digits were lost before", () => {
    check("1.38E+10", "1.38E+10");
    check("1.3800138000000001E+20", "1.3800138000000001E+20");
  });
  it("says a date as one", () => {
    check("45296", "2024-01-05", { isDate: true });
    check("45296.5", "2024-01-05 12:00:00", { isDate: true });
    check("0.75", "18:00:00", { isDate: true });
    check("43834", "2024-01-05", { isDate: true, is1904: true });
    check("-1", "-1", { isDate: true });
    check("9999999", "9999999", { isDate: true });
  });
  it("says texts, truths and errors as they are", () => {
    check("007", "007", { type: "str" });
    check("a\nb", "a\nb", { type: "s" });
    check("1", "TRUE", { type: "b" });
    check("0", "FALSE", { type: "b" });
    check("#N/A", "#N/A", { type: "e" });
  });
  it("takes what a formula gave, and never works one out", () => {
    check("13800138000", "13800138000", { type: "str", hasFormula: true });
    check("", "=", { hasFormula: true });
  });
  it("knows the formats of dates", () => {
    for (const id of [14, 22, 31, 57]) expect(isDateFormat(id, undefined)).to.equal(true);
    for (const id of [0, 1, 49]) expect(isDateFormat(id, undefined)).to.equal(false);
    expect(isDateFormat(164, "yyyy\\-mm\\-dd")).to.equal(true);
    expect(isDateFormat(165, '[$-804]yyyy"年"m"月"')).to.equal(true);
    expect(isDateFormat(166, '0" days"')).to.equal(false);
    expect(isDateFormat(167, "[Red]0.00")).to.equal(false);
    expect(isDateFormat(168, "General")).to.equal(false);
  });
  it("stands in the column its reference names", () => {
    expect(["A1", "Z9", "AA10", "XFD1048576", "1", undefined].map(columnOf))
      .to.eql([0, 25, 26, 16_383, undefined, undefined]);
  });
});

describe("the shared strings of a workbook", () => {
  it("are all there again, whatever they are", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: "grapheme" })), (texts) => {
      const strings = new SharedStrings(1 << 20);
      for (const text of texts) strings.add(text);
      expect(texts.map((_, i) => strings.at(i))).to.eql(texts);
      expect([strings.at(texts.length), strings.at(-1), strings.at(0.5)])
        .to.eql([undefined, undefined, undefined]);
    }));
  });
  it("are bounded", () =>
    expect(() => { new SharedStrings(3).add("four"); }).to.throw(RangeError));
});
