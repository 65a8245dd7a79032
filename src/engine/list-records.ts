/**
 * Owns a file as records, piece by piece, in constant memory. What follows sees rows of cells with
 * the line they began on, whatever the file is.
 */
import { createReadStream } from "node:fs";
import { csvReader, type CsvRecord } from "../leads/csv.ts";
import { decoderFor } from "../leads/encoding.ts";
import { readRow, rowReasons, type LeadRow, type Rejection } from "../leads/row.ts";
import { openWorkbook } from "../spreadsheet/workbook.ts";
import type { ListFile, ListForm } from "./list-file.ts";

export interface RecordBatch {
  readonly records: readonly CsvRecord[];
  /** How far reading has come, of `file.bytes`. */
  readonly bytes: number;
}

const READ_BYTES = 262_144;

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

export type Judged = { readonly lead: LeadRow; readonly cells: readonly string[] }
  | { readonly rejection: Rejection };

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
  let header = file.mapping.header;
  let count = 0;
  for await (const { records, bytes } of recordsOf(file, signal)) {
    const rows: Judged[] = [];
    for (const record of records) {
      if (isBlank(record)) continue;
      if (header) header = false;
      else if (++count > passed) rows.push(judge(record, file));
    }
    yield { rows, bytes };
  }
}
