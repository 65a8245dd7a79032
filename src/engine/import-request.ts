/**
 * Owns what a person may ask of an import, by the command line or over HTTP, and how that meets
 * what was remembered of the file's source.
 */
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { leadFields } from "../leads/columns.ts";
import { encodingNamed, encodings, type Encoding } from "../leads/encoding.ts";
import { isRegion, type Region } from "../leads/number.ts";
import type { ImportStore } from "../store/postgres/import.ts";
import { inspectListFile, type ListFile } from "./list-file.ts";

export interface ImportRequest {
  readonly list: string;
  readonly region?: string | undefined;
  /** `phone=手机`, as often as wanted. */
  readonly map: readonly string[];
  readonly encoding?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly sheet?: string | undefined;
  readonly source?: string | undefined;
  readonly notIn: readonly string[];
}

function regionOf(name: string | undefined): Region | undefined {
  if (name === undefined) return undefined;
  const region = name.toUpperCase();
  if (isRegion(region)) return region;
  throw new UserError(
    text(`region ${name} is not a country`, `region ${name} 不是国家代码`),
    text("give two letters, as CN, US or GB", "请给出两位代码，例如 CN、US、GB"),
  );
}

function encodingOf(name: string | undefined): Encoding | undefined {
  if (name === undefined) return undefined;
  const encoding = encodingNamed(name);
  if (encoding !== undefined) return encoding;
  throw new UserError(
    text(`encoding ${name} is not known`, `不支持编码 ${name}`),
    text(`allowed: ${encodings.join(", ")}`, `可用：${encodings.join("、")}`),
  );
}

function delimiterOf(given: string | undefined): string | undefined {
  const delimiter = given === "tab" || given === "\\t" ? "\t" : given;
  if (delimiter === undefined || /^[^"\r\n]$/.test(delimiter)) return delimiter;
  throw new UserError(
    text(`delimiter ${given} is not one character`, `分隔符 ${given} 不是单个字符`),
    text("give one character, or the word tab", "请给出一个字符，或写 tab"),
  );
}

/** Names are printed in tables, which control characters and overlong ones would break. */
function checkName(what: "list" | "source", name: string): void {
  if (name.trim() === name && /^[^\u0000-\u001f\u007f]{1,100}$/.test(name)) return;
  throw new UserError(
    text(`${JSON.stringify(name)} cannot be the name of a ${what}`,
      `${JSON.stringify(name)} 不能作为${what === "list" ? "名单" : "来源"}名称`),
    text("give 1 to 100 letters without line breaks", "请使用 1 至 100 个字符，不含换行"),
  );
}

/**
 * Looks at the file as the request wants it; what it does not say of the columns is taken from its
 * source. Throws UserError for what cannot be done.
 */
export async function inspectRequested(
  path: string, request: ImportRequest, store: ImportStore | undefined,
): Promise<ListFile> {
  const { list, map, source, sheet } = request;
  checkName("list", list);
  if (source !== undefined) checkName("source", source);
  const saved = source === undefined || map.length > 0
    ? undefined : await store?.sourceMapping(source);
  return inspectListFile(path, {
    region: regionOf(request.region), order: map.length > 0 ? map : saved ?? [],
    encoding: encodingOf(request.encoding), delimiter: delimiterOf(request.delimiter), sheet,
  });
}

/** What `--map` would have to say to come to the same columns; saved with the source. */
export const orderOf = ({ mapping }: ListFile): string[] => leadFields.flatMap((field) => {
  const column = mapping.fields[field];
  if (column === undefined) return [];
  return [`${field}=${mapping.header ? mapping.columns[column] ?? "" : column + 1}`];
});
