import { expect } from "chai";
import fc from "fast-check";
import { guessMapping } from "../leads/columns.ts";
import { csvReader, type CsvFormat } from "../leads/csv.ts";
import { keyOf } from "../leads/number-key.ts";
import { countKept, numberedTuples, PlainReader, type PlainRows } from "../leads/plain-rows.ts";
import { readRow } from "../leads/row.ts";
import type { ListFile } from "./list-file.ts";
import { plainRow, type Judged } from "./list-records.ts";
import { PlainPieces } from "./plain-pieces.ts";

const format: CsvFormat = { delimiter: ",", newline: "\n" };
const header = "phone,name,phone2,city,\"a \\\"\"b\"";
const rules = {
  mapping: guessMapping([csvReader(format).push(`${header}\n`)[0]]
    .flatMap((each) => each !== undefined && "cells" in each ? [each.cells] : []),
  { order: [], region: "CN" }),
  region: "CN",
} as const;
const file = { ...rules, form: { kind: "text", encoding: "utf-8", format } } as unknown as ListFile;

const judgeAll = (records: ReturnType<ReturnType<typeof csvReader>["push"]>): readonly Judged[] =>
  records.flatMap((record): readonly Judged[] => {
    if (!("cells" in record)) {
      const { line, problem, excerpt } = record;
      const reason = { en: problem, zh: problem };
      return [{ rejection: { line, column: "", reason, cells: [excerpt] } }];
    }
    if (record.cells.every((cell) => cell.trim() === "")) return [];
    const row = readRow(record.line, record.cells, rules);
    return "lead" in row ? [{ lead: row.lead, cells: record.cells }] : [row];
  });

/** A row in words: its line, and what would be stored of it or why it is not. */
const said = (row: Judged): string => {
  if ("rejection" in row) return `${row.rejection.line} ${row.rejection.reason.en}`;
  const { line, numbers, name, language = "\\N", timeZone = "\\N", data } = row.lead;
  return [line, numbers.join(""), name, language, timeZone, data].join("\t");
};

/** Tuples of COPY's binary format as lines: the id, and all fields behind it as text. */
function linesOf(tuples: Uint8Array): string[] {
  const bytes = Buffer.from(tuples);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const count = bytes.readInt16BE(at);
    at += 2;
    const fields: string[] = [];
    for (let i = 0; i < count; i++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      const field = bytes.subarray(at, at + Math.max(0, length));
      at += field.length;
      fields.push(i === 0 ? String(field.readBigInt64BE()) : length < 0 ? "\\N" : field.toString());
    }
    lines.push(fields.join("\t"));
  }
  return lines;
}

const plainSaid = (rows: PlainRows): string[] => {
  const lines = linesOf(numberedTuples(rows, 1));
  expect(lines).to.have.length(rows.count);
  return lines.map((line, i) => {
    const [id, phone, ...others] = line.split("\t");
    expect(id).to.equal(String(i + 1));
    expect(rows.keys[i]).to.equal(keyOf(phone as never));
    const words = [rows.firstLine + i, phone, ...others].join("\t");
    expect(said(plainRow(file, rows, i))).to.equal(words);
    return words;
  });
};

/** What the file comes to when it is read in pieces that end at `cuts`; and how much was plain. */
function read(bytes: Buffer, cuts: readonly number[]): { rows: string[]; plain: number } {
  const plain = PlainReader.for(rules, format) as PlainReader;
  const pieces = new PlainPieces({
    plain, readerFrom: (line) => csvReader(format, line), judge: judgeAll,
  });
  const rows: (Judged | PlainRows)[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  ends.forEach((end, i) => rows.push(...pieces.push(bytes.subarray(ends[i - 1] ?? 0, end))));
  rows.push(...pieces.end());
  return {
    rows: rows.flatMap((each) => "copy" in each ? plainSaid(each) : [said(each)]),
    plain: rows.reduce((sum, each) => sum + ("copy" in each ? each.count : 0), 0),
  };
}

const asText = (bytes: Buffer): string[] => {
  const reader = csvReader(format);
  const text = new TextDecoder().decode(bytes);
  return judgeAll([...reader.push(text), ...reader.end()]).map(said);
};

const cell = fc.constantFrom(
  "Li", "张三", "Anna Li", " Li", "Li ", "é", "\u3000x", "x\u00a0", "=1", "a-b", "+1", "'q'",
  "\"q\"", "\"q\"\"r\"", "x\\y", "😀", "\ufeff", "12345", "", " ", "a\tb", "\"two\nlines\"",
  "\"open", "\r", "\u007f", "한", "힣", "日本", "\ufffd", "x".repeat(201), "x".repeat(200), "13900139001");
const phone = fc.oneof(
  fc.constantFrom("13900139000", "12900139000", "1390013900", "139001390000", "+8613900139000",
    "139-0013-9000", "１３９００１３９０００", " 13900139000", "", "1390013900x"),
  fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }).map(String));
const line = fc.tuple(phone, fc.array(cell, { maxLength: 5 }), fc.constantFrom("\n", "\r\n", "\n\n"))
  .map(([number, cells, end]) => [number, ...cells].join(",") + end);

describe("plain rows", () => {
  it("say the same as all rows do, wherever the file is cut", () => {
    fc.assert(fc.property(
      fc.array(line, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 4 }), fc.boolean(),
      (lines, cuts, spoiled) => {
        const bytes = Buffer.concat([
          Buffer.from(`${header}\n${lines.join("")}`), Buffer.from(spoiled ? [0xd6, 0xd0] : []),
        ]);
        expect(read(bytes, cuts).rows).to.eql(asText(bytes));
      }), { numRuns: 500 });
  });

  it("are those of an ordinary list", () => {
    const bytes = Buffer.from(`${header}\n13900139000,Li,,北京,\r\n13900139001,,,,1\n`
      + "13900139002,Ai,13900139003,,\n13900139004\n");
    expect(read(bytes, [])).to.eql({ plain: 3, rows: [
      "1\tno", "2\t+8613900139000\tLi\t\\N\t\\N\t{\"city\":\"北京\"}",
      "3\t+8613900139001\t\t\\N\t\\N\t{\"a \\\\\\\"b\":\"1\"}",
      "4\t+8613900139002+8613900139003\tAi\t\\N\t\\N\t{}", "5\t+8613900139004\t\t\\N\t\\N\t{}",
    ].with(0, asText(bytes)[0] as string) });
  });

  it("get ids one after the other, and leave out what is not kept", () => {
    const plain = PlainReader.for(rules, format) as PlainReader;
    const numbers = "13900139000\n13900139001\n13900139002\n13900139003\n";
    const rows = plain.read(Buffer.from(numbers), 0, 2);
    rows.kept[0] = 0;
    rows.kept[2] = 0;
    expect(countKept(rows)).to.equal(2);
    expect(linesOf(numberedTuples(rows, 9_007_199_254_740_990))).to.eql([
      "9007199254740990\t+8613900139001\t\t\\N\t\\N\t{}",
      "9007199254740991\t+8613900139003\t\t\\N\t\\N\t{}",
    ]);
  });

  it("are looked for in no file of another kind", () => {
    expect(PlainReader.for({ ...rules, region: undefined }, format)).to.equal(undefined);
    expect(PlainReader.for(rules, { ...format, newline: "\r" })).to.equal(undefined);
    expect(PlainReader.for(rules, { ...format, delimiter: "，" })).to.equal(undefined);
  });
});
