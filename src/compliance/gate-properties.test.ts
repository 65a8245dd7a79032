import fc from "fast-check";
import { instant, type Instant } from "../clock.ts";
import type { Contact } from "./frequency.ts";
import { decideDial, type GateFacts } from "./gate.ts";
import { factsFor, historyOf, rules } from "./gate-fixture.test.ts";
import { purposes, type Span } from "./pack.ts";

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
);

const contacts = (now: Instant): fc.Arbitrary<Contact[]> => fc.array(fc.record({
  at: fc.integer({ min: 0, max: 70 * 86_400_000 }).map((ago) => instant(now - ago)),
  result: fc.constantFrom<Contact["result"]>("open", "unanswered", "conversation", "abandoned"),
  refused: fc.boolean(),
}), { maxLength: 12 });

interface Case {
  readonly facts: GateFacts;
  readonly made: readonly Contact[];
}

const cases: fc.Arbitrary<Case> = fc.tuple(moments, fc.constantFrom(...PLACES),
  fc.constantFrom(...purposes), fc.subarray(ZONES, { maxLength: 3 }), fc.boolean())
  .chain(([now, places, purpose, zones, listed]) => contacts(now).map((made) => ({
    made,
    facts: {
      ...factsFor(rules(places, purpose), now, zones),
      history: historyOf(made), doNotCall: { listed, registryAsOf: now },
    },
  })));

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

const insideHours = ({ facts }: Case): boolean => facts.lead.zones.length > 0
  && facts.rules.hours.every(({ hours }) => facts.lead.zones.every((zone) => {
    const { minute, weekday } = local(zone, facts.now);
    return (hours.days[WEEK.indexOf(weekday)] ?? [])
      .some(({ from, to }) => minute >= from && minute < to);
  }));

/** Whether a moment lies in a span that ends now. */
const within = (span: Span, zone: string, at: number, now: number): boolean => {
  if (span.kind === "rolling") return at > now - span.ms;
  const days = (Date.parse(local(zone, now).date) - Date.parse(local(zone, at).date)) / 86_400_000;
  return days < span.days;
};

const underCaps = ({ facts, made }: Case): boolean => facts.lead.zones.every((zone) =>
  facts.rules.caps.every(({ rule }) => made.filter((each) =>
    within(rule.within, zone, each.at, facts.now) && (rule.counts === "attempts"
      || each.result === "open"
      || (rule.counts === "unanswered") === (each.result === "unanswered"))).length < rule.max)
  && facts.rules.coolDowns.every(({ rule }) => !made.some((each) =>
    within(rule.span, zone, each.at, facts.now)
    && (rule.after === "refusal" ? each.refused : each.result === rule.after))));

const check = (holds: (each: Case) => boolean): void => {
  fc.assert(fc.property(cases, holds), { numRuns: 2_000 });
};

const allowed = ({ facts }: Case): boolean => decideDial(facts).verdict === "allow";

describe("whatever comes, the gate", () => {
  it("lets nothing through outside the hours of any zone and any pack", () => {
    check((each) => !allowed(each) || insideHours(each));
  });

  it("lets nothing through over any cap or within any pause", () => {
    check((each) => !allowed(each) || underCaps(each));
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
      return decision.verdict === "allow" || decision.rule !== "frequency" || !underCaps(each);
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
    const parts = ["killSwitchOn", "doNotCall", "callerId", "trunk", "abandon"] as const;
    fc.assert(fc.property(cases, fc.constantFrom(...parts), ({ facts }, part) =>
      decideDial({ ...facts, [part]: undefined }).verdict === "block"), { numRuns: 500 });
  });
});
