import { expect } from "chai";
import * as fc from "fast-check";
import { floor } from "./floor-fixture.test.ts";
import { powerPacer } from "./power.ts";
import { progressivePacer } from "./progressive.ts";
import type { Pacer } from "./pacer.ts";

/** `floor` is written as in floor-fixture: agents, lines, waiting, leads, cap. */
function check(pacer: Pacer, written: string, decision: string): void {
  const { dials, why } = pacer.decide(floor(written));
  expect(`${dials} ${why}`, written).to.equal(decision);
}

describe("progressive pacing", () => {
  const rows: readonly [floor: string, decision: string][] = [
    ["", "0 no-agents"],
    ["paused leaving", "0 no-agents"],
    ["ready", "1 agents-free"],
    ["ready ready talking", "2 agents-free"],
    ["talking wrap-up connecting", "0 agents-busy"],
    ["ready ready lines=1", "1 agents-free"],
    ["ready lines=1", "0 lines-enough"],
    ["ready ready waiting=1", "1 agents-free"],
    ["ready lines=3 waiting=2", "0 lines-enough"],
    ["ready ready ready leads=1", "1 no-leads"],
    ["ready leads=0", "0 no-leads"],
    ["ready ready ready lines=1 cap=2", "1 line-cap"],
    ["ready ready lines=1 cap=0", "0 line-cap"],
  ];
  for (const [written, decision] of rows) {
    it(`${written || "an empty floor"} → ${decision}`, () => {
      check(progressivePacer, written, decision);
    });
  }
});

describe("power pacing", () => {
  const rows: readonly [ratio: number, floor: string, decision: string][] = [
    [3, "ready ready talking", "6 agents-free"],
    [3, "ready lines=2", "1 agents-free"],
    [1.5, "ready ready ready", "4 agents-free"],
    [2, "ready talking lines=2", "0 lines-enough"],
    [2, "talking", "0 agents-busy"],
    [10, "ready leads=4", "4 no-leads"],
    [10, "ready cap=4", "4 line-cap"],
  ];
  for (const [ratio, written, decision] of rows) {
    it(`${ratio} lines an agent, ${written} → ${decision}`, () => {
      check(powerPacer(ratio), written, decision);
    });
  }

  it("never dials more than there are leads, or lines under the cap", () => {
    const count = fc.nat({ max: 30 });
    fc.assert(fc.property(
      fc.double({ min: 1, max: 10, noNaN: true }), count, count, count, count, count,
      (ratio, ready, lines, waiting, leads, cap) => {
        const { dials } = powerPacer(ratio).decide(floor(
          `${"ready ".repeat(ready)}lines=${lines} waiting=${waiting} leads=${leads} cap=${cap}`,
        ));
        expect(dials).to.be.within(0, Math.min(leads, Math.max(0, cap - lines)));
      },
    ));
  });
});
