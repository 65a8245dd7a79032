import { expect } from "chai";
import fc from "fast-check";
import { instant, plus } from "../clock.ts";
import { afterEvent, areBands, ENGAGEMENT_HALF_MS, eventPoints, gradeOf, scoreOf,
  TIMELINESS_HALF_MS, type LeadScore } from "./value.ts";

const bands = { A: 10_000, B: 3_000, C: 1_000, D: 200 };
const now = instant(1_000_000_000_000);
const nobody: LeadScore = {
  lifetimeValue: undefined, engagement: 0, engagedAt: now, timelyAt: undefined,
};

describe("the worth of a lead", () => {
  it("is graded by its bands, whatever order they are in", () => {
    expect([10_000, 9_999, 1_000, 200, 0].map((value) => gradeOf(value, bands)).join(""))
      .to.equal("ABCDE");
    expect(gradeOf(5_000, { ...bands, D: 4_000 })).to.equal("D");
  });
  it("has bands that fall from A to D", () => {
    expect([bands, { ...bands, D: 0 }, { ...bands, B: 10_000 }, { ...bands, D: -1 }].map(areBands))
      .to.deep.equal([true, true, false, false]);
  });
  it("falls by a refusal", () => {
    const lead = { ...nobody, engagement: 0.8 };
    expect(afterEvent(lead, -0.5, now).engagement).to.equal(0.4);
    expect(afterEvent(lead, -1, now).engagement).to.equal(0);
  });
  it("fades by half in a week and in three days", () => {
    const lead = { ...nobody, engagement: 1, timelyAt: now };
    expect(scoreOf(lead, { now: plus(now, ENGAGEMENT_HALF_MS), bands }).engagement).to.equal(0.5);
    expect(scoreOf(lead, { now: plus(now, TIMELINESS_HALF_MS), bands }).timeliness).to.equal(0.5);
  });
  it("is between 0 and 1, and never falls by an event", () => {
    fc.assert(fc.property(
      fc.array(fc.constantFrom("page-view" as const, "consultation" as const, "purchase" as const)),
      fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
      (events, lifetimeValue) => {
        let lead: LeadScore = { ...nobody, lifetimeValue };
        for (const each of events) {
          const before = scoreOf(lead, { now, bands }).score;
          lead = afterEvent(lead, eventPoints[each], now);
          const after = scoreOf(lead, { now, bands }).score;
          expect(after).to.be.within(before, 1);
        }
      }));
  });
});
