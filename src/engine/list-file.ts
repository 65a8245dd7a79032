/**
 * Owns looking at a file before it is imported: its encoding, its delimiter, which column holds
 * what, and a fingerprint by which an interrupted import finds itself again. Reads the beginning
 * and the end of the file only, save for the encoding, for which 64 MiB are looked at.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { guessMapping, type Mapping } from "../leads/columns.ts";
import { csvReader, guessFormat, type CsvFormat, type CsvRecord } from "../leads/csv.ts";
import { decoderFor, guessEncoding, type Encoding } from "../leads/encoding.ts";
import type { Region } from "../leads/number.ts";
import { limits } from "../limits.ts";
import { openWorkbook, type Sheet } from "../spreadsheet/workbook.ts";

export interface ListFileOptions {
  readonly region: Region | undefined;
  /** `--map` as given or saved with the source. */
  readonly order: readonly string[];
  readonly encoding: Encoding | undefined;
  readonly delimiter: string | undefined;
  /** Of a workbook; the first one that is not hidden when undefined. */
  readonly sheet?: string | undefined;
}

/** How the rows of a file are got at. */
export type ListForm =
  | { readonly kind: "text"; readonly encoding: Encoding; readonly format: CsvFormat }
  | { readonly kind: "workbook"; readonly sheet: string };

export interface ListFile {
  readonly path: string;
  /** What reading it is measured by: of a workbook the length of the sheet unpacked. */
  readonly bytes: number;
  readonly form: ListForm;
  readonly mapping: Mapping;
  readonly region: Region | undefined;
  readonly fingerprint: string;
  /** The first rows below the header, for showing the mapping. */
  readonly examples: readonly (readonly string[])[];
}

/** Rows that decide what a column without a header holds. */
const MAPPING_ROWS = 50;
const EXAMPLES = 3;

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new UserError(
      text(`${path} cannot be read (${code})`, `无法读取 ${path}（${code}）`),
      text("check the path and the rights of the file", "请检查文件路径和权限"),
    );
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function encodingOf(file: FileHandle, bytes: number, path: string): Promise<Encoding> {
  const looked = Math.min(bytes, limits.importEncodingBytes);
  const encoding = guessEncoding(await readAt(file, 0, looked), looked === bytes);
  if (encoding !== undefined) return encoding;
  throw new UserError(
    text(`${path} is not text in UTF-8, UTF-16 or GB18030`, `${path} 不是 UTF-8、UTF-16 或 GB18030 文本`),
    text("save it as CSV in UTF-8, or name its encoding with --encoding",
      "请另存为 UTF-8 编码的 CSV，或用 --encoding 指定编码"),
  );
}

/** The cells of the first records; a broken first line means that this is no list at all. */
function firstRows(records: readonly CsvRecord[], path: string): (readonly string[])[] {
  const first = records[0];
  if (first !== undefined && "problem" in first) {
    throw new UserError(
      text(`the first line of ${path} cannot be read: ${first.problem}`,
        `${path} 的第一行无法读取：${first.problem}`),
      text("the first line names the columns; mend it, or give the right --delimiter",
        "首行应为列名；请修正，或用 --delimiter 指定分隔符"),
    );
  }
  return records.slice(0, MAPPING_ROWS).flatMap((each) => "cells" in each ? [each.cells] : []);
}

/** The beginning of a file as rows, and how it is to be read. */
interface Look {
  readonly form: ListForm;
  readonly bytes: number;
  readonly rows: readonly (readonly string[])[];
}

async function lookAtText(
  file: FileHandle, path: string, bytes: number, options: ListFileOptions,
): Promise<Look> {
  const encoding = options.encoding ?? await encodingOf(file, bytes, path);
  const head = await readAt(file, 0, Math.min(bytes, limits.importSampleBytes));
  const sample = decoderFor(encoding).decode(head, { stream: true });
  const guessed = guessFormat(sample);
  const format = options.delimiter === undefined
    ? guessed : { ...guessed, delimiter: options.delimiter };
  const reader = csvReader(format);
  const records = [...reader.push(sample), ...(head.length === bytes ? reader.end() : [])];
  return { form: { kind: "text", encoding, format }, bytes, rows: firstRows(records, path) };
}

function sheetOf(sheets: readonly Sheet[], name: string | undefined, path: string): Sheet {
  const found = name === undefined
    ? sheets.find((each) => !each.hidden) ?? sheets[0] : sheets.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = sheets.map((each) => each.name).join(", ");
  throw new UserError(
    text(`${path} has no sheet ${JSON.stringify(name)}`, `${path} 中没有工作表 ${JSON.stringify(name)}`),
    text(`its sheets: ${names}`, `其工作表：${names}`),
  );
}

async function lookAtWorkbook(path: string, options: ListFileOptions): Promise<Look> {
  const book = await openWorkbook(path);
  try {
    const sheet = sheetOf(book.sheets, options.sheet, path);
    const records: CsvRecord[] = [];
    for await (const piece of book.rows(sheet)) {
      records.push(...piece.records);
      if (records.length >= MAPPING_ROWS) break;
    }
    const form = { kind: "workbook", sheet: sheet.name } as const;
    return { form, bytes: sheet.bytes, rows: firstRows(records, path) };
  } finally {
    book.close();
  }
}

/** The beginnings of a zip, which a workbook is, and of what Excel wrote before 2007. */
const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const OLD_WORKBOOK = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

const oldWorkbook = (path: string): UserError => new UserError(
  text(`${path} is an old workbook (.xls), or one with a password`,
    `${path} 是旧版工作簿（.xls）或已加密的工作簿`),
  text("save it as .xlsx without a password, or as CSV in UTF-8",
    "请另存为不加密的 .xlsx，或 UTF-8 编码的 CSV"),
);

/** Throws UserError when the file cannot be read, is no list, or has no column of numbers. */
export async function inspectListFile(path: string, options: ListFileOptions): Promise<ListFile> {
  const file = await opened(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) {
      throw new UserError(text(`${path} is not a file`, `${path} 不是文件`),
        text("give a CSV or XLSX file", "请提供 CSV 或 XLSX 文件"));
    }
    const head = await readAt(file, 0, Math.min(stat.size, limits.importSampleBytes));
    if (head.subarray(0, 4).equals(OLD_WORKBOOK)) throw oldWorkbook(path);
    const { form, bytes, rows } = head.subarray(0, 4).equals(ZIP)
      ? await lookAtWorkbook(path, options) : await lookAtText(file, path, stat.size, options);
    const { region, order } = options;
    const mapping = guessMapping(rows, { region, order });
    const tail = await readAt(file, Math.max(0, stat.size - limits.importSampleBytes),
      Math.min(stat.size, limits.importSampleBytes));
    const fingerprint = createHash("sha256")
      .update(JSON.stringify([stat.size, form, mapping, region ?? ""]))
      .update(head).update(tail).digest("hex");
    const examples = rows.slice(mapping.header ? 1 : 0).slice(0, EXAMPLES);
    return { path, bytes, form, mapping, region, fingerprint, examples };
  } finally {
    await file.close();
  }
}
