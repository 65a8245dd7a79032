/**
 * Owns what a row of a list becomes: a lead, or a rejection that names the column and the reason
 * in words. A row is taken whole or not at all.
 */
import { text, type Text } from "../language.ts";
import type { DialNumber } from "../ids.ts";
import type { LeadField, Mapping } from "./columns.ts";
import type { CsvProblem } from "./csv.ts";
import { amountIn } from "./amount.ts";
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
  /** Lifetime value, in the file's currency. */
  readonly value: number | undefined;
  /** The columns without a meaning for us, by their names: an object as JSON. */
  readonly data: string;
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
  "bad-value": text("not an amount from 0, as 1280.50 is one", "不是有效金额（须不小于 0），例如 1280.50"),
  "duplicate": text("the number was in an earlier line of this file", "号码与本文件前面的行重复"),
  "left-out": text("the number is on a list that is left out", "号码在要排除的名单中"),
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

/** What is known of the columns of a mapping, found once for all of its rows. */
interface Columns {
  /** The columns with rules of their own for what a cell may hold. */
  readonly phones: readonly number[];
  readonly name: number | undefined;
  readonly width: number;
  /** The names of the other columns, as keys in JSON. */
  readonly keys: readonly string[];
}

const columnsOf = new WeakMap<Mapping, Columns>();

function columnsIn(mapping: Mapping): Columns {
  let columns = columnsOf.get(mapping);
  if (columns === undefined) {
    const { fields } = mapping;
    columns = {
      phones: PHONES.flatMap((field) => fields[field] ?? []), name: fields.name,
      width: mapping.columns.length,
      keys: mapping.others.map((each) => `${JSON.stringify(mapping.columns[each] ?? "")}:`),
    };
    columnsOf.set(mapping, columns);
  }
  return columns;
}

function reject(
  { line, cells }: Pick<Rejection, "line" | "cells">, { columns }: Mapping,
  column: number | undefined, reason: Text,
): RowResult {
  const name = column === undefined ? "" : columns[column] ?? "";
  return { rejection: { line, cells, reason, column: name } };
}

const cellOf = (cells: readonly string[], { fields }: Mapping, field: LeadField): string =>
  cells[fields[field] ?? -1]?.trim() ?? "";

/**
 * Reads one row. The further numbers of a lead must be good too: a bad one rejects the row. It is
 * called a million times for one list, so no function is made inside it.
 */
export function readRow(
  line: number, cells: readonly string[], { mapping, region }: RowRules,
): RowResult {
  const { fields } = mapping;
  const columns = columnsIn(mapping);
  const place = { line, cells };
  if (cells.length > columns.width && cells.slice(columns.width).join("") !== "") {
    return reject(place, mapping, undefined, rowReasons["too-many-cells"]);
  }
  const bad = badCell(cells, columns);
  if (bad !== undefined) return reject(place, mapping, bad.column, rowReasons[bad.reason]);

  const country = cellOf(cells, mapping, "region").toUpperCase();
  const known = country !== "" && isRegion(country);
  if (country !== "" && !known) {
    return reject(place, mapping, fields.region, rowReasons["bad-region"]);
  }
  const spoken = cellOf(cells, mapping, "language");
  const language = spoken === "" ? undefined : languageOfCell(spoken);
  if (language === undefined && spoken !== "") {
    return reject(place, mapping, fields.language, rowReasons["bad-language"]);
  }
  const timeZone = cellOf(cells, mapping, "timeZone") || undefined;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return reject(place, mapping, fields.timeZone, rowReasons["bad-time-zone"]);
  }
  const amount = cellOf(cells, mapping, "value");
  const value = amount === "" ? undefined : amountIn(amount);
  if (value === undefined && amount !== "") {
    return reject(place, mapping, fields.value, rowReasons["bad-value"]);
  }
  const found = numbersOf(cells, columns, known ? country : region);
  if ("reason" in found) {
    return reject(place, mapping, found.column, numberReasons[found.reason]);
  }
  const name = cellOf(cells, mapping, "name");
  return {
    lead: {
      line, numbers: found.numbers, name, language, timeZone, value,
      data: dataOf(cells, mapping, columns.keys),
    },
  };
}

/** A cell without one of these, and short, cannot break any of the rules of `badCell`. */
const SUSPECT = /[\u0000-\u001f\u007f\ufffd=@+-]/;

/** The first cell that holds something no cell of its kind may hold. */
function badCell(cells: readonly string[], { phones, name }: Columns):
{ column: number; reason: keyof typeof rowReasons } | undefined {
  for (let column = 0; column < cells.length; column++) {
    const cell = cells[column] ?? "";
    if (cell.length <= NAME_LONGEST && !SUSPECT.test(cell)) continue;
    if (cell.includes(UNREADABLE)) return { column, reason: "unreadable" };
    // Numbers have rules of their own, which also know ="138…" for what it is.
    if (phones.includes(column)) continue;
    const isName = name === column;
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
  cells: readonly string[], { phones }: Columns, region: Region | undefined,
): Pick<LeadRow, "numbers"> | { reason: NumberReason; column: number } {
  const numbers: DialNumber[] = [];
  for (const column of phones) {
    const cell = cells[column] ?? "";
    if (cell === "") continue;
    const result = toDialNumber(cell, { defaultRegion: region });
    if ("reason" in result) {
      // An empty cell is no fault when the person has another number.
      if (result.reason === "empty") continue;
      return { reason: result.reason, column };
    }
    if (!numbers.includes(result.number)) numbers.push(result.number);
  }
  const [first, ...more] = numbers;
  if (first === undefined) return { reason: "empty", column: phones[0] ?? 0 };
  return { numbers: [first, ...more] };
}

const NEEDS_CARE = /["\\\u0000-\u001f\u007f\ud800-\udfff]/;

/** Written here and not by JSON.stringify, which would need an object for every row. */
function dataOf(cells: readonly string[], mapping: Mapping, keys: readonly string[]): string {
  let data = "";
  for (let i = 0; i < mapping.others.length; i++) {
    const value = cells[mapping.others[i] ?? -1] ?? "";
    if (value === "") continue;
    if (data !== "") data += ",";
    data += keys[i] ?? "";
    data += NEEDS_CARE.test(value) ? JSON.stringify(value) : `"${value}"`;
  }
  return `{${data}}`;
}
