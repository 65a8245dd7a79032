/**
 * Owns reading YAML strictly: each value is checked where it stands, every problem is kept with
 * its line and column, and a key that nobody knows is refused with the nearest one that is known.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node,
  type Pair } from "yaml";
import { text, type Text } from "../language.ts";

export interface Problem {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly what: Text;
}

/** Where problems are collected while one document is read. */
export class Reading {
  readonly problems: Problem[] = [];
  readonly lines = new LineCounter();

  refuse(offset: number, what: Text): undefined {
    const { line, col } = this.lines.linePos(offset);
    this.problems.push({ line: Math.max(1, line), column: Math.max(1, col), what });
    return undefined;
  }
}

/** Reads one node; undefined when it was refused, with the reason kept in `reading`. */
export interface Read<T> {
  (node: Node, reading: Reading): T | undefined;
  /** The keys below, with dots between, for holding the documentation to them. */
  readonly keys?: readonly string[];
}

export interface Field<T> {
  readonly read: Read<T>;
  readonly fallback?: T;
  /** Left out of the record when the document does not have it. */
  readonly mayLack?: true;
}
export const required = <T>(read: Read<T>): Field<T> => ({ read });
export const optional = <T>(read: Read<T>, fallback: T): Field<T> => ({ read, fallback });

export const maybe = <T>(read: Read<T>): Field<T | undefined> => ({ read, mayLack: true });

const startOf = (node: Node): number => node.range?.[0] ?? 0;

function scalarOf(node: Node): unknown {
  return isScalar(node) ? node.value : undefined;
}

/** A refused value as it is shown: short, and on one line whatever it contains. */
const shown = (node: Node): string => {
  if (!isScalar(node)) return isAlias(node) ? "an alias" : isSeq(node) ? "[…]" : "{…}";
  const value = JSON.stringify(node.value) ?? "nothing";
  return value.length > 60 ? `${value.slice(0, 59)}…` : value;
};

export const refuseValue = (node: Node, reading: Reading, allowed: Text): undefined =>
  reading.refuse(startOf(node), text(
    `${shown(node)} is not allowed here: ${allowed.en}`,
    `此处不允许 ${shown(node)}：${allowed.zh}`,
  ));

export const string = (accepts: RegExp, allowed: Text): Read<string> => (node, reading) => {
  const value = scalarOf(node);
  if (typeof value === "string" && accepts.test(value)) return value;
  if (typeof value === "number" && accepts.test(String(isScalar(node) ? node.source : ""))) {
    return refuseValue(node, reading, text("put it in quotes, or YAML takes it for a number",
      "请加引号，否则 YAML 会将其视为数值"));
  }
  return refuseValue(node, reading, allowed);
};

export const number = (
  { min, max, whole }: { min: number; max: number; whole: boolean },
): Read<number> => (node, reading) => {
  const value = scalarOf(node);
  const good = typeof value === "number" && value >= min && value <= max
    && (!whole || Number.isInteger(value));
  if (good) return value;
  const kind = whole ? text("a whole number", "整数") : text("a number", "数值");
  return refuseValue(node, reading, text(
    `${kind.en} from ${min} to ${max}`, `应为 ${min} 至 ${max} 的${kind.zh}`,
  ));
};

const UNITS: Readonly<Record<string, number>> = {
  ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000,
};

/** Milliseconds as a bare number, or a number with a unit: `25 s`, `30 min`, `4 h`, `2 d`. */
export const duration = (
  { minMs, maxMs }: { minMs: number; maxMs: number },
): Read<number> => (node, reading) => {
  const value = scalarOf(node);
  const match = typeof value === "string" ? /^(\d{1,9}) ?(ms|s|min|h|d)$/.exec(value) : null;
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? NaN) : value;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= minMs && ms <= maxMs) return ms;
  return refuseValue(node, reading, text(
    `milliseconds from ${minMs} to ${maxMs}, or with a unit such as 25 s, 30 min, 4 h, 2 d`,
    `应为 ${minMs} 至 ${maxMs} 毫秒，或带单位，如 25 s、30 min、4 h、2 d`,
  ));
};

export const truth: Read<boolean> = (node, reading) => {
  const value = scalarOf(node);
  return typeof value === "boolean" ? value
    : refuseValue(node, reading, text("true or false", "应为 true 或 false"));
};

