/**
 * Owns one run of an import: file → records → rows → staging table → dial list, in constant
 * memory. Rejected rows go to a file beside it. When it is interrupted, what was staged stays, and
 * the same command goes on from there; the list itself changes only at the very end, at once.
 */
import { createReadStream } from "node:fs";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { text, type Language } from "../language.ts";
import { csvReader, type CsvRecord } from "../leads/csv.ts";
import { decoderFor } from "../leads/encoding.ts";
import { rejectHeader, rejectLine } from "../leads/rejects.ts";
import { readRow, rowReasons, type LeadRow, type Rejection } from "../leads/row.ts";
import { limits } from "../limits.ts";
import type { ImportProgress, ImportResult, ImportStore } from "../store/postgres/import.ts";
import type { ListFile } from "./list-file.ts";

export interface ImportSummary extends ImportResult {
  /** Rows below the header, blank lines not counted. */
  readonly rows: number;
  readonly rejected: number;
  readonly rejectFile: string | undefined;
  /** Rows an earlier, interrupted run had read. */
  readonly resumedAt: number;
}

export interface ImportStep {
  readonly bytes: number;
  readonly rows: number;
  readonly rejected: number;
}

export interface ImportOrder {
  readonly file: ListFile;
  readonly list: string;
  readonly rejectFile: string;
  readonly language: Language;
  readonly signal: AbortSignal;
  readonly onStep: (step: ImportStep) => void;
}

const READ_BYTES = 262_144;

/** The file as records, piece by piece; `bytes` is how far reading has come. */
async function* recordsOf(
  file: ListFile, signal: AbortSignal,
): AsyncGenerator<{ records: readonly CsvRecord[]; bytes: number }> {
  const decoder = decoderFor(file.encoding);
  const reader = csvReader(file.format);
  let bytes = 0;
  for await (const piece of createReadStream(file.path, { highWaterMark: READ_BYTES })) {
    bytes += (piece as Buffer).length;
    yield { records: reader.push(decoder.decode(piece as Buffer, { stream: true })), bytes };
    if (signal.aborted) return;
  }
  yield { records: [...reader.push(decoder.decode()), ...reader.end()], bytes };
}

const isBlank = (record: CsvRecord): boolean =>
  "cells" in record && record.cells.every((cell) => cell.trim() === "");

type Judged = { readonly lead: LeadRow } | { readonly rejection: Rejection };

function judge(record: CsvRecord, file: ListFile): Judged {
  if ("cells" in record) return readRow(record.line, record.cells, file);
  return {
    rejection: {
      line: record.line, column: "", reason: rowReasons[record.problem], cells: [record.excerpt],
    },
  };
}

/** The reject file while it is written, under another name until it is whole. */
class RejectFile {
  readonly path: string;
  private handle: FileHandle | undefined;
  private waiting = "";
  bytes: number;
  private readonly head: string;

  constructor(path: string, head: string, bytes: number) {
    this.path = path;
    this.head = head;
    this.bytes = bytes;
  }

  add(line: string): void {
    this.waiting += line;
  }

  /** Writes what was added; a part that belongs to no stored progress is cut off first. */
  async flush(): Promise<void> {
    if (this.waiting === "") return;
    if (this.handle === undefined) {
      // Rejected rows are personal data: readable for the owner alone.
      this.handle = await open(`${this.path}.part`, this.bytes === 0 ? "w" : "r+", 0o600);
      await this.handle.truncate(this.bytes);
    }
    const chunk = Buffer.from(this.bytes === 0 ? this.head + this.waiting : this.waiting);
    await this.handle.write(chunk, 0, chunk.length, this.bytes);
    this.bytes += chunk.length;
    this.waiting = "";
  }

  /** Closes it, under its own name when `whole`. Returns the path, or undefined when empty. */
  async close(whole: boolean): Promise<string | undefined> {
    await this.handle?.close();
    if (!whole) return undefined;
    if (this.bytes === 0) {
      await rm(`${this.path}.part`, { force: true });
      return undefined;
    }
    await rename(`${this.path}.part`, this.path);
    return this.path;
  }
}

