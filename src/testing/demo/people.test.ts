import { expect } from "chai";
import fc from "fast-check";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { seededRandom } from "../../random.ts";
import { behaviours, drawPeople, isFictional, peopleMax } from "./people.ts";

describe("the demo's people", () => {
  it("have numbers that are kept for fiction, valid and all different", () => {
    const people = drawPeople(seededRandom(7), peopleMax);
    expect(new Set(people.map(({ number }) => number)).size).to.equal(peopleMax);
    for (const { number } of people) {
      expect(isFictional(number), number).to.equal(true);
      expect(parsePhoneNumberFromString(number)?.isValid(), number).to.equal(true);
    }
  });

  it("do not take a living person's number for fiction", () => {
    for (const number of ["+12015551234", "+12025560100", "+8613800138000", "+1201555010", ""]) {
      expect(isFictional(number)).to.equal(false);
    }
  });

  it("are the same for the same seed, and a longer list begins with the shorter one", () => {
    fc.assert(fc.property(fc.integer(), fc.nat(50), fc.nat(50), (seed, count, more) => {
      const people = drawPeople(seededRandom(seed), count);
      expect(drawPeople(seededRandom(seed), count + more).slice(0, count)).to.deep.equal(people);
    }), { numRuns: 30 });
  });

  it("show every behaviour among 300, whatever the seed", () => {
    for (const seed of [1, 2, 3, 4, 5, 7]) {
      const seen = new Set(drawPeople(seededRandom(seed), 300).map(({ first }) => first.behaviour));
      expect([...seen].sort(), `seed ${seed}`).to.deep.equal([...behaviours].sort());
    }
  });

  it("let the campaign come to its end: nobody is congested for ever", () => {
    for (const { later } of drawPeople(seededRandom(1), 1_000)) {
      expect(later.behaviour).not.to.equal("congested");
    }
  });

  it("answer within any ring time, and ring by a skewed law", () => {
    const rings = drawPeople(seededRandom(3), 2_000)
      .filter(({ first }) => first.behaviour === "talks")
      .map(({ first }) => first.ringMs).sort((a, b) => a - b);
    const mean = rings.reduce((sum, each) => sum + each, 0) / rings.length;
    expect(rings.at(-1)).to.be.below(15_000);
    expect(rings[rings.length >> 1]).to.be.below(mean);
  });
});