export const oneOf = <T extends string>(...values: readonly T[]): Read<T> => (node, reading) => {
  const value = scalarOf(node);
  const found = values.find((each) => each === value);
  if (found !== undefined) return found;
  const near = typeof value === "string" ? nearest(value, values) : undefined;
  return refuseValue(node, reading, text(
    `one of ${values.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
    `应为 ${values.join("、")} 之一${near ? `；是否想写 ${near}？` : ""}`,
  ));
};

export const list = <T>(
  read: Read<T>, { min, max }: { min: number; max: number },
): Read<readonly T[]> => (node, reading) => {
  if (!isSeq(node) || node.items.length < min || node.items.length > max) {
    return refuseValue(node, reading, text(
      `a list of ${min} to ${max} entries`, `应为 ${min} 至 ${max} 项的列表`,
    ));
  }
  const read1 = node.items.map((item) => read(item as Node, reading));
  const good = read1.filter((each): each is NonNullable<typeof each> => each !== undefined);
  return good.length === read1.length ? good as readonly T[] : undefined;
};

/** A mapping whose keys are names of the author's own. */
export const byName = <T>(read: Read<T>): Read<Readonly<Record<string, T>>> => (node, reading) => {
  if (!isMap(node)) {
    return refuseValue(node, reading, text("names and values", "应为名称与值"));
  }
  const entries = (node.items as Pair<Node, Node | null>[]).map((pair) =>
    [String(scalarOf(pair.key)), read(pair.value ?? pair.key, reading)] as const);
  return entries.some(([, value]) => value === undefined) ? undefined
    : Object.fromEntries(entries) as Record<string, T>;
};

/** A mapping with exactly these keys; absent ones take their default or are asked for. */
export function record<T extends object>(
  fields: { readonly [K in keyof T]: Field<T[K]> },
): Read<T> {
  const known = Object.entries(fields) as [string, Field<unknown>][];
  const names = known.map(([name]) => name);
  const read = (node: Node, reading: Reading): T | undefined => {
    if (!isMap(node)) {
      return refuseValue(node, reading, text(`keys and values: ${names.join(", ")}`,
        `应为键值对：${names.join("、")}`));
    }
    const pairs = new Map<string, Node>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const name = String(scalarOf(pair.key));
      if (names.includes(name)) pairs.set(name, pair.value ?? pair.key);
      else refuseKey(pair.key, name, names, reading);
    }
    const result: Record<string, unknown> = {};
    for (const [name, field] of known) {
      const value = pairs.get(name);
      if (value) result[name] = field.read(value, reading);
      else if (field.mayLack) continue;
      else if ("fallback" in field) result[name] = field.fallback;
      else {
        result[name] = reading.refuse(
          startOf(node), text(`${name} is missing`, `缺少 ${name}`),
        );
      }
    }
    return Object.values(result).includes(undefined) ? undefined : result as T;
  };
  return Object.assign(read, {
    keys: known.flatMap(([name, field]) =>
      field.read.keys?.map((key) => `${name}.${key}`) ?? [name]),
  });
}

function refuseKey(key: Node, name: string, names: readonly string[], reading: Reading): void {
  const near = nearest(name, names);
  reading.refuse(startOf(key), text(
    `${shown(key)} is not a key${near ? `; did you mean ${near}?` : ` (known: ${names.join(", ")})`}`,
    `没有 ${shown(key)} 这个键${near ? `；是否想写 ${near}？` : `（可用：${names.join("、")}）`}`,
  ));
}

/** Levenshtein's distance, in one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The candidate that a slip of the finger may have missed: a third of its letters at most. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // A word that long is no slip, and would only cost time.
  if (word.length > 60) return undefined;
  const plain = (each: string): string => each.toLowerCase().replaceAll(/[-_ ]/g, "");
  return candidates
    .map((each) => ({ each, far: distance(plain(word), plain(each)) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(each.length / 3)))
    .sort((a, b) => a.far - b.far)[0]?.each;
}

/** Reads a whole document; either the value, or every problem in the order of the text. */
export function readYaml<T>(
  content: string, read: Read<T>, reading = new Reading(),
): { readonly value: T } | { readonly problems: readonly Problem[] } {
  const document = parseDocument(content, { lineCounter: reading.lines, prettyErrors: false });
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    reading.refuse(pos[0], text(message, `YAML 语法错误：${message}`));
  }
  const root = document.contents;
  let value: T | undefined;
  if (document.errors.length === 0) {
    value = root ? read(root, reading)
      : reading.refuse(0, text("the file is empty", "文件是空的"));
  }
  if (value !== undefined && reading.problems.length === 0) return { value };
  return {
    problems: [...reading.problems].sort((a, b) => a.line - b.line || a.column - b.column),
  };
}
