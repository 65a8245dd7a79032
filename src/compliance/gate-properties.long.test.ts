import fc from "fast-check";
import { instant, plus, type Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import type { Contact } from "./frequency.ts";
import { decideDial, type GateFacts } from "./gate.ts";
import { destinations, factsFor, packs, placesOf, rules } from "./gate-fixture.test.ts";
import { purposes, readPack, type Span } from "./pack.ts";
import { rulesetFor } from "./ruleset.ts";

/**
 * What must hold whatever the lead, the pack, the clock and the history are. The judge below works
 * by another way than the gate: it asks Intl for every local time and counts one by one.
 */
const ZONES = ["Asia/Shanghai", "America/New_York", "Europe/London", "Europe/Paris",
  "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "Pacific/Kiritimati",
  "Pacific/Pago_Pago", "America/St_Johns", "Africa/Casablanca", "America/Havana"];
const PLACES = ["US-FL", "US-NY", "US-WA+US-OK", "US", "GB", "FR", "AU", "CN", "BR", "FR+CN", ""];

/** Instants near both clock changes, leap days, year ends, and anywhere. */
const moments = fc.oneof(
  fc.tuple(fc.constantFrom("2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2028-02-29",
    "2026-12-31", "2026-04-05", "2026-10-04"), fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([day, minutes]) => instant(Date.parse(`${day}T00:00Z`) + minutes * 60_000)),
  fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2030, 0, 1) }).map(instant),
  // The last and first seconds of windows and days, which change on quarters of an hour.
  fc.tuple(fc.integer({ min: 0, max: 2 * 365 * 96 }), fc.integer({ min: -20_000, max: 20_000 }))
    .map(([quarter, ms]) => instant(Date.UTC(2026, 0, 1) + quarter * 900_000 + ms)),
);

const contacts = (now: Instant): fc.Arbitrary<Contact[]> => fc.array(fc.record({
  at: fc.integer({ min: 0, max: 70 * 86_400_000 }).map((ago) => instant(now - ago)),
  result: fc.constantFrom<Contact["result"]>("open", "unanswered", "conversation", "abandoned"),
  refused: fc.boolean(),
}), { maxLength: 12 });

type Scope = "number" | "person" | "company";

interface Case {
  readonly facts: GateFacts;
  /** Contacts of the number, of the person's other numbers, and of their colleagues. */
  readonly made: Readonly<Record<Scope, readonly Contact[]>>;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

/** An installation's own rules beside the law's, per each of the three and both kinds of span. */
const houseRules = fc.array(fc.record({
  per: fc.constantFrom<Scope>("number", "person", "company"),
  counts: fc.constantFrom("attempts", "conversations", "unanswered"),
  max: fc.integer({ min: 1, max: 5 }), within: fc.constantFrom("3 h", "24 h", "1 days", "30 days"),
}), { maxLength: 2 }).map((caps) => caps.length === 0 ? [] : [readPack(JSON.stringify({
  id: "house", version: "2026-11-25", status: "active", country: "*",
  title: { en: "House", zh: "自定" },
  rules: caps.map((cap) => ({ kind: "cap", ...cap, source: { text: "our own rule" } })),
}), "house.yaml")]);

const PREFIXES = ["+1", "+1212", "+1213", "+44", "+4420", "+86", "+88", "+8816", "+979", "+9790"];
const NUMBERS = [["+12125550100", "US"], ["+12135550100", "US"], ["+442071838750", "GB"],
  ["+8613800138000", "CN"], ["+881612345678", undefined], ["+979123456789", undefined]] as const;

const cases: fc.Arbitrary<Case> = fc.tuple(moments, fc.constantFrom(...PLACES),
  fc.constantFrom(...purposes), fc.subarray(ZONES, { maxLength: 3 }), fc.boolean(), houseRules,
  fc.record({
    to: fc.constantFrom(...NUMBERS), allowed: fc.subarray([...PREFIXES, "US", "GB", "CN"]),
    forbidden: fc.oneof(fc.constant<string[]>([]),
      fc.subarray([...PREFIXES, "US"], { maxLength: 2 })),
  }))
  .chain(([now, places, purpose, zones, listed, house, where]) =>
    fc.tuple(contacts(now), contacts(now), contacts(now)).map(([own, others, colleagues]) => {
      const made = {
        number: own, person: [...own, ...others], company: [...own, ...others, ...colleagues],
      };
      const newestFirst = (list: readonly Contact[]) => [...list].sort((a, b) => b.at - a.at);
      const ruleset = rulesetFor([...packs, ...house], placesOf(places), purpose);
      const usual = factsFor(ruleset, now, zones);
      const [number, country] = where.to;
      return {
        made, allowed: where.allowed, forbidden: where.forbidden,
        facts: {
          ...usual, lead: { ...usual.lead, number, country },
          destinations: destinations([...where.allowed.filter((each) =>
            !where.forbidden.includes(each)), ...where.forbidden.map((each) => `!${each}`)].join(" ")),
          history: {
            number: newestFirst(made.number), person: newestFirst(made.person),
            company: newestFirst(made.company),
          },
          doNotCall: { listed, registryAsOf: now },
        },
      };
    }));

const formats = new Map<string, Intl.DateTimeFormat>();
function local(zone: string, at: number): { date: string; minute: number; weekday: string } {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", hourCycle: "h23", weekday: "short",
  });
  formats.set(zone, format);
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    date: `${part["year"]}-${part["month"]}-${part["day"]}`, weekday: part["weekday"] ?? "",
    minute: Number(part["hour"]) * 60 + Number(part["minute"]),
  };
}

