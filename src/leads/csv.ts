/**
 * Owns the reading of delimited text (RFC 4180 and what people make of it). Text goes in as it
 * comes from the file, records come out with the line they began on. Memory is bounded by the
 * longest allowed record, so a line of a gigabyte costs no more than a short one. A quote that is
 * never closed spoils its own line only: reading goes on with the line after it.
 */
import { limits } from "../limits.ts";

export type CsvProblem = "unclosed-quote" | "text-after-quote" | "line-too-long";

export type CsvRecord =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly problem: CsvProblem; readonly excerpt: string };

export interface CsvFormat {
  readonly delimiter: string;
  /** Carriage return alone is what spreadsheets on old Macintoshes wrote. */
  readonly newline: "\n" | "\r";
}

export interface CsvReader {
  /** Takes the next piece of the text and returns the records it completed. */
  push(piece: string): readonly CsvRecord[];
  /** Returns what is left when the text is over. */
  end(): readonly CsvRecord[];
  /** The line on which the next record begins; undefined while the last piece ended within one. */
  readonly nextLine: number | undefined;
}

/** How much of a broken line is shown to the person who has to find it. */
const EXCERPT = 200;

const countOf = (text: string, letter: string): number => {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) count++;
  return count;
};

type Parsed =
  | { readonly kind: "record"; readonly cells: readonly string[]; readonly next: number }
  | { readonly kind: "broken"; readonly problem: CsvProblem }
  | { readonly kind: "incomplete" };

/** Reads one record that has quotes, from `start`; `whole` says that no more text will come. */
function quotedRecord(text: string, start: number, format: CsvFormat, whole: boolean): Parsed {
  const { delimiter, newline } = format;
  const cells: string[] = [];
  let at = start;
  for (;;) {
    let cell: string;
    if (text[at] === '"') {
      cell = "";
      for (;;) {
        const close = text.indexOf('"', at + 1);
        if (close < 0) return whole ? broken("unclosed-quote") : { kind: "incomplete" };
        cell += text.slice(at + 1, close);
        at = close + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
      if (at >= text.length && !whole) return { kind: "incomplete" };
      if (newline === "\n" && text[at] === "\r" && (at + 1 >= text.length || text[at + 1] === "\n")) {
        if (at + 1 >= text.length && !whole) return { kind: "incomplete" };
        at++;
      }
    } else {
      const begin = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== newline) at++;
      if (at >= text.length && !whole) return { kind: "incomplete" };
      const end = newline === "\n" && text[at] !== delimiter && text[at - 1] === "\r" && at > begin
        ? at - 1 : at;
      cell = text.slice(begin, end);
    }
    cells.push(cell);
    const after = text[at];
    if (at >= text.length || after === newline) return { kind: "record", cells, next: at + 1 };
    if (after !== delimiter) {
      // A "closing" quote on a later line is the next cell's opening one: ours was never closed.
      const sameLine = !text.slice(start, at).includes(newline);
      return broken(sameLine ? "text-after-quote" : "unclosed-quote");
    }
    at++;
  }
}

const broken = (problem: CsvProblem): Parsed => ({ kind: "broken", problem });

interface Taken {
  readonly record: CsvRecord;
  /** Where the next record begins. */
  readonly next: number;
  /** How many lines of the file it took. */
  readonly lines: number;
  /** The line's end has not come yet: what follows belongs to it and is passed over. */
  readonly unended: boolean;
}

interface Place {
  readonly text: string;
  readonly at: number;
  /** No more text will come. */
  readonly whole: boolean;
  /** The next quotation mark at or after `at`, or -1. */
  readonly quote: number;
  readonly line: number;
}

const brokenLine = (
  { text, at, line }: Place, stop: number, problem: CsvProblem, unended = false,
): Taken => ({
  record: { line, problem, excerpt: text.slice(at, Math.min(stop, at + EXCERPT)) },
  next: stop + 1, lines: 1, unended,
});

/** One record, or undefined when the text does not hold its end yet. */
function take(place: Place, format: CsvFormat): Taken | undefined {
  const { text, at, whole, quote, line } = place;
  const { delimiter, newline } = format;
  const end = text.indexOf(newline, at);
  const ended = end >= 0 || whole;
  const stop = end < 0 ? text.length : end;
  if (stop - at > limits.importLineChars) return brokenLine(place, stop, "line-too-long", !ended);
  if (quote < 0 || quote > stop) {
    if (!ended) return undefined;
    const last = newline === "\n" && text[stop - 1] === "\r" && stop > at ? stop - 1 : stop;
    const cells = text.slice(at, last).split(delimiter);
    return { record: { line, cells }, next: stop + 1, lines: 1, unended: false };
  }
  const parsed = quotedRecord(text, at, format, whole);
  if (parsed.kind === "broken") return ended ? brokenLine(place, stop, parsed.problem) : undefined;
  const length = (parsed.kind === "record" ? parsed.next - 1 : text.length) - at;
  if (length > limits.importLineChars) return brokenLine(place, stop, "unclosed-quote");
  if (parsed.kind === "incomplete") return undefined;
  const lines = 1 + countOf(text.slice(at, parsed.next - 1), newline);
  return { record: { line, cells: parsed.cells }, next: parsed.next, lines, unended: false };
}

/** `line` is that of the text's beginning in its file. */
export function csvReader(format: CsvFormat, line = 1): CsvReader {
  let rest = "";
  // Inside a line that is too long: everything up to its end is passed over.
  let skipping = false;

  function read(piece: string, whole: boolean): CsvRecord[] {
    const text = rest + piece;
    let at = 0;
    if (skipping) {
      const end = text.indexOf(format.newline);
      if (end < 0) return [];
      skipping = false;
      at = end + 1;
    }
    const records: CsvRecord[] = [];
    let quote = text.indexOf('"', at);
    while (at < text.length) {
      if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
      const taken = take({ text, at, whole, quote, line }, format);
      if (taken === undefined) break;
      records.push(taken.record);
      line += taken.lines;
      at = taken.next;
      skipping = taken.unended;
    }
    rest = text.slice(at);
    return records;
  }

  return {
    push: (piece) => read(piece, false),
    end: () => read("", true),
    get nextLine() { return rest === "" && !skipping ? line : undefined; },
  };
}

const DELIMITERS = [",", "\t", ";", "|", "，", "；"] as const;

/** Lines looked at to find the delimiter: enough to outvote a comma inside one name. */
const SAMPLE_LINES = 50;

/**
 * Finds delimiter and line end in the beginning of a file: the delimiter that splits most lines
 * into the same number of cells, and into the most cells among equals. A file of one column has
 * none, and any delimiter reads it.
 */
export function guessFormat(sample: string): CsvFormat {
  const newline = !sample.includes("\n") && sample.includes("\r") ? "\r" : "\n";
  let best: { delimiter: string; score: number } = { delimiter: ",", score: 0 };
  for (const delimiter of DELIMITERS) {
    const counts = csvReader({ delimiter, newline }).push(sample)
      .slice(0, SAMPLE_LINES)
      .flatMap((record) => "cells" in record && record.cells.join("") !== ""
        ? [record.cells.length] : []);
    const columns = counts[0] ?? 1;
    if (columns < 2) continue;
    const agreeing = counts.filter((count) => count === columns).length / counts.length;
    const score = agreeing + Math.min(columns, 100) / 1_000;
    if (score > best.score) best = { delimiter, score };
  }
  return { delimiter: best.delimiter, newline };
}
