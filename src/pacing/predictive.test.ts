import { expect } from "chai";
import * as fc from "fast-check";
import { instant, plus } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { floor } from "./floor-fixture.test.ts";
import { learn, nothingLearned, type FloorObservation } from "./learned.ts";
import type { FloorSnapshot } from "./pacer.ts";
import { predictivePacer } from "./predictive.ts";
import { progressivePacer } from "./progressive.ts";

const now = instant(1_000_000);
/** Half a day in, well within the limit: 1,000 answers and 20 abandoned. */
const atEase = {
  answered: 1_000, abandoned: 20, window: { from: instant(0), until: plus(now, 4 * 3_600_000) },
};
const decide = (written: string, changes: Partial<FloorSnapshot> = {}) =>
  predictivePacer.decide(floor(written, { ...atEase, ...changes }));

/** 500 wrap-ups of half a minute: in the 29th second of one, the agent is as good as free. */
const drilled = Array.from({ length: 500 }, (): FloorObservation =>
  ({ type: "wrap-up-ended", agent: 99 as AgentId, ms: 30_000 })).reduce(learn, nothingLearned());

const wrappingUp = (agents: number, ageMs: number): Partial<FloorSnapshot> => ({
  learned: drilled,
  agents: Array.from({ length: agents }, (_, i) => (
    { agent: i as AgentId, state: "wrap-up", since: plus(now, -ageMs) } as const)),
});