const WEEK = ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const openAt = ({ facts }: Case, at: Instant): boolean => facts.lead.zones.length > 0
  && facts.rules.hours.every(({ hours }) => facts.lead.zones.every((zone) => {
    const { minute, weekday } = local(zone, at);
    return (hours.days[WEEK.indexOf(weekday)] ?? [])
      .some(({ from, to }) => minute >= from && minute < to);
  }));

/** A line may go out any moment until then. */
const laterThan = (now: Instant): Instant => plus(now, limits.gateAheadMs);

const insideHours = (each: Case): boolean =>
  openAt(each, each.facts.now) && openAt(each, laterThan(each.facts.now));

/** Whether a moment lies in a span that ends now. */
const within = (span: Span, zone: string, at: number, now: number): boolean => {
  if (span.kind === "rolling") return at > now - span.ms;
  const days = (Date.parse(local(zone, now).date) - Date.parse(local(zone, at).date)) / 86_400_000;
  return days < span.days;
};

/** Where nobody knows where the lead is, a day is counted at both ends of the world. */
const zonesOf = ({ lead }: GateFacts): readonly string[] =>
  lead.zones.length > 0 ? lead.zones : ["Etc/GMT+12", "Pacific/Kiritimati"];

/** Where lines went out so much after they were stored; the dial in question goes out now. */
const underCaps = ({ facts, made }: Case, outAfterMs: number): boolean => {
  const counted = (span: Span, zone: string, { at }: Contact): boolean =>
    within(span, zone, at + outAfterMs, facts.now);
  return zonesOf(facts).every((zone) =>
    facts.rules.caps.every(({ rule }) => made[rule.per].filter((each) =>
      counted(rule.within, zone, each) && (rule.counts === "attempts"
        || each.result === "open"
        || (rule.counts === "unanswered") === (each.result === "unanswered"))).length < rule.max)
    && facts.rules.coolDowns.every(({ rule }) => !made.person.some((each) =>
      counted(rule.span, zone, each)
      && (rule.after === "refusal" ? each.refused : each.result === rule.after))));
};

/** By looking at every row, one after another. */
const mayGoThere = ({ facts: { lead }, allowed, forbidden }: Case): boolean => {
  const covers = (what: string): boolean =>
    what === lead.country || (what.startsWith("+") && lead.number.startsWith(what));
  return allowed.some((each) => covers(each) && !forbidden.includes(each))
    && !forbidden.some(covers) && !/^\+(88|979)/.test(lead.number);
};

/** Written down by hand from the calendars of 2026 and 2027, days in lieu with them. */
const HOLIDAYS: Readonly<Record<string, readonly string[]>> = {
  FR: ["2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25",
    "2026-07-14", "2026-11-11", "2026-12-25", "2027-01-01", "2027-03-29", "2027-05-06",
    "2027-05-17", "2027-07-14", "2027-11-01", "2027-11-11"],
  // By the calendars of the three parts of the kingdom; 2029 is a year that nobody has published.
  GB: ["2026-01-02", "2026-03-17", "2026-07-13", "2026-08-03", "2026-12-28", "2027-01-04",
    "2027-03-26", "2027-12-28", "2028-01-03", "2028-04-17", "2028-08-28", "2029-01-02",
    "2029-05-15", "2029-12-31", "2031-06-11"],
  AU: ["2026-01-01", "2026-01-26", "2026-04-03", "2026-04-06", "2026-04-25", "2026-12-25",
    "2026-12-26", "2026-12-28", "2027-01-01", "2027-01-26", "2027-03-26", "2027-03-29",
    "2027-12-27", "2027-12-28"],
};

/** Some seconds before or after the next quarter of an hour, as zones and days have them. */
const nearQuarter = (second: number): number => Math.floor(second / 900) * 900 + second % 41 - 20;

const check = (holds: (each: Case) => boolean): void => {
  fc.assert(fc.property(cases, holds), { numRuns: 1_000 });
};

const allowed = ({ facts }: Case): boolean => decideDial(facts).verdict === "allow";

