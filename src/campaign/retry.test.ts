import { expect } from "chai";
import { instant } from "../clock.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import { limits } from "../limits.ts";
import { campaignSettings as settings } from "../testing/floor-plan.ts";
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
});