describe("predictive pacing", () => {
  it("places more lines than there are free agents when few answer", () => {
    const { dials, why } = decide("ready ready ready talking talking");
    expect(dials).to.be.above(3);
    expect(why).to.equal("agents-soon");
  });

  it("dials for agents whose wrap-up is about to end, and not for those who just began it", () => {
    expect(decide("", wrappingUp(4, 28_000)).dials).to.be.above(0);
    expect(decide("", wrappingUp(4, 1_000)).dials).to.equal(0);
  });

  it("places fewer lines the likelier the leads are to answer", () => {
    const at = (p: number): number =>
      decide("ready ready ready ready talking", { next: Array.from({ length: 100 }, () => p) }).dials;
    expect(at(0.05)).to.be.above(at(0.2));
    expect(at(0.2)).to.be.above(at(0.7));
    expect(at(0.95)).to.be.at.least(4);
  });

  it("has one line per free agent when the budget is spent, and says so", () => {
    const next = Array.from({ length: 100 }, () => 0.05);
    const spent = (written: string, abandoned: number) => decide(written, { next, abandoned });
    expect(spent("ready ready talking", 30)).to.include({ dials: 2, why: "abandon-limit" });
    expect(spent("ready ready", 60)).to.include({ dials: 2, why: "abandon-limit" });
    expect(spent("ready ready", 20).dials).to.be.above(2);
    expect(spent("talking talking", 60).dials).to.equal(0);
  });

  it("begins a day that has just enough time left to make good with less than a free hand", () => {
    const young = { answered: 0, abandoned: 0 };
    const lines = (hours: number): number => decide("ready ready ready ready talking talking", {
      ...young, window: { from: now, until: plus(now, hours * 3_600_000) },
    }).dials;
    expect(lines(0)).to.equal(4);
    expect(lines(8)).to.be.above(4);
  });

  it("places nothing that would be answered when agents have gone home", () => {
    const ending = (seconds: number) => decide("ready ready", {
      window: { from: instant(0), until: plus(now, seconds * 1_000) },
    });
    expect(ending(5)).to.include({ dials: 0, why: "window-ends" });
    expect(ending(60).dials).to.be.at.least(2);
    // A window that only rolls ends now, and always.
    expect(ending(0).dials).to.be.at.least(2);
  });

  it("is progressive for one agent alone", () => {
    expect(decide("ready", { next: Array.from({ length: 9 }, () => 0.3) }).dials).to.equal(1);
    expect(decide("talking").dials).to.equal(0);
  });

  it("stops when the agents have left, whatever is ringing", () => {
    expect(decide("lines=9")).to.include({ dials: 0, why: "no-agents" });
    expect(decide("paused leaving lines=9")).to.include({ dials: 0, why: "no-agents" });
  });

  it("tries a dead trunk with one line at a time", () => {
    const failed: FloorObservation =
      { type: "line-ended", how: "failed", afterMs: 100, answerProbability: 0.3 };
    const learned = Array.from({ length: 10 }, () => failed).reduce(learn, nothingLearned());
    expect(decide("ready ready ready", { learned })).to.include({ dials: 1, why: "trunk-failing" });
    expect(decide("ready ready lines=1", { learned })).to.include({ dials: 0, why: "trunk-failing" });
  });

  it("places fewer lines at once when a list suddenly answers", () => {
    const answered: FloorObservation =
      { type: "line-ended", how: "answered", afterMs: 9_000, answerProbability: 0.1 };
    const learned = Array.from({ length: 20 }, () => answered).reduce(learn, nothingLearned());
    const next = Array.from({ length: 100 }, () => 0.1);
    const crowd = "ready ready ready ready talking talking";
    expect(decide(crowd, { next, learned }).dials).to.be.below(decide(crowd, { next }).dials / 1.5);
  });

  it("never has fewer lines than progressive pacing, nor more than leads and cap allow", () => {
    const few = fc.nat({ max: 12 });
    fc.assert(fc.property(few, few, few, few, few, fc.nat({ max: 60 }), (
      ready, talking, lines, leads, cap, abandoned,
    ) => {
      const snapshot = floor(`${"ready ".repeat(ready)}${"talking ".repeat(talking)}`
        + `lines=${lines} leads=${leads} cap=${cap}`, { ...atEase, abandoned });
      const { dials } = predictivePacer.decide(snapshot);
      expect(dials).to.be.at.least(progressivePacer.decide(snapshot).dials);
      expect(dials).to.be.at.most(Math.min(leads, Math.max(0, cap - lines)));
    }));
  });

  it("gives up lines that rang for long enough, while nobody would be free for an answer", () => {
    const lines = [3, 14, 15, 22].map((seconds) => ({
      placedAt: plus(now, -1_000 * seconds - 500), answerProbability: 0.3,
      ringingSince: plus(now, -1_000 * seconds),
    }));
    const givenUp = (written: string, changes: Partial<FloorSnapshot> = {}) =>
      decide(written, { lines, ringLeastMs: 15_000, ...changes }).giveUp;
    expect(givenUp("talking talking")).to.deep.equal([2, 3]);
    expect(givenUp("talking ready", { waiting: [now] })).to.deep.equal([2, 3]);
    expect(givenUp("talking ready")).to.equal(undefined);
    // Nothing keeps it from that: not the lines' cap, nor that nobody is at work.
    expect(givenUp("talking talking", { linesMax: 4 })).to.deep.equal([2, 3]);
    expect(givenUp("paused")).to.deep.equal([2, 3]);
    expect(decide("talking talking", { lines }).giveUp).to.equal(undefined);
    const silent = lines.map((each) => ({ ...each, ringingSince: undefined }));
    expect(givenUp("talking talking", { lines: silent })).to.equal(undefined);
  });

  it("bears more lines where the late answers can be given up, if the carrier tells of ringing", () => {
    const up = (told: boolean): Partial<FloorSnapshot> => ({
      lines: Array.from({ length: 6 }, () => ({
        placedAt: plus(now, -6_000), answerProbability: 0.1,
        ringingSince: told ? plus(now, -5_500) : undefined,
      })),
      next: Array.from({ length: 100 }, () => 0.1),
    });
    const dials = (told: boolean, ringLeastMs?: number): number =>
      decide("ready ready ready talking talking", {
        ...up(told), ...ringLeastMs !== undefined && { ringLeastMs },
      }).dials;
    expect(dials(true, 15_000)).to.be.above(dials(true));
    expect(dials(false, 15_000)).to.equal(dials(false));
  });
});
