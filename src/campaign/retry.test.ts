import { expect } from "chai";
import fc from "fast-check";
import { instant, plus, type Instant } from "../clock.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import { limits } from "../limits.ts";
import { campaignSettings as settings } from "../testing/floor-plan.ts";
import type { LeadChange } from "../store/store.ts";
import { dayPartOf } from "./day-part.ts";
import { leadAfter, type AttemptEnd } from "./retry.ts";

const minute = 60_000;
const ended = (
  outcome: AttemptOutcome["outcome"], reason: AttemptOutcome["reason"], spent = true,
): AttemptOutcome => ({ outcome, reason, spent });

describe("a lead after an attempt", () => {
  /** `expected`: minutes until it is due again, or finished. */
  function check(
    outcome: AttemptOutcome, expected: number | "finished", more: Partial<AttemptEnd> = {},
  ): void {
    const at = instant(0);
    const end = { outcome, at, spentBefore: 0, disposition: "none", ...more };
    expect(leadAfter(settings, end)).to.deep.equal(expected === "finished"
      ? { then: "finished" } : { then: "retry", notBefore: instant(expected * minute) });
  }

  const firsts: readonly (readonly [AttemptOutcome, number | "finished"])[] = [
    [ended("no-answer", "ring-time-over"), 20],
    [ended("no-answer", "rejected"), 20],
    [ended("busy", "busy"), 5],
    [ended("machine", "machine-detected"), 60],
    [ended("abandoned", "no-agent-in-time"), 60],
    [ended("hung-up-early", "left-before-agent"), 60],
    [ended("connected", "answered"), "finished"],
    [ended("failed", "invalid-number"), "finished"],
    [ended("failed", "number-changed"), "finished"],
    [ended("failed", "congestion", false), 5],
    [ended("failed", "lost-control"), 5],
  ];
  for (const [outcome, expected] of firsts) {
    const due = expected === "finished" ? "is finished" : `is due in ${expected} minutes`;
    it(`that ended ${outcome.outcome} by ${outcome.reason} ${due}`, () =>
      check(outcome, expected));
  }

  const lasts: readonly (readonly [AttemptOutcome, spentBefore: number])[] = [
    [ended("no-answer", "ring-time-over"), 2], [ended("busy", "busy"), 2],
    [ended("machine", "machine-detected"), 1], [ended("abandoned", "no-agent-in-time"), 1],
    [ended("hung-up-early", "left-before-agent"), 1], [ended("failed", "lost-control"), 2],
  ];
  for (const [outcome, spentBefore] of lasts) {
    it(`is finished by the last ${outcome.outcome} it has`, () =>
      check(outcome, "finished", { spentBefore }));
  }

  it("goes on for ever while the lines are congested, since nobody was rung", () =>
    check(ended("failed", "congestion", false), 5, { spentBefore: 19 }));
  it("is due again when the agent said so, from the end of wrap-up", () =>
    check(ended("connected", "answered"), 60 + settings.wrapUpMs / minute,
      { disposition: "later" }));
  it("is finished by the agent's word", () =>
    check(ended("connected", "answered"), "finished", { disposition: "sale" }));
  it("is finished when the agent said `later` once too often", () =>
    check(ended("connected", "answered"), "finished", { disposition: "later", spentBefore: 1 }));
  it("is never due before its last leg has surely ended", () => {
    const hasty = {
      ...settings, retry: { ...settings.retry, busy: { afterMs: 0, attemptsMax: 3 } },
    };
    expect(leadAfter(hasty, {
      outcome: ended("busy", "busy"), at: instant(0), spentBefore: 0, disposition: "none",
    })).to.deep.equal({ then: "retry", notBefore: instant(limits.redialSoonestMs) });
  });

  const zone = "Asia/Shanghai";
  const monday = (hour: number): Instant =>
    instant(Date.parse(`2026-11-23T${String(hour).padStart(2, "0")}:00:00+08:00`));
  const unanswered = (at: Instant, more: Partial<AttemptEnd>, rules: object = {}): LeadChange =>
    leadAfter({
      ...settings, ...rules,
      retry: { ...settings.retry, noAnswer: { afterMs: 3_600_000, attemptsMax: 20 } },
    }, {
      outcome: ended("no-answer", "ring-time-over"), at, spentBefore: 1, disposition: "none", zone,
      ...more,
    });

  it("is moved out of a part of the day in which nobody answered twice", () => {
    const tried = [{ at: monday(9), outcome: "no-answer" as const }];
    expect(unanswered(monday(10), { tried })).to.eql({ then: "retry", notBefore: monday(12) });
    expect(unanswered(monday(13), { tried })).to.eql({ then: "retry", notBefore: monday(14) });
    expect(unanswered(monday(10), { tried, zone: undefined }))
      .to.eql({ then: "retry", notBefore: monday(11) });
    expect(unanswered(monday(18), { tried: [{ at: monday(17), outcome: "no-answer" }] }))
      .to.eql({ then: "retry", notBefore: plus(monday(9), 24 * 3_600_000) });
  });
  it("is not tried again on a day that has had its attempts, nor beyond those of the campaign", () => {
    const tried = [{ at: monday(9), outcome: "busy" as const }];
    expect(unanswered(monday(10), { tried }, { attempts: { perDayMax: 2 } }))
      .to.eql({ then: "retry", notBefore: plus(monday(0), 24 * 3_600_000) });
    expect(unanswered(monday(10), { spentBefore: 4 }, { attempts: { perLeadMax: 5 } }))
      .to.eql({ then: "finished" });
  });
  it("goes on to the person's next number, also from a dead one", () => {
    expect(unanswered(monday(10), { numbers: 2 })).to.include({ number: "next" });
    expect(unanswered(monday(10), { numbers: 1 })).to.not.have.property("number");
    expect(unanswered(monday(10), { numbers: 2, outcome: ended("failed", "invalid-number") }))
      .to.eql({ then: "retry", notBefore: plus(monday(10), limits.redialSoonestMs), number: "next" });
  });
  it("is promised a call by a key of the agent", () => {
    const callback = {
      key: "5", code: "in-an-hour", label: { en: "x", zh: "x" }, then: "callback" as const,
      afterMs: 3_600_000,
    };
    expect(unanswered(monday(10), {
      outcome: ended("connected", "answered"), disposition: "in-an-hour",
    }, { dispositions: [callback] }))
      .to.eql({ then: "retry", notBefore: monday(11), callback: true });
  });
  it("is never due in the same part of the day after two no-answers, whenever and wherever", () => {
    fc.assert(fc.property(
      fc.integer({ min: 0, max: 8_760 }), fc.integer({ min: 0, max: 4 * 60 }),
      fc.constantFrom("Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
      (hour, minutes, place) => {
        const first = plus(monday(0), hour * 3_600_000);
        const second = plus(first, minutes * minute);
        const change = unanswered(second,
          { zone: place, tried: [{ at: first, outcome: "no-answer" }] });
        if (dayPartOf(place, first) !== dayPartOf(place, second) || change.then !== "retry") return;
        expect(dayPartOf(place, change.notBefore)).to.not.equal(dayPartOf(place, second));
      }));
  });
});
