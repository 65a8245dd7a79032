import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectListFile } from "../engine/list-file.ts";
import { judgedRows, recordsOf } from "../engine/list-records.ts";
import { UserError } from "../errors.ts";
import { limits } from "../limits.ts";
import { workbookParts, writeZip, type WorkbookParts, type ZipPart } from "../testing/zip.ts";

describe("a workbook as a list", () => {
  let folder: string;
  let count = 0;
  before(async () => { folder = await mkdtemp(join(tmpdir(), "ringwright-workbook-")); });
  after(() => rm(folder, { recursive: true }));

  const open = async (parts: readonly ZipPart[], sheet?: string) => {
    const path = join(folder, `${++count}.xlsx`);
    await writeZip(path, parts);
    return inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined, sheet });
  };

  /** Each row as `line: cells`. */
  const check = async (
    book: WorkbookParts, expected: readonly string[], sheet?: string,
  ): Promise<void> => {
    const file = await open(workbookParts(book), sheet);
    const shown: string[] = [];
    for await (const { records } of recordsOf(file, new AbortController().signal)) {
      for (const record of records) {
        shown.push(`${record.line}: ${"cells" in record ? record.cells.join("|") : record.problem}`);
      }
    }
    expect(shown).to.eql(expected);
  };

  const refused = async (parts: readonly ZipPart[], what: RegExp): Promise<void> => {
    const failure = await open(parts).then(async (file) => {
      for await (const batch of judgedRows(file, new AbortController().signal)) void batch;
    }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(what);
  };

  const text = (at: string, value: string): string =>
    `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
  const head = `<row r="1">${text("A1", "手机")}${text("B1", "name")}</row>`;

  it("gives its rows with their own numbers, and empty cells where it has none", () => check({
    sheets: {
      a: [head, `<row r="2"><c r="A2"><v>13800138000</v></c></row>`,
        `<row r="5"><c r="C5" t="s"><v>1</v></c><c r="A5" t="s"><v>0</v></c></row>`,
        `<row><c><v>1</v></c><c><v>2</v></c></row>`],
    },
    strings: ["<si><t>x &amp; y</t></si>",
      "<si><r><t>张</t></r><r><t>三</t></r><rPh><t>zhang</t></rPh></si>"],
  }, ["1: 手机|name", "2: 13800138000", "5: x & y||张三", "6: 1|2"]));

  it("counts on where a row's number is none, or goes back; text is text in a date's style", () =>
    check({
      sheets: { a: [head, `<row r="3"><c><v>1</v></c></row>`, `<row r="x"><c><v>2</v></c></row>`,
        `<row r="2"><c s="1"><v>tomorrow</v></c></row>`, `<row r="9"><c><v>4</v></c></row>`] },
      styles: `<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>`,
    }, ["1: 手机|name", "3: 1", "4: 2", "5: tomorrow", "9: 4"]));

  it("knows dates by their style, and a date is no number", async () => {
    const book = {
      sheets: {
        a: [head, '<row r="2"><c r="A2" s="1"><v>45296</v></c></row>',
          '<row r="3"><c r="A3"><v>1.38E+10</v></c></row>'],
      },
      styles: '<numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellStyleXfs>'
        + '<xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>',
    };
    await check(book, ["1: 手机|name", "2: 2024-01-05", "3: 1.38E+10"]);
    const rows: string[] = [];
    for await (const batch of judgedRows(
      await open(workbookParts(book)), new AbortController().signal)) {
      rows.push(...batch.rows.map((row) => "rejection" in row ? row.rejection.reason.en : "good"));
    }
    expect(rows).to.eql(["a date instead of a number",
      "the spreadsheet has rounded the number (1.38E+10); format the column as text"]);
  });

  it("reads the first sheet that is seen, or the one that is named", async () => {
    const sheets = { secret: [text("A1", "no")], a: [head], b: [head, head] };
    await check({ sheets, hidden: ["secret"] }, ["1: 手机|name"]);
    await check({ sheets, hidden: ["secret"] }, ["1: 手机|name", "2: 手机|name"], "b");
    const failure = await open(workbookParts({ sheets }), "c").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(/no sheet "c"/);
  });

  it("is refused when it would take more than it may", async () => {
    const bomb = (declared?: number): readonly ZipPart[] => [
      ...workbookParts({ sheets: {} }).slice(0, 1),
      { name: "xl/worksheets/sheet1.xml", content: repeated(" ".repeat(1 << 20), 40),
        ...(declared !== undefined && { declared }) },
    ];
    await refused(bomb(), /would take 41943040 bytes/);
    await refused(workbookParts({ sheets: { a: [head] } }).map((part) =>
      part.name.includes("sheet1") ? { ...part, declared: 10 } : part), /cannot be read/);
    await refused([{ name: "x", content: ["x"], declared: limits.xlsxPartBytes + 1 }], /would take/);
  });

  it("is refused when it declares entities, or never ends", async () => {
    const evil = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>';
    const withSheet = (content: Iterable<string>): readonly ZipPart[] =>
      workbookParts({ sheets: { a: [] } }).map((part) =>
        part.name.includes("sheet1") ? { ...part, content } : part);
    await refused(withSheet([evil]), /document type/);
    await refused(withSheet(["<worksheet><sheetData><row><c><v>",
      ...repeated(noise(1 << 20), 6)]), /does not end/);
    await refused(withSheet(["<worksheet><row>"]), /cannot be read/);
  });

  it("is told apart from what it is not", async () => {
    const path = join(folder, "old.xls");
    await writeFile(path, Buffer.from("d0cf11e0a1b11ae1", "hex"));
    const failure = await inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined })
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(/old workbook/);
    await refused([{ name: "word/document.xml", content: ["<x/>"] }], /no sheets/);
  });
});

function* repeated(piece: string, times: number): Generator<string> {
  for (let i = 0; i < times; i++) yield piece;
}

/** Digits that no packer makes much smaller. */
function noise(length: number): string {
  let seed = 1;
  let all = "";
  while (all.length < length) {
    seed = Math.imul(seed, 1_103_515_245) + 12_345 >>> 0;
    all += String(seed);
  }
  return all;
}
