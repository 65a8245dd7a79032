import { expect } from "chai";
import { instant } from "../clock.ts";
import type { DialNumber, LeadId } from "../ids.ts";
import { estimated, nothingCounted, withLead } from "../pacing/answer-cells.ts";
import type { HopperLead, LeadPast } from "../store/store.ts";
import { cellOfLead, predictionOf } from "./lead-odds.ts";

/** Five in the evening in Berlin, midnight in Shanghai. */
const now = instant(Date.UTC(2026, 0, 5, 16));
const zoneOf = (timeZone: string | undefined, outcomes: readonly string[] = []): LeadPast => ({
  numbers: 1, timeZone,
  tried: outcomes.map((outcome) => ({ at: now, outcome }) as LeadPast["tried"][number]),
});

const lead = (number: string, more: Partial<HopperLead> = {}): HopperLead => ({
  lead: 1 as LeadId, number: number as DialNumber, name: "", spent: 0, leasedUntil: now, ...more,
});

describe("what pacing is told of a lead", () => {
  it("is the kind of its line, and the hour where it is certain", () => {
    expect(cellOfLead(lead("+8613800000001"), now))
      .to.deep.equal({ past: "fresh", hour: 0, lineType: "mobile" });
    expect(cellOfLead(lead("+493012345678"), now))
      .to.deep.equal({ past: "fresh", hour: 17, lineType: "landline" });
    expect(cellOfLead(lead("+12125550123"), now).hour, "one of several zones").to.equal(undefined);
    expect(cellOfLead(lead("+12125550123", { past: zoneOf("America/New_York") }), now).hour)
      .to.equal(11);
  });

  it("is what came of its last calls", () => {
    const past = (...outcomes: readonly string[]): string =>
      cellOfLead(lead("+493012345678", { past: zoneOf(undefined, outcomes) }), now).past;
    expect(past("connected")).to.equal("spoke");
    expect(past("no-answer", "busy")).to.equal("silent");
    expect(past("no-answer", "no-answer")).to.equal("silent-often");
  });

  it("is a model's word where there is one, and else our own estimate", () => {
    const prediction = { answerProbability: 0.71, by: "bttc-1", madeAt: now };
    expect(predictionOf(lead("+493012345678", { prediction }), nothingCounted, now))
      .to.equal(prediction);
    const silent = lead("+493012345679", { past: zoneOf(undefined, ["no-answer"]) });
    let cells = nothingCounted;
    for (let i = 0; i < 300; i++) cells = withLead(cells, cellOfLead(silent, now), i % 10 === 0);
    for (let i = 0; i < 300; i++) {
      cells = withLead(cells, cellOfLead(lead("+8613800000001"), now), i % 2 === 0);
    }
    const own = predictionOf(silent, cells, now);
    expect(own.by).to.equal("own");
    expect(own.answerProbability).to.be.below(0.2).and.below(estimated(cells));
  });
});
