import { expect } from "chai";
import fc from "fast-check";
import { limits } from "../limits.ts";
import { csvReader, guessFormat, type CsvRecord } from "./csv.ts";

const read = (text: string, size = text.length || 1, delimiter = ","): CsvRecord[] => {
  const reader = csvReader({ delimiter, newline: "\n" });
  const records: CsvRecord[] = [];
  for (let at = 0; at < text.length; at += size) {
    records.push(...reader.push(text.slice(at, at + size)));
  }
  return [...records, ...reader.end()];
};

const shown = (records: readonly CsvRecord[]): string[] => records.map((record) =>
  `${record.line}: ${"cells" in record ? record.cells.join("¦") : `!${record.problem}`}`);

const check = (text: string, expected: readonly string[]): void => {
  for (const size of [1, 2, 7, 4096]) expect(shown(read(text, size)), `by ${size}`).to.eql(expected);
};

describe("delimited text", () => {
  it("is read with quotes, doubled quotes and line breaks in cells", () => {
    check("a,b\r\n1,2\r\n", ["1: a¦b", "2: 1¦2"]);
    check('x,"a, ""b""\nc",y\nz', ['1: x¦a, "b"\nc¦y', "3: z"]);
    check('"",a\n,"",\n', ["1: ¦a", "2: ¦¦"]);
    check('"a"\r\n"b"', ["1: a", "2: b"]);
    check("a\n\nb\n", ["1: a", "2: ", "3: b"]);
  });

  it("takes a quote inside an unquoted cell for what it is", () => {
    check('Bob "the man",1\n', ['1: Bob "the man"¦1']);
  });

  it("loses one line to a quote that is never closed", () => {
    check('1,"Bob,138\n2,Al,139\n3,Cy,137\n',
      ["1: !unclosed-quote", "2: 2¦Al¦139", "3: 3¦Cy¦137"]);
    check('1,"Bob,138\n2,"Al",139\n', ["1: !unclosed-quote", "2: 2¦Al¦139"]);
    check('1,"Bob"by,138\n2,Al,139\n', ["1: !text-after-quote", "2: 2¦Al¦139"]);
  });

  it("passes over a line that is too long and finds the next", () => {
    const long = "x".repeat(limits.importLineChars + 1);
    for (const size of [1000, 70_000]) {
      expect(shown(read(`a\n${long}\nb\n`, size))).to.eql(["1: a", "2: !line-too-long", "3: b"]);
      expect(shown(read(`a\n${long}`, size))).to.eql(["1: a", "2: !line-too-long"]);
    }
  });

  it("gives up a quote that runs over more than the longest record", () => {
    const lines = "1,2\n".repeat(limits.importLineChars);
    const records = read(`"open\n${lines}`, 65_536);
    expect(records).to.have.length(1 + limits.importLineChars);
    expect(shown(records.slice(0, 2))).to.eql(["1: !unclosed-quote", "2: 1¦2"]);
  });

  it("keeps a bounded amount of a line without an end", () => {
    const reader = csvReader({ delimiter: ",", newline: "\n" });
    const piece = "y".repeat(65_536);
    const before = process.memoryUsage().heapUsed;
    let problems = 0;
    for (let i = 0; i < 2_000; i++) problems += reader.push(piece).length;
    expect(problems).to.equal(1);
    expect(process.memoryUsage().heapUsed - before).to.be.below(64 * 2 ** 20);
  });

  it("is the same however it is cut, and gives back what was written", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "\n", "\r", "中", " ") });
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 8 });
    fc.assert(fc.property(rows, fc.integer({ min: 1, max: 9 }), (table, size) => {
      const text = table.map((row) =>
        row.map((each) => `"${each.replaceAll('"', '""')}"`).join(",")).join("\n");
      const records = read(text, size);
      expect(records.map((each) => "cells" in each ? each.cells : each.problem)).to.eql(table);
    }));
  });

  it("never stops, throws or loses a line of garbage", () => {
    const garbage = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r"), maxLength: 200 });
    fc.assert(fc.property(garbage, fc.integer({ min: 1, max: 9 }), (text, size) => {
      expect(shown(read(text, size))).to.eql(shown(read(text)));
    }));
  });

  it("has its delimiter and line end found", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["name,phone\nBob,138\n", ",", "\n"], ["姓名\t手机\n张,三\t138\n", "\t", "\n"],
      ['name;phone\n"Bob; jr";138\nAl, jr;139\n', ";", "\n"], ["a|b|c\n1|2|3\n", "|", "\n"],
      ["13800138000\n13900139000\n", ",", "\n"], ["a,b\r1,2\r", ",", "\r"], ["", ",", "\n"],
      ["姓名，手机\n张三，138\n", "，", "\n"],
    ];
    for (const [sample, delimiter, newline] of cases) {
      expect(guessFormat(sample), JSON.stringify(sample)).to.eql({ delimiter, newline });
    }
  });
});
