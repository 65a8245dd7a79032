import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../config.ts";
import { UserError } from "../errors.ts";
import { pool } from "./pooled.ts";
import { plotDay } from "./day-plot.ts";
import { parseScenario, scenarioKeys } from "./scenario-file.ts";
import { ordinaryDay } from "./scenario.ts";
import type { DayResult } from "./day-tally.ts";

const example = readFileSync(join(projectDir, "docs/examples/scenario.yaml"), "utf8");

function check(content: string, problem: string): void {
  expect(() => parseScenario(content, "s.yaml")).to.throw(UserError, problem);
}

describe("a scenario file", () => {
  it("has an example with every key", () => {
    const read = parseScenario(example, "scenario.yaml");
    expect(read.shifts.map((each) => each.agents)).to.deep.equal([8, 4]);
    expect(read.leads).to.equal(undefined);
    for (const key of scenarioKeys) expect(example).to.contain(`${key.split(".").at(-1) ?? ""}:`);
  });

  it("needs a name and shifts, and has an ordinary day's values for the rest", () => {
    const read = parseScenario(
      'name: small\nshifts: [{ agents: 2, fromMs: "09:00", toMs: "12:00" }]\nleads: 50', "s.yaml",
    );
    expect(read).to.deep.include({ talk: ordinaryDay.talk, leads: 50, abandonRateMax: 0.03 });
  });

  it("is refused by the place of each problem", () => {
    check("name: x", "s.yaml:1:1: shifts is missing");
    check("name: x\nshifts: []", "s.yaml:2:9");
    check('name: x\nshifts: [{ agents: 2, fromMs: "9:00", toMs: "25:00" }]', "a time of day");
    check(`${example}\ntalks: { kind: fixed, ms: 1 s }`, "did you mean talk?");
    check(example.replace("kind: exponential, meanMs: 8 s", "kind: gamma"), "kind exponential");
    check("", "the file is empty");
  });
});

describe("pooled days", () => {
  const day = (answered: number, abandoned: number, utilisation: number): DayResult =>
    ({ answered, abandoned, utilisation, abandonRate: abandoned / answered,
      callsPerAgentHour: 20, waitP99Ms: 0 }) as unknown as DayResult;

  it("give the rate of all people together, and the interval of the days", () => {
    const result = pool([day(100, 1, 0.8), day(300, 9, 0.9)]);
    expect(result.abandonRate.mean).to.equal(10 / 400);
    expect(result.abandonRateWorst).to.equal(0.03);
    // Two days of 0.8 and 0.9: t(1) = 12.71 times 0.05.
    expect(result.utilisation.mean).to.be.closeTo(0.85, 1e-12);
    expect(result.utilisation.margin).to.be.closeTo(12.71 * 0.05, 1e-9);
  });
});

describe("a day's plot", () => {
  it("is one SVG with the limit in it, and escapes the title", () => {
    const moments = Array.from({ length: 10 }, (_, i) =>
      ({ atMs: i * 60_000, staffed: 3, busy: 2, lines: 1, abandonRate: 0.01 }));
    const svg = plotDay({ title: "<day & night>", moments, limit: 0.03 });
    expect(svg).to.match(/^<svg .*<\/svg>\n$/s).and.contain("&lt;day &amp; night&gt;");
    expect(svg.match(/<polyline/g)).to.have.length(5);
  });
});
