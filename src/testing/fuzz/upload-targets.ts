/** Owns the fuzzing of what programs send us: workbooks, and requests over HTTP. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { projectDir } from "../../config.ts";
import { inspectListFile } from "../../engine/list-file.ts";
import { judgedRows } from "../../engine/list-records.ts";
import { UserError } from "../../errors.ts";
import { ImportJobs } from "../../http/import-jobs.ts";
import { httpServer } from "../../http/server.ts";
import { isDialNumber } from "../../leads/number.ts";
import { limits } from "../../limits.ts";
import { below, chance, type Random } from "../../random.ts";
import { SharedStrings } from "../../spreadsheet/shared-strings.ts";
import { sheetReader } from "../../spreadsheet/sheet-reader.ts";
import { BrokenXml } from "../../spreadsheet/xml.ts";
import type { CsvRecord } from "../../leads/csv.ts";
import { workbookParts, writeZip, type WorkbookParts } from "../zip.ts";
import { damagedBytes, damagedText } from "./damage.ts";
import { hold, type FuzzTarget } from "./target.ts";

const folder = join(projectDir, "var", "fuzz");

const inline = (at: string, value: string): string =>
  `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
const rows = [
  `<row r="1">${inline("A1", "手机")}${inline("B1", "name")}${inline("C1", "notes")}</row>`,
  '<row r="2"><c r="A2"><v>13800138000</v></c><c r="B2" t="s"><v>0</v></c></row>',
  '<row r="3"><c r="A3" t="str"><f>"1"&amp;"2"</f><v>13900139000</v></c></row>',
  '<row r="7"><c r="C7" s="1"><v>45678.5</v></c><c r="A7" t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>'
  + "</row>",
  `<row><c><v>1.38E+10</v></c>${inline("XFD8", "far")}</row>`,
];
const book: WorkbookParts = {
  sheets: { people: rows, other: [] }, hidden: ["other"],
  strings: ["<si><t>张三</t></si>", "<si><r><t>a</t></r><rPh><t>b</t></rPh></si>"],
  styles: '<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    + '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>',
};
const sheets = [`<worksheet><sheetData>${rows.join("")}</sheetData></worksheet>`];

/** The line of a record is what a person looks for in the file: a whole number, growing. */
function checkRecords(records: readonly CsvRecord[], input: unknown): void {
  let line = 0;
  for (const record of records) {
    hold(Number.isSafeInteger(record.line) && record.line > line, "lines that do not grow", input);
    line = record.line;
    if ("cells" in record) {
      hold(record.cells.length <= limits.importColumns, "more columns than we read", input);
      hold(record.cells.every((each) => typeof each === "string"), "a cell without text", input);
    }
  }
}

/** All at once and in pieces must be the same rows, or broken both times. */
function sheetXml(random: Random): void {
  // As a decoder of UTF-8 gives it: half a letter never comes.
  const xml = Buffer.from(damagedText(sheets, random)).toString();
  const read = (pieceLength: () => number): readonly CsvRecord[] | "broken" => {
    const strings = new SharedStrings(limits.xlsxSharedBytes);
    strings.add("张三");
    const reader = sheetReader({ strings, dateStyles: [false, true], is1904: chance(random, 0.1) });
    const records: CsvRecord[] = [];
    try {
      for (let at = 0; at < xml.length;) {
        const next = at + pieceLength();
        records.push(...reader.push(xml.slice(at, next)));
        at = next;
      }
      records.push(...reader.end());
    } catch (error) {
      if (error instanceof BrokenXml) return "broken";
      throw error;
    }
    return records;
  };
  const whole = read(() => xml.length);
  if (whole !== "broken") checkRecords(whole, xml);
  const pieces = read(() => 1 + below(random, 80));
  hold((whole === "broken") === (pieces === "broken"), "broken only in pieces", xml);
}

let wholeBook: Promise<Uint8Array> | undefined;

/** A workbook of good parts, as bytes. */
function goodBook(): Promise<Uint8Array> {
  wholeBook ??= (async () => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `good-${process.pid}.xlsx`);
    await writeZip(path, workbookParts(book));
    const bytes = readFileSync(path);
    rmSync(path);
    return bytes;
  })();
  return wholeBook;
}

