/**
 * Owns which column of a file holds what. The header words of both languages are known; a file
 * without a header is read by what its cells look like. A person can say it by name or number
 * instead. Columns with no meaning for us are kept with the lead under their own name.
 */
import { limits } from "../limits.ts";
import { text, type Text } from "../language.ts";
import { UserError } from "../errors.ts";
import { amountIn } from "./amount.ts";
import { toDialNumber, type Region } from "./number.ts";
import { isRejectHeading } from "./rejects.ts";

export const leadFields = [
  "phone", "phone2", "phone3", "phone4", "phone5", "name", "language", "timeZone", "region",
  "value",
] as const;
export type LeadField = (typeof leadFields)[number];

export const fieldTexts: Readonly<Record<LeadField, Text>> = {
  phone: text("phone", "电话"),
  phone2: text("second phone", "第二电话"),
  phone3: text("third phone", "第三电话"),
  phone4: text("fourth phone", "第四电话"),
  phone5: text("fifth phone", "第五电话"),
  name: text("name", "姓名"),
  language: text("language", "语言"),
  timeZone: text("time zone", "时区"),
  region: text("country", "国家"),
  value: text("lifetime value", "终身价值"),
};

export interface Mapping {
  /** Name of each column, in order: its header, or `column1`, `column2`, …. */
  readonly columns: readonly string[];
  /** Index of the column of each field that was found. */
  readonly fields: Readonly<Partial<Record<LeadField, number>>>;
  /** Indexes of the columns without a meaning for us, which are kept under their names. */
  readonly others: readonly number[];
  /** Whether the first record names the columns. */
  readonly header: boolean;
}

const WORDS: Readonly<Record<Exclude<LeadField, "phone2" | "phone3" | "phone4" | "phone5">,
  readonly string[]>> = {
  phone: ["phone", "phonenumber", "phoneno", "mobile", "mobilephone", "mobilenumber", "mobileno",
    "cell", "cellphone", "cellnumber", "tel", "telephone", "telephonenumber", "telno", "number",
    "msisdn", "contactnumber", "contactno", "contactphone", "primaryphone", "dialnumber",
    "电话", "手机", "手机号", "手机号码", "电话号码", "联系电话", "联系方式", "移动电话", "号码",
    "联系手机", "客户电话", "客户手机", "客户手机号", "手机1", "电话1", "phone1", "mobile1", "tel1"],
  name: ["name", "fullname", "customer", "customername", "clientname", "contact", "contactname",
    "contactperson", "firstname", "姓名", "名字", "名称", "客户", "客户姓名", "客户名称", "客户名",
    "联系人", "联系人姓名", "称呼", "用户名"],
  language: ["language", "lang", "preferredlanguage", "语言", "语种", "沟通语言"],
  timeZone: ["timezone", "tz", "zone", "时区", "所在时区"],
  region: ["country", "countrycode", "region", "国家", "国家代码", "国别", "国家地区"],
  value: ["value", "ltv", "clv", "cltv", "lifetimevalue", "customervalue", "customerlifetimevalue",
    "客户价值", "终身价值", "生命周期价值", "客户终身价值", "客户生命周期价值", "用户价值"],
};

/** Words that on their own mean one number more, when the first phone column is taken. */
const MORE_PHONES = /^(?:(?:alt|alternate|alternative|second|secondary|other|home|work|office|backup)(?:phone|mobile|tel|telephone|number|cell)(?:number|no)?|(?:phone|mobile|tel|telephone|cell)(?:number)?[2-9]|(?:备用|其他|其它|第二|第三|办公|家庭|住宅|单位|公司)(?:电话|手机|手机号|号码|联系电话|联系方式)|(?:电话|手机|手机号|号码|联系电话)[2-9]|座机|固话|固定电话)$/;

