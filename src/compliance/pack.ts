/**
 * Owns jurisdiction packs: what one is, and how its file is read. A pack is data, dated and
 * versioned; every rule in it names its source. A file that says anything we do not understand is
 * refused whole, because a rule that is silently left out is a call that should not have been made.
 */
import { DAY_MS } from "../clock.ts";
import type { Text } from "../language.ts";
import type { CallingHours, Holidays } from "./calling-hours.ts";
import { PackReader, yamlOf, type Fields } from "./pack-reader.ts";

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
  /** Nobody is called on these days, nor in a year whose list of them is missing. */
  | { readonly kind: "holidays"; readonly holidays: Holidays }
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
  /** `beepSeconds` between the tones of `beep`, and of no other policy. */
  | { readonly kind: "recording"; readonly policy: RecordingPolicy;
    readonly beepSeconds: number | undefined }
  | { readonly kind: "unknown-zone"; readonly allow: boolean }
  /** Calls that this pack allowed, or their recordings, are not taken away before this. */
  | { readonly kind: "keep"; readonly what: "recordings" | "calls"; readonly days: number };

/**
 * From the most permissive to the strictest. `stop-on-key` is announced, and a key of the person's
 * phone ends it.
 */
export const recordingPolicies =
  ["record", "beep", "announce", "stop-on-key", "do-not-record"] as const;
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
  /** ISO 3166-1 country, or `*` for everywhere. */
  readonly country: string;
  /** Its rules hold only where no pack of the place speaks of their kind. */
  readonly fallback: boolean;
  /** Areas of the country (US: states); empty means all of it. */
  readonly areas: readonly string[];
  /** Empty means every purpose. */
  readonly purposes: readonly Purpose[];
  readonly rules: readonly SourcedRule[];
}

function ruleOf(reader: PackReader, fields: Fields, where: string): Rule {
  const kind = reader.oneOf(fields["kind"], `${where}.kind`, ["calling-hours", "holidays", "cap",
    "cool-down", "consent", "registry", "abandon", "recording", "unknown-zone", "keep"]);
  switch (kind) {
    case "calling-hours":
      return { kind, hours: reader.hours(fields["days"], `${where}.days`) };
    case "holidays": return { kind, holidays: reader.holidays(fields, where) };
    case "cap": return {
      kind,
      per: reader.oneOf(fields["per"], `${where}.per`, ["number", "person", "company"]),
      counts: reader.oneOf(fields["counts"], `${where}.counts`,
        ["attempts", "conversations", "unanswered"]),
      max: reader.number(fields["max"], `${where}.max`, { from: 1, to: 100 }),
      within: reader.span(fields["within"], `${where}.within`),
    };
    case "cool-down": return {
      kind,
      after: reader.oneOf(fields["after"], `${where}.after`,
        ["conversation", "refusal", "abandoned"]),
      span: reader.span(fields["for"], `${where}.for`),
    };
    case "consent": return { kind };
    case "registry": return {
      kind,
      maxAgeMs: reader.number(fields["maxAgeDays"], `${where}.maxAgeDays`, { from: 1, to: 366 })
        * DAY_MS,
    };
    case "abandon": return {
      kind,
      rateMax: reader.number(fields["rateMax"], `${where}.rateMax`, { from: 0, to: 1 }),
      days: reader.number(fields["withinDays"], `${where}.withinDays`, { from: 1, to: 366 }),
    };
    case "recording": {
      const policy = reader.oneOf(fields["policy"], `${where}.policy`, recordingPolicies);
      const asked = policy === "beep" || fields["everySeconds"] !== undefined;
      if (asked && policy !== "beep") reader.refuse(`${where}.everySeconds`, "the policy beep");
      return {
        kind, policy, beepSeconds: asked
          ? reader.number(fields["everySeconds"], `${where}.everySeconds`, { from: 5, to: 60 })
          : undefined,
      };
    }
    case "unknown-zone": return { kind, allow: fields["allow"] === true };
    case "keep": return {
      kind, what: reader.oneOf(fields["what"], `${where}.what`, ["recordings", "calls"]),
      days: reader.number(fields["days"], `${where}.days`, { from: 1, to: 36_500 }),
    };
  }
}

const RULE_KEYS = ["kind", "source", "onlyWithoutPack", "days", "every", "easter", "inLieu",
  "years", "per", "counts", "max", "within", "after", "for", "maxAgeDays", "rateMax", "withinDays",
  "policy", "everySeconds", "allow", "what"];

/** Reads the content of one pack file. Throws UserError naming file and key. */
export function readPack(content: string, file: string): Pack {
  const reader = new PackReader(file);
  const top = reader.fields(yamlOf(content, file), "the file", ["id", "version", "status", "title",
    "country", "fallback", "areas", "purposes", "notes", "rules"]);
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
    fallback: top["fallback"] === true,
    areas: reader.list(top["areas"], "areas").map((each) =>
      reader.words(each, "areas", /^[A-Z0-9]{1,3}$/)),
    purposes: reader.list(top["purposes"], "purposes").map((each) =>
      reader.oneOf(each, "purposes", purposes)),
    rules: reader.list(top["rules"], "rules").map((each, i) => {
      const where = `rules[${i}]`;
      const fields = reader.fields(each, where, RULE_KEYS);
      return {
        rule: ruleOf(reader, fields, where),
        onlyWithoutPack: fields["onlyWithoutPack"] === true,
        source: reader.source(fields["source"], where, { pack: id, version }),
      };
    }),
  };
}
