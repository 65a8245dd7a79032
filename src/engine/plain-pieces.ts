/**
 * Owns cutting the bytes of a UTF-8 file into plain rows and all others: what is not plain is read
 * as text, line by line, and the reader of plain rows goes on behind it.
 */
import { isUtf8 } from "node:buffer";
import type { CsvReader, CsvRecord } from "../leads/csv.ts";
import { decoderFor } from "../leads/encoding.ts";
import type { PlainReader, PlainRows } from "../leads/plain-rows.ts";
import type { Judged } from "./list-records.ts";

const LF = 0x0a;
/** A line that is longer is handed on before its end is there, so that memory stays bounded. */
const LINE_LONGEST = 1 << 20;

interface Parts {
  readonly plain: PlainReader;
  /** A reader of text that begins on this line. */
  readonly readerFrom: (line: number) => CsvReader;
  readonly judge: (records: readonly CsvRecord[]) => readonly Judged[];
}

export class PlainPieces {
  readonly #parts: Parts;
  readonly #decoder = decoderFor("utf-8");
  /** Of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  /** Reads the line at hand; the first line may begin with a mark of its encoding. */
  #reader: CsvReader | undefined;
  #rows: (Judged | PlainRows)[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#reader = parts.readerFrom(1);
  }

  push(piece: Buffer): readonly (Judged | PlainRows)[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = bytes.length > LINE_LONGEST && bytes.lastIndexOf(LF) < 0
      ? bytes.length : bytes.lastIndexOf(LF) + 1;
    this.#rest = Buffer.from(bytes.subarray(end));
    this.#read(bytes.subarray(0, end));
    return this.#taken();
  }

  end(): readonly (Judged | PlainRows)[] {
    this.#readText(this.#rest);
    const reader = this.#reader ?? this.#parts.readerFrom(this.#line);
    this.#rows.push(...this.#parts.judge(
      [...reader.push(this.#decoder.decode()), ...reader.end()]));
    return this.#taken();
  }

  #taken(): readonly (Judged | PlainRows)[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #read(bytes: Buffer): void {
    const mayBePlain = isUtf8(bytes) && bytes.at(-1) === LF;
    let at = 0;
    // Where nothing is plain, ever more lines are read as text at once.
    let lines = 1;
    while (at < bytes.length) {
      if (mayBePlain && this.#reader === undefined) {
        const rows = this.#parts.plain.read(bytes, at, this.#line);
        if (rows.count > 0) {
          this.#rows.push(rows);
          this.#line += rows.count;
          at = rows.ends[rows.count - 1] as number;
          lines = 1;
          continue;
        }
      }
      const stop = mayBePlain ? endOf(bytes, at, lines) : bytes.length;
      this.#readText(bytes.subarray(at, stop));
      at = stop;
      lines *= 2;
    }
  }

  #readText(bytes: Buffer): void {
    const reader = this.#reader ??= this.#parts.readerFrom(this.#line);
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#rows.push(...this.#parts.judge(reader.push(text)));
    if (reader.nextLine === undefined) return;
    this.#line = reader.nextLine;
    this.#reader = undefined;
  }
}

/** Behind so many lines from `at` on. */
function endOf(bytes: Buffer, at: number, lines: number): number {
  let stop = at;
  for (let i = 0; i < lines && stop < bytes.length; i++) stop = bytes.indexOf(LF, stop) + 1;
  return stop;
}
