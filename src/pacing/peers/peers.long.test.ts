import { expect } from "chai";
import { instant, plus } from "../../clock.ts";
import type { AgentId } from "../../ids.ts";
import { simulateDay } from "../../simulation/day.ts";
import { memorylessDay, ordinaryDay } from "../../simulation/scenario.ts";
import { floor } from "../floor-fixture.test.ts";
import { learn, nothingLearned, type FloorObservation } from "../learned.ts";
import { pacerNamed, pacerNames } from "../pacers.ts";
import type { FloorSnapshot, Pacer } from "../pacer.ts";
import { optimumOf, performanceOf, targetsPacer } from "./memoryless-optimum.ts";

const named = (words: string): Pacer => {
  const pacer = pacerNamed(words);
  if (!pacer) throw new Error(`no pacer is called ${words}`);
  return pacer;
};

/** Dials of one floor, asked each second for a while; every line ends at once. */
function dialsOver(pacer: Pacer, written: string, seconds: number, from = morning): number[] {
  return Array.from({ length: seconds }, (_, i) =>
    pacer.decide(floor(written, { now: plus(from, i * 1_000) })).dials);
}
const morning = instant(36_000_000);

describe("pacers by name", () => {
  it("are made with the number after the colon, or the usual one", () => {
    expect(named("power").decide(floor("ready")).dials).to.equal(2);
    expect(named("power:3.5").decide(floor("ready ready")).dials).to.equal(7);
    expect(pacerNamed("power:")).to.equal(undefined);
    expect(pacerNamed("telepathy")).to.equal(undefined);
  });

  for (const name of pacerNames) {
    it(`${name} lives through a morning, and stays within leads and lines`, () => {
      const pacer = named(name);
      const bounded: Pacer = {
        name,
        decide(snapshot) {
          const decision = pacer.decide(snapshot);
          const room = Math.min(snapshot.next.length, snapshot.linesMax - snapshot.lines.length);
          expect(decision.dials).to.be.within(0, Math.max(0, room));
          expect(decision.why).to.match(/^[a-z-]+$/);
          return decision;
        },
      };
      const morning = { ...ordinaryDay, toMs: ordinaryDay.fromMs + 3_600_000, linesMax: 25 };
      const day = simulateDay(morning, bounded, { seed: 1, learning: true });
      expect(day.connected).to.be.above(50);
    });
  }
});

describe("VICIdial's level", () => {
  it("grows by the share of agents who wait, every 15 s, up to its maximum", () => {
    // All ten of ten wait: the level doubles every 15 s. It dials every 2.5 s: 20 lines, then 30.
    const dials = dialsOver(named("vicidial-average:3"), "ready ".repeat(10), 60);
    expect(dials[0]).to.equal(20);
    expect(Math.max(...dials)).to.equal(30);
    expect(dials.slice(1, 3)).to.deep.equal([0, 0]);
  });

  /** Lines a minute and a half later, for ten free agents whose level had grown to 8. */
  const later = (name: string, changes: Partial<FloorSnapshot>, from = morning): number => {
    const pacer = named(`${name}:8`);
    dialsOver(pacer, "ready ".repeat(10), 60, from);
    return pacer.decide(floor("ready ".repeat(10), { now: plus(from, 80_000), ...changes })).dials;
  };
  const over = { answered: 100, abandoned: 10 };

  it("falls to one line per agent over the limit with HARD_LIMIT, and by halves with AVERAGE", () => {
    expect(later("vicidial-hard-limit", over)).to.equal(10);
    expect(later("vicidial-average", over)).to.equal(40);
    expect(later("vicidial-average", { answered: 100, abandoned: 3 })).to.equal(80);
  });

  it("shrinks with TAPERED by the thousandths that HHMM is short of 2100, or not at all", () => {
    const at = (hour: number): number =>
      later("vicidial-tapered", over, instant(hour * 3_600_000));
    expect(at(10)).to.equal(80);
    // 2100 − 1800 = 300 thousandths of level 8 leave 2.4; an hour after the end, 1.
    expect(at(18)).to.equal(24);
    expect(at(22)).to.equal(10);
  });

  it("is halved again when more than half of a minute's calls were dropped", () => {
    // Once for the flood, and once for the limit.
    expect(later("vicidial-average", { answered: 500, abandoned: 400 })).to.equal(20);
  });

  it("yields by 2 % a time with OSDial's average, and by a quarter more in a flood", () => {
    // 8 × 0.98 × 10 agents; then 8 × 0.98 × 0.75 once more × 0.98.
    expect(later("osdial-average", over)).to.equal(78);
    expect(later("osdial-average", { answered: 500, abandoned: 400 })).to.equal(58);
    expect(later("osdial-hard-limit", over)).to.equal(10);
  });

  it("counts those who talk as well, unless told to count the free only", () => {
    const crowd = "ready ready talking talking talking talking";
    expect(named("vicidial-average:1").decide(floor(crowd)).dials).to.equal(2);
    expect(named("vicidial-average-tally:1").decide(floor(crowd)).dials).to.equal(2);
    expect(named("vicidial-average:1").decide(floor(`${crowd} lines=2`)).dials).to.equal(0);
  });
});