const plain = (header: string): string =>
  header.normalize("NFKC").toLowerCase().replace(/[\s_\-.:()*#"'/]/g, "");

const meaningOf = (header: string): keyof typeof WORDS | "more" | undefined => {
  const word = plain(header);
  for (const [field, words] of Object.entries(WORDS)) {
    if (words.includes(word)) return field as keyof typeof WORDS;
  }
  return MORE_PHONES.test(word) ? "more" : undefined;
};

const PHONES = ["phone", "phone2", "phone3", "phone4", "phone5"] as const;

/** Puts a further phone column in the first free place. */
function addPhone(fields: Partial<Record<LeadField, number>>, column: number): void {
  const free = PHONES.find((each) => fields[each] === undefined);
  if (free !== undefined) fields[free] = column;
}

function byHeader(header: readonly string[]): Partial<Record<LeadField, number>> {
  const fields: Partial<Record<LeadField, number>> = {};
  const more: number[] = [];
  header.forEach((each, column) => {
    const meaning = meaningOf(each);
    if (meaning === "more" || (meaning === "phone" && fields.phone !== undefined)) more.push(column);
    else if (meaning !== undefined && fields[meaning] === undefined) fields[meaning] = column;
  });
  for (const column of more) addPhone(fields, column);
  return fields;
}

const readsAsNumber = (cell: string, region: Region | undefined): boolean => {
  const result = toDialNumber(cell, { defaultRegion: region ?? "CN" });
  return "number" in result || /^\+?[\d\s().-]{7,20}$/.test(cell.trim());
};

/** The share of cells that must look like numbers for a column to be one of numbers. */
const MOSTLY = 0.6;

function byContent(
  rows: readonly (readonly string[])[], region: Region | undefined,
): Partial<Record<LeadField, number>> {
  const fields: Partial<Record<LeadField, number>> = {};
  const width = Math.max(...rows.map((row) => row.length));
  for (let column = 0; column < width; column++) {
    const cells = rows.map((row) => row[column] ?? "").filter((cell) => cell.trim() !== "");
    if (cells.length === 0) continue;
    const numbers = cells.filter((cell) => readsAsNumber(cell, region)).length;
    const words = cells.filter((cell) => /\p{L}/u.test(cell) && !/[\d@]/.test(cell)).length;
    if (numbers >= MOSTLY * cells.length) addPhone(fields, column);
    else if (fields.name === undefined && words >= MOSTLY * cells.length) fields.name = column;
  }
  return fields;
}

/** A column may be called "value" and say "high": guessed wrong, it would reject every row. */
function holdsAmounts(rows: readonly (readonly string[])[], column: number | undefined): boolean {
  const cells = rows.map((row) => row[column ?? -1] ?? "").filter((cell) => cell.trim() !== "");
  return cells.filter((cell) => amountIn(cell) !== undefined).length >= MOSTLY * cells.length;
}

/** Names every column, once: a second `phone` becomes `phone (2)`. */
function named(header: readonly string[] | undefined, width: number): string[] {
  const names: string[] = [];
  for (let i = 0; i < width; i++) {
    const given = (header?.[i] ?? "").trim() || `column${i + 1}`;
    let name = given;
    for (let n = 2; names.includes(name); n++) name = `${given} (${n})`;
    names.push(name);
  }
  return names;
}

/** `--map` as given: `phone=电话`, `name=2` (the second column), `name=` (no column). */
function byOrder(order: readonly string[], columns: readonly string[]): Map<LeadField, number> {
  const found = new Map<LeadField, number>();
  for (const each of order) {
    const cut = each.indexOf("=");
    const field = each.slice(0, cut);
    const wanted = each.slice(cut + 1).trim();
    if (cut < 1 || !(leadFields as readonly string[]).includes(field)) {
      throw new UserError(
        text(`--map ${each} is not of the form FIELD=COLUMN`, `--map ${each} 的格式不是 字段=列`),
        text(`fields: ${leadFields.join(", ")}`, `可用字段：${leadFields.join("、")}`),
      );
    }
    let column = columns.findIndex((name) => plain(name) === plain(wanted) && wanted !== "");
    if (column < 0 && /^\d+$/.test(wanted)) column = Number(wanted) - 1;
    if (wanted !== "" && (column < 0 || column >= columns.length)) {
      throw new UserError(
        text(`--map ${each}: there is no column ${wanted}`, `--map ${each}：没有名为 ${wanted} 的列`),
        text(`columns: ${columns.join(", ")}`, `现有列：${columns.join("、")}`),
      );
    }
    found.set(field as LeadField, wanted === "" ? -1 : column);
  }
  return found;
}

/**
 * Guesses the mapping from the first records of a file; `order` is what the person said and wins.
 * Throws UserError when there is no column of numbers, or `order` does not fit.
 */
export function guessMapping(
  sample: readonly (readonly string[])[],
  { region, order }: { readonly region: Region | undefined; readonly order: readonly string[] },
): Mapping {
  const rows = sample.filter((row) => row.some((cell) => cell.trim() !== ""));
  const first = rows[0];
  if (first === undefined) {
    throw new UserError(text("the file is empty", "文件为空"),
      text("give a file with a header and at least one row", "请提供含表头且至少一行数据的文件"));
  }
  if (first.length > limits.importColumns) {
    throw new UserError(
      text(`the file has ${first.length} columns`, `文件有 ${first.length} 列`),
      text(`at most ${limits.importColumns} are read; is the delimiter right (--delimiter)?`,
        `最多读取 ${limits.importColumns} 列；分隔符是否正确（--delimiter）？`),
    );
  }
  const header = !first.some((cell) => readsAsNumber(cell, region));
  const body = header ? rows.slice(1) : rows;
  const columns = named(header ? first : undefined, first.length);
  const guessed = header ? byHeader(first) : {};
  const fields: Partial<Record<LeadField, number>> =
    guessed.phone === undefined && body.length > 0 ? { ...byContent(body, region), ...guessed }
      : guessed;
  if (!holdsAmounts(body, fields.value)) Reflect.deleteProperty(fields, "value");
  const said = byOrder(order, columns);
  // A column that the person gave a meaning loses the one we guessed.
  const taken = new Set(said.values());
  for (const field of leadFields) {
    if (taken.has(fields[field] ?? -1)) Reflect.deleteProperty(fields, field);
  }
  for (const [field, column] of said) {
    if (column < 0) Reflect.deleteProperty(fields, field);
    else fields[field] = column;
  }
  if (fields.phone === undefined) {
    throw new UserError(
      text(`no column of phone numbers was found among: ${columns.join(", ")}`,
        `在以下各列中未找到电话号码列：${columns.join("、")}`),
      text("name it with --map phone=COLUMN", "请用 --map phone=列名 指定"),
    );
  }
  const used = new Set(Object.values(fields));
  const others = columns.flatMap((name, column) =>
    used.has(column) || isRejectHeading(name) ? [] : [column]);
  return { columns, fields, others, header };
}
