/**
 * Owns the reading of data files about compliance: each value is checked, and every refusal says
 * where it stands and what is allowed there.
 */
import { parse as parseYaml, YAMLParseError } from "yaml";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { CallingHours, Holidays, Window } from "./calling-hours.ts";
import { longestSpanDays } from "./frequency.ts";
import type { Source, Span } from "./pack.ts";
import { dateOf, dayOf } from "./zone.ts";

const HOUR_MS = 3_600_000;
const MONTH_AND_DAY = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

export type Fields = Readonly<Record<string, unknown>>;

/** Reads one file and knows where it is, so that every refusal can say it. */
export class PackReader {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  refuse(where: string, allowed: string): never {
    throw new UserError(
      text(`${this.file}: ${where} cannot be used`, `${this.file}：${where} 无法使用`),
      text(`allowed: ${allowed}`, `允许的形式：${allowed}`),
    );
  }

  fields(value: unknown, where: string, known: readonly string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.refuse(where, `the keys ${known.join(", ")}`);
    }
    const unknown = Object.keys(value).find((key) => !known.includes(key));
    if (unknown !== undefined) this.refuse(`${where}.${unknown}`, `the keys ${known.join(", ")}`);
    return value as Fields;
  }

  words(value: unknown, where: string, pattern: RegExp): string {
    return typeof value === "string" && pattern.test(value)
      ? value : this.refuse(where, String(pattern));
  }

  oneOf<T extends string>(value: unknown, where: string, allowed: readonly T[]): T {
    return allowed.find((each) => each === value) ?? this.refuse(where, allowed.join(", "));
  }

  number(value: unknown, where: string, { from, to }: { from: number; to: number }): number {
    return typeof value === "number" && value >= from && value <= to
      ? value : this.refuse(where, `a number from ${from} to ${to}`);
  }

  list(value: unknown, where: string): readonly unknown[] {
    if (value === undefined) return [];
    return Array.isArray(value) ? value as unknown[] : this.refuse(where, "a list");
  }

  span(value: unknown, where: string): Span {
    const given = this.words(value, where, /^[1-9]\d{0,3} (h|days)$/);
    const [count = "", unit] = given.split(" ");
    const days = unit === "h" ? Number(count) / 24 : Number(count);
    if (days > longestSpanDays) this.refuse(where, `at most ${longestSpanDays} days`);
    return unit === "h"
      ? { kind: "rolling", ms: Number(count) * HOUR_MS } : { kind: "days", days };
  }

  /** `08:00-21:00`, on quarters of an hour. */
  window(value: unknown, where: string): Window {
    const given = this.words(value, where,
      /^([01]\d|2[0-3]):(00|15|30|45)-(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/);
    const [from = 0, to = 0] = given.split("-").map((clock) =>
      Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
    return from < to ? { from, to } : this.refuse(where, "a window that ends after it begins");
  }

  hours(value: unknown, where: string): CallingHours {
    const names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const fields = this.fields(value, where, names);
    const days: Record<number, readonly Window[]> = {};
    for (const [name, windows] of Object.entries(fields)) {
      days[names.indexOf(name) + 1] = this.list(windows, `${where}.${name}`)
        .map((each) => this.window(each, `${where}.${name}`));
    }
    return { days };
  }

  /** By the law's own words (`every`, `easter`, `inLieu`), by lists per year (`years`), or both. */
  holidays(fields: Fields, where: string): Holidays {
    const every = this.list(fields["every"], `${where}.every`).map((each) =>
      this.words(each, `${where}.every`, MONTH_AND_DAY));
    const easter = this.list(fields["easter"], `${where}.easter`).map((each) =>
      this.number(each, `${where}.easter`, { from: -60, to: 60 }));
    const years = fields["years"] === undefined
      ? undefined : this.years(fields["years"], `${where}.years`);
    if (every.length + easter.length === 0 && years === undefined) {
      this.refuse(where, "at least one of every, easter, years");
    }
    return { every, easter, inLieu: fields["inLieu"] === true, years };
  }

  /** `2027: ["01-01", "12-27"]`; a date that its year does not have is refused. */
  years(value: unknown, where: string): ReadonlyMap<number, ReadonlySet<number>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.refuse(where, "a list of dates for each year");
    }
    return new Map(Object.entries(value as Fields).map(([given, dates]) => {
      const year = Number(this.words(given, where, /^20\d\d$/));
      return [year, new Set(this.list(dates, `${where}.${given}`).map((each) => {
        const date = this.words(each, `${where}.${given}`, MONTH_AND_DAY);
        const day = dayOf({ year, month: Number(date.slice(0, 2)), date: Number(date.slice(3)) });
        return dateOf(day).month === Number(date.slice(0, 2))
          ? day : this.refuse(`${where}.${given} ${date}`, `dates that ${given} has`);
      }))];
    }));
  }

  source(value: unknown, where: string, of: Pick<Source, "pack" | "version">): Source {
    const fields = this.fields(value, `${where}.source`, ["text", "url"]);
    return {
      ...of, text: this.words(fields["text"], `${where}.source.text`, /./),
      url: fields["url"] === undefined
        ? undefined : this.words(fields["url"], `${where}.source.url`, /^https?:\/\/\S+$/),
    };
  }
}

export function yamlOf(content: string, file: string): unknown {
  try {
    return parseYaml(content, { logLevel: "error" });
  } catch (error) {
    // An alias without its anchor, or too many of them, is a ReferenceError of the parser.
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    throw new UserError(text(`${file} is not YAML: ${error.message}`, `${file} 不是有效的 YAML：${error.message}`),
      text("mend the line named above", "请修正上述位置"));
  }
}
