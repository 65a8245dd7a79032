import { expect } from "chai";
import { instant } from "../../clock.ts";
import type { AttemptId, CallId, DialNumber, LegId, PhoneName, PlayId, TrunkName } from "../../ids.ts";
import { seededRandom } from "../../random.ts";
import { SimulatedClock } from "../../testing/simulated-clock.ts";
import type { PbxEvent, PlaceLeg } from "../pbx.ts";
import { VirtualPbx } from "./virtual-pbx.ts";
import { VirtualSwitch } from "./virtual-switch.ts";
import type { Callee, Faults, PhoneUser, WorldEvent } from "./world.ts";

const lead = "lead-leg" as LegId;
const phone = "phone-1" as PhoneName;
const answers: Callee = {
  does: "answers", ringsAfterMs: 100, answersAfterMs: 500, greeting: undefined,
  waitsMs: 4_000, talksMs: 10_000,
};
const busy: Callee = {
  does: "refuses", rings: false, afterMs: 200, cause: { q850: 17, sip: 486, by: "far-end" },
};
const order: PlaceLeg = {
  leg: lead,
  to: { kind: "number", number: "13800138000" as DialNumber, trunk: "t" as TrunkName },
  callerId: { number: "1000", name: "Test" },
  ringMs: 20_000,
  tags: { attempt: "lead-leg" as AttemptId },
  safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" },
  reportTalking: false,
};
const user: PhoneUser = { answersAfterMs: () => 50 };

interface Bench {
  readonly clock: SimulatedClock;
  readonly world: VirtualSwitch;
  readonly pbx: VirtualPbx;
  readonly events: PbxEvent[];
  readonly seen: WorldEvent[];
}

async function benchFor(callee: Callee): Promise<Bench> {
  const clock = new SimulatedClock(instant(0));
  const seen: WorldEvent[] = [];
  const world = new VirtualSwitch({
    clock, random: seededRandom(1), population: () => callee,
    onlooker: (event) => { seen.push(event); },
  });
  const pbx = new VirtualPbx("virtual-1", world);
  const events: PbxEvent[] = [];
  pbx.onEvent((event) => { events.push(event); });
  const opened = pbx.open();
  await clock.runFor(5);
  await opened;
  return { clock, world, pbx, events, seen };
}

/** Lets `promise` finish while time passes, and names how it ended. */
async function outcomeOf(bench: Bench, promise: Promise<unknown>): Promise<string> {
  const named = promise.then(() => "done", (error: unknown) => (error as Error).name);
  await bench.clock.runFor(10);
  return named;
}

async function check(
  callee: Callee, run: (bench: Bench) => void | Promise<void>, expected: string,
): Promise<void> {
  const bench = await benchFor(callee);
  await outcomeOf(bench, bench.pbx.placeLeg(order));
  await run(bench);
  await bench.clock.runFor(60_000);
  expect(bench.events.map((each) => each.type).join(" ")).to.equal(expected);
  expect(bench.clock.armed, "timers left").to.equal(0);
}

const fault = (faults: Faults) => (bench: Bench): void => { bench.world.faults = faults; };

describe("virtual switch", () => {
  it("tells of ringing, answer and end", () =>
    check(answers, () => undefined, "leg-ringing leg-answered leg-ended"));

  it("tells of a refusal", () => check(busy, () => undefined, "leg-ended"));

  it("gives up ringing after ringMs", () =>
    check({ does: "rings", ringsAfterMs: 100, earlyMedia: true }, () => undefined,
      "leg-ringing leg-early-media leg-ended"));

  it("acts once when a leg is placed twice", () =>
    check(answers, async (bench) => {
      expect(await outcomeOf(bench, bench.pbx.placeLeg(order))).to.equal("done");
    }, "leg-ringing leg-answered leg-ended"));

  it("doubles and loses events when told to", async () => {
    await check(busy, fault({ event: () => "twice" }), "leg-ended leg-ended");
    await check(busy, fault({ event: () => "never" }), "");
  });

  it("joins a lead and a phone, plays, records, and ends with the lead", () =>
    check(answers, async (bench) => {
      const { clock, pbx, world } = bench;
      world.addPhone(phone, user);
      const agent = "agent-leg" as LegId;
      await outcomeOf(bench, pbx.placeLeg({
        ...order, leg: agent, to: { kind: "phone", phone, autoAnswer: true },
      }));
      await clock.runFor(1_000);
      const call = "lead-leg" as CallId;
      await outcomeOf(bench, pbx.join({ call, leadLeg: lead, agentLeg: agent }));
      await outcomeOf(bench, pbx.record({
        call, leadLeg: lead, leadFile: "a.wav", agentFile: "b.wav",
      }));
      await outcomeOf(bench, pbx.play({
        play: "p" as PlayId, leg: agent, over: true, prompts: [{ kind: "tone", name: "incoming" }],
      }));
      await clock.runFor(20_000);
      await outcomeOf(bench, pbx.hangUp(agent, "normal"));
    }, "phone-reachable leg-ringing leg-answered leg-ringing leg-answered legs-joined "
      + "recording-started play-finished recording-ended leg-ended leg-ended"));

  it("acts although the answer was lost", () =>
    check(answers, async (bench) => {
      await bench.clock.runFor(1_000);
      bench.world.faults = { command: () => "lost-response" };
      expect(await outcomeOf(bench, bench.pbx.hangUp(lead, "normal")))
        .to.equal("SwitchUnreachable");
      expect(bench.world.has(lead)).to.equal(false);
    }, "leg-ringing leg-answered leg-ended"));

  it("plays the safe-harbour message when no controller takes an answered leg", async () => {
    const bench = await benchFor(answers);
    await outcomeOf(bench, bench.pbx.placeLeg(order));
    await bench.pbx.close();
    await bench.clock.runFor(60_000);
    expect(bench.seen.map((each) => each.type)).to.deep.equal(
      ["dialed", "answered", "heard", "ended"]);
  });

  it("keeps legs over a lost connection, and loses them over a restart", async () => {
    const bench = await benchFor({ ...answers, waitsMs: Infinity });
    await outcomeOf(bench, bench.pbx.placeLeg(order));
    await bench.clock.runFor(1_000);
    bench.world.setReachable(false);
    expect(await outcomeOf(bench, bench.pbx.survey())).to.equal("SwitchUnreachable");
    bench.world.setReachable(true);
    const kept = bench.pbx.survey();
    await bench.clock.runFor(10);
    expect((await kept).legs.map((each) => each.state)).to.deep.equal(["up"]);
    bench.world.restart(1_000);
    await bench.clock.runFor(2_000);
    const after = bench.pbx.survey();
    await bench.clock.runFor(10);
    expect((await after).legs).to.deep.equal([]);
    expect(bench.events.at(-1)).to.include({ type: "connection-restored", restarted: true });
  });

  it("hands the wire to the newest controller", async () => {
    const bench = await benchFor(answers);
    const second = new VirtualPbx("virtual-1", bench.world);
    expect(await outcomeOf(bench, second.open())).to.equal("done");
    expect(bench.events.at(-1)?.type).to.equal("superseded");
    expect(await outcomeOf(bench, bench.pbx.placeLeg(order))).to.equal("SwitchUnreachable");
  });
});
