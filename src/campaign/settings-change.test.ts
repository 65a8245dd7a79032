import { expect } from "chai";
import { UserError } from "../errors.ts";
import { campaignSettings } from "../testing/floor-plan.ts";
import { changed, differences } from "./settings-change.ts";

const after = (...changes: string[]) => changed(campaignSettings, changes);

function refusal(...changes: string[]): string {
  try {
    after(...changes);
  } catch (error) {
    if (error instanceof UserError) return error.what.en;
    throw error;
  }
  return "nothing was refused";
}

describe("a change of a campaign's settings", () => {
  for (const [change, key, value] of [
    ["mode=predictive", "mode", { kind: "predictive" }],
    ["mode=preview", "mode", { kind: "preview", decideWithinMs: 30_000, atTimeOver: "pause" }],
    ["mode={ kind: power, linesPerAgent: 2 }", "mode", { kind: "power", linesPerAgent: 2 }],
    ["abandonRateMax=2%", "abandonRateMax", 0.02],
    ["abandonRateMax=0.5 %", "abandonRateMax", 0.005],
    ["ringMs=30 s", "ringMs", 30_000],
    ["priority=9", "priority", 9],
    ["trunks=[one, two]", "trunks", ["one", "two"]],
  ] as const) {
    it(`takes ${change}`, () => expect(after(change)).to.have.deep.property(key, value));
  }
  it("changes one key of a map and leaves the others", () => {
    expect(after("retry.busy.afterMs=1 h").retry)
      .to.deep.include({ busy: { afterMs: 3_600_000, attemptsMax: 3 } });
    expect(after("mode.kind=power", "mode.linesPerAgent=3").mode)
      .to.deep.equal({ kind: "power", linesPerAgent: 3 });
  });
  for (const [change, why] of [
    ["mode=predictiv", "mode: \"predictiv\" is not allowed here"],
    ["mod=predictive", "mod: \"mod\" is not a key; did you mean mode?"],
    ["abandonRateMax=3", "abandonRateMax: 3 is not allowed here: a number from 0 to 1"],
    ["name=other", "name of a campaign cannot be changed"],
    ["lists=[b]", "lists of a campaign cannot be changed"],
    ["mode", "\"mode\" changes nothing"],
    ["mode={ kind", "is not YAML"],
  ] as const) {
    it(`refuses ${change}`, () => expect(refusal(change)).to.include(why));
  }
  it("tells what it changed, whatever the order of keys", () => {
    const shuffled = {
      ...campaignSettings, callerId: { name: "Rehearsal", number: "1000" },
      mode: { kind: "predictive" } as const,
    };
    expect(differences(campaignSettings, shuffled)).to.deep.equal([
      { key: "mode", before: { kind: "progressive" }, after: { kind: "predictive" } }]);
  });
});
