/**
 * Owns what a row of a list becomes: a lead, or a rejection that names the column and the reason
 * in words. A row is taken whole or not at all.
 */
import { text, type Text } from "../language.ts";
import type { DialNumber } from "../ids.ts";
import type { LeadField, Mapping } from "./columns.ts";
import type { CsvProblem } from "./csv.ts";
import { UNREADABLE } from "./encoding.ts";
import { isRegion, numberReasons, toDialNumber, type NumberReason, type Region }
  from "./number.ts";

/** A row that can be dialed. */
export interface LeadRow {
  readonly line: number;
  /** Tried in this order; the first is the one that names the lead in its list. */
  readonly numbers: readonly [DialNumber, ...DialNumber[]];
  readonly name: string;
  readonly language: string | undefined;
  readonly timeZone: string | undefined;
  /** The columns without a meaning for us, by their names. */
  readonly data: Readonly<Record<string, string>>;
}

export const rowReasons = {
  "unclosed-quote": text("a quotation mark is opened and never closed", "引号未闭合"),
  "text-after-quote": text("text follows a closing quotation mark", "引号闭合后仍有多余文字"),
  "line-too-long": text("the line is too long", "该行过长"),
  "too-many-cells": text("the line has more cells than the header has columns",
    "该行的单元格多于表头列数"),
  "unreadable": text("bytes that are not of the file's encoding; see --encoding",
    "存在与文件编码不符的字节，请检查 --encoding"),
  "control-character": text("a line break or control character in the cell",
    "单元格中有换行符或控制字符"),
  "formula": text("a spreadsheet formula instead of a value", "单元格是公式而不是值"),
  "name-too-long": text("more than 200 letters", "超过 200 个字符"),
  "bad-language": text("not a language: en, zh or a BCP 47 tag", "不是有效语言：en、zh 或 BCP 47 标签"),
  "bad-time-zone": text("not a time zone, as Asia/Shanghai is one", "不是有效时区，例如 Asia/Shanghai"),
  "bad-region": text("not a country of two letters, as CN is one", "不是两位国家代码，例如 CN"),
  "duplicate": text("the number was in an earlier line of this file", "号码与本文件前面的行重复"),
  "do-not-call": text("the number is on a do-not-call list", "号码在谢绝来电名单中"),
} as const satisfies Record<string, Text>;

export type RowReason = keyof typeof rowReasons | CsvProblem;

export interface Rejection {
  readonly line: number;
  /** The header of the column at fault; empty when it is the line as a whole. */
  readonly column: string;
  readonly reason: Text;
  readonly cells: readonly string[];
}

const NAME_LONGEST = 200;
// What a spreadsheet would run: = and @ always, + and - before more than a number.
const FORMULA = /^\s*(?:[=@]|[+-].*[(|!])/s;
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Notes of several lines are normal; other control characters are not. */
const CONTROL_IN_DATA = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const LANGUAGES: Readonly<Record<string, string>> = {
  "中文": "zh", "汉语": "zh", "普通话": "zh", "国语": "zh", "chinese": "zh", "mandarin": "zh",
  "英文": "en", "英语": "en", "english": "en",
};

const languageOfCell = (cell: string): string | undefined => {
  const known = LANGUAGES[cell.toLowerCase()];
  if (known !== undefined) return known;
  return /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}$/i.test(cell)
    ? cell.toLowerCase().replaceAll("_", "-") : undefined;
};

const zones = new Map<string, boolean>();

/** Whether the platform knows the zone; asking it is slow, so answers are kept. */
function isTimeZone(zone: string): boolean {
  let known = zones.get(zone);
  if (known === undefined) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      known = /^[A-Za-z]/.test(zone);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      known = false;
    }
    // The zones of the world are some 600; more distinct cells than that are mistakes.
    if (zones.size < 2_000) zones.set(zone, known);
  }
  return known;
}

const PHONES = ["phone", "phone2", "phone3", "phone4", "phone5"] as const;

export type RowResult =
  | { readonly lead: LeadRow }
  | { readonly rejection: Rejection };

