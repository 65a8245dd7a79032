/**
 * Owns the one decision before every dial: allow it, or block it with the rule, the rule's source
 * and until when. Pure: everything it needs comes in, and whatever is missing or stale blocks.
 * The order of the checks is fixed, from what stops everything to what lasts a moment, so that
 * the reason shown is the one that matters most.
 */
import { plus, type Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import {
  dayKindAt, isOpenAt, nextOpening, windowsOfHolidays, windowsOfHours,
} from "./calling-hours.ts";
import type { Destination, Destinations } from "./destinations.ts";
import {
  capUntil, contactLimits, coolDownUntil, type Contact, type ContactLimit,
} from "./frequency.ts";
import type { Source } from "./pack.ts";
import { blockRules, type BlockCode, type BlockRule } from "./reasons.ts";
import type { Ruleset } from "./ruleset.ts";

export interface GateFacts {
  readonly now: Instant;
  /** When the facts were read from the store; old ones block. */
  readonly readAt: Instant;
  /** Undefined when it could not be read. */
  readonly killSwitchOn: boolean | undefined;
  readonly campaignState: "draft" | "running" | "paused" | "stopping" | "finished";
  readonly rules: Ruleset;
  readonly lead: {
    /** IANA zones the lead may be in; empty when nobody knows. */
    readonly zones: readonly string[];
  } & Destination;
  readonly consent: "given" | "revoked" | "none" | undefined;
  /** What do-not-call lists say; undefined when they could not be read. */
  readonly doNotCall: {
    readonly listed: boolean;
    /** The date of the oldest registry copy that had to be matched; undefined for none. */
    readonly registryAsOf: Instant | undefined;
  } | undefined;
  /** Contacts newest first, for the longest span of any cap; undefined when they are not known. */
  readonly history: {
    readonly number: readonly Contact[];
    readonly person: readonly Contact[];
    readonly company: readonly Contact[];
  } | undefined;
  /** Where this installation calls; undefined when it could not be read. */
  readonly destinations: Destinations | undefined;
  readonly callerId: {
    readonly authorised: boolean;
    /** Dials of the last 24 hours that showed it. */
    readonly dialed: number;
    /** Dials in 24 hours by which it keeps its good name; undefined for as many as there are. */
    readonly dailyMax: number | undefined;
    /** When one more fits, once `dailyMax` is reached. */
    readonly freeAt: Instant | undefined;
  } | undefined;
  readonly trunk: TrunkRoom | undefined;
  readonly abandon: AbandonStanding | undefined;
}

/** What is left of the way out, counted without the dial in question. */
export interface TrunkRoom {
  /** Counts that are old block, like all facts. */
  readonly readAt: Instant;
  readonly channelsFree: number;
  /** Free or not, as far as this switch may use them; 0 where every trunk is off. */
  readonly channels: number;
  /** Calls that may be placed this moment of the trunk's calls per second. */
  readonly tokens: number;
}

/** The campaign's abandon rate in the window of its limit, and what the dial in question risks. */
export interface AbandonStanding {
  readonly readAt: Instant;
  readonly answered: number;
  readonly abandoned: number;
  /** The campaign's own limit; a pack may have a lower one. */
  readonly rateMax: number;
  /** People the pacer lends a young window, whose few answers bear nobody yet; see pacing.md. */
  readonly lent: number;
  /** The last 24 hours and the bound that holds for them, where the window is longer. */
  readonly day?: {
    readonly answered: number; readonly abandoned: number;
    readonly rateMax: number; readonly lent: number;
  };
  /** An agent is held for this dial, so that it cannot be abandoned. */
  readonly agentReserved: boolean;
}

/** By which packs a dial was judged, and where the person was taken to be. */
export interface AllowedBy {
  readonly versions: readonly string[];
  readonly zones: readonly string[];
  readonly places: readonly string[];
}

/** What lasts a moment and not a lead: seen by who chose the line, judged when it is stored. */
export interface DialMoment {
  readonly trunk: TrunkRoom;
  readonly abandon: AbandonStanding;
}

export interface Blocked {
  readonly verdict: "block";
  readonly rule: BlockRule;
  readonly code: BlockCode;
  readonly source: Source;
  /** When it may be asked again with hope; undefined when time alone will not help. */
  readonly until: Instant | undefined;
}

export type Decision =
  | { readonly verdict: "allow"; readonly versions: readonly string[] }
  | Blocked;

/** The source of blocks that are the product's own, not a law's. */
const ours: Source = {
  pack: "ringwright", version: "1", text: "docs/compliance.md, the gate", url: undefined,
};

const block = (
  code: BlockCode, source: Source = ours, until: Instant | undefined = undefined,
): Blocked => ({ verdict: "block", rule: blockRules[code], code, source, until });

/** Facts from the future mean that two clocks disagree, which is as bad as old ones. */
const isStale = (readAt: Instant, now: Instant): boolean =>
  Math.abs(now - readAt) > limits.gateFactsMs;

function whetherRunning(facts: GateFacts): Blocked | undefined {
  const { now, readAt, killSwitchOn, campaignState } = facts;
  if (killSwitchOn === undefined) return block("facts-missing");
  if (killSwitchOn) return block("kill-switch");
  if (isStale(readAt, now)) return block("facts-stale");
  return campaignState === "running" ? undefined : block("campaign-not-running");
}

function whetherWanted({ rules, consent, doNotCall, now }: GateFacts): Blocked | undefined {
  if (consent === "revoked") return block("consent-revoked", rules.consent);
  if (rules.consent !== undefined && consent !== "given") {
    return block(consent === undefined ? "facts-missing" : "consent-missing", rules.consent);
  }
  if (doNotCall === undefined) return block("facts-missing");
  if (doNotCall.listed) return block("do-not-call", rules.registry?.source);
  if (rules.registry === undefined) return undefined;
  if (doNotCall.registryAsOf === undefined) return block("registry-missing", rules.registry.source);
  return lastMoment(now) - doNotCall.registryAsOf > rules.registry.maxAgeMs
    ? block("registry-too-old", rules.registry.source) : undefined;
}

/**
 * The line goes out between now and then. Windows, days and offsets of zones change on quarters of
 * an hour, so that what holds at both ends holds in between.
 */
const lastMoment = (now: Instant): Instant => plus(now, limits.gateAheadMs);

/** Both ends of the world: days of a lead whose zone nobody knows are counted in each. */
const ANYWHERE: readonly string[] = ["Etc/GMT+12", "Pacific/Kiritimati"];

/** The zones in which a lead's days are counted. */
const dayZones = ({ lead: { zones } }: Pick<GateFacts, "lead">): readonly string[] =>
  zones.length === 0 ? ANYWHERE : zones;

/** The caps and pauses by which these facts were judged, to be reserved with the attempt. */
export const limitsOf = (facts: GateFacts): readonly ContactLimit[] =>
  contactLimits(facts.rules, dayZones(facts), facts.now);

/** The last answer per set of rules and zones: a campaign asks the same all night. */
const openings = new WeakMap<Ruleset, Map<string, { from: Instant; until: Instant | undefined }>>();

function openingOf(rules: Ruleset, zones: readonly string[], now: Instant): Instant | undefined {
  let known = openings.get(rules);
  if (known === undefined) openings.set(rules, known = new Map());
  const key = zones.join();
  const kept = known.get(key);
  if (kept !== undefined && kept.from <= now && kept.until !== undefined && now < kept.until) {
    return kept.until;
  }
  const all = [
    ...rules.hours.map(({ hours }) => windowsOfHours(hours)),
    ...rules.holidays.map(({ holidays }) => windowsOfHolidays(holidays)),
  ];
  const until = nextOpening(
    all.flatMap((windowsOn) => zones.map((zone) => ({ windowsOn, zone }))), now);
  known.set(key, { from: now, until });
  return until;
}

function whetherOpen({ rules, lead, now }: GateFacts): Blocked | undefined {
  const first = rules.hours[0];
  if (first === undefined) return block("no-calling-hours");
  if (lead.zones.length === 0) {
    return rules.unknownZoneAllowed ? undefined : block("zone-unknown", first.source);
  }
  for (const [at, code] of [[now, "outside-hours"], [lastMoment(now), "hours-ending"]] as const) {
    for (const { hours, source } of rules.hours) {
      if (lead.zones.some((zone) => !isOpenAt(hours, zone, at))) {
        return block(code, source, openingOf(rules, lead.zones, at));
      }
    }
  }
  return undefined;
}

function whetherWorkingDay({ rules, lead, now }: GateFacts): Blocked | undefined {
  // Where nobody knows the zone and the law lets it be, each day that it may be there counts.
  const zones = dayZones({ lead });
  for (const [at, code] of [[now, "holiday"], [lastMoment(now), "holiday-near"]] as const) {
    for (const { holidays, source } of rules.holidays) {
      for (const zone of zones) {
        const kind = dayKindAt(holidays, zone, at);
        if (kind === "holiday") return block(code, source, openingOf(rules, zones, at));
        if (kind === "unknown") return block("holidays-missing", source);
      }
    }
  }
  return undefined;
}

function whetherTooOften({ rules, lead, history, now }: GateFacts): Blocked | undefined {
  if (history === undefined) {
    return rules.caps.length + rules.coolDowns.length > 0 ? block("facts-missing") : undefined;
  }
  const zones = dayZones({ lead });
  for (const { rule, source } of rules.caps) {
    const until = capUntil(rule, history[rule.per], zones, now);
    if (until !== undefined) return block("cap-reached", source, until);
  }
  for (const { rule, source } of rules.coolDowns) {
    const until = coolDownUntil(rule, history.person, zones, now)
      ?? coolDownUntil(rule, history.number, zones, now);
    if (until !== undefined) return block("cool-down", source, until);
  }
  return undefined;
}

function whetherReachable({ lead, destinations }: GateFacts): Blocked | undefined {
  if (destinations === undefined) return block("facts-missing");
  const found = destinations.judge(lead);
  switch (found.verdict) {
    case "allowed": return undefined;
    case "forbidden": return block("destination-forbidden");
    case "not-allowed": return block("destination-not-allowed");
    case "high-risk": return block("high-risk-range", found.source);
  }
}

function whetherOurs({ callerId }: GateFacts): Blocked | undefined {
  if (callerId === undefined) return block("facts-missing");
  const { authorised, dialed, dailyMax, freeAt } = callerId;
  if (!authorised) return block("caller-id-not-authorised");
  return dailyMax !== undefined && dialed >= dailyMax
    ? block("caller-id-used-up", ours, freeAt) : undefined;
}

function whetherRoom({ trunk, now }: GateFacts): Blocked | undefined {
  if (trunk === undefined) return block("facts-missing");
  if (isStale(trunk.readAt, now)) return block("facts-stale");
  if (trunk.channelsFree < 1) return block("no-channel");
  return trunk.tokens < 1 ? block("calls-per-second") : undefined;
}

function whetherCalm({ abandon, rules, now }: GateFacts): Blocked | undefined {
  if (abandon === undefined) return block("facts-missing");
  if (isStale(abandon.readAt, now)) return block("facts-stale");
  if (abandon.agentReserved) return undefined;
  const law = rules.abandon;
  const strict = law !== undefined && law.rateMax < abandon.rateMax;
  const max = strict ? law.rateMax : abandon.rateMax;
  if (abandon.abandoned > max * abandon.answered + abandon.lent) {
    return block("abandon-limit", strict ? law.source : ours);
  }
  const { day } = abandon;
  return day !== undefined && day.abandoned > day.rateMax * day.answered + day.lent
    ? block("abandon-limit") : undefined;
}

/** Decides one dial. Total: every input gets an answer, and no answer is ever guessed. */
export function decideDial(facts: GateFacts): Decision {
  return whetherRunning(facts)
    ?? whetherWanted(facts)
    ?? whetherOpen(facts)
    ?? whetherWorkingDay(facts)
    ?? whetherTooOften(facts)
    ?? whetherReachable(facts)
    ?? whetherOurs(facts)
    ?? whetherRoom(facts)
    ?? whetherCalm(facts)
    ?? { verdict: "allow", versions: facts.rules.versions };
}
