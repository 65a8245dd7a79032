import { expect } from "chai";
import fc from "fast-check";
import { outcomeOfUnanswered, type HangUpCause } from "./cause.ts";

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
    [127, 608, "no-answer network-blocked spent"],
    [1, 404, "failed invalid-number spent"],
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

  it("never counts congestion as a try, whatever the status", () => {
    fc.assert(fc.property(fc.constantFrom(34, 38, 41, 42, 44), fc.integer({ min: 500, max: 599 }),
      (q850, sip) => !outcomeOfUnanswered({ q850, sip, by: undefined }).spent));
  });
});
