import { expect } from "chai";
import { instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import type { FloorSnapshot, Pacer } from "./pacer.ts";
import { carefulBelow } from "./small-team.ts";

const floor = (agents: number): FloorSnapshot => ({
  now: instant(0), lines: [], waiting: [], next: new Array<number>(20).fill(0.3),
  agents: Array.from({ length: agents }, (_, i) =>
    ({ agent: i as AgentId, state: "ready" as const, since: instant(0) })),
  answered: 100, abandoned: 0, abandonRateMax: 0.03, linesMax: 20,
});
const bold = (risk: number): Pacer => ({
  name: "bold",
  decide: () => ({
    dials: 9, why: "agents-soon",
    forecast: { inMs: 1_000, agentsFree: 1, answers: 1, risk, riskMax: 0.05 },
  }),
});
const check = (agents: number, risk: number, expected: string): void => {
  const { dials, why } = carefulBelow(4, bold(risk)).decide(floor(agents));
  expect(`${dials} ${why}`).to.equal(expected);
};

describe("the care for small teams", () => {
  it("falls back when the next line alone would break the limit", () =>
    check(3, 0.04, "3 small-team"));
  it("does not when the forecast says that it would not", () => check(3, 0.03, "9 agents-soon"));
  it("leaves larger teams alone", () => check(4, 0.04, "9 agents-soon"));
  it("is nothing where no number is stated", () => {
    const pacer = bold(0.9);
    expect(carefulBelow(0, pacer)).to.equal(pacer);
  });
});