/** Damage to the zip itself, or to the XML of one of its parts before it is packed. */
async function workbooks(random: Random): Promise<void> {
  const good = await goodBook();
  const path = join(folder, `damaged-${process.pid}.xlsx`);
  if (chance(random, 0.5)) writeFileSync(path, damagedBytes([good], random));
  else {
    const parts = workbookParts(book);
    const which = below(random, parts.length);
    await writeZip(path, parts.map((part, i) => i === which
      ? { ...part, content: [damagedText([[...part.content].join("")], random)] } : part));
  }
  try {
    const file = await inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined, sheet: undefined });
    for await (const { rows: judged } of judgedRows(file, new AbortController().signal)) {
      for (const each of judged) {
        hold(!("lead" in each) || each.lead.numbers.every(isDialNumber), "not a number to dial", path);
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

const token = "a-token-of-the-fuzzer";
const list = "phone,name\n13800138000,Ann\n";
const requests: readonly string[] = [
  `POST /v1/lists/spring/imports?region=CN&map=phone%3D1&dryRun=true HTTP/1.1\r\nHost: a\r\n`
  + `Authorization: Bearer ${token}\r\nContent-Type: text/csv\r\nContent-Length: ${list.length}\r\n`
  + `\r\n${list}`,
  `POST /v1/lists/%E6%98%A5/imports HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`
  + `Transfer-Encoding: chunked\r\n\r\n1b\r\n${list}\r\n0\r\n\r\n`,
  `GET /v1/imports/${"0".repeat(32)} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`
  + "Accept-Language: zh\r\n\r\n",
  `GET /v1/imports/${"0".repeat(32)}/rejects HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}`
  + "\r\n\r\n",
  `DELETE /v1/imports/${"0".repeat(32)} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
];

interface Service {
  readonly port: number;
  /** What was our fault since the last look. */
  faults(): readonly unknown[];
}
let service: Promise<Service> | undefined;

/** Its database is nowhere: nothing listens at port 1 of this machine. */
function startService(): Promise<Service> {
  service ??= (async () => {
    const faults: unknown[] = [];
    const failed = (error: unknown): void => { faults.push(error); };
    const imports = new ImportJobs({
      databaseUrl: "postgres://nobody:nothing@127.0.0.1:1/none", folder, failed,
    });
    const server = httpServer({ token, imports, failed });
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    // It ends with the run, and keeps nobody from ending.
    server.server.unref();
    return { port: Number(new URL(url).port), faults: () => faults.splice(0) };
  })();
  return service;
}

/** Everything the service says until it hangs up; half a request is ended by our own end. */
const saidTo = (port: number, request: string): Promise<string> => new Promise((resolve) => {
  let said = "";
  const socket = connect({ host: "127.0.0.1", port });
  socket.setTimeout(limits.switchRequestMs, () => { socket.destroy(new Error("no end")); });
  socket.on("data", (data) => { said += data.toString("latin1"); });
  socket.on("error", () => undefined);
  socket.on("close", () => { resolve(said); });
  socket.end(request, "latin1");
});

/** What a service may say to damaged requests; 500 is a fault of ours. */
const allowed: ReadonlySet<number> = new Set(
  [200, 400, 401, 404, 405, 408, 411, 413, 414, 415, 417, 422, 431, 501, 503]);

async function httpRequests(random: Random): Promise<void> {
  const { port, faults } = await startService();
  const request = damagedText(requests, random);
  const said = await saidTo(port, request);
  const ours = faults();
  hold(ours.length === 0, `our fault: ${String(ours[0])}`, request);
  for (const [, status] of said.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) {
    hold(allowed.has(Number(status)), `answered by ${status}`, request);
  }
  const health = /\{"ok":true\}/.test(said);
  const withToken = request.includes(token);
  hold(withToken || health || !/^HTTP\/1\.1 (200|202|503)/m.test(said), "let in without a token",
    request);
  hold(!/\bat .+\.ts:\d+|TypeError|Cannot read prop/.test(said), "shows a bug", { request, said });
}

export const uploadTargets: readonly FuzzTarget[] = [
  { name: "sheet-xml", weight: 0.2, run: sheetXml },
  { name: "workbooks", weight: 0.03, run: workbooks },
  { name: "http-requests", weight: 0.1, run: httpRequests },
];
