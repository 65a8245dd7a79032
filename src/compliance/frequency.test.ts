import fc from "fast-check";
import { instant, plus } from "../clock.ts";
import { capUntil, coolDownUntil, countsAs, contactLimits, type Contact } from "./frequency.ts";
import type { Span } from "./pack.ts";

/**
 * The gate allows by walking the contacts, the store by counting those after a moment. Where the
 * store would let a dial through, the gate must have; and where the gate does, the store must too,
 * save in the hour that is repeated over midnight.
 */
const ZONES = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
  "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Africa/Casablanca"];
const HOUR_MS = 3_600_000;

const moments = fc.oneof(
  fc.tuple(fc.constantFrom("2027-03-14", "2027-11-07", "2028-02-29", "2027-04-04", "2027-10-03"),
    fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([day, minutes]) => instant(Date.parse(`${day}T00:00Z`) + minutes * 60_000)),
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2031, 0, 1) }).map(instant));
const spans = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map((hours): Span => ({ kind: "rolling", ms: hours * HOUR_MS })),
  fc.integer({ min: 1, max: 8 }).map((days): Span => ({ kind: "days", days })));
const contacts = fc.array(fc.record({
  ago: fc.integer({ min: 0, max: 9 * 24 * 60 }),
  result: fc.constantFrom<Contact["result"]>("open", "unanswered", "conversation", "abandoned"),
  refused: fc.boolean(),
}), { maxLength: 8 });

describe("the limits that are reserved with an attempt", () => {
  it("allow what the gate's own counting allows, and nothing else", () => {
    fc.assert(fc.property(moments, spans, contacts, fc.subarray(ZONES, { minLength: 1 }),
      fc.constantFrom("attempts" as const, "conversations" as const, "unanswered" as const),
      fc.constantFrom("conversation" as const, "refusal" as const, "abandoned" as const),
      fc.integer({ min: 1, max: 4 }), (now, span, made, zones, counts, after, max) => {
        const list = made.map(({ ago, ...rest }): Contact =>
          ({ ...rest, at: plus(now, -ago * 60_000) })).sort((a, b) => b.at - a.at);
        const cap = { kind: "cap", per: "person", counts, max, within: span } as const;
        const coolDown = { kind: "cool-down", after, span } as const;
        const gate = [capUntil(cap, list, zones, now), coolDownUntil(coolDown, list, zones, now)];
        const store = contactLimits(
          { caps: [{ rule: cap }], coolDowns: [{ rule: coolDown }] }, zones, now);
        return store.every((limit, i) => (list.filter((each) =>
          each.at > limit.since && countsAs(each, limit.counts)).length < limit.max)
          === (gate[i] === undefined));
      }), { numRuns: 3_000 });
  });
});
