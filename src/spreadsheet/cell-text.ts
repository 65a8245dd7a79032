/**
 * Owns what a cell of a workbook says as text. A workbook stores numbers as doubles and dates as
 * days since 1900; a list wants the digits a person would read. Formulas are never evaluated: what
 * the program that saved the file found is taken, and a formula without that stays a formula.
 */
import { DAY_MS } from "../clock.ts";

export interface CellKind {
  /** `t` of the cell in the file (ECMA-376, ST_CellType); a number when absent. */
  readonly type: string | undefined;
  /** The cell's style shows its number as a date or time. */
  readonly isDate: boolean;
  readonly hasFormula: boolean;
}

/** Built-in formats that are dates or times (ECMA-376 part 1, 18.8.30, with the Asian ones). */
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47)
  || (id >= 50 && id <= 58);

/** Whether a number format shows a date or a time; `code` is that of a format of the file's own. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return isBuiltInDate(id);
  // What is quoted, escaped or in brackets (a colour, a locale) is no part of the pattern.
  const pattern = code.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, "");
  return /[ymdhs]/i.test(pattern) && !/general/i.test(pattern);
}

/** Day 0 of the two calendars; with this one the day that 1900 never had falls before 60. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** 31 December 9999, the last day a workbook knows. */
const LAST_DAY = 2_958_465;

function dateText(serial: number, is1904: boolean): string | undefined {
  // What is no number at all is text, whatever its style.
  if (!(serial >= 0 && serial <= LAST_DAY)) return undefined;
  const seconds = Math.round(serial * DAY_MS / 1000);
  const at = new Date((is1904 ? EPOCH_1904 : EPOCH_1900) + seconds * 1000);
  const [date = "", time = ""] = at.toISOString().split(/[T.]/);
  if (serial < 1 && !is1904) return time;
  return time === "00:00:00" ? date : `${date} ${time}`;
}

/** Digits lost before the file was written: an exponent, and nothing but zeros behind a few. */
const isRounded = (written: string, whole: string): boolean =>
  /e/i.test(written) && /0{6,}$/.test(whole);

function numberText(written: string): string {
  const value = Number(written);
  if (!Number.isFinite(value) || !Number.isSafeInteger(value)) return written;
  const whole = String(value);
  return isRounded(written, whole) ? written : whole;
}

/** `value` is what stands in the cell's `v`, shared strings already looked up. */
export function cellText(value: string, kind: CellKind, is1904: boolean): string {
  if (value === "" && kind.hasFormula) return "=";
  switch (kind.type) {
    case undefined: case "n":
      if (value === "") return "";
      return (kind.isDate ? dateText(Number(value), is1904) : undefined) ?? numberText(value);
    case "b":
      return value === "1" ? "TRUE" : "FALSE";
    // d, e, s, str, inlineStr: text as it is.
    default:
      return value;
  }
}
