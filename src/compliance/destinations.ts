/**
 * Owns where calls may go: what is not allowed is not dialed, and ranges that cost the caller
 * dearly or are known for fraud are not dialed even in an allowed country. Pure.
 */
import type { Source } from "./pack.ts";

export type LineType = "mobile" | "fixed" | "fixed-or-mobile" | "voip" | "toll-free" | "premium"
  | "shared-cost" | "personal" | "pager" | "universal" | "voicemail" | "satellite" | "unknown";

/** One row of the installation's list. */
export interface DestinationEntry {
  /** A country (ISO 3166-1), or the beginning of a number: `+4930`. */
  readonly what: string;
  readonly verdict: "allowed" | "forbidden";
  /** Allowed although its numbers are costly or abused. */
  readonly highRisk: boolean;
}

/** A range of numbers that is costly or abused, from ranges/high-risk.yaml. */
export interface HighRiskRange {
  readonly prefix: string;
  readonly kind: string;
  readonly source: Source;
}

export interface Destination {
  readonly number: string;
  /** Undefined for numbers of no country. */
  readonly country: string | undefined;
  readonly lineType: LineType;
}

export type DestinationVerdict =
  | { readonly verdict: "allowed" | "not-allowed" | "forbidden" }
  /** `source` is undefined where the kind of line tells it, by the country's numbering plan. */
  | { readonly verdict: "high-risk"; readonly source: Source | undefined };

/** Lines nobody should be sold to on, or that cost the caller dearly. */
const HIGH_RISK_LINES: ReadonlySet<LineType> = new Set<LineType>(
  ["premium", "shared-cost", "personal", "pager", "universal", "voicemail", "satellite"]);

/** Beginnings of numbers, found by a few look-ups however many there are. */
class Prefixes<T> {
  readonly #byPrefix: ReadonlyMap<string, T>;
  /** Longest first, so that the most exact one is found. */
  readonly #lengths: readonly number[];

  constructor(entries: readonly (readonly [prefix: string, value: T])[]) {
    this.#byPrefix = new Map(entries);
    this.#lengths = [...new Set(entries.map(([prefix]) => prefix.length))].sort((a, b) => b - a);
  }

  of(number: string): T | undefined {
    for (const length of this.#lengths) {
      const found = this.#byPrefix.get(number.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The installation's list and the known ranges, made ready to be asked for each dial. */
export class Destinations {
  readonly #countries: ReadonlyMap<string, DestinationEntry>;
  readonly #allowed: Prefixes<DestinationEntry>;
  readonly #forbidden: Prefixes<DestinationEntry>;
  readonly #ranges: Prefixes<HighRiskRange>;

  constructor(entries: readonly DestinationEntry[], ranges: readonly HighRiskRange[]) {
    const prefixes = (verdict: DestinationEntry["verdict"]): Prefixes<DestinationEntry> =>
      new Prefixes(entries.filter((each) => each.what.startsWith("+") && each.verdict === verdict)
        .map((each) => [each.what, each]));
    this.#countries = new Map(entries.filter(({ what }) => !what.startsWith("+"))
      .map((each) => [each.what, each]));
    this.#allowed = prefixes("allowed");
    this.#forbidden = prefixes("forbidden");
    this.#ranges = new Prefixes(ranges.map((each) => [each.prefix, each]));
  }

  /** What is forbidden stays so; what nothing allows is not allowed. */
  judge({ number, country, lineType }: Destination): DestinationVerdict {
    const ofCountry = country === undefined ? undefined : this.#countries.get(country);
    if (ofCountry?.verdict === "forbidden" || this.#forbidden.of(number) !== undefined) {
      return { verdict: "forbidden" };
    }
    const byPrefix = this.#allowed.of(number);
    if (byPrefix === undefined && ofCountry === undefined) return { verdict: "not-allowed" };
    if (byPrefix?.highRisk === true || ofCountry?.highRisk === true) return { verdict: "allowed" };
    const range = this.#ranges.of(number);
    if (range !== undefined) return { verdict: "high-risk", source: range.source };
    return HIGH_RISK_LINES.has(lineType)
      ? { verdict: "high-risk", source: undefined } : { verdict: "allowed" };
  }
}

/** Where no number leaves this machine, there is nothing to be kept from. */
export const everywhere = new Destinations(
  Array.from({ length: 9 }, (_, i) => ({
    what: `+${i + 1}`, verdict: "allowed" as const, highRisk: true,
  })), []);
