import { expect } from "chai";
import { Crowd } from "./crowd.ts";

/** Every way that the crowd can act, one by one: right for any crowd, and slow. */
function counted(chances: readonly number[], places: number): number {
  let full = 0;
  for (let ways = 0; ways < 2 ** chances.length; ways++) {
    let chance = 1;
    let acting = 0;
    chances.forEach((each, i) => {
      const acts = (ways >> i) % 2 === 1;
      chance *= acts ? each : 1 - each;
      if (acts) acting++;
    });
    if (acting >= places) full += chance;
  }
  return full;
}

function check(chances: readonly number[], places: number, within: number): void {
  const crowd = new Crowd(places);
  for (const each of chances) crowd.add(each);
  expect(crowd.full()).to.be.closeTo(counted(chances, places), within);
  const atOnce = new Crowd(places);
  atOnce.addAll(Float64Array.from(chances.flatMap((each) => [9, each])), { first: 1, apart: 2 });
  expect(atOnce.full()).to.be.closeTo(crowd.full(), 1e-12);
  expect(crowd.mean).to.be.closeTo(chances.reduce((sum, each) => sum + each, 0), 1e-9);
}

describe("a crowd", () => {
  it("counts a small one exactly", () => {
    check([0.3, 0.3, 0.3], 2, 1e-12);
    check([0.9, 0.1, 0.5, 0.02, 0.7], 3, 1e-12);
    check([1, 1, 0.25], 3, 1e-12);
    check([0, 1, 0], 1, 1e-12);
    check([0.2, 0.4, 0.6, 0.8, 0.1, 0.9, 0.5], 5, 1e-12);
    check([0.2, 0.4, 0.6, 0.8, 0.1, 0.9, 0.5, 0.3], 3, 1e-12);
    check([], 1, 1e-12);
    check([0.5], 0, 1e-12);
  });

  it("bends a normal curve for a large one, within 3 in 1,000 of counting it", () => {
    // 40 people of 0.55 each who want 25 places: the exact binomial tail, summed by its terms.
    const crowd = new Crowd(25);
    for (let i = 0; i < 40; i++) crowd.add(0.55);
    let term = 0.45 ** 40;
    let full = 0;
    for (let n = 0; n <= 40; n++) {
      if (n >= 25) full += term;
      term *= (40 - n) / (n + 1) * (0.55 / 0.45);
    }
    expect(crowd.full()).to.be.closeTo(full, 0.003);
  });
});
