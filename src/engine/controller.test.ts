import { expect } from "chai";
import { plus } from "../clock.ts";
import { StoreUnavailable } from "../errors.ts";
import type { AgentId, AttemptId, DialNumber, LegId, PhoneName, TrunkName } from "../ids.ts";
import type { Grade } from "../leads/value.ts";
import { limits } from "../limits.ts";
import { seededRandom } from "../random.ts";
import type { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import { agentNumbered, campaignSettings, trunkNamed } from "../testing/floor-plan.ts";
import { SimulatedAgent } from "../testing/population.ts";
import { Site, talks } from "./controller-site.test.ts";

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

describe("lines that ring when nobody is left for them", () => {
  const check = async (kind: "predictive" | "progressive", leave: string, expected: string) => {
    const site = new Site(1);
    const { clock, store } = site;
    site.callee = { does: "rings", ringsAfterMs: 200, earlyMedia: false };
    site.open({ agentsEach: 1, channels: 10, settings: { mode: { kind }, ringMs: 40_000 } });
    site.start("one");
    for (let i = 0; i < 500 && store.attempts.size === 0; i++) await clock.runFor(20);
    const phone = "phone-1" as PhoneName;
    site.worlds[0]?.dial(phone, leave);
    await clock.runFor(2_000);
    if (leave === "*00") site.worlds[0]?.unplug(phone);
    await clock.runFor(60_000);
    const [line] = store.attempts.values();
    const at = (type: string) => [...line?.facts.values() ?? []]
      .find((each) => each.type === type)?.at ?? NaN;
    const rang = Math.round((at("leg-ended") - at("ringing")) / 1_000);
    expect(`${line?.changes.outcome?.reason} after ${rang} s`).to.equal(expected);
    expect(site.errors).to.deep.equal([]);
  };

  it("are given up when the agent rests", () =>
    check("predictive", "*62", "rang-enough after 15 s"));
  it("are given up when the agent has left", () =>
    check("predictive", "*00", "rang-enough after 15 s"));
  it("ring on where lines are placed for free agents alone", () =>
    check("progressive", "*00", "ring-time-over after 40 s"));
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

  it("one that stops loses nobody who answers in the moment of the change", () =>
    check(1, async (site) => {
      const { clock } = site;
      site.open({ agentsEach: 4, channels: 10 });
      const one = site.start("one");
      site.start("two");
      for (let i = 0; i < 500 && site.store.attempts.size < 4; i++) await clock.runFor(10);
      const [first] = site.store.attempts.values();
      if (!first) throw new Error("nobody was dialed");
      // The people answer two seconds after they were dialed, while nobody serves the switch.
      await clock.runUntil(plus(first.at, talks.answersAfterMs - 3));
      void one.controller.stop();
      await clock.runFor(20);
      expect(site.worlds[0]?.survey().legs.map(({ state }) => state)).to.include("answered");
      await clock.runFor(limits.handOverMs);
      expect([...first.facts.values()].map(({ type }) => type)).to.include("connected");
      await clock.runFor(10_000);
      expect(site.connected).to.be.at.least(4);
      expect(site.messages).to.equal(0);
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

  it("dial nobody whose attempt the store confirmed too late, and give the lead back", async () => {
    /** How many of the first lines went out, and what became of them. */
    const outcomes = async (confirmedAfterMs: number): Promise<readonly string[]> => {
      const site = new Site(1);
      const { store, clock } = site;
      const place = store.placeAttempts.bind(store);
      store.placeAttempts = async (...order) => {
        const placed = await place(...order);
        await new Promise<void>((resolve) => {
          clock.at(plus(clock.now(), confirmedAfterMs), resolve);
        });
        return placed;
      };
      site.open({ agentsEach: 2, channels: 10 });
      site.start("one");
      await clock.runFor(15_000);
      expect(site.errors).to.deep.equal([]);
      const went = site.mostLines > 0 ? "dialed" : "not dialed";
      const ends = [...store.attempts.values()].flatMap(({ changes: { outcome } }) =>
        outcome ? [`${outcome.outcome} ${outcome.reason}${outcome.spent ? " spent" : ""}`] : []);
      return [went, ...new Set(ends)];
    };
    // The round trip to the simulated store takes two milliseconds.
    expect(await outcomes(limits.staleIntentMs - 2)).to.deep.equal(["dialed"]);
    expect(await outcomes(limits.staleIntentMs - 1))
      .to.deep.equal(["not dialed", "failed not-in-time"]);
  });

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
