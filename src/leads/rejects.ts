/**
 * Owns the file of rejected rows: line, column and reason in front, then the row as it was, so
 * that it can be mended and imported again. Cells that a spreadsheet would run as a formula are
 * written as text.
 */
import { text, type Language, type Text } from "../language.ts";
import type { Rejection } from "./row.ts";

const heading: readonly Text[] = [
  text("rejected line", "被拒行号"), text("rejected column", "被拒列"),
  text("rejected reason", "拒绝原因"),
];

/** Columns of an earlier reject file, which are not read again. */
export const isRejectHeading = (header: string): boolean =>
  heading.some(({ en, zh }) => header === en || header === zh);

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
