/**
 * Owns reading the rows that nothing can be said against, straight from the bytes of a file: lines
 * of UTF-8 without quotation marks whose number is a Chinese mobile as it is dialed, and whose
 * other cells hold nothing that any rule looks at. They are most rows of most lists, and come out
 * as tuples of COPY's binary format; no text and no object is made of them. Whatever is not plain
 * is left to `readRow`, which says the same of a plain row (a test holds both together).
 */
import { limits } from "../limits.ts";
import type { CsvFormat } from "./csv.ts";
import type { Mapping } from "./columns.ts";
import type { Region } from "./number.ts";

/**
 * How each tuple begins (PostgreSQL, COPY, Binary Format): six fields, the first of eight bytes for
 * the lead's id, the next of a number's 14 with its country code. A field is its length, in four
 * bytes, and its value; a length of -1 says that there is none.
 */
const TUPLE_HEAD = Uint8Array.from(
  [0, 6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 0x2b, 0x38, 0x36]);
/** Where in a tuple its id is. */
const ID_AT = 6;
/** No language and no time zone. */
const TWO_NULLS = new Uint8Array(8).fill(0xff);
const LENGTH_BYTES = 4;

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
  /** Tuples for COPY, and where each ends. */
  readonly copy: Uint8Array;
  readonly copyEnds: Int32Array;
  /** Zero for a row that is not to be stored. */
  readonly kept: Uint8Array;
}

const LF = 0x0a;
const CR = 0x0d;
const ZERO = 0x30;
const QUOTE = 0x22;
const SPACE = 0x20;
/** In bytes; no cell that is longer is plain. */
const CELL_LONGEST = 200;
/** What a row may need beyond its own bytes: its head, empty columns, two lengths and braces. */
const ROW_EXTRA = TUPLE_HEAD.length + TWO_NULLS.length + 2 * LENGTH_BYTES + 2;

/**
 * Bytes that no rule looks at. Not among them: control characters, what begins a formula, what
 * JSON would have to escape, and the beginnings of letters that may be spaces (C2, E1, E2,
 * E3 80), marks of width, U+FFFD (EF) or pairs in UTF-16 (F0 and on).
 */
const HARMLESS = new Uint8Array(256).map((_, byte) => {
  if (byte < 0x20 || byte === 0x7f || '"\\=@+-'.includes(String.fromCharCode(byte))) return 0;
  if (byte < 0xc0) return 1;
  return byte >= 0xc3 && byte <= 0xec && byte !== 0xe1 && byte !== 0xe2 ? 1 : 0;
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is made room for at least: between other rows there may be but a few plain ones. */
const FEW = 64;
/** Pieces of one file hold about as many rows each: room for those of the last, and some more. */
const AND_SOME = 1.1;

function enlarged<T extends Float64Array | Int32Array | Uint8Array>(of: T, larger: T): T {
  larger.set(of);
  return larger;
}

interface Columns {
  readonly phone: number;
  readonly name: number;
  readonly width: number;
  /** Of a column that is kept, its name as a key of JSON. */
  readonly keys: readonly (Uint8Array | undefined)[];
  readonly keyBytes: number;
}

/** Undefined when no row of such a file could be plain. */
function columnsFor(mapping: Mapping, region: Region | undefined): Columns | undefined {
  const { fields, columns, others } = mapping;
  if (region !== "CN" || fields.phone === undefined) return undefined;
  const keys = columns.map((name, i) => others.includes(i)
    ? bytesOf(`${JSON.stringify(name)}:`) : undefined);
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
  #lastCount = 0;

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
    const room = Math.max(FEW, Math.ceil(this.#lastCount * AND_SOME));
    let keys = new Float64Array(room);
    let ends = new Int32Array(room);
    let copyEnds = new Int32Array(room);
    this.#copy = new Uint8Array(Math.max(FEW, Math.ceil(this.#at * AND_SOME)));
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
    this.#lastCount = count;
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
        if (at - from > limits.importLineChars) return -1;
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

  #length(at: number, length: number): void {
    const copy = this.#copy;
    copy[at] = copy[at + 1] = 0;
    copy[at + 2] = length >>> 8;
    copy[at + 3] = length;
  }

  /** Writes the tuple for COPY and returns the number's key; -1 when it is not plain. */
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
    this.#put(TUPLE_HEAD, 0, TUPLE_HEAD.length);
    this.#put(source, start, start + 11);
    this.#length(this.#at, nameStop - nameStart);
    this.#at += LENGTH_BYTES;
    this.#put(source, nameStart, nameStop);
    this.#put(TWO_NULLS, 0, TWO_NULLS.length);
    this.#data(source);
    return key;
  }

  #data(source: Uint8Array): void {
    const { width, keys } = this.#columns;
    const copy = this.#copy;
    const lengthAt = this.#at;
    this.#at += LENGTH_BYTES;
    copy[this.#at++] = 0x7b;
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
    this.#length(lengthAt, this.#at - lengthAt - LENGTH_BYTES);
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

/** How many of them are to be stored. */
export function countKept({ count, kept }: PlainRows): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += kept[i] as number;
  return sum;
}

/**
 * The tuples of the kept rows, with ids from `id` on. They are moved together where they lie, so
 * that this is asked for once.
 */
export function numberedTuples({ count, kept, copy, copyEnds }: PlainRows, id: number): Uint8Array {
  const ids = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  let next = id;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (kept[i] === 0) continue;
    const start = i === 0 ? 0 : copyEnds[i - 1] as number;
    const end = copyEnds[i] as number;
    if (at < start) copy.copyWithin(at, start, end);
    ids.setUint32(at + ID_AT, Math.floor(next / 2 ** 32));
    ids.setUint32(at + ID_AT + 4, next++ >>> 0);
    at += end - start;
  }
  return copy.subarray(0, at);
}
