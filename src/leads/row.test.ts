import { expect } from "chai";
import { guessMapping } from "./columns.ts";
import { rejectHeader, rejectLine } from "./rejects.ts";
import { readRow } from "./row.ts";

const mapping = guessMapping(
  [["phone", "phone2", "name", "language", "time zone", "country", "notes", "ltv"]],
  { region: "CN", order: [] },
);

const shown = (cells: readonly string[]): string => {
  const result = readRow(7, cells, { mapping, region: "CN" });
  if ("rejection" in result) return `${result.rejection.column}: ${result.rejection.reason.en}`;
  const { numbers, name, language, timeZone, value, data } = result.lead;
  return [numbers.join(""), name, language, timeZone, value, data]
    .filter((each) => each !== undefined && each !== "").join(" ");
};

const check = (cells: readonly string[], expected: string): void => {
  expect(shown(cells)).to.equal(expected);
};

const good = "13800138000";

describe("a row of a list", () => {
  it("becomes a lead", () => {
    check([good], "+8613800138000 {}");
    check([good, "010-62345678", " 张三 ", "中文", "Asia/Shanghai", "", "VIP\n老客户"],
      '+8613800138000+861062345678 张三 zh Asia/Shanghai {"notes":"VIP\\n老客户"}');
    check(["(415) 555-2671", "", "Bob", "en-US", "", "us"], "+14155552671 Bob en-us {}");
    check([good, "", "", "", "", "", "", "1,280.50"], "+8613800138000 1280.5 {}");
    check(["", good], "+8613800138000 {}");
    check([good, good], "+8613800138000 {}");
    check([good, "", "", "", "", "", "", ""], "+8613800138000 {}");
  });

  it("is rejected whole, with the column and the reason", () => {
    check([""], "phone: there is no number");
    check(["138&00138000"], "phone: a character that no number has");
    check(["13800\n138000"], "phone: a line break or control character in the number");
    check([good, "", "", "", "", "", "", "lots"], "ltv: not an amount from 0, as 1280.50 is one");
    check([good, "", "", "", "", "", "", "-5"], "ltv: not an amount from 0, as 1280.50 is one");
    check([good, "123"], "phone2: too few digits; the area code may be missing");
    check([good, "", "a\nb"], "name: a line break or control character in the cell");
    check([good, "", "=HYPERLINK(1)"], "name: a spreadsheet formula instead of a value");
    check([good, "", "a", "", "", "", "@SUM(1+1)*cmd|' /C calc'!A0"],
      "notes: a spreadsheet formula instead of a value");
    check([good, "", "x".repeat(201)], "name: more than 200 letters");
    check([good, "", "\ufffd\ufffd"], "name: bytes that are not of the file's encoding; see --encoding");
    check([good, "", "", "klingon!"], "language: not a language: en, zh or a BCP 47 tag");
    check([good, "", "", "", "Mars/Base"], "time zone: not a time zone, as Asia/Shanghai is one");
    check([good, "", "", "", "", "XX"], "country: not a country of two letters, as CN is one");
    check([good, "", "", "", "", "", "", "", "shifted"],
      ": the line has more cells than the header has columns");
    check([good, "", "", "", "", "", "a\u0000b"],
      "notes: a line break or control character in the cell");
  });

  it("is written to the reject file so that no spreadsheet runs it", () => {
    const result = readRow(7, [good, "", '=1+1 "x"', "-5", "+1|a"], { mapping, region: "CN" });
    expect("rejection" in result && rejectLine(result.rejection, "zh"))
      .to.equal(`7,name,单元格是公式而不是值,${good},,"'=1+1 ""x""",-5,'+1|a\r\n`);
    expect(rejectHeader(["a"], "en"))
      .to.equal("\ufeffrejected line,rejected column,rejected reason,a\r\n");
  });
});