describe("Issabel's pacer", () => {
  it("dials for the free, for phones that ring, and for talks 3.5 means old, less what is up", () => {
    // Assumed: 120 s of talk and 12 s to the answer. 97 % are over at 3.507 × 120 = 421 s.
    const agents = [0, 408, 410].map((age, agent) => ({
      agent: agent as AgentId, state: age === 0 ? "connecting" : "talking",
      since: plus(morning, -age * 1_000),
    } as const));
    const dials = (changes: Partial<FloorSnapshot>): number =>
      named("issabel").decide(floor("", { now: morning, agents, ...changes })).dials;
    expect(dials({ answered: 10 })).to.equal(2);
    expect(dials({ answered: 9 })).to.equal(1);
    expect(dials({ answered: 10, waiting: [morning] })).to.equal(1);
  });

  it("over-commits by the answers of the last half hour, five times at most", () => {
    const pacer = named("issabel");
    const at = (second: number, answered: number): number =>
      pacer.decide(floor("ready ".repeat(10), { now: plus(morning, second * 1_000), answered })).dials;
    expect(at(0, 0)).to.equal(10);
    // 4 of 10 answered: 10 ÷ 0.4; then 5 of 35, which count as a fifth.
    expect(at(5, 4)).to.equal(25);
    expect(at(10, 5)).to.equal(50);
    expect(at(12, 5)).to.equal(0);
  });
});

describe("Wombat's pacer", () => {
  it("boosts the free agents, rounds down, and stops while people wait", () => {
    expect(named("wombat:1.3").decide(floor("ready ".repeat(7))).dials).to.equal(9);
    expect(named("wombat:1.3").decide(floor(`${"ready ".repeat(7)} lines=4`)).dials).to.equal(5);
    expect(named("wombat:1.3").decide(floor("ready ready waiting=3")).dials).to.equal(0);
  });
});

describe("the simulated ratio", () => {
  it("is one line per agent until fifty calls and five agents are there", () => {
    const pacer = named("simulated-ratio");
    const dials = dialsOver(pacer, "ready ".repeat(4), 120);
    expect(Math.max(...dials)).to.equal(4);
  });

  it("keeps the ratio that its replay finds best, and three quarters of it over the limit", () => {
    // Of 400 lines 100 were answered: ratios of 4 × k ÷ 6 are tried.
    const seen = Array.from({ length: 400 }, (_, i): FloorObservation => ({
      type: "line-ended", how: i % 4 === 0 ? "answered" : "unanswered", afterMs: 10_000,
      answerProbability: 0.25,
    })).reduce(learn, nothingLearned());
    const pacer = named("simulated-ratio");
    const at = (second: number, abandoned: number): number => pacer.decide(floor(
      "ready ".repeat(12),
      { now: plus(morning, second * 1_000), learned: seen, answered: 1_000, abandoned },
    )).dials;
    for (let second = 0; second < 60; second++) at(second, 0);
    const kept = at(61, 0);
    expect([12, 16, 24, 32, 40, 48]).to.include(kept);
    expect(at(63, 100)).to.equal(Math.max(12, Math.floor(kept * 0.75)));
  });
});

describe("the memoryless optimum", () => {
  const world = {
    agents: 5, answerProbability: 0.3, ringMs: 12_000, handleMs: 150_000, patienceMs: 2_000,
  };
  const bounds = { linesMax: 20, waitingMax: 8 };
  const best = optimumOf({ ...world, ...bounds }, 0.03);

  it("is the one that an independent solver found for five agents", () => {
    // Computed apart from this code: 0.8387 at 2.99 %, with lines 3, 1, 0 for 2, 1, 0 free agents.
    expect(best.utilisation).to.be.closeTo(0.8387, 0.0005);
    expect(best.abandonRate).to.be.closeTo(0.0299, 0.0002);
    expect(best.targets.slice(3, 7)).to.deep.equal([3, 1, 0, 0]);
  });

  it("is the same solver's for other floors: the utilisation and its abandon rate", () => {
    const check = (
      floorOf: { agents: number; answerProbability: number; linesMax: number },
      utilisation: number, abandonRate: number,
    ): void => {
      const found = optimumOf({ ...world, waitingMax: 8, ...floorOf }, 0.03);
      expect(found.utilisation).to.be.closeTo(utilisation, 0.0002);
      expect(found.abandonRate).to.be.closeTo(abandonRate, 0.0002);
    };
    check({ agents: 5, answerProbability: 0.1, linesMax: 60 }, 0.7534, 0.0238);
    check({ agents: 10, answerProbability: 0.3, linesMax: 25 }, 0.867, 0.0288);
  }).timeout(20_000);

  it("keeps what it says on the simulated floor", () => {
    const days = [1, 2, 3, 4].map((seed) => simulateDay(
      memorylessDay(world), targetsPacer(best.targets), { seed, learning: false },
    ));
    const mean = days.reduce((sum, day) => sum + day.utilisation, 0) / days.length;
    expect(mean).to.be.closeTo(best.utilisation, 0.015);
  });

  it("gives one line per agent the utilisation of the formula", () => {
    const progressive = Array.from({ length: 14 }, (_, people) => Math.max(0, 5 - people));
    const { utilisation, abandonRate } = performanceOf({ ...world, ...bounds }, progressive);
    expect(utilisation).to.be.closeTo(150 / (150 + 12 / 0.3), 0.001);
    expect(abandonRate).to.be.below(1e-9);
  });
});
