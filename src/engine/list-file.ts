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

export interface ListFileOptions {
  readonly region: Region | undefined;
  /** `--map` as given or saved with the source. */
  readonly order: readonly string[];
  readonly encoding: Encoding | undefined;
  readonly delimiter: string | undefined;
}

export interface ListFile {
  readonly path: string;
  readonly bytes: number;
  readonly encoding: Encoding;
  readonly format: CsvFormat;
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

/** Throws UserError when the file cannot be read, is no text, or has no column of numbers. */
export async function inspectListFile(path: string, options: ListFileOptions): Promise<ListFile> {
  const file = await opened(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) {
      throw new UserError(text(`${path} is not a file`, `${path} 不是文件`),
        text("give a CSV file", "请提供 CSV 文件"));
    }
    const bytes = stat.size;
    const encoding = options.encoding ?? await encodingOf(file, bytes, path);
    const head = await readAt(file, 0, Math.min(bytes, limits.importSampleBytes));
    const sample = decoderFor(encoding).decode(head, { stream: true });
    const guessed = guessFormat(sample);
    const format = options.delimiter === undefined
      ? guessed : { ...guessed, delimiter: options.delimiter };
    const reader = csvReader(format);
    const records = [...reader.push(sample), ...(head.length === bytes ? reader.end() : [])];
    const rows = firstRows(records, path);
    const mapping = guessMapping(rows, { region: options.region, order: options.order });
    const tail = await readAt(file, Math.max(0, bytes - limits.importSampleBytes),
      Math.min(bytes, limits.importSampleBytes));
    const fingerprint = createHash("sha256")
      .update(JSON.stringify([bytes, encoding, format, mapping, options.region ?? ""]))
      .update(head).update(tail).digest("hex");
    const examples = rows.slice(mapping.header ? 1 : 0).slice(0, EXAMPLES);
    const { region } = options;
    return { path, bytes, encoding, format, mapping, region, fingerprint, examples };
  } finally {
    await file.close();
  }
}
