/**
 * Owns reading the rows that nothing can be said against, straight from the bytes of a file: lines
 * of UTF-8 without quotation marks whose number is a Chinese mobile as it is dialed, and whose
 * other cells hold nothing that any rule looks at. They are most rows of most lists, and come out
 * as lines for COPY; no text and no object is made of them. Whatever is not plain is left to
 * `readRow`, which says the same of a plain row (a test holds both together).
 */
import type { CsvFormat } from "./csv.ts";
import type { Mapping } from "./columns.ts";
import type { Region } from "./number.ts";

/** Digits kept free in front of each line for the lead's id: as many as a double holds. */
export const ID_DIGITS = 16;

/** Consecutive plain rows of one piece of a file. */
export interface PlainRows {
  readonly count: number;
  /** Of each row its number as a key, and its line in the file. */
  readonly keys: Float64Array;
  readonly firstLine: number;
  /** The piece of the file, and where in it each row ends; the first begins at `from`. */
  readonly source: Uint8Array;
  readonly from: number;
  readonly ends: Int32Array;
  /** Lines for COPY, and where each ends. */
  readonly copy: Uint8Array;
  readonly copyEnds: Int32Array;
  /** Zero for a row that is not to be stored. */
  readonly kept: Uint8Array;
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const ZERO = 0x30;
const QUOTE = 0x22;
const SPACE = 0x20;
/** In bytes; no cell that is longer is plain. */
const CELL_LONGEST = 200;
/** What a row may need beyond its own bytes: id, country code, empty columns and braces. */
const ROW_EXTRA = ID_DIGITS + 16;

/**
 * Bytes that no rule looks at. Not among them: control characters, what begins a formula, what
 * COPY or JSON would have to escape, and the beginnings of letters that may be spaces (C2, E1, E2,
 * E3 80), marks of width, U+FFFD (EF) or pairs in UTF-16 (F0 and on).
 */
const HARMLESS = new Uint8Array(256).map((_, byte) => {
  if (byte < 0x20 || byte === 0x7f || '"\\=@+-'.includes(String.fromCharCode(byte))) return 0;
  if (byte < 0xc0) return 1;
  return byte >= 0xc3 && byte <= 0xec && byte !== 0xe1 && byte !== 0xe2 ? 1 : 0;
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const COUNTRY = bytesOf("+86");
const NO_LANGUAGE_NO_ZONE = bytesOf("\t\\N\t\\N\t{");

/** What is made room for at first: between other rows there may be but a few plain ones. */
const FEW = 64;

function enlarged<T extends Float64Array | Int32Array | Uint8Array>(of: T, larger: T): T {
  larger.set(of);
  return larger;
}

interface Columns {
  readonly phone: number;
  readonly name: number;
  readonly width: number;
  /** Of a column that is kept, its name as a key of JSON in a line for COPY. */
  readonly keys: readonly (Uint8Array | undefined)[];
  readonly keyBytes: number;
}

/** Undefined when no row of such a file could be plain. */
function columnsFor(mapping: Mapping, region: Region | undefined): Columns | undefined {
  const { fields, columns, others } = mapping;
  if (region !== "CN" || fields.phone === undefined) return undefined;
  const keys = columns.map((name, i) => others.includes(i)
    ? bytesOf(`${JSON.stringify(name)}:`.replaceAll("\\", "\\\\")) : undefined);
  return {
    phone: fields.phone, name: fields.name ?? -1, width: columns.length, keys,
    keyBytes: keys.reduce((sum, key) => sum + (key?.length ?? 0) + 4, 0),
  };
}

export class PlainReader {
  readonly #columns: Columns;
  readonly #delimiter: number;
  /** Where the cells of the row at hand begin and end. */
  readonly #starts: Int32Array;
  readonly #stops: Int32Array;
  #copy = new Uint8Array(0);
  #at = 0;

  private constructor(columns: Columns, delimiter: number) {
    this.#columns = columns;
    this.#delimiter = delimiter;
    this.#starts = new Int32Array(columns.width);
    this.#stops = new Int32Array(columns.width);
  }

  static for(
    { mapping, region }: { readonly mapping: Mapping; readonly region: Region | undefined },
    { delimiter, newline }: CsvFormat,
  ): PlainReader | undefined {
    const columns = columnsFor(mapping, region);
    const code = delimiter.length === 1 ? delimiter.charCodeAt(0) : 0x80;
    if (columns === undefined || newline !== "\n" || code >= 0x80) return undefined;
    return new PlainReader(columns, code);
  }

  /**
   * The plain rows from `from` on, up to the first line that is none. `source` is valid UTF-8 and
   * ends with the end of a line.
   */
  read(source: Uint8Array, from: number, firstLine: number): PlainRows {
    let keys = new Float64Array(FEW);
    let ends = new Int32Array(FEW);
    let copyEnds = new Int32Array(FEW);
    this.#copy = new Uint8Array(FEW);
    this.#at = 0;
    let count = 0;
    let at = from;
    while (at < source.length) {
      const end = this.#cells(source, at);
      if (end < 0) break;
      this.#reserve(end - at);
      if (count === keys.length) {
        keys = enlarged(keys, new Float64Array(count * 4));
        ends = enlarged(ends, new Int32Array(count * 4));
        copyEnds = enlarged(copyEnds, new Int32Array(count * 4));
      }
      const key = this.#line(source);
      if (key < 0) break;
      keys[count] = key;
      ends[count] = at = end;
      copyEnds[count] = this.#at;
      count++;
    }
    return {
      count, keys, firstLine, source, from, ends, copy: this.#copy, copyEnds,
      kept: new Uint8Array(count).fill(1),
    };
  }

  /** Finds the cells of a line; returns where the next begins, or -1 when one is not plain. */
  #cells(source: Uint8Array, from: number): number {
    const { width } = this.#columns;
    const delimiter = this.#delimiter;
    let cell = 0;
    let start = from;
    for (let at = from; ; at++) {
      const byte = source[at] as number;
      if (byte === delimiter || byte === LF) {
        const stop = byte === LF && source[at - 1] === CR && at > start ? at - 1 : at;
        if (stop - start > CELL_LONGEST || cell >= width) return -1;
        this.#starts[cell] = start;
        this.#stops[cell] = stop;
        cell++;
        start = at + 1;
        if (byte === delimiter) continue;
        for (; cell < width; cell++) this.#starts[cell] = this.#stops[cell] = at;
        return at + 1;
      }
      if (HARMLESS[byte] === 1 && (byte !== 0xe3 || source[at + 1] !== 0x80)) continue;
      if (byte === CR && source[at + 1] === LF) continue;
      return -1;
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes + this.#columns.keyBytes + ROW_EXTRA;
    if (needed > this.#copy.length) {
      this.#copy = enlarged(this.#copy, new Uint8Array(needed * 4));
    }
  }

  #put(bytes: Uint8Array, from: number, to: number): void {
    const copy = this.#copy;
    let at = this.#at;
    for (let i = from; i < to; i++) copy[at++] = bytes[i] as number;
    this.#at = at;
  }

  /** Writes the line for COPY and returns the number's key; -1 when it is not plain. */
  #line(source: Uint8Array): number {
    const { phone, name, width, keys } = this.#columns;
    const start = this.#starts[phone] as number;
    const key = mobileKey(source, start, this.#stops[phone] as number);
    if (key < 0) return -1;
    const nameStart = name < 0 ? 0 : this.#starts[name] as number;
    const nameStop = name < 0 ? 0 : this.#stops[name] as number;
    const spaced = source[nameStart] === SPACE || source[nameStop - 1] === SPACE;
    if (nameStop > nameStart && spaced) return -1;
    for (let i = 0; i < width; i++) {
      const special = i !== phone && i !== name && keys[i] === undefined;
      if (special && this.#starts[i] !== this.#stops[i]) return -1;
    }
    const copy = this.#copy;
    copy.fill(ZERO, this.#at, this.#at + ID_DIGITS);
    this.#at += ID_DIGITS;
    copy[this.#at++] = TAB;
    this.#put(COUNTRY, 0, COUNTRY.length);
    this.#put(source, start, start + 11);
    copy[this.#at++] = TAB;
    this.#put(source, nameStart, nameStop);
    this.#put(NO_LANGUAGE_NO_ZONE, 0, NO_LANGUAGE_NO_ZONE.length);
    this.#data(source);
    return key;
  }

  #data(source: Uint8Array): void {
    const { width, keys } = this.#columns;
    const copy = this.#copy;
    let isFirst = true;
    for (let i = 0; i < width; i++) {
      const label = keys[i];
      const start = this.#starts[i] as number;
      const stop = this.#stops[i] as number;
      if (label === undefined || start === stop) continue;
      if (!isFirst) copy[this.#at++] = 0x2c;
      isFirst = false;
      this.#put(label, 0, label.length);
      copy[this.#at++] = QUOTE;
      this.#put(source, start, stop);
      copy[this.#at++] = QUOTE;
    }
    copy[this.#at++] = 0x7d;
    copy[this.#at++] = LF;
  }
}

/** The key of a mobile number of mainland China, as `keyOf` gives it with +86; -1 for others. */
function mobileKey(source: Uint8Array, start: number, stop: number): number {
  if (stop - start !== 11 || source[start] !== ZERO + 1) return -1;
  if ((source[start + 1] as number) < ZERO + 3) return -1;
  let key = 86;
  for (let i = start; i < stop; i++) {
    const digit = (source[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    key = key * 10 + digit;
  }
  return key;
}

/** Writes the ids of the kept rows into their lines: the first kept row gets `id`, and so on. */
export function numberRows({ count, kept, copy, copyEnds }: PlainRows, id: number): void {
  let next = id;
  for (let i = 0; i < count; i++) {
    if (kept[i] === 0) continue;
    let rest = next++;
    const start = i === 0 ? 0 : copyEnds[i - 1] as number;
    for (let at = start + ID_DIGITS - 1; at >= start; at--) {
      const tens = Math.floor(rest / 10);
      copy[at] = ZERO + (rest - tens * 10);
      rest = tens;
    }
  }
}

/** The lines of the kept rows, in as few pieces as there are gaps between them. */
export function* keptLines({ count, kept, copy, copyEnds }: PlainRows): Generator<Uint8Array> {
  let begin = 0;
  for (let i = 0; i < count; i++) {
    if (kept[i] === 1) continue;
    const start = i === 0 ? 0 : copyEnds[i - 1] as number;
    if (start > begin) yield copy.subarray(begin, start);
    begin = copyEnds[i] as number;
  }
  const end = count === 0 ? 0 : copyEnds[count - 1] as number;
  if (end > begin) yield copy.subarray(begin, end);
}