describe("whatever comes, the gate", function () {
  this.timeout(60_000);

  it("lets nothing through outside the hours of any zone and any pack", () => {
    check((each) => !allowed(each) || insideHours(each));
  });

  it("lets nothing through that may go out after the hours, whenever it does", () => {
    fc.assert(fc.property(cases, fc.integer({ min: 0, max: limits.gateAheadMs }), (each, ms) =>
      !allowed(each) || openAt(each, plus(each.facts.now, ms))), { numRuns: 3_000 });
  });

  it("lets nothing through over any cap or within any pause, however late lines went out", () => {
    fc.assert(fc.property(cases, fc.integer({ min: 0, max: limits.gateAheadMs }), (each, ms) =>
      !allowed(each) || (underCaps(each, 0) && underCaps(each, ms))), { numRuns: 1_000 });
  });

  it("lets nothing through on a holiday or in a year without its list, at no hour of it", () => {
    const zones: Readonly<Record<string, readonly string[]>> = {
      FR: ["Europe/Paris"], GB: ["Europe/London"], AU: ["Australia/Sydney", "Australia/Perth", "Australia/Adelaide"],
    };
    const days = Object.entries(HOLIDAYS).flatMap(([country, list]) =>
      list.flatMap((day) => (zones[country] ?? []).map((zone) => ({ country, day, zone }))));
    const seconds = fc.integer({ min: -24 * 3_600, max: 48 * 3_600 });
    fc.assert(fc.property(fc.constantFrom(...days), fc.oneof(seconds, seconds.map(nearQuarter)),
      ({ country, day, zone }, after) => {
        const now = instant(Date.parse(`${day}T00:00Z`) + after * 1_000);
        if (![now, laterThan(now)].some((at) => local(zone, at).date === day)) return true;
        return decideDial(factsFor(rules(country, "marketing"), now, [zone])).verdict === "block";
      }), { numRuns: 3_000 });
  });

  it("lets nothing through to where nothing allows, or that is costly or abused", () => {
    check((each) => !allowed(each) || mayGoThere(each));
    check((each) => {
      const decision = decideDial(each.facts);
      return decision.verdict === "allow" || decision.rule !== "destination" || !mayGoThere(each);
    });
  });

  it("lets nothing through beyond a caller-ID's dials", () => {
    fc.assert(fc.property(cases, fc.nat(5), fc.nat(5), fc.boolean(),
      ({ facts }, dialed, dailyMax, authorised) => {
        const callerId = { authorised, dialed, dailyMax, freeAt: undefined };
        const { verdict } = decideDial({ ...facts, callerId });
        return verdict === "block" || (authorised && dialed < dailyMax);
      }), { numRuns: 1_000 });
  });

  it("lets nothing through without room on the trunk, or over the abandon limit", () => {
    const trunks = fc.record({ channelsFree: fc.nat(2), channels: fc.nat(9), tokens: fc.nat(2) });
    const rates = fc.record({
      answered: fc.nat(200), abandoned: fc.nat(12), lent: fc.constantFrom(0, 0, 3),
      rateMax: fc.constantFrom(0, 0.01, 0.03, 0.05), agentReserved: fc.boolean(),
    });
    fc.assert(fc.property(cases, trunks, rates, fc.constantFrom(0, 60_000, 60_001),
      ({ facts }, trunk, rate, age) => {
        const readAt = instant(facts.now - age);
        const decision = decideDial({
          ...facts, trunk: { readAt, ...trunk }, abandon: { readAt, ...rate },
        });
        const max = Math.min(rate.rateMax, facts.rules.abandon?.rateMax ?? 1);
        return decision.verdict === "block" || (age <= 60_000 && trunk.channelsFree >= 1
          && trunk.tokens >= 1 && (rate.agentReserved
            || rate.abandoned <= rate.answered * max + rate.lent));
      }), { numRuns: 1_000 });
  });

  it("lets nothing through that is on do-not-call", () => {
    check((each) => !allowed(each) || each.facts.doNotCall?.listed === false);
  });

  it("is not stricter than the rules: what nothing stands against is allowed", () => {
    check((each) => {
      const decision = decideDial(each.facts);
      if (decision.verdict === "allow" || decision.rule !== "calling-hours") return true;
      return each.facts.lead.zones.length === 0 || !insideHours(each);
    });
    check((each) => {
      const decision = decideDial(each.facts);
      return decision.verdict === "allow" || decision.rule !== "frequency"
        || !underCaps(each, limits.gateAheadMs);
    });
  });

  it("promises no moment at which the same rule still blocks", () => {
    check(({ facts }) => {
      const decision = decideDial(facts);
      if (decision.verdict === "allow" || decision.until === undefined) return true;
      const later = decideDial({ ...facts, now: decision.until, readAt: decision.until,
        doNotCall: { listed: false, registryAsOf: decision.until } });
      return decision.until > facts.now
        && (later.verdict === "allow" || later.source !== decision.source
          || later.rule !== decision.rule || (later.until ?? Infinity) > decision.until);
    });
  });

  it("lets nothing through when any fact is missing", () => {
    const parts = ["killSwitchOn", "doNotCall", "destinations", "callerId", "trunk",
      "abandon", "history"] as const;
    fc.assert(fc.property(cases, fc.constantFrom(...parts), ({ facts }, part) =>
      decideDial({ ...facts, [part]: undefined }).verdict === "block"), { numRuns: 500 });
  });
});
