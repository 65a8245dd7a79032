/**
 * Owns jurisdiction packs: what one is, and how its file is read. A pack is data, dated and
 * versioned; every rule in it names its source. A file that says anything we do not understand is
 * refused whole, because a rule that is silently left out is a call that should not have been made.
 */
import { parse as parseYaml, YAMLParseError } from "yaml";
import { UserError } from "../errors.ts";
import { text, type Text } from "../language.ts";
import type { CallingHours, Holidays, Window } from "./calling-hours.ts";

export const purposes = ["marketing", "insurance", "collections", "service", "survey"] as const;
/** What a campaign calls for; packs may apply to some purposes only. */
export type Purpose = (typeof purposes)[number];

/** Where a rule comes from, as it is shown beside every block and every allowed call. */
export interface Source {
  readonly pack: string;
  readonly version: string;
  /** The law, rule or policy, with its section. */
  readonly text: string;
  readonly url: string | undefined;
}

/** `rolling` milliseconds, or whole local days of which today is one. */
export type Span =
  | { readonly kind: "rolling"; readonly ms: number }
  | { readonly kind: "days"; readonly days: number };

export type Rule =
  | { readonly kind: "calling-hours"; readonly hours: CallingHours }
  /** At most `max` contacts of the kind `counts` within the span; the next waits. */
  | { readonly kind: "cap"; readonly per: "number" | "person" | "company";
    readonly counts: "attempts" | "conversations" | "unanswered"; readonly max: number;
    readonly within: Span }
  /** Nothing for a while after such a contact; with `days`, its own day is the first. */
  | { readonly kind: "cool-down"; readonly after: "conversation" | "refusal" | "abandoned";
    readonly span: Span }
  | { readonly kind: "consent" }
  /** A do-not-call registry must be matched, from a copy no older than this. */
  | { readonly kind: "registry"; readonly maxAgeMs: number }
  | { readonly kind: "abandon"; readonly rateMax: number; readonly days: number }
  | { readonly kind: "recording"; readonly policy: RecordingPolicy }
  | { readonly kind: "unknown-zone"; readonly allow: boolean };

/** From the most permissive to the strictest. */
export const recordingPolicies = ["record", "beep", "announce", "do-not-record"] as const;
export type RecordingPolicy = (typeof recordingPolicies)[number];

export interface SourcedRule {
  readonly rule: Rule;
  readonly source: Source;
  /** Of the default pack: holds only where no pack of the country applies. */
  readonly onlyWithoutPack: boolean;
}

