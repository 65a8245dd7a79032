/**
 * Owns which rules hold for a lead: those of every pack that applies to any place the lead may be
 * in, together, so that the strictest wins; the default pack fills what no pack speaks of. Pure.
 */
import type { CallingHours, Holidays } from "./calling-hours.ts";
import {
  recordingPolicies, type Pack, type Purpose, type RecordingPolicy, type Rule, type Source,
  type SourcedRule,
} from "./pack.ts";

/** A place a lead may be in: told by number, postcode or what is known of the person. */
export interface Place {
  readonly country: string;
  readonly area: string | undefined;
}

type Of<K extends Rule["kind"]> = Extract<Rule, { kind: K }>;
export interface Sourced<R> {
  readonly rule: R;
  readonly source: Source;
}

export interface Ruleset {
  readonly hours: readonly { readonly hours: CallingHours; readonly source: Source }[];
  readonly holidays: readonly { readonly holidays: Holidays; readonly source: Source }[];
  readonly caps: readonly Sourced<Of<"cap">>[];
  readonly coolDowns: readonly Sourced<Of<"cool-down">>[];
  /** Undefined where no rule asks for consent. */
  readonly consent: Source | undefined;
  readonly registry: { readonly maxAgeMs: number; readonly source: Source } | undefined;
  /** The lowest rate and the shortest window of all that hold; `source` says the rate. */
  readonly abandon: {
    readonly rateMax: number; readonly days: number; readonly source: Source;
  } | undefined;
  readonly recording: {
    readonly policy: RecordingPolicy; readonly source: Source;
    /** Between two tones, by whoever asks for the most of them; with `beep` alone. */
    readonly beepSeconds: number | undefined;
  } | undefined;
  /** Whether a lead whose zone nobody knows may be called at all. */
  readonly unknownZoneAllowed: boolean;
  /** `id@version` of every pack that has a part in this, for the record of each call. */
  readonly versions: readonly string[];
}

const applies = (pack: Pack, places: readonly Place[], purpose: Purpose): boolean =>
  (pack.purposes.length === 0 || pack.purposes.includes(purpose))
  && (pack.country === "*" || places.some(({ country, area }) => pack.country === country
    // A pack of one area also holds when the area is not known: the strictest wins.
    && (pack.areas.length === 0 || area === undefined || pack.areas.includes(area))));

function least<R>(all: readonly Sourced<R>[], size: (rule: R) => number): Sourced<R> | undefined {
  return all.reduce<Sourced<R> | undefined>((best, each) =>
    best === undefined || size(each.rule) < size(best.rule) ? each : best, undefined);
}

const rulesOf = (packs: readonly Pack[]): readonly SourcedRule[] =>
  packs.flatMap((each) => each.rules);

/** The rules for leads in any of the places, for a campaign of this purpose. */
export function rulesetFor(
  packs: readonly Pack[], places: readonly Place[], purpose: Purpose,
): Ruleset {
  const own = packs.filter((pack) => !pack.fallback && applies(pack, places, purpose));
  const ownRules = rulesOf(own);
  const covered = places.length > 0 && places.every(({ country }) =>
    own.some((pack) => pack.country === country));
  // What an installation adds for everywhere stands beside the law, and in place of none.
  const kinds = new Set(rulesOf(own.filter(({ country }) => country !== "*"))
    .map(({ rule }) => rule.kind));
  const fallback = packs.filter((pack) => pack.fallback);
  const filled = rulesOf(fallback).filter(({ rule, onlyWithoutPack }) =>
    covered ? !onlyWithoutPack && !kinds.has(rule.kind) : true);
  const all = [...ownRules, ...filled];
  const of = <K extends Rule["kind"]>(kind: K): readonly Sourced<Of<K>>[] =>
    all.filter((each): each is SourcedRule & Sourced<Of<K>> => each.rule.kind === kind);

  const registry = least(of("registry"), (rule) => rule.maxAgeMs);
  const abandon = least(of("abandon"), (rule) => rule.rateMax);
  const recording = least(of("recording"), (rule) => -recordingPolicies.indexOf(rule.policy));
  const zones = of("unknown-zone");
  return {
    hours: of("calling-hours").map(({ rule, source }) => ({ hours: rule.hours, source })),
    holidays: of("holidays").map(({ rule, source }) => ({ holidays: rule.holidays, source })),
    caps: of("cap"),
    coolDowns: of("cool-down"),
    consent: of("consent")[0]?.source,
    registry: registry && { maxAgeMs: registry.rule.maxAgeMs, source: registry.source },
    abandon: abandon && {
      rateMax: abandon.rule.rateMax, source: abandon.source,
      days: Math.min(...of("abandon").map(({ rule }) => rule.days)),
    },
    recording: recording && {
      policy: recording.rule.policy, source: recording.source,
      beepSeconds: recording.rule.policy !== "beep" ? undefined : Math.min(
        ...of("recording").map(({ rule }) => rule.beepSeconds ?? Infinity)),
    },
    unknownZoneAllowed: zones.length > 0 && zones.every(({ rule }) => rule.allow),
    versions: [...new Set(all.map(({ source }) => `${source.pack}@${source.version}`))],
  };
}

/** How one party of a call may be recorded. */
export interface PartyRecording {
  readonly policy: RecordingPolicy;
  /** Between two tones; with `beep` alone. */
  readonly beepSeconds?: number | undefined;
}

/** What the rules of a place say of recording somebody there. */
export const recordingUnder = ({ recording }: Ruleset): PartyRecording =>
  recording === undefined ? { policy: "record" } : {
    policy: recording.policy,
    ...recording.beepSeconds !== undefined && { beepSeconds: recording.beepSeconds },
  };

/** How a call of both is recorded: by the stricter, and with tones as often as either asks for. */
export function strictestRecording(one: PartyRecording, other: PartyRecording): PartyRecording {
  const [first, second] = [one, other].map(({ policy }) => recordingPolicies.indexOf(policy));
  if (first === second) {
    const seconds = Math.min(one.beepSeconds ?? Infinity, other.beepSeconds ?? Infinity);
    return Number.isFinite(seconds) ? { ...one, beepSeconds: seconds } : one;
  }
  return (first ?? 0) > (second ?? 0) ? one : other;
}

/** `US-FL` as `placeName` writes it; undefined for what is none. */
export function placeOfCode(code: string): Place | undefined {
  const [, country, area] = /^([A-Z]{2})(?:-([A-Z0-9]{1,3}))?$/.exec(code) ?? [];
  return country === undefined ? undefined : { country, area };
}
