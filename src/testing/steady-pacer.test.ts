import { expect } from "chai";
import type { FloorSnapshot } from "../pacing/pacer.ts";
import { dueBy, steadyPacer } from "./steady-pacer.ts";

describe("a steady offer", () => {
  const floor = { next: new Array<number>(500).fill(0.3) } as unknown as FloorSnapshot;
  const offer = { callsPerSecond: 50, calls: 300 };

  /** Looks at the floor every `everyMs`, when at most `room` lines can be placed. */
  function placedAfter(ms: number, { everyMs, room }: { everyMs: number; room: number }): number {
    let now = 0;
    let placed = 0;
    const pacer = steadyPacer(dueBy(offer, () => now), () => placed);
    for (; now <= ms; now += everyMs) {
      const { dials } = pacer.decide(floor);
      placed += Math.min(dials, room);
    }
    return placed;
  }

  it("is as many as its rate says", () =>
    expect(placedAfter(2_000, { everyMs: 10, room: 100 })).to.equal(100));

  it("ends with its last call", () =>
    expect(placedAfter(20_000, { everyMs: 10, room: 100 })).to.equal(300));

  it("loses none that a late look at the floor has no room for", () =>
    expect(placedAfter(20_000, { everyMs: 400, room: 10 })).to.equal(300));

  it("starts with the first lead", () => {
    let now = 0;
    const pacer = steadyPacer(dueBy(offer, () => now), () => 0);
    expect(pacer.decide({ ...floor, next: [] }).dials).to.equal(0);
    now = 5_000;
    expect(pacer.decide(floor).dials).to.equal(0);
    now = 6_000;
    expect(pacer.decide(floor).dials).to.equal(50);
  });
});
