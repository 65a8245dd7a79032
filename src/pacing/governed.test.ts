import { expect } from "chai";
import { floor } from "./floor-fixture.test.ts";
import { governed } from "./governed.ts";
import { powerPacer } from "./power.ts";

function check(
  written: string,
  { answered, abandoned }: { answered: number; abandoned: number },
  decision: string,
): void {
  const snapshot = { ...floor(written), answered, abandoned, abandonRateMax: 0.03 };
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

  it("says what binds harder than the limit", () => {
    check("talking", { answered: 10, abandoned: 1 }, "0 agents-busy");
    check("ready ready cap=1", { answered: 10, abandoned: 1 }, "1 line-cap");
  });
});
