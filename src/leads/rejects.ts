/**
 * Owns the file of rejected rows: line, column and reason in front, then the row as it was, so
 * that it can be mended and imported again. Cells that a spreadsheet would run as a formula are
 * written as text.
 */
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { DialNumber } from "../ids.ts";
import { text, type Language, type Text } from "../language.ts";
import type { Rejection } from "./row.ts";

const heading: readonly Text[] = [
  text("rejected line", "被拒行号"), text("rejected column", "被拒列"),
  text("rejected reason", "拒绝原因"),
];

/** Columns of an earlier reject file, which are not read again. */
export const isRejectHeading = (header: string): boolean =>
  heading.some(({ en, zh }) => header === en || header === zh);

/** Whether a file with this first line is one of rejected rows. */
export const isRejectHeader = (cells: readonly string[]): boolean =>
  heading.every((each, i) => {
    const cell = (cells[i] ?? "").replace("\ufeff", "");
    return cell === each.en || cell === each.zh;
  });

export interface SoughtPerson {
  readonly numbers: readonly DialNumber[];
  readonly names: readonly string[];
}

/** The digits of a number as they stand in a cell, whatever is between them. */
const digitsOf = (cell: string): string => cell.normalize("NFKC").replace(/\D/g, "");

/** As short as the shortest number that is told from an amount or a year. */
const DIGITS_LEAST = 7;

/**
 * Says of each row of such a file whether it is of this person: it holds one of the numbers, with
 * or without the country's code, or bears one of the names and no number at all, since that number
 * was what it was rejected for.
 */
export function rowsOfPerson(
  { numbers, names }: SoughtPerson,
): (cells: readonly string[]) => boolean {
  const wanted = numbers.map((number) =>
    parsePhoneNumberFromString(number)?.nationalNumber ?? number.slice(1));
  const called = new Set(names.map((name) => name.trim()).filter((name) => name.length > 1));
  return (cells) => {
    const row = cells.slice(heading.length);
    const found = row.map(digitsOf).filter((digits) => digits.length >= DIGITS_LEAST);
    if (found.some((digits) => wanted.some((number) => digits.includes(number)))) return true;
    return found.length === 0 && row.some((cell) => called.has(cell.trim()));
  };
}

/** OWASP, CSV injection: these first letters make a spreadsheet run the cell. */
const RUNS = /^[=+\-@\t\r]/;
const quoted = (cell: string): string => {
  const safe = RUNS.test(cell) && !/^[+-]?[\d ().-]+$/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const lineOf = (cells: readonly string[]): string => `${cells.map(quoted).join(",")}\r\n`;

/** Opens with a byte-order mark, by which spreadsheets know UTF-8. */
export const rejectHeader = (columns: readonly string[], language: Language): string =>
  `\ufeff${lineOf([...heading.map((each) => each[language]), ...columns])}`;

export const rejectLine = (rejection: Rejection, language: Language): string =>
  lineOf([
    String(rejection.line), rejection.column, rejection.reason[language], ...rejection.cells,
  ]);
