/**
 * Owns the measurement of reading a workbook as a list: rows a second, and the memory it takes
 * beyond that of a process that reads none. The yardstick is the same rows as CSV. `ROWS` as an
 * argument makes it smaller. Reach: 1,000,000 rows within 300 MB.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { inspectListFile } from "../src/engine/list-file.ts";
import { judgedRows } from "../src/engine/list-records.ts";
import { workbookParts, writeZip } from "../src/testing/zip.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), "ringwright-bench-"));

function* lines(of: (i: number) => string): Generator<string> {
  for (let i = 0; i < rows; i += 500) {
    let piece = "";
    for (let j = i; j < Math.min(rows, i + 500); j++) piece += of(j);
    yield piece;
  }
}
const number = (i: number): string => `1${3_000_000_000 + i * 6_997}`;

async function read(name: string, path: string): Promise<void> {
  const file = await inspectListFile(path,
    { region: "CN", order: [], encoding: undefined, delimiter: undefined });
  const began = process.hrtime.bigint();
  let peak = 0;
  let good = 0;
  for await (const batch of judgedRows(file, new AbortController().signal)) {
    for (const row of batch.rows) if ("lead" in row) good++;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(JSON.stringify({
    bench: "xlsx-read", file: name, rows: good, seconds, rowsPerSecond: Math.round(good / seconds),
    peakMegabytes: Math.round(peak / 2 ** 20),
  }));
}

try {
  const csv = join(folder, "list.csv");
  await writeFile(csv, Readable.from(lines((i) =>
    `${i === 0 ? "phone,name,city\n" : ""}${number(i)},Person ${i},City ${i % 300}\n`)));
  const xlsx = join(folder, "list.xlsx");
  const cell = (at: string, index: number): string => `<c r="${at}" t="s"><v>${index}</v></c>`;
  await writeZip(xlsx, workbookParts({
    strings: lines((i) => `${i === 0 ? "<si><t>phone</t></si><si><t>name</t></si>"
      + "<si><t>city</t></si>" : ""}<si><t>Person ${i}</t></si>`),
    sheets: {
      list: lines((i) => (i === 0 ? `<row r="1">${cell("A1", 0)}${cell("B1", 1)}${cell("C1", 2)}</row>`
        : "") + `<row r="${i + 2}" spans="1:3"><c r="A${i + 2}"><v>${number(i)}</v></c>`
        + `${cell(`B${i + 2}`, i + 3)}<c r="C${i + 2}" t="str"><v>City ${i % 300}</v></c></row>`),
    },
  }));
  await read("csv", csv);
  await read("xlsx", xlsx);
} finally {
  await rm(folder, { recursive: true });
}
