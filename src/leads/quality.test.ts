import { expect } from "chai";
import fc from "fast-check";
import { instant } from "../clock.ts";
import type { DialNumber } from "../ids.ts";
import { qualityOf, suspicionOf, verdictOf, type Evidence, type HeardOnLine } from "./quality.ts";

describe("the quality of a number", () => {
  const evidence = (...words: readonly string[]): Evidence[] => words.map((word, i) => {
    const [source, quality] = word.split(" ") as [Evidence["source"], Evidence["quality"]];
    return { source, quality, what: word, at: instant(i) };
  });
  const check = (words: readonly string[], expected: string): void => {
    expect(qualityOf(evidence(...words)), words.join()).to.equal(expected);
  };

  it("is good until something is said against it", () => {
    check([], "valid");
    check(["rule suspicious"], "suspicious");
    check(["lookup dead"], "dead");
    check(["line dead"], "dead");
  });
  it("believes a line that doubts twice, and rules never", () => {
    check(["line suspicious"], "suspicious");
    check(["line suspicious", "line suspicious"], "dead");
    check(["rule suspicious", "rule suspicious", "line suspicious"], "suspicious");
    check(["line suspicious", "line valid", "line suspicious"], "suspicious");
  });
  it("comes back by one live answer, and not by a lookup's word", () => {
    check(["line dead", "line valid"], "valid");
    check(["line dead", "person valid"], "valid");
    check(["line dead", "lookup valid"], "dead");
    check(["lookup suspicious", "lookup valid"], "valid");
  });
  it("is always valid after a live answer, whatever came before", () => {
    const word = fc.tuple(fc.constantFrom("rule", "lookup", "line", "person"),
      fc.constantFrom("valid", "suspicious", "dead")).map((each) => each.join(" "));
    fc.assert(fc.property(fc.array(word), (words) => {
      check([...words, "line valid"], "valid");
      check([...words, "line dead"], "dead");
    }));
  });
});

describe("what a line says of its number", () => {
  const check = (heard: Partial<HeardOnLine>, expected: string): void => {
    const verdict = verdictOf(
      { answered: false, reason: undefined, sip: undefined, q850: undefined, ...heard });
    expect(verdict ? `${verdict.quality} ${verdict.what}` : "nothing").to.equal(expected);
  };
  it("is believed when it says that the number is not there", () => {
    check({ q850: 1, sip: 404 }, "dead q850 1");
    check({ q850: 22 }, "dead q850 22");
    check({ sip: 604 }, "dead sip 604");
    check({ tones: "vacant", q850: 16 }, "dead sit vacant");
    check({ tones: "intercept", sip: 480, q850: 19 }, "dead sit intercept");
    check({ reason: "number-changed" }, "dead number-changed");
  });
  it("is doubted when a broken route says the same", () => {
    check({ sip: 404 }, "suspicious sip 404");
    check({ q850: 3, sip: 404 }, "suspicious q850 3");
    check({ sip: 484 }, "suspicious sip 484");
    check({ tones: "unknown", reason: "invalid-number" }, "suspicious sit");
    check({ q850: 4 }, "suspicious q850 4");
  });
  it("says nothing by busy, no answer or congestion", () => {
    for (const heard of [{ q850: 17, sip: 486 }, { q850: 19 }, { q850: 34, sip: 503 },
      { tones: "no-circuit" as const }, { tones: "reorder" as const }, { tones: "no-circuit" as const, q850: 1 }, {}]) check(heard, "nothing");
  });
  it("is alive by its answer", () => check({ answered: true, q850: 1 }, "valid answered"));
});

describe("a number that exists", () => {
  const check = (number: string, expected: string | undefined): void => {
    expect(suspicionOf(number as DialNumber), number).to.equal(expected);
  };
  it("is suspicious when nobody would have it", () => {
    check("+8613800000000", "zeros");
    check("+8613911111111", "one-digit");
    check("+8613812345678", "test");
    check("+8613712345678", "sequence");
    check("+8613087654321", "sequence");
    check("+12125550123", "fictional");
    check("+447700900123", "fictional");
  });
  it("is mostly not", () => {
    for (const number of ["+8613901234568", "+493023125000", "+8613966668888", "+12125551234"]) {
      check(number, undefined);
    }
  });
});
