import { expect } from "chai";
import { floor } from "./floor-fixture.test.ts";
import type { FloorSnapshot } from "./pacer.ts";
import { governed } from "./governed.ts";
import { powerPacer } from "./power.ts";

function check(
  written: string,
  counts: Pick<FloorSnapshot, "answered" | "abandoned" | "day">,
  decision: string,
): void {
  const snapshot = { ...floor(written), ...counts, abandonRateMax: 0.03 };
  const { dials, why } = governed(powerPacer(3)).decide(snapshot);
  expect(`${dials} ${why}`, written).to.equal(decision);
}

describe("power pacing under the abandon limit", () => {
  it("places its ratio while the limit holds", () => {
    check("ready ready", { answered: 0, abandoned: 0 }, "6 agents-free");
    check("ready ready", { answered: 100, abandoned: 3 }, "6 agents-free");
  });

  it("places one line per free agent while it does not", () => {
    check("ready ready", { answered: 100, abandoned: 4 }, "2 abandon-limit");
    check("ready ready lines=2", { answered: 10, abandoned: 1 }, "0 abandon-limit");
  });

  it("places one line per free agent while a single day of a long window would look bad", () => {
    const month = { answered: 10_000, abandoned: 100 };
    check("ready ready", { ...month, day: { answered: 100, abandoned: 4, rateMax: 0.04 } },
      "6 agents-free");
    check("ready ready", { ...month, day: { answered: 100, abandoned: 5, rateMax: 0.04 } },
      "2 abandon-limit");
  });

  it("says what binds harder than the limit", () => {
    check("talking", { answered: 10, abandoned: 1 }, "0 agents-busy");
    check("ready ready cap=1", { answered: 10, abandoned: 1 }, "1 line-cap");
  });
});
