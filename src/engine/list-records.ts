/**
 * Owns a file as records, piece by piece, in constant memory. What follows sees rows of cells with
 * the line they began on, whatever the file is.
 */
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { csvReader, type CsvRecord } from "../leads/csv.ts";
import { decoderFor } from "../leads/encoding.ts";
import { PlainReader, type PlainRows } from "../leads/plain-rows.ts";
import { readRow, rowReasons, type LeadRow, type Rejection } from "../leads/row.ts";
import { openWorkbook } from "../spreadsheet/workbook.ts";
import type { ListFile, ListForm } from "./list-file.ts";
import { PlainPieces } from "./plain-pieces.ts";

export interface RecordBatch {
  readonly records: readonly CsvRecord[];
  /** How far reading has come, of `file.bytes`. */
  readonly bytes: number;
}

const READ_BYTES = 131_072;

async function* textRecords(
  path: string, { encoding, format }: Extract<ListForm, { kind: "text" }>,
): AsyncGenerator<RecordBatch> {
  const decoder = decoderFor(encoding);
  const reader = csvReader(format);
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: READ_BYTES })) {
    bytes += (piece as Buffer).length;
    yield { records: reader.push(decoder.decode(piece as Buffer, { stream: true })), bytes };
  }
  yield { records: [...reader.push(decoder.decode()), ...reader.end()], bytes };
}

async function* workbookRecords(path: string, name: string): AsyncGenerator<RecordBatch> {
  const book = await openWorkbook(path);
  try {
    const sheet = book.sheets.find((each) => each.name === name);
    if (sheet !== undefined) yield* book.rows(sheet);
  } finally {
    book.close();
  }
}

/** Ends early, without a word, when `signal` is aborted. */
export async function* recordsOf(
  { path, form }: ListFile, signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const batches = form.kind === "text" ? textRecords(path, form) : workbookRecords(path, form.sheet);
  for await (const batch of batches) {
    yield batch;
    if (signal.aborted) return;
  }
}

const isBlank = (record: CsvRecord): boolean => {
  if (!("cells" in record)) return false;
  for (const cell of record.cells) if (cell !== "" && cell.trim() !== "") return false;
  return true;
};

/** A good row, with its cells for when it turns out to be no new one. */
export interface TakenRow {
  readonly lead: LeadRow;
  readonly cells: readonly string[];
}

export type Judged = TakenRow | { readonly rejection: Rejection };

function judge(record: CsvRecord, file: ListFile): Judged {
  if (!("cells" in record)) {
    const { line, problem, excerpt } = record;
    return { rejection: { line, column: "", reason: rowReasons[problem], cells: [excerpt] } };
  }
  const result = readRow(record.line, record.cells, file);
  return "lead" in result ? { lead: result.lead, cells: record.cells } : result;
}

export interface JudgedBatch {
  readonly rows: readonly Judged[];
  readonly bytes: number;
}

/** The rows below the header, blank lines left out, each judged; the first `passed` are not. */
export async function* judgedRows(
  file: ListFile, signal: AbortSignal, passed = 0,
): AsyncGenerator<JudgedBatch> {
  const judging = judgingOf(file, passed);
  for await (const { records, bytes } of recordsOf(file, signal)) {
    yield { rows: judging(records), bytes };
  }
}

/** Judges the records below the header; blank ones, and the first `passed`, are left out. */
function judgingOf(file: ListFile, passed: number):
(records: readonly CsvRecord[]) => readonly Judged[] {
  let header = file.mapping.header;
  let count = 0;
  return (records) => {
    const rows: Judged[] = [];
    for (const record of records) {
      if (isBlank(record)) continue;
      if (header) header = false;
      else if (++count > passed) rows.push(judge(record, file));
    }
    return rows;
  };
}

/** Rows in the order of the file; many at once where they are plain. */
export interface ReadBatch {
  readonly rows: readonly (Judged | PlainRows)[];
  readonly bytes: number;
}

/** The same as `judgedRows`, plain rows not as objects but as lines to be stored. */
export async function* readRows(
  file: ListFile, signal: AbortSignal, passed: number,
): AsyncGenerator<ReadBatch> {
  const { form } = file;
  const plain = form.kind === "text" && form.encoding === "utf-8" && passed === 0
    ? PlainReader.for(file, form.format) : undefined;
  if (plain === undefined || form.kind !== "text") {
    yield* judgedRows(file, signal, passed);
    return;
  }
  const { format } = form;
  const pieces = new PlainPieces({
    plain, readerFrom: (line) => csvReader(format, line), judge: judgingOf(file, passed),
  });
  let bytes = 0;
  for await (const piece of createReadStream(file.path, { highWaterMark: READ_BYTES })) {
    bytes += (piece as Buffer).length;
    yield { rows: pieces.push(piece as Buffer), bytes };
    if (signal.aborted) return;
  }
  yield { rows: pieces.end(), bytes };
}

/** The cells of a plain row; it has no quotation marks, and is valid UTF-8 without a mark. */
export function plainCells(
  { form }: ListFile, { source, from, ends }: PlainRows, index: number,
): readonly string[] {
  assert(form.kind === "text", "plain rows come from a text");
  const begin = index === 0 ? from : ends[index - 1] as number;
  const line = Buffer.from(source.buffer, source.byteOffset + begin, ends[index] as number - begin)
    .toString();
  return line.slice(0, line.endsWith("\r\n") ? -2 : -1).split(form.format.delimiter);
}

/** A plain row as every other row is. */
export function plainRow(file: ListFile, rows: PlainRows, index: number): TakenRow {
  const line = rows.firstLine + index;
  const row = judge({ line, cells: plainCells(file, rows, index) }, file);
  assert("lead" in row, `line ${line} is good`);
  return row;
}
