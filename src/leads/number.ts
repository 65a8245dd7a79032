/**
 * Owns what a dialable number is. Whatever a list holds becomes either a DialNumber, which is a
 * `+` and digits and can be put on any wire, or the reason why not. Nothing is guessed: a cell
 * with two numbers, an extension or hidden digits is refused, since dialing a part of it would
 * ring the wrong person.
 */
import {
  isSupportedCountry, parsePhoneNumberWithError, ParseError, validatePhoneNumberLength,
  type CountryCode,
} from "libphonenumber-js/max";
import type { DialNumber } from "../ids.ts";
import { text, type Text } from "../language.ts";

/** An ISO 3166-1 country, in capitals, that has telephone numbers. */
export type Region = CountryCode;

export const isRegion = (value: string): value is Region => isSupportedCountry(value);

/** Why a cell is no number, and how that is said to a person. */
export const numberReasons = {
  "empty": text("there is no number", "没有号码"),
  "too-long": text("too many digits for a number", "号码位数过多"),
  "too-short": text("too few digits; the area code may be missing", "号码位数不足，可能缺少区号"),
  "control-character": text("a line break or control character in the number",
    "号码中有换行符或控制字符"),
  "forbidden-character": text("a character that no number has", "号码中有不允许的字符"),
  "letters": text("words or letters in the number", "号码中有文字或字母"),
  "masked": text("digits of the number are hidden", "号码被部分隐藏（脱敏）"),
  "extension": text("an extension, which cannot be dialed", "带分机号，无法直接拨打"),
  "several-numbers": text("more than one number in the cell", "一个单元格中有多个号码"),
  "rounded": text("the spreadsheet has rounded the number (1.38E+10); format the column as text",
    "号码已被表格软件转成科学计数法，请将该列设为文本格式后重新导出"),
  "date": text("a date instead of a number", "是日期而不是号码"),
  "misplaced-plus": text("a plus sign that is not at the start", "加号不在号码开头"),
  "unknown-country": text("no known country code, and no country (--region) is given for it",
    "号码没有可识别的国家代码，也未指定国家（--region）"),
  "not-a-mobile": text("not a Chinese mobile number: 11 digits, the second 3 to 9",
    "不是有效的中国手机号：应为 11 位且第二位为 3–9"),
  "not-assigned": text("no such range of numbers exists", "不存在这样的号段"),
} as const satisfies Record<string, Text>;

export type NumberReason = keyof typeof numberReasons;

export type NumberResult = { readonly number: DialNumber } | { readonly reason: NumberReason };

/** Longer cells are not looked at: the longest number anyone writes has about forty letters. */
const LONGEST_CELL = 80;

/** ITU-T E.164: at most 15 digits. The shortest assigned international numbers have 7. */
const DIAL_NUMBER = /^\+?[1-9]\d{6,14}$/;

/** Mobile numbers of mainland China, without country code (MIIT numbering plan). */
const CHINESE_MOBILE = /^1[3-9]\d{9}$/;

/** The same with what people write before it: +86, 0086, 86, the old trunk 0, or several. */
const CHINESE_MOBILE_WRITTEN = /^(?:\+86|0086|86)?0?(1[3-9]\d{9})$/;