export interface Pack {
  readonly id: string;
  /** The date of the file, YYYY-MM-DD. */
  readonly version: string;
  /** `draft`: rests on figures that nobody has checked against the law itself. */
  readonly status: "active" | "draft";
  readonly title: Text;
  /** ISO 3166-1 country, or `*` for the default. */
  readonly country: string;
  /** Areas of the country (US: states); empty means all of it. */
  readonly areas: readonly string[];
  /** Empty means every purpose. */
  readonly purposes: readonly Purpose[];
  readonly rules: readonly SourcedRule[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Fields = Readonly<Record<string, unknown>>;

/** Reads one file and knows where it is, so that every refusal can say it. */
class PackReader {
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
    return unit === "h"
      ? { kind: "rolling", ms: Number(count) * HOUR_MS } : { kind: "days", days: Number(count) };
  }

  /** `08:00-21:00`, on quarters of an hour. */
  window(value: unknown, where: string): Window {
    const given = this.words(value, where,
      /^([01]\d|2[0-3]):(00|15|30|45)-(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/);
    const [from = 0, to = 0] = given.split("-").map((clock) =>
      Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
    return from < to ? { from, to } : this.refuse(where, "a window that ends after it begins");
  }

  hours(value: unknown, holidays: unknown, where: string): CallingHours {
    const names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const fields = this.fields(value, where, names);
    const days: Record<number, readonly Window[]> = {};
    for (const [name, windows] of Object.entries(fields)) {
      days[names.indexOf(name) + 1] = this.list(windows, `${where}.${name}`)
        .map((each) => this.window(each, `${where}.${name}`));
    }
    return { days, holidays: holidays === undefined ? undefined : this.holidays(holidays, where) };
  }

  holidays(value: unknown, where: string): Holidays {
    const fields = this.fields(value, `${where}.holidays`, ["fixed", "easter", "inLieu"]);
    return {
      fixed: this.list(fields["fixed"], where).map((each) =>
        this.words(each, where, /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)),
      easter: this.list(fields["easter"], where).map((each) =>
        this.number(each, where, { from: -60, to: 60 })),
      inLieu: fields["inLieu"] === true,
    };
  }

  rule(fields: Fields, where: string): Rule {
    const kind = this.oneOf(fields["kind"], `${where}.kind`, ["calling-hours", "cap", "cool-down",
      "consent", "registry", "abandon", "recording", "unknown-zone"]);
    switch (kind) {
      case "calling-hours":
        return { kind, hours: this.hours(fields["days"], fields["holidays"], `${where}.days`) };
      case "cap": return {
        kind,
        per: this.oneOf(fields["per"], `${where}.per`, ["number", "person", "company"]),
        counts: this.oneOf(fields["counts"], `${where}.counts`,
          ["attempts", "conversations", "unanswered"]),
        max: this.number(fields["max"], `${where}.max`, { from: 1, to: 100 }),
        within: this.span(fields["within"], `${where}.within`),
      };
      case "cool-down": return {
        kind,
        after: this.oneOf(fields["after"], `${where}.after`,
          ["conversation", "refusal", "abandoned"]),
        span: this.span(fields["for"], `${where}.for`),
      };
      case "consent": return { kind };
      case "registry": return {
        kind,
        maxAgeMs: this.number(fields["maxAgeDays"], `${where}.maxAgeDays`, { from: 1, to: 366 })
          * DAY_MS,
      };
      case "abandon": return {
        kind,
        rateMax: this.number(fields["rateMax"], `${where}.rateMax`, { from: 0, to: 1 }),
        days: this.number(fields["withinDays"], `${where}.withinDays`, { from: 1, to: 366 }),
      };
      case "recording":
        return { kind, policy: this.oneOf(fields["policy"], `${where}.policy`, recordingPolicies) };
      case "unknown-zone": return { kind, allow: fields["allow"] === true };
    }
  }
}

const RULE_KEYS = ["kind", "source", "onlyWithoutPack", "days", "holidays", "per", "counts", "max",
  "within", "after", "for", "maxAgeDays", "rateMax", "withinDays", "policy", "allow"];

function yamlOf(content: string, file: string): unknown {
  try {
    return parseYaml(content, { logLevel: "error" });
  } catch (error) {
    // An alias without its anchor, or too many of them, is a ReferenceError of the parser.
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    throw new UserError(text(`${file} is not YAML: ${error.message}`, `${file} 不是有效的 YAML：${error.message}`),
      text("mend the line named above", "请修正上述位置"));
  }
}

/** Reads the content of one pack file. Throws UserError naming file and key. */
export function readPack(content: string, file: string): Pack {
  const reader = new PackReader(file);
  const top = reader.fields(yamlOf(content, file), "the file", ["id", "version", "status", "title",
    "country", "areas", "purposes", "notes", "rules"]);
  const title = reader.fields(top["title"], "title", ["en", "zh"]);
  const id = reader.words(top["id"], "id", /^[a-z0-9-]{2,40}$/);
  const version = reader.words(top["version"], "version", /^\d{4}-\d{2}-\d{2}$/);
  return {
    id, version,
    status: reader.oneOf(top["status"], "status", ["active", "draft"]),
    title: {
      en: reader.words(title["en"], "title.en", /./), zh: reader.words(title["zh"], "title.zh", /./),
    },
    country: reader.words(top["country"], "country", /^([A-Z]{2}|\*)$/),
    areas: reader.list(top["areas"], "areas").map((each) =>
      reader.words(each, "areas", /^[A-Z0-9]{1,3}$/)),
    purposes: reader.list(top["purposes"], "purposes").map((each) =>
      reader.oneOf(each, "purposes", purposes)),
    rules: reader.list(top["rules"], "rules").map((each, i) => {
      const where = `rules[${i}]`;
      const fields = reader.fields(each, where, RULE_KEYS);
      const source = reader.fields(fields["source"], `${where}.source`, ["text", "url"]);
      return {
        rule: reader.rule(fields, where),
        onlyWithoutPack: fields["onlyWithoutPack"] === true,
        source: {
          pack: id, version, text: reader.words(source["text"], `${where}.source.text`, /./),
          url: source["url"] === undefined
            ? undefined : reader.words(source["url"], `${where}.source.url`, /^https?:\/\/\S+$/),
        },
      };
    }),
  };
}