export interface RowRules {
  readonly mapping: Mapping;
  /** For numbers without a country code; a column of countries wins over it. */
  readonly region: Region | undefined;
}

/** Reads one row. The further numbers of a lead must be good too: a bad one rejects the row. */
export function readRow(
  line: number, cells: readonly string[], { mapping, region }: RowRules,
): RowResult {
  const reject = (column: number | undefined, reason: Text): RowResult => ({
    rejection: {
      line, cells, reason, column: column === undefined ? "" : mapping.columns[column] ?? "",
    },
  });
  const cell = (field: LeadField): string => cells[mapping.fields[field] ?? -1]?.trim() ?? "";
  if (cells.length > mapping.columns.length && cells.slice(mapping.columns.length).join("") !== "") {
    return reject(undefined, rowReasons["too-many-cells"]);
  }
  const bad = badCell(cells, mapping);
  if (bad !== undefined) return reject(bad.column, rowReasons[bad.reason]);

  const country = cell("region").toUpperCase();
  if (country !== "" && !isRegion(country)) {
    return reject(mapping.fields.region, rowReasons["bad-region"]);
  }
  const language = cell("language") === "" ? undefined : languageOfCell(cell("language"));
  if (language === undefined && cell("language") !== "") {
    return reject(mapping.fields.language, rowReasons["bad-language"]);
  }
  const timeZone = cell("timeZone") || undefined;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return reject(mapping.fields.timeZone, rowReasons["bad-time-zone"]);
  }
  const found = numbersOf(cells, mapping, country !== "" && isRegion(country) ? country : region);
  if ("reason" in found) return reject(found.column, numberReasons[found.reason]);
  return {
    lead: { line, ...found, name: cell("name"), language, timeZone, data: dataOf(cells, mapping) },
  };
}

/** The first cell that holds something no cell of its kind may hold. */
function badCell(cells: readonly string[], mapping: Mapping):
{ column: number; reason: keyof typeof rowReasons } | undefined {
  for (let column = 0; column < cells.length; column++) {
    const cell = cells[column] ?? "";
    if (cell === "") continue;
    const isPhone = PHONES.some((field) => mapping.fields[field] === column);
    if (cell.includes(UNREADABLE)) return { column, reason: "unreadable" };
    // Numbers have rules of their own, which also know ="138…" for what it is.
    if (isPhone) continue;
    const isName = mapping.fields.name === column;
    const trimmed = isName ? cell.trim() : cell;
    if ((isName ? CONTROL : CONTROL_IN_DATA).test(trimmed)) {
      return { column, reason: "control-character" };
    }
    if (FORMULA.test(trimmed)) return { column, reason: "formula" };
    if (isName && trimmed.length > NAME_LONGEST) return { column, reason: "name-too-long" };
  }
  return undefined;
}

function numbersOf(
  cells: readonly string[], mapping: Mapping, region: Region | undefined,
): Pick<LeadRow, "numbers"> | { reason: NumberReason; column: number } {
  const numbers: DialNumber[] = [];
  for (const field of PHONES) {
    const column = mapping.fields[field];
    if (column === undefined) continue;
    const cell = cells[column] ?? "";
    if (field !== "phone" && cell.trim() === "") continue;
    const result = toDialNumber(cell, { defaultRegion: region });
    if ("reason" in result) {
      // An empty first cell is no fault when the person has another number.
      if (result.reason === "empty") continue;
      return { reason: result.reason, column };
    }
    if (!numbers.includes(result.number)) numbers.push(result.number);
  }
  const [first, ...more] = numbers;
  if (first === undefined) return { reason: "empty", column: mapping.fields.phone ?? 0 };
  return { numbers: [first, ...more] };
}

function dataOf(cells: readonly string[], mapping: Mapping): Record<string, string> {
  // Without a prototype, so that a column named __proto__ is a column like any other.
  const data = Object.create(null) as Record<string, string>;
  for (const column of mapping.others) {
    const value = cells[column] ?? "";
    if (value !== "") data[mapping.columns[column] ?? ""] = value;
  }
  return data;
}
