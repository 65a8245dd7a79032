import { expect } from "chai";
import { instant, plus } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import type { AgentId, CampaignId, Epoch } from "../ids.ts";
import { limits } from "../limits.ts";
import type { FloorSnapshot } from "../pacing/pacer.ts";
import type { PacingSave } from "../store/pacing-record.ts";
import type { OwnedCampaign } from "../store/store.ts";
import { campaignSettings } from "../testing/floor-plan.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { PacingMemory } from "./pacing-memory.ts";

const noon = instant(Date.UTC(2026, 0, 5, 12));
const owned: OwnedCampaign = {
  id: 1 as CampaignId, epoch: 3 as Epoch, settings: campaignSettings, state: "running",
};

/** A memory with a store that takes what it is given, or throws `fault`. */
class Bench {
  readonly clock = new SimulatedClock(noon);
  readonly saves: PacingSave[] = [];
  readonly logged: string[] = [];
  readonly failures: unknown[] = [];
  readonly memory: PacingMemory;
  fault: Error | undefined;

  constructor(stored?: unknown) {
    const savePacing = (save: PacingSave): Promise<void> => {
      if (this.fault) return Promise.reject(this.fault);
      this.saves.push(save);
      return Promise.resolve();
    };
    const log = { line: (_level: string, what: string) => { this.logged.push(what); } };
    this.memory = new PacingMemory({ store: { savePacing }, clock: this.clock, log: log as never },
      { owned, failed: (error) => { this.failures.push(error); } }, stored);
  }

  decide(): void {
    const agents = [{ agent: 1 as AgentId, state: "ready" as const, since: noon }];
    const snapshot: FloorSnapshot = {
      now: this.clock.now(), agents, lines: [], waiting: [], next: [0.3], answered: 10,
      abandoned: 0, abandonRateMax: 0.03, linesMax: 9,
    };
    this.memory.decided(
      { snapshot, decision: { dials: 2, why: "agents-free" }, pacer: "power", placed: 1 });
  }

  learn(): void {
    this.memory.lessons.lineChanged({
      placedAt: noon, answerProbability: 0.3, at: plus(noon, 9_000),
      cell: { past: "fresh", hour: 9, lineType: "mobile" },
      before: { at: "ringing", since: noon, promised: undefined },
      now: { at: "waiting", answeredAt: plus(noon, 9_000), deadline: plus(noon, 11_000),
        reserved: undefined, offers: 0 },
    }, 0.03);
  }

  pass = (ms: number) => this.clock.runFor(ms);
}

describe("the memory of pacing", () => {
  it("saves decisions together, behind the dialing", async () => {
    const bench = new Bench();
    bench.decide();
    await bench.pass(1_000);
    bench.decide();
    expect(bench.saves).to.deep.equal([]);
    await bench.pass(limits.pacingSaveMs);
    const [save, second] = bench.saves;
    expect(second).to.equal(undefined);
    expect(save?.decisions).to.deep.equal([noon, plus(noon, 1_000)].map((at) => ({
      at, pacer: "power", why: "agents-free", dials: 2, placed: 1, agents: 1, ready: 1, lines: 0,
      waiting: 0, answered: 10, abandoned: 0, abandonRateMax: 0.03,
    })));
  });

  it("saves lessons seldom, and all of them when asked to", async () => {
    const bench = new Bench();
    bench.learn();
    bench.decide();
    await bench.pass(limits.pacingSaveMs);
    expect(bench.saves.map(({ learned }) => learned)).to.deep.equal([undefined]);
    await bench.pass(limits.pacingLearnedMs);
    expect(bench.saves.at(-1)?.learned).to.equal(bench.memory.lessons.learned);
    await bench.pass(10 * limits.pacingLearnedMs);
    expect(bench.saves.length).to.equal(2);
    bench.learn();
    await bench.memory.save();
    expect(bench.saves.at(-1)?.learned).to.equal(bench.memory.lessons.learned);
  });

  it("is taken up by the next, as it went through the store", async () => {
    const bench = new Bench();
    bench.learn();
    await bench.memory.save();
    const stored: unknown = JSON.parse(JSON.stringify(bench.saves[0]?.learned));
    expect(new Bench(stored).memory.lessons.learned)
      .to.deep.equal(bench.memory.lessons.learned);
  });

  it("begins anew, and says so, after what it cannot read", () => {
    const bench = new Bench({ version: 0 });
    expect(bench.logged).to.deep.equal(["pacing-memory-unreadable"]);
    expect(bench.memory.lessons.learned).to.deep.equal(new Bench().memory.lessons.learned);
  });

  it("keeps the newest while the store is away, within a bound", async () => {
    const bench = new Bench();
    bench.fault = new StoreUnavailable("away");
    for (let i = 0; i < limits.pacingBacklog + 10; i++) bench.decide();
    await bench.pass(5 * limits.pacingSaveMs);
    bench.decide();
    bench.fault = undefined;
    await bench.pass(limits.pacingSaveMs);
    const decisions = bench.saves.flatMap((each) => each.decisions);
    expect(decisions.length).to.equal(limits.pacingBacklog);
    expect(decisions.at(-1)?.at).to.equal(plus(noon, 5 * limits.pacingSaveMs));
  });

  it("tells when another has the campaign, and writes no more", async () => {
    const bench = new Bench();
    bench.fault = new Fenced("over");
    bench.decide();
    await bench.pass(limits.pacingSaveMs);
    expect(bench.failures).to.deep.equal([bench.fault]);
    bench.fault = undefined;
    bench.decide();
    await bench.memory.save();
    expect(bench.saves).to.deep.equal([]);
  });
});
