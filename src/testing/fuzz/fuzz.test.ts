import { expect } from "chai";
import { fuzz, runOne, shares, targets } from "./fuzz.ts";
import { ownProcessorMs } from "../processor-time.ts";
import { damagedText } from "./damage.ts";
import { seededRandom } from "../../random.ts";

describe("fuzzing", () => {
  it("breaks no parser with four thousand inputs", async () => {
    const { failures } = await fuzz({ seed: "unit", inputs: 4_000, nowMs: ownProcessorMs });
    expect(failures).to.deep.equal([]);
  }).timeout(30_000);

  it("gives out exactly the inputs it was asked for, some to each parser", () => {
    const counts = [...shares(1_000_000).values()];
    expect(counts.reduce((sum, each) => sum + each, 0)).to.equal(1_000_000);
    expect(Math.min(...counts)).to.be.greaterThan(500);
  });

  it("makes the same input again", () => {
    const make = (): string => damagedText(["a,b,c", "x;y"], seededRandom("1/t/7"));
    expect(make()).to.equal(make());
  });

  it("reports a parser that accepts what it must not", async () => {
    const [target] = targets;
    const broken = { ...target, name: "broken", weight: 1, run: () => {
      throw new Error("accepted: ;rm");
    } };
    const error = await runOne(broken, "1", 1).then(() => undefined, String);
    expect(error).to.include("accepted");
  });
});
