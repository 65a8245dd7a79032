import { expect } from "chai";
import { chance, seededRandom } from "../random.ts";
import { estimated, nothingCounted, withLead, type LeadCell } from "./answer-cells.ts";

const cell = (past: LeadCell["past"], hour: number, lineType: LeadCell["lineType"]): LeadCell =>
  ({ past, hour, lineType });

/** What is estimated of `asked` after many lines of leads who truly answer with `rate`. */
function check(
  rate: (cell: LeadCell) => number, asked: LeadCell, expected: number, lines = 8_000,
): void {
  const random = seededRandom("cells");
  let known = nothingCounted;
  for (let i = 0; i < lines; i++) {
    const lead = cell(i % 3 === 0 ? "fresh" : "silent", 9 + Math.floor(i / 6) % 8, i % 2 === 0 ? "mobile" : "landline");
    known = withLead(known, lead, chance(random, rate(lead)));
  }
  expect(estimated(known, asked)).to.be.closeTo(expected, 0.04);
}

describe("our own estimate of who answers", () => {
  it("is three in ten before anything was seen", () => {
    expect(estimated(nothingCounted, cell("fresh", 9, "mobile"))).to.be.closeTo(0.3, 1e-9);
  });
  it("follows the campaign's rate where leads do not differ", () => {
    check(() => 0.12, cell("fresh", 10, "mobile"), 0.12);
  });
  it("tells mobiles from landlines, and fresh leads from silent ones", () => {
    const rate = ({ past, lineType }: LeadCell): number =>
      (lineType === "mobile" ? 0.3 : 0.1) * (past === "fresh" ? 1.5 : 0.75);
    check(rate, cell("fresh", 10, "mobile"), 0.45);
    check(rate, cell("silent", 10, "landline"), 0.075);
  });
  it("knows the hours", () => {
    check(({ hour = 0 }) => hour >= 14 ? 0.4 : 0.15, cell("silent", 15, "mobile"), 0.4);
  });
  it("takes an hour that was never seen for the mean", () => {
    check(() => 0.2, cell("silent", 3, "unknown"), 0.2);
  });
  it("is not swayed by a few lines", () => {
    let known = nothingCounted;
    for (let i = 0; i < 400; i++) known = withLead(known, cell("silent", 10, "mobile"), i % 5 === 0);
    for (let i = 0; i < 3; i++) known = withLead(known, cell("busy", 10, "mobile"), true);
    expect(estimated(known, cell("busy", 10, "mobile"))).to.be.below(0.32);
  });
});