/** Marks that have no width and only steer the direction or breaking of text. */
const INVISIBLE = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const SPACES = /[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const DASHES = /[\u2010-\u2015\u2043\u2212\u30fc\ufe58\ufe63\uff0d~\uff5e\u301c]/g;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const SEPARATORS = /[-.\u00b7\u2022\u30fb()[\]/ _]/g;

/** First code points of the decimal digits people type by accident or by locale. */
const DIGIT_ZEROS = [0xff10, 0x0660, 0x06f0, 0x0966] as const;

const LABEL = new RegExp(
  "^(?:tel|telephone|phone|mobile|mob|cell|电话|手机|手机号|手机号码|电话号码|联系电话|联系方式|座机)"
  + "\\s*(?:no\\.?|号码|号)?\\s*[:.]?\\s*(?=[+(\\d])", "i",
);
const EXTENSION =
  /\d[\s)]*[,;]*\s*(?:转|轉|分机|分機|内线|ext(?:n|ension)?|poste|int|x|#|,,|,|;ext=)[\s.:=]*\d{1,6}$/i;
const HIDDEN = /\d[\s-]*(?:\*+|[x×•●]{2,}|[.…]{3,}|#{2,}|\?{2,})[\s-]*\d*$|^[*x×•●#?]{3,}/i;
const BETWEEN_NUMBERS = /[/\\;,|&、\n]|\b(?:or|and)\b|或|和|及/i;
const ROUNDED = /^\d(?:[.,]\d+)?e\+?\d+$/i;

const ascii = (raw: string): string =>
  raw.replace(/[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => {
    const code = digit.charCodeAt(0);
    const zero = DIGIT_ZEROS.find((start) => code >= start && code < start + 10) ?? code;
    return String(code - zero);
  })
    .replace(INVISIBLE, "").replace(SPACES, " ").replace(DASHES, "-")
    .replace(/[\uff0b\ufe62]/g, "+").replace(/[\uff08\u3010\uff3b\u3014]/g, "(")
    .replace(/[\uff09\u3011\uff3d\u3015]/g, ")").replace(/[\uff0e\u3002\uff61]/g, ".")
    .replace(/\uff0f/g, "/").replace(/\uff0c/g, ",").replace(/\uff1b/g, ";").replace(/\uff1a/g, ":")
    .replace(/\uff0a/g, "*").replace(/\uff03/g, "#").replace(/[\uff38\uff58]/g, "x");

/** Takes off what spreadsheets and address books put around a number to keep it a text. */
const unwrapped = (cell: string): string =>
  cell.trim()
    .replace(/^=\s*"([^"]*)"$/, "$1")
    .replace(/^["'‘’“”`]+|["'‘’“”`]+$/g, "")
    .replace(/^tel:/i, "").trim()
    .replace(LABEL, "")
    .replace(/^(\d+)\.0+$/, "$1")
    // What is left of a list or a sentence the number was pasted from.
    .replace(/[,;、]+$/, "")
    .trim();

/** As spreadsheets write dates; some countries have numbers of eight digits that begin with 20. */
const DATE = /^(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?: [\d:]+)?$/;

const digitsIn = (part: string): number => part.replace(/\D/g, "").length;

/** What can be said from the writing alone, before any country's rules. */
function badWriting(cell: string): NumberReason | undefined {
  if (cell === "" || /^[-./()\s]*$/.test(cell)) return "empty";
  if (ROUNDED.test(cell)) return "rounded";
  if (DATE.test(cell)) return "date";
  if (HIDDEN.test(cell)) return "masked";
  if (cell.split(BETWEEN_NUMBERS).filter((part) => digitsIn(part) >= 7).length > 1) {
    return "several-numbers";
  }
  if (EXTENSION.test(cell)) return "extension";
  if (/\p{L}/u.test(cell)) return digitsIn(cell) === 0 ? "empty" : "letters";
  const bare = cell.replace(SEPARATORS, "");
  if (!/^[+\d]*$/.test(bare)) return "forbidden-character";
  if (bare.lastIndexOf("+") > 0) return "misplaced-plus";
  return undefined;
}

/** Two mobile numbers with nothing but a space or dash between them. */
const TWO_MOBILES = /^(?:\+?86)?1[3-9]\d{9}(?:\+?86)?1[3-9]\d{9}$/;

function byLength(bare: string, region: Region | undefined): NumberReason {
  if (TWO_MOBILES.test(bare)) return "several-numbers";
  switch (validatePhoneNumberLength(bare, region)) {
    case "TOO_SHORT": return "too-short";
    case "TOO_LONG": return "too-long";
    case "INVALID_COUNTRY": return "unknown-country";
    case "INVALID_LENGTH": case "NOT_A_NUMBER": return "not-assigned";
    case undefined: return "not-assigned";
  }
}

/** Asks libphonenumber; undefined when the number cannot exist. */
function assigned(bare: string, region: Region | undefined): DialNumber | NumberReason {
  try {
    const parsed = region === undefined
      ? parsePhoneNumberWithError(bare) : parsePhoneNumberWithError(bare, region);
    const national = parsed.nationalNumber;
    const chinese = parsed.countryCallingCode === "86";
    // Our own rule for mobiles, since new ranges reach any table of ranges late.
    if (chinese && CHINESE_MOBILE.test(national)) return parsed.number as string as DialNumber;
    // Shorter ones are service numbers, or lack their area code.
    if (chinese && national.length <= 8) return "too-short";
    if (parsed.isValid() && !(chinese && /^1[1-9]/.test(national))) {
      return parsed.number as string as DialNumber;
    }
    if (chinese && /^1\d{8,11}$/.test(national)) return "not-a-mobile";
    return byLength(bare, region);
  } catch (error) {
    if (error instanceof ParseError) return byLength(bare, region);
    throw error;
  }
}

/** The tables know national numbers that with their country code are longer than E.164 allows. */
const withinPlan = (number: string): NumberResult =>
  isDialNumber(number) ? { number } : { reason: "too-long" };

/** By the plans of the countries: `bare` is digits, with a plus in front or without. */
function byPlan(bare: string, region: Region | undefined): NumberResult {
  const mobile = CHINESE_MOBILE_WRITTEN.exec(bare)?.[1];
  const chinese = region === "CN" || bare.startsWith("+86") || bare.startsWith("0086");
  if (mobile !== undefined && chinese) return { number: `+86${mobile}` as DialNumber };

  const found = assigned(bare, region);
  if (found.startsWith("+")) return withinPlan(found);
  // 00 is how most of the world dials abroad, also on lists of countries that dial otherwise.
  if (bare.startsWith("00")) {
    const abroad = assigned(`+${bare.slice(2)}`, undefined);
    if (abroad.startsWith("+")) return withinPlan(abroad);
  }
  return { reason: found as NumberReason };
}

/** Reads a cell however it is written; `toDialNumber` gives the same, sooner for plain cells. */
export function readWritten(raw: string, region: Region | undefined): NumberResult {
  // Chinese systems end cells with a tab to keep spreadsheets from rounding them.
  const trimmed = raw.replace(/^[\t ]+|[\t ]+$/g, "");
  if (trimmed.length > LONGEST_CELL) return { reason: "too-long" };
  if (CONTROL.test(trimmed)) return { reason: "control-character" };
  const cell = unwrapped(ascii(trimmed));
  const reason = badWriting(cell);
  if (reason !== undefined) return { reason };
  return byPlan(cell.replace(SEPARATORS, ""), region);
}

/** Nothing but digits, spaces and dashes: no rule of writing changes or refuses these. */
const PLAIN = /^\+?\d[\d -]{5,24}\d$/;

/**
 * Turns one cell into a number to dial, `+` and at most 15 digits, or says why not. Numbers
 * without a country code are read as those of `defaultRegion`. Pure, never throws, and the same
 * cell always gives the same answer; a DialNumber given back to it gives itself.
 */
export function toDialNumber(
  raw: string, { defaultRegion }: { readonly defaultRegion?: Region | undefined } = {},
): NumberResult {
  // Most cells of most lists: asking this first makes an import several times as fast.
  if (defaultRegion === "CN" && CHINESE_MOBILE.test(raw)) {
    return { number: `+86${raw}` as DialNumber };
  }
  if (PLAIN.test(raw) && !DATE.test(raw)) return byPlan(raw.replace(/[ -]/g, ""), defaultRegion);
  return readWritten(raw, defaultRegion);
}

/** Whether a string has the shape of a DialNumber; the last check before a wire. */
export const isDialNumber = (value: string): value is DialNumber => DIAL_NUMBER.test(value);
