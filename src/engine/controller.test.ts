import { expect } from "chai";
import { instant, plus } from "../clock.ts";
import { StoreUnavailable } from "../errors.ts";
import type { AgentId, AttemptId, ControllerId, DialNumber, LegId, PhoneName, TrunkName } from "../ids.ts";
import type { Grade } from "../leads/value.ts";
import { limits } from "../limits.ts";
import { seededRandom } from "../random.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";
import { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import type { Callee } from "../telephony/virtual/world.ts";
import { agentNumbered, campaignSettings, trunkNamed } from "../testing/floor-plan.ts";
import { SimulatedAgent } from "../testing/population.ts";
import { RehearsedDisk } from "../testing/rehearsed-disk.ts";
import { RehearsedProcess } from "../testing/rehearsed-process.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { SimulatedStore } from "../testing/simulated-store.ts";

const talks: Callee = {
  does: "answers", ringsAfterMs: 200, answersAfterMs: 2_000, greeting: undefined,
  waitsMs: 20_000, talksMs: 120_000,
};

/** Switches, controllers that share them, and what became of each. */
class Site {
  readonly clock = new SimulatedClock(instant(Date.UTC(2026, 0, 5, 9)));
  readonly store = new SimulatedStore(this.clock, 2);
  readonly worlds: readonly VirtualSwitch[];
  readonly ended: string[] = [];
  /** Everybody who is called. */
  callee = talks;
  readonly errors: string[] = [];
  /** Calls that ended while agent and lead were joined, by the switch's own doing. */
  mostLines = 0;
  #lines = 0;
  readonly #disk = new RehearsedDisk();
  #ids = 0;

  constructor(switches: number) {
    const random = seededRandom(1);
    this.worlds = Array.from({ length: switches }, (_, i) => new VirtualSwitch({
      clock: this.clock, random: random.fork(`switch ${i}`), population: () => this.callee,
      onlooker: (event) => {
        if (event.type === "dialed" && event.number !== undefined) this.#lines += 1;
        if (event.type === "ended" && /^0{8}/.test(event.leg)) this.#lines -= 1;
        this.mostLines = Math.max(this.mostLines, this.#lines);
      },
    }));
  }

  /** A campaign with a long list, a trunk, and agents at each switch. */
  open({ agentsEach, channels, ranks = [] }: {
    agentsEach: number; channels: number; ranks?: readonly number[];
  }): void {
    this.store.addTrunk({
      ...trunkNamed("carrier" as TrunkName), channelsMax: channels, callsPerSecond: 50,
    });
    this.store.addCampaign({ ...campaignSettings, record: false }, "running",
      Array.from({ length: 2_000 }, (_, i) => `+4930${1_000_000 + i}` as DialNumber));
    let id = 0;
    for (const world of this.worlds) {
      for (let i = 0; i < agentsEach; i++) {
        const agent = { ...agentNumbered(++id), rank: ranks[i] ?? 5 };
        this.store.addAgent(agent, "4711");
        new SimulatedAgent(world, this.clock, seededRandom(id), {
          phone: agent.phone, pin: "4711", mode: "off-hook",
        }).arrive();
      }
    }
  }

  start(name: string): RehearsedProcess {
    const process: RehearsedProcess = new RehearsedProcess({
      id: name as ControllerId, clock: this.clock, store: this.store,
      switches: this.worlds.map((world, i) => new VirtualPbx(`virtual-${i + 1}`, world)),
      log: { line: (level, event, fields) => {
        if (level === "error") this.errors.push(`${event} ${JSON.stringify(fields)}`);
      } },
      board: { publish: () => Promise.resolve(true) }, facts: this.#disk.folder(),
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`,
      measure: () => Promise.resolve({ durationMs: 1, bytes: 16 }),
      discard: () => Promise.resolve(),
      pacerFor: () => progressivePacer,
      ended: (error) => { this.ended.push(`${name}: ${(error as Error).message}`); },
    });
    void process.start();
    return process;
  }

  /** Who has which switch. */
  shares(...processes: readonly RehearsedProcess[]): readonly (readonly string[])[] {
    return processes.map(({ controller }) => [...controller.switches].sort());
  }

  get connected(): number {
    return [...this.store.attempts.values()]
      .filter(({ facts }) => [...facts.values()].some(({ type }) => type === "connected")).length;
  }
}

const soon = 1_500;

describe("a controller's agents", () => {
  /** Which agent the first lead is given, and which the second: agent 2 has waited longer. */
  const check = async (
    ranks: readonly [number, number], grades: readonly (Grade | undefined)[], expected: string,
  ) => {
    const site = new Site(1);
    site.store.gradeOf = (number) => grades[Number(number.slice(-1))];
    site.open({ agentsEach: 2, channels: 10, ranks });
    site.start("one");
    await site.clock.runFor(30_000);
    const given = [...site.store.attempts.values()].slice(0, 2)
      .map(({ facts }) => [...facts.values()].find(({ type }) => type === "connected"));
    expect(given.map((fact) => fact?.data["agent"]).join(" ")).to.equal(expected);
    expect(site.errors).to.deep.equal([]);
  };

  it("take the leads as they come where nobody knows their worth", () =>
    check([9, 1], [undefined, undefined], "2 1"));
  it("leave the worthiest to the best", () => check([1, 9], ["E", "A"], "1 2"));
  it("do so whoever has waited longer", () => check([9, 1], ["A", "E"], "1 2"));
});

describe("controllers that share switches", () => {
  const check = async (switches: number, story: (site: Site) => Promise<void>) => {
    const site = new Site(switches);
    await story(site);
    expect(site.errors).to.deep.equal([]);
  };

  it("one alone has them all", () => check(3, async (site) => {
    const one = site.start("one");
    await site.clock.runFor(soon);
    expect(site.shares(one)).to.deep.equal([["virtual-1", "virtual-2", "virtual-3"]]);
  }));

  it("a second one is given its share, without a call being touched", () =>
    check(2, async (site) => {
      site.open({ agentsEach: 3, channels: 60 });
      const one = site.start("one");
      await site.clock.runFor(30_000);
      const talking = site.worlds.flatMap((world) => world.survey().legs)
        .filter(({ call }) => call !== undefined).map(({ leg }) => leg);
      expect(talking.length).to.be.greaterThan(5);
      const two = site.start("two");
      await site.clock.runFor(limits.seatRenewMs + 2 * soon);
      expect(site.shares(one, two).map((each) => each.length)).to.deep.equal([1, 1]);
      const still = new Set(site.worlds.flatMap((world) => world.survey().legs)
        .filter(({ call }) => call !== undefined).map(({ leg }) => leg));
      expect(talking.filter((leg) => !still.has(leg))).to.deep.equal([]);
      expect(site.ended).to.deep.equal([]);
    }));

  it("a third one stands by while there are two switches, and has one when one dies", () =>
    check(2, async (site) => {
      const one = site.start("one");
      await site.clock.runFor(soon);
      const two = site.start("two");
      await site.clock.runFor(limits.seatRenewMs + 2 * soon);
      const three = site.start("three");
      await site.clock.runFor(30_000);
      expect(site.shares(one, two, three).map((each) => each.length)).to.deep.equal([1, 1, 0]);
      const lost = [...two.controller.switches];
      two.kill();
      await site.clock.runFor(limits.seatLeaseMs + soon);
      expect(site.shares(three)).to.deep.equal([lost]);
    }));

  it("one that stops leaves its switches to the other at once, and talk goes on", () =>
    check(2, async (site) => {
      site.open({ agentsEach: 3, channels: 60 });
      const one = site.start("one");
      await site.clock.runFor(soon);
      const two = site.start("two");
      await site.clock.runFor(40_000);
      void one.controller.stop();
      await site.clock.runFor(soon);
      expect(site.shares(two)).to.deep.equal([["virtual-1", "virtual-2"]]);
      const before = site.connected;
      await site.clock.runFor(200_000);
      expect(site.connected).to.be.greaterThan(before + 3);
      const lost = [...site.store.attempts.values()].filter(({ changes }) =>
        changes.outcome?.reason === "lost-control" || changes.outcome?.reason === "switch-lost");
      expect(lost).to.deep.equal([]);
    }));

  it("one that hung ends itself, and the other has taken over meanwhile", () =>
    check(2, async (site) => {
      const one = site.start("one");
      await site.clock.runFor(soon);
      const two = site.start("two");
      await site.clock.runFor(limits.seatRenewMs + 2 * soon);
      one.hang();
      await site.clock.runFor(limits.seatLeaseMs + 2 * soon);
      expect(site.shares(two)).to.deep.equal([["virtual-1", "virtual-2"]]);
      one.wake();
      await site.clock.runFor(soon);
      expect(site.ended.join()).to.match(/one: this process did nothing for/);
    }));

  it("keep a trunk's channels together, and both dial", () => check(2, async (site) => {
    site.open({ agentsEach: 8, channels: 9 });
    site.start("one");
    await site.clock.runFor(soon);
    site.start("two");
    await site.clock.runFor(300_000);
    expect(site.mostLines).to.equal(9);
    const by = new Set([...site.store.attempts.values()].map(({ pbx }) => pbx));
    expect([...by].sort()).to.deep.equal(["virtual-1", "virtual-2"]);
  }));

  it("end a campaign when both are done with it", () => check(2, async (site) => {
    site.store.addTrunk(trunkNamed("carrier" as TrunkName));
    const campaign = site.store.addCampaign({
      ...campaignSettings, record: false,
      retry: { ...campaignSettings.retry, connected: { afterMs: 0, attemptsMax: 1 } },
    }, "running", ["+49301", "+49302", "+49303"] as DialNumber[]);
    for (const [i, world] of site.worlds.entries()) {
      const agent = agentNumbered(i + 1);
      site.store.addAgent(agent, "4711");
      new SimulatedAgent(world, site.clock, seededRandom(i), {
        phone: agent.phone, pin: "4711", mode: "off-hook",
      }).arrive();
    }
    site.start("one");
    await site.clock.runFor(soon);
    site.start("two");
    await site.clock.runFor(10 * 60_000);
    expect(site.store.stateOf(campaign)).to.equal("finished");
  }));

  it("leave out a switch that is away, and take it in when it is back", () =>
    check(2, async (site) => {
      site.open({ agentsEach: 3, channels: 60 });
      site.worlds[1]?.setReachable(false);
      const one = site.start("one");
      await site.clock.runFor(30_000);
      const dialed = (pbx: string) =>
        [...site.store.attempts.values()].filter((each) => each.pbx === pbx).length;
      expect(dialed("virtual-1")).to.be.greaterThan(2);
      expect(dialed("virtual-2")).to.equal(0);
      site.worlds[1]?.setReachable(true);
      await site.clock.runFor(60_000);
      expect(dialed("virtual-2")).to.be.greaterThan(2);
      expect(one.controller.switches).to.have.length(2);
    }));

  /** As when a switch that hung wakes, and finds connections of ours that we gave up long ago. */
  it("take their place again where a switch says that it is another's, and the store does not", () =>
    check(1, async (site) => {
      site.open({ agentsEach: 3, channels: 60 });
      const one = site.start("one");
      await site.clock.runFor(30_000);
      site.worlds[0]?.attach(() => undefined);
      const before = site.connected;
      await site.clock.runFor(200_000);
      expect(site.connected).to.be.greaterThan(before + 2);
      expect(site.ended).to.deep.equal([]);
      expect(one.controller.switches).to.deep.equal(["virtual-1"]);
    }));

  it("leave a switch alone that says it is another's, until the store says whose it is", () =>
    check(1, async (site) => {
      site.open({ agentsEach: 3, channels: 60 });
      site.start("one");
      await site.clock.runFor(30_000);
      site.store.fault = () => "away";
      const toOther: string[] = [];
      site.worlds[0]?.attach(({ type }) => { toOther.push(type); });
      await site.clock.runFor(5_000);
      expect(toOther).to.not.include("superseded");
      expect(site.ended).to.deep.equal([]);
      site.store.fault = () => "none";
      await site.clock.runFor(10_000);
      expect(toOther).to.include("superseded");
    }));

  for (const [when, afterMs, endedMs] of [
    ["which a switch places late", 700, 6_000],
    ["whose hang-up was lost", 40_000, limits.strayLegsMs + limits.eventGraceMs + soon],
  ] as const) it(`end the line of an attempt that is over, ${when}`, () =>
    check(1, async (site) => {
      site.open({ agentsEach: 0, channels: 60 });
      site.callee = { ...talks, waitsMs: Infinity };
      site.start("one");
      await site.clock.runFor(soon);
      const [world] = site.worlds;
      world?.setReachable(false);
      await site.clock.runFor(10_000);
      world?.setReachable(true);
      await site.clock.runFor(afterMs);
      const attempt = "11111111-0000-4000-8000-000000000001" as AttemptId;
      world?.placeLeg({
        leg: attempt as string as LegId, ringMs: 30_000, reportTalking: false,
        to: { kind: "number", trunk: "carrier" as TrunkName, number: "+49301" as DialNumber },
        callerId: { number: "1000", name: "late" }, tags: { attempt },
        safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" },
      });
      await site.clock.runFor(endedMs);
      expect(world?.survey().legs.map(({ leg }) => leg)).to.deep.equal([]);
    }));

  it("have an agent who goes to another switch's phone there, and nowhere else", () =>
    check(2, async (site) => {
      site.open({ agentsEach: 0, channels: 60 });
      site.store.addAgent(agentNumbered(1), "4711");
      const settle = { phone: "phone-1" as PhoneName, pin: "4711", mode: "off-hook" } as const;
      const desk = (world: VirtualSwitch | undefined) => {
        if (world) new SimulatedAgent(world, site.clock, seededRandom(1), settle).arrive();
      };
      site.start("one");
      await site.clock.runFor(soon);
      site.start("two");
      await site.clock.runFor(20_000);
      desk(site.worlds[0]);
      await site.clock.runFor(8_000);
      const at = async () => {
        const all = site.store.agentStandings();
        await site.clock.runFor(10);
        return (await all).find(({ agent }) => agent === 1 as AgentId);
      };
      expect((await at())?.pbx).to.equal("virtual-1");
      site.worlds[0]?.unplug("phone-1" as PhoneName);
      await site.clock.runFor(150_000);
      desk(site.worlds[1]);
      await site.clock.runFor(10_000);
      expect((await at())?.pbx).to.equal("virtual-2");
      expect((await at())?.state).to.not.equal("logged-out");
    }));
});

describe("a controller that starts", () => {
  it("is told at once that there is no store", async () => {
    const site = new Site(1);
    site.store.fault = () => "away";
    site.start("one");
    await site.clock.runFor(soon);
    expect(site.ended).to.deep.equal(
      [`one: ${new StoreUnavailable("the simulated store is away").message}`]);
  });

  it("waits for the store while it stands by", async () => {
    const site = new Site(1);
    const one = site.start("one");
    await site.clock.runFor(soon);
    const two = site.start("two");
    await site.clock.runFor(soon);
    site.store.fault = () => "away";
    one.kill();
    await site.clock.runFor(20_000);
    site.store.fault = () => "none";
    await site.clock.runFor(limits.standByMs + soon);
    expect(site.shares(two)).to.deep.equal([["virtual-1"]]);
    expect(site.ended).to.deep.equal([]);
  });

  it("is told that no switch can be reached", async () => {
    const site = new Site(1);
    site.worlds[0]?.setReachable(false);
    site.start("one");
    await site.clock.runFor(soon);
    expect(site.ended.join()).to.match(/the virtual switch virtual-1 is away/);
  });

  it("stores what another left on this disk, before it takes up its calls", async () => {
    const site = new Site(1);
    site.open({ agentsEach: 2, channels: 10 });
    const one = site.start("one");
    await site.clock.runFor(20_000);
    // Its facts go to the disk, and then it dies.
    site.store.fault = () => "away";
    await site.clock.runFor(150_000);
    one.kill();
    site.store.fault = () => "none";
    site.start("two");
    await site.clock.runUntil(plus(site.clock.now(), limits.seatLeaseMs + 20_000));
    const lost = [...site.store.attempts.values()].filter(({ changes }) =>
      changes.outcome?.reason === "lost-control");
    expect(lost).to.deep.equal([]);
    const ended = [...site.store.attempts.values()].filter(({ changes }) => changes.outcome);
    expect(ended.length).to.be.greaterThan(0);
  });
});
