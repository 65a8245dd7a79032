import { expect } from "chai";
import { DAY_MS, plus } from "../clock.ts";
import { budgetOf, dayRateMax } from "./abandon-budget.ts";
import { floor } from "./floor-fixture.test.ts";
import { nothingLearned } from "./learned.ts";
import type { FloorSnapshot } from "./pacer.ts";

describe("the abandon budget of a window of thirty days", () => {
  const base = floor("ready talking talking talking");
  const inDays = (days: number, counts: Partial<FloorSnapshot>): FloorSnapshot => ({
    ...base, abandonRateMax: 0.03, ...counts,
    window: { from: plus(base.now, -(30 - days) * DAY_MS), until: plus(base.now, days * DAY_MS) },
  });
  const riskOf = (snapshot: FloorSnapshot): number =>
    budgetOf(snapshot, nothingLearned(), { working: 10, believedNext: 0.2 }).riskMax;
  const day = { answered: 1_500, abandoned: 43, rateMax: dayRateMax(0.03) };

  it("spreads what was saved over all that is left", () => {
    const even = riskOf(inDays(20, { answered: 15_000, abandoned: 425, day }));
    const saved = riskOf(inDays(20, { answered: 15_000, abandoned: 350, day }));
    // 75 people more for some 15,000 answers: a sixth more of the limit for each.
    expect(saved / even).to.be.within(1.1, 1.25);
  });

  it("gives no more than a day may have, however much was saved", () => {
    const rich = { answered: 15_000, abandoned: 0 };
    const spent = { ...day, abandoned: 60 };
    const { people, riskMax } = budgetOf(inDays(20, { ...rich, day: spent }), nothingLearned(),
      { working: 10, believedNext: 0.2 });
    expect(people).to.be.below(0);
    expect(riskMax).to.be.below(riskOf(inDays(20, { ...rich, day })));
  });
});
