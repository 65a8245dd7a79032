import { expect } from "chai";
import { instant, type Instant } from "../clock.ts";
import type { DialNumber, TrunkName } from "../ids.ts";
import { limits } from "../limits.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { Trunk } from "../store/store.ts";
import { trunkNamed } from "../testing/floor-plan.ts";
import { pickTrunk, routeBy, TrunkBudget } from "./trunk-budget.ts";

const start = instant(0);
/** One that a switch has for itself alone. */
function made(changes: Partial<Trunk> = {}): TrunkBudget {
  const trunk = { ...trunkNamed("carrier" as TrunkName), ...changes };
  const budget = new TrunkBudget(trunk, start);
  budget.grant(trunk.channelsMax);
  return budget;
}

/** Takes all that there is room for; returns how many. */
function takeAll(budget: TrunkBudget, now: Instant): number {
  const room = budget.room(now);
  for (let i = 0; i < room; i++) budget.take(now);
  return room;
}

const busy: AttemptOutcome = { outcome: "busy", reason: "busy", spent: true };
const congested: AttemptOutcome = { outcome: "failed", reason: "congestion", spent: false };

describe("a trunk's calls per second", () => {
  /** Lines placed in `seconds` by one who looks every 10 ms. */
  const placedIn = (budget: TrunkBudget, seconds: number): number => {
    let placed = 0;
    for (let ms = 0; ms < seconds * 1_000; ms += 10) {
      const lines = takeAll(budget, instant(ms));
      placed += lines;
      for (let i = 0; i < lines; i++) budget.release(busy, instant(ms));
    }
    return placed;
  };
  for (const callsPerSecond of [0.5, 1, 5, 50]) {
    it(`are kept at ${callsPerSecond}`, () => {
      const placed = placedIn(made({ callsPerSecond }), 20);
      const tenth = Math.max(1, callsPerSecond / 10);
      expect(placed).to.be.within(20 * callsPerSecond - 1, 20 * callsPerSecond + tenth);
    });
  }
  it("do not pile up while nothing is dialed", () => {
    const budget = made({ callsPerSecond: 50 });
    expect(takeAll(budget, instant(3_600_000))).to.equal(5);
  });
  it("do not grow by a clock that steps back", () => {
    const budget = made({ callsPerSecond: 1 });
    takeAll(budget, instant(10_000));
    expect(budget.room(instant(0))).to.equal(0);
  });
});

describe("a trunk's channels", () => {
  it("bound what is up at once", () => {
    const budget = made({ channelsMax: 3, callsPerSecond: 1_000 });
    expect(takeAll(budget, start)).to.equal(3);
    expect(budget.room(instant(60_000))).to.equal(0);
    budget.release(busy, instant(60_000));
    expect(budget.room(instant(60_000))).to.equal(1);
  });
  it("count the lines of an earlier controller", () => {
    const budget = made({ channelsMax: 2, callsPerSecond: 1_000 });
    budget.adopt();
    expect(budget.room(start)).to.equal(1);
  });
  it("are none when it is disabled", () =>
    expect(made({ enabled: false }).room(start)).to.equal(0));
  it("stay counted when its settings change", () => {
    const budget = made({ channelsMax: 2, callsPerSecond: 1_000 });
    budget.take(start);
    budget.update({ ...budget.trunk, channelsMax: 1 });
    expect([budget.freeChannels, budget.inUse]).to.deep.equal([0, 1]);
  });
});

describe("a trunk that fails", () => {
  /** A trunk with `faults` congested ends behind `good` ordinary ones. */
  const after = (good: number, faults: number): TrunkBudget => {
    const budget = made({ callsPerSecond: 1_000 });
    for (let i = 0; i < good + faults; i++) {
      budget.take(start);
      budget.release(i < good ? busy : congested, start);
    }
    return budget;
  };
  const paused = instant(limits.circuitPauseMs);

  it("is left alone for a while", () => {
    const budget = after(0, limits.circuitFaultsLeast);
    expect([budget.circuit, budget.room(start)]).to.deep.equal(["open", 0]);
  });
  it("is used on while its faults are few", () =>
    expect(after(0, limits.circuitFaultsLeast - 1).circuit).to.equal("closed"));
  it("is used on while they are a small share", () =>
    expect(after(40, 10).circuit).to.equal("closed"));
  it("is tried with one call after the pause", () => {
    const budget = after(0, 10);
    expect(budget.room(paused)).to.equal(1);
    budget.take(paused);
    expect([budget.circuit, budget.room(paused)]).to.deep.equal(["half-open", 0]);
  });
  it("is used again when that call came through", () => {
    const budget = after(0, 10);
    budget.take(paused);
    budget.release(busy, paused);
    expect(budget.circuit).to.equal("closed");
  });
  it("is left alone again when it did not", () => {
    const budget = after(0, 10);
    budget.take(paused);
    budget.release(congested, paused);
    expect([budget.circuit, budget.room(paused)]).to.deep.equal(["open", 0]);
  });
  it("is not judged by a line that was never dialed", () => {
    const budget = after(0, limits.circuitFaultsLeast - 1);
    budget.take(start);
    budget.release(undefined, start);
    expect(budget.circuit).to.equal("closed");
  });
});

describe("the trunk for a line", () => {
  it("is the one with the most free channels", () => {
    const budgets = [made({ channelsMax: 5 }), made({ channelsMax: 9 }), made({ channelsMax: 2 })];
    expect(pickTrunk(budgets, start)).to.equal(budgets[1]);
  });
  it("is none when all are full", () =>
    expect(pickTrunk([made({ channelsMax: 0 }), made({ enabled: false })], start))
      .to.equal(undefined));
});

describe("the number that a trunk is given", () => {
  const check = (prefix: string, number: string, dialed: string) => {
    const route = routeBy({ name: "carrier" as TrunkName, prefix }, number as DialNumber);
    expect(route.number).to.equal(dialed);
    expect(route.number).to.match(/^\+?[0-9]{1,32}$/);
  };
  it("is the lead's own without a prefix", () => check("", "+12015550150", "+12015550150"));
  it("has the prefix before its digits", () => check("9", "+12015550150", "912015550150"));
  it("has the way abroad before its digits", () => check("00", "+8613800138000", "008613800138000"));
  it("gets a plus where the carrier wants one", () => check("+", "12015550150", "+12015550150"));
  it("is no longer than a switch takes", () =>
    check("1234567890123456", "+123456789012345", "1234567890123456123456789012345"));
});
