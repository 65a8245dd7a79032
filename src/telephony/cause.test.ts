import { expect } from "chai";
import fc from "fast-check";
import type { SpecialInformation } from "../leads/special-information.ts";
import { outcomeOfTones, outcomeOfUnanswered, type HangUpCause } from "./cause.ts";

const check = (q850: number, sip: number | undefined, expected: string): void => {
  const cause: HangUpCause = { q850, sip, by: "far-end" };
  const { outcome, reason, spent } = outcomeOfUnanswered(cause);
  expect(`${outcome} ${reason} ${spent ? "spent" : "free"}`).to.equal(expected);
};

describe("hang-up causes of unanswered legs", () => {
  const rows: readonly (readonly [number, number | undefined, string])[] = [
    [17, 486, "busy busy spent"],
    [19, undefined, "no-answer ring-time-over spent"],
    [18, 408, "no-answer no-user-response spent"],
    [19, 480, "no-answer ring-time-over spent"],
    [21, 603, "no-answer rejected spent"],
    [21, 403, "failed barred free"],
    [55, 603, "no-answer network-blocked spent"],
    [17, 600, "busy busy spent"],
    [127, 599, "failed congestion free"],
    [1, 502, "failed congestion free"],
    [46, undefined, "failed congestion free"],
    [127, 608, "no-answer network-blocked spent"],
    [1, 404, "failed invalid-number spent"],
    [4, undefined, "failed invalid-number spent"],
    [22, 410, "failed number-changed spent"],
    [28, 484, "failed invalid-number spent"],
    [34, 503, "failed congestion free"],
    [42, 500, "failed congestion free"],
    [3, undefined, "failed no-route free"],
    [58, 488, "failed codec free"],
    [102, 504, "failed carrier-timeout free"],
    [127, 499, "failed unknown-cause spent"],
  ];
  for (const [q850, sip, expected] of rows) {
    it(`${q850}/${sip ?? "-"} is ${expected}`, () => { check(q850, sip, expected); });
  }

  it("have a meaning for every cause and status, and a fault is never a try", () => {
    const faults = ["congestion", "barred", "codec", "no-route", "carrier-timeout"];
    const wrong: string[] = [];
    for (let sip = 299; sip <= 699; sip++) {
      for (let q850 = 0; q850 <= 127; q850++) {
        const status = sip === 299 ? undefined : sip;
        const { outcome, reason, spent } = outcomeOfUnanswered({ q850, sip: status, by: "us" });
        const known = ["busy", "no-answer", "failed"].includes(outcome);
        if (!known || spent === faults.includes(reason)) wrong.push(`${q850}/${sip}`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it("never count a 5xx as a try", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 500, max: 599 }),
      (q850, sip) => !outcomeOfUnanswered({ q850, sip, by: undefined }).spent));
  });

  it("never counts congestion as a try, whatever the status", () => {
    fc.assert(fc.property(fc.constantFrom(34, 38, 41, 42, 44), fc.integer({ min: 500, max: 599 }),
      (q850, sip) => !outcomeOfUnanswered({ q850, sip, by: undefined }).spent));
  });
});

describe("special information tones", () => {
  const says = (tones: SpecialInformation): string => {
    const { outcome, reason, spent } = outcomeOfTones(tones);
    return `${outcome} ${reason} ${spent ? "spent" : "free"}`;
  };
  it("end the call as a cause of the same meaning would", () => {
    expect(says("vacant")).to.equal("failed invalid-number spent");
    expect(says("unknown")).to.equal("failed invalid-number spent");
    expect(says("intercept")).to.equal("failed number-changed spent");
    expect(says("no-circuit")).to.equal("failed congestion free");
    expect(says("reorder")).to.equal("failed congestion free");
  });
});