/** Whether the unfinished reject file of an earlier run is still there in full. */
async function stillHas(part: string, bytes: number): Promise<boolean> {
  if (bytes === 0) return true;
  try {
    return (await stat(part)).size >= bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

const interrupted = (): UserError => new UserError(
  text("the import was interrupted; the list is unchanged", "导入被中断；名单未作任何改动"),
  text("run the same command again to go on where it stopped", "再次运行同一命令即可从中断处继续"),
);

/** Reads the file and stages its rows; returns how far it came. */
async function stageAll(
  order: ImportOrder, store: ImportStore, from: ImportProgress, rejects: RejectFile,
): Promise<ImportProgress> {
  const { file, language, signal } = order;
  let progress = from;
  let records = 0;
  let { staged, rejected } = from;
  let rows: LeadRow[] = [];
  let pending: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await pending;
    await rejects.flush();
    progress = { ...progress, records, staged, rejected, rejectBytes: rejects.bytes };
    // Reading goes on while Postgres takes the batch; the next flush waits for it.
    pending = store.stage(progress, rows);
    pending.catch(() => undefined);
    rows = [];
  };
  let header = file.mapping.header;
  for await (const { records: found, bytes } of recordsOf(file, signal)) {
    for (const record of found) {
      if (isBlank(record)) continue;
      if (header) {
        header = false;
        continue;
      }
      records++;
      if (records <= from.records) continue;
      const judged = judge(record, file);
      if ("lead" in judged) {
        rows.push(judged.lead);
        staged++;
      } else {
        rejects.add(rejectLine(judged.rejection, language));
        rejected++;
      }
    }
    if (rows.length >= limits.importBatch) await flush();
    order.onStep({ bytes, rows: records, rejected });
  }
  await flush();
  await pending;
  if (signal.aborted) throw interrupted();
  return progress;
}

/** Puts lines whose number came earlier, or may not be called, among the rejected ones. */
async function rejectStaged(
  order: ImportOrder, store: ImportStore, progress: ImportProgress, rejects: RejectFile,
): Promise<void> {
  const column = order.file.mapping.columns[order.file.mapping.fields.phone ?? 0] ?? "";
  await store.sortOut(progress);
  for await (const batch of store.doubled()) {
    for (const { line, phone, firstLine } of batch) {
      const reason = text(`the number is that of line ${firstLine}`, `号码与第 ${firstLine} 行重复`);
      rejects.add(rejectLine({ line, column, reason, cells: [phone] }, order.language));
    }
    await rejects.flush();
  }
  for await (const batch of store.unwanted()) {
    for (const { line, phone } of batch) {
      const reason = rowReasons["do-not-call"];
      rejects.add(rejectLine({ line, column, reason, cells: [phone] }, order.language));
    }
    await rejects.flush();
  }
}

/**
 * Imports a file into a list. Running it again with the same file adds nothing. Throws UserError
 * when it was interrupted or runs elsewhere, StoreUnavailable when the database is away.
 */
export async function importList(order: ImportOrder, store: ImportStore): Promise<ImportSummary> {
  const found = await store.begin(order.list, order.file.fingerprint, order.file.path);
  if (found === undefined) {
    throw new UserError(
      text(`${order.file.path} is being imported into ${order.list} right now`,
        `${order.file.path} 正在导入 ${order.list}`),
      text("wait until the other import has ended", "请等待另一个导入结束"),
    );
  }
  const from = await stillHas(`${order.rejectFile}.part`, found.rejectBytes)
    ? found : await store.startAgain(found);
  const head = rejectHeader(order.file.mapping.columns, order.language);
  const rejects = new RejectFile(order.rejectFile, head, from.rejectBytes);
  let whole = false;
  try {
    const progress = await stageAll(order, store, from, rejects);
    await rejectStaged(order, store, progress, rejects);
    const result = await store.finish(progress);
    whole = true;
    const rejectFile = await rejects.close(true);
    return {
      ...result, rows: progress.records, rejected: progress.rejected, rejectFile,
      resumedAt: from.records,
    };
  } finally {
    if (!whole) await rejects.close(false);
  }
}

/** Reads the whole file and changes nothing: how many rows would be taken, and the first faults. */
export async function tryList(
  file: ListFile, signal: AbortSignal, onStep: (step: ImportStep) => void,
): Promise<{ rows: number; good: number; rejections: readonly Rejection[]; rejected: number }> {
  const rejections: Rejection[] = [];
  let rows = 0;
  let rejected = 0;
  let header = file.mapping.header;
  for await (const { records, bytes } of recordsOf(file, signal)) {
    for (const record of records) {
      if (isBlank(record)) continue;
      if (header) {
        header = false;
        continue;
      }
      rows++;
      const judged = judge(record, file);
      if ("lead" in judged) continue;
      rejected++;
      if (rejections.length < limits.importShownRejects) rejections.push(judged.rejection);
    }
    onStep({ bytes, rows, rejected });
  }
  if (signal.aborted) throw interrupted();
  return { rows, good: rows - rejected, rejections, rejected };
}

/** Numbers in one batch of a registry. */
const REGISTRY_BATCH = 20_000;

/** The good numbers of a file, of all of its phone columns, in batches; counts the other rows. */
export async function* goodNumbersOf(
  file: ListFile, signal: AbortSignal, tally: { rejected: number },
): AsyncGenerator<readonly DialNumber[]> {
  let numbers: DialNumber[] = [];
  let header = file.mapping.header;
  for await (const { records } of recordsOf(file, signal)) {
    for (const record of records) {
      if (isBlank(record)) continue;
      if (header) {
        header = false;
        continue;
      }
      const judged = judge(record, file);
      if ("lead" in judged) numbers.push(...judged.lead.numbers);
      else tally.rejected++;
    }
    if (numbers.length < REGISTRY_BATCH) continue;
    yield numbers;
    numbers = [];
  }
  if (signal.aborted) throw interrupted();
  if (numbers.length > 0) yield numbers;
}
