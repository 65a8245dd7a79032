import { expect } from "chai";
import { instant, plus } from "../clock.ts";
import type {
  AttemptId, CallId, ControllerId, DialNumber, Epoch, LegId, PhoneName, TrunkName,
} from "../ids.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { NewAttempt, Trunk } from "../store/store.ts";
import type { WorldEvent } from "../telephony/virtual/world.ts";
import { Auditor } from "./auditor.ts";
import { campaignSettings, trunkNamed } from "./floor-plan.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedStore } from "./simulated-store.ts";

const minute = 60_000;
const trunk: Trunk = { ...trunkNamed("carrier" as TrunkName), channelsMax: 3, callsPerSecond: 2 };

/** A Monday in China: 17:00 there at the start. */
class Scene {
  readonly clock = new SimulatedClock(instant(Date.UTC(2026, 0, 5, 9)));
  readonly store = new SimulatedStore(this.clock);
  readonly auditor = new Auditor(this.clock, this.store, {
    connectWithinMs: 2_000, messageWithinMs: 250, channelsMax: 3, callsPerSecond: 2,
    abandonRateMax: 0.03, dayRateMax: 0.04, lawful: true,
  });
  readonly #see = this.auditor.at("virtual-1");
  readonly #numbers = Array.from({ length: 40 }, (_, i) =>
    `+86138${20_000_000 + i}` as DialNumber);
  epoch = 0 as Epoch;
  #dials = 0;

  async open(): Promise<void> {
    this.store.addTrunk(trunk);
    this.store.addCampaign(campaignSettings, "running", this.#numbers);
    await this.take("one");
  }

  async take(controller: string): Promise<void> {
    const { held } = await this.store.takeSeats({
      controller: controller as ControllerId, switches: ["virtual-1"], usable: [], leaseMs: 8_000,
    });
    this.epoch = held[0]?.epoch ?? this.epoch;
  }

  see(event: { readonly type: WorldEvent["type"] } & Record<string, unknown>): void {
    this.#see({ at: this.clock.now(), ...event } as unknown as WorldEvent);
  }

  /** Stores an attempt as a controller would, and dials it; returns the leg. */
  async dial(changes: Partial<NewAttempt> & { epoch?: Epoch } = {}): Promise<LegId> {
    const id = `00000000-0000-4000-8000-${String(++this.#dials).padStart(12, "0")}`;
    const [lead] = await this.store.leaseLeads({
      campaign: 1 as never, epoch: this.epoch, count: 1, now: this.clock.now(), leaseMs: minute,
    });
    if (!lead) throw new Error("no lead");
    const { epoch = this.epoch, ...intent } = changes;
    await this.store.placeAttempts(1 as never, this.epoch, [{
      attempt: id as AttemptId, campaign: 1 as never, lead: lead.lead, number: lead.number,
      trunk: trunk.id, pbx: "virtual-1", at: this.clock.now(), recording: "announce", ...intent,
    }]);
    this.see({
      type: "dialed", leg: id, number: intent.number ?? lead.number, phone: undefined,
      tags: { attempt: id, campaign: 1, epoch },
    });
    return id as LegId;
  }

  join(lead: LegId, agent: string): void {
    this.see({ type: "joined", call: `call-${lead}` as CallId, leadLeg: lead, agentLeg: agent });
  }

  end(leg: LegId, q850 = 16): void {
    this.see({ type: "ended", leg, cause: { q850, sip: undefined, by: "far-end" } });
  }

  async settle(leg: LegId, outcome: AttemptOutcome, seq = 1): Promise<void> {
    await this.store.recordCalls([{
      attempt: leg as string as AttemptId, campaign: 1 as never, epoch: this.epoch,
      facts: [{ seq, at: this.clock.now(), type: "outcome-set", data: {} }],
      changes: { outcome, answeredAt: this.clock.now() }, lead: { then: "finished" },
    }]);
  }
}

const connected: AttemptOutcome = { outcome: "connected", reason: "answered", spent: true };
const abandoned: AttemptOutcome =
  { outcome: "abandoned", reason: "no-agent-in-time", spent: true };

describe("the auditor", () => {
  const check = async (
    story: (scene: Scene) => void | Promise<void>, broken: RegExp | undefined,
  ) => {
    const scene = new Scene();
    await scene.open();
    await story(scene);
    const said = scene.auditor.breaks.join("\n");
    if (broken) expect(said).to.match(broken);
    else expect(said).to.equal("");
  };

  it("finds nothing in a good call", () => check(async (scene) => {
    const leg = await scene.dial();
    scene.see({ type: "answered", leg });
    scene.join(leg, "virtual-1-phone-1");
    scene.see({ type: "heard", leg, prompt: { kind: "prompt", name: "recorded", language: "zh" } });
    scene.see({ type: "recorded", call: `call-${leg}` });
    scene.see({ type: "parted", call: `call-${leg}` });
    scene.end(leg);
    await scene.settle(leg, connected);
    scene.auditor.close([]);
  }, undefined));

  for (const [many, seqs] of [["two outcomes", [1, 2]], ["no outcome", []]] as const) {
    it(`reports an attempt with ${many}`, () => check(async (scene) => {
      const leg = await scene.dial();
      scene.see({ type: "answered", leg });
      scene.join(leg, "virtual-1-phone-1");
      scene.end(leg);
      for (const seq of seqs) await scene.settle(leg, connected, seq);
      scene.auditor.close([]);
    }, new RegExp(`has ${seqs.length} outcomes`)));
  }

  for (const [line, outcome, broken] of [
    ["was never joined", connected, /was not joined, and is connected/],
    ["was joined", abandoned, /was joined, and is abandoned/],
    ["nobody answered", abandoned, /is abandoned, and nobody answered/],
  ] as const) {
    it(`reports the outcome ${outcome.outcome} of a line that ${line}`, () =>
      check(async (scene) => {
        const leg = await scene.dial();
        if (line !== "nobody answered") scene.see({ type: "answered", leg });
        if (line === "was joined") scene.join(leg, "virtual-1-phone-1");
        scene.end(leg);
        await scene.settle(leg, outcome);
        scene.auditor.close([]);
      }, broken));
  }

  it("reports a second line to a number whose first is up", () => check(async (scene) => {
    const number = "+8613820000000" as DialNumber;
    await scene.dial({ number });
    await scene.clock.runFor(2_000);
    await scene.dial({ number });
  }, /is being dialed by \S+ already/));

  it("reports a leg that is dialed twice, and one that was never stored", () =>
    check(async (scene) => {
      const dialed = { type: "dialed", number: "+8613820000000", phone: undefined } as const;
      for (let i = 0; i < 2; i++) {
        scene.see({ ...dialed, leg: "unheard-of", tags: { epoch: scene.epoch } });
      }
    }, /dialed unheard-of before it was stored[^]*leg unheard-of was dialed twice/));

  it("reports 24 hours that look bad, in a window that keeps its limit", () => check(
    async (scene) => {
      const talk = async (outcome: AttemptOutcome): Promise<void> => {
        const leg = await scene.dial();
        scene.see({ type: "answered", leg });
        if (outcome === connected) scene.join(leg, `virtual-1-phone-${leg}`);
        else {
          const prompt = { kind: "prompt", name: "safe-harbour", language: "zh" };
          scene.see({ type: "heard", leg, prompt });
        }
        scene.end(leg);
        await scene.settle(leg, outcome);
        await scene.clock.runFor(1_000);
      };
      for (let i = 0; i < 35; i++) await talk(connected);
      await scene.clock.runFor(24 * 60 * minute);
      await talk(abandoned);
      await talk(abandoned);
      scene.auditor.close([]);
    }, /^2\S+ 2 of 2 were abandoned in 24 hours, more than 1$/));

  it("reports a lead's leg that is left up at the end", () => check(async (scene) => {
    const leg = await scene.dial();
    await scene.settle(leg, { outcome: "failed", reason: "lost-control", spent: true });
    scene.auditor.close([leg]);
  }, /leg \S+ is left up/));

  it("reports a person who answered and heard nobody in time", () => check(async (scene) => {
    scene.see({ type: "answered", leg: await scene.dial() });
    await scene.clock.runFor(3_000);
  }, /heard neither an agent nor the message/));

  for (const [rule, at, broken] of [
    ["before nine in the morning", Date.UTC(2026, 0, 6, 0, 59), /outside the hours, at 08:59/],
    ["after nine at night", Date.UTC(2026, 0, 5, 13, 0), /outside the hours, at 21:00/],
  ] as const) {
    it(`reports a dial ${rule}`, () => check(async (scene) => {
      await scene.clock.runUntil(instant(at));
      await scene.take("one");
      await scene.dial();
    }, broken));
  }

  it("reports the fourth dial of a day, and not one that congestion stopped", () =>
    check(async (scene) => {
      const number = "+8613820000000" as DialNumber;
      for (const q850 of [17, 34, 34, 17, 17]) {
        const leg = await scene.dial({ number });
        scene.end(leg, q850);
        await scene.settle(leg, { outcome: "busy", reason: "busy", spent: q850 === 17 });
        await scene.clock.runFor(minute);
        await scene.take("one");
      }
      expect(scene.auditor.breaks).to.deep.equal([]);
      await scene.dial({ number });
    }, /is dial 4 of one person in a day/));

  it("reports a dial to somebody who does not want it", () => check(async (scene) => {
    scene.auditor.law.listed("+8613820000000" as DialNumber);
    await scene.clock.runFor(6_000);
    await scene.dial();
  }, /on the do-not-call list/));

  it("reports a dial while everything is stopped", () => check(async (scene) => {
    scene.auditor.law.killSwitch(true);
    await scene.clock.runFor(6_000);
    await scene.dial();
  }, /while the kill switch was on/));

  it("reports a dial to where none is allowed", () => check(async (scene) => {
    await scene.dial({ number: "+442079460000" as DialNumber });
  }, /a place that is not allowed/));

  it("reports a recording that nobody was told of", () => check(async (scene) => {
    const leg = await scene.dial();
    scene.join(leg, "virtual-1-phone-1");
    scene.see({ type: "recorded", call: `call-${leg}` });
  }, /recorded before the person was told/));

  for (const recording of [undefined, "do-not-record"] as const) {
    it(`reports a recording with the policy ${recording ?? "undecided"}`, () =>
      check(async (scene) => {
        const leg = await scene.dial({ recording } as Partial<NewAttempt>);
        scene.join(leg, "virtual-1-phone-1");
        scene.see({ type: "recorded", call: `call-${leg}` });
      }, /with the policy (undecided|do-not-record)/));
  }

  it("reports more lines than the trunk has, over both switches", () => check(async (scene) => {
    for (let i = 0; i < 4; i++) {
      await scene.dial();
      await scene.clock.runFor(2_000);
    }
  }, /4 lines at once/));

  it("reports more dials in a second than the trunk takes", () => check(async (scene) => {
    for (let i = 0; i < 4; i++) scene.end(await scene.dial());
  }, /4 dials within a second/));

  it("reports an agent in two calls, at whatever leg", () => check(async (scene) => {
    const [one, two] = [await scene.dial(), await scene.dial()];
    scene.see({
      type: "dialed", leg: "rung", number: undefined, phone: "phone-1" as PhoneName, tags: {},
    });
    scene.join(one, "virtual-7-phone-1");
    scene.join(two, "rung");
  }, /phone-1 is in two calls/));

  it("reports a dial under an old epoch", () => check(async (scene) => {
    const old = scene.epoch;
    await scene.clock.runFor(10_000);
    await scene.take("two");
    await scene.dial({ epoch: old });
  }, /dialed under an old epoch/));

  it("reports what a store took under an old epoch", () => check(async (scene) => {
    const leg = await scene.dial();
    await scene.clock.runFor(10_000);
    const old = scene.epoch;
    await scene.take("two");
    expect(scene.epoch).to.not.equal(old);
    // A store that does not look.
    scene.store.seats.pbxOf = () => "virtual-1";
    scene.epoch = old;
    await scene.settle(leg, abandoned);
  }, /written under epoch \d+, which is over/));

  it("reports more abandoned people than the limit and the lines in flight explain", () =>
    check(async (scene) => {
      for (let i = 0; i < 5; i++) {
        const leg = await scene.dial();
        scene.see({ type: "answered", leg });
        scene.see(
          { type: "heard", leg, prompt: { kind: "prompt", name: "safe-harbour", language: "zh" } });
        scene.end(leg);
        await scene.settle(leg, abandoned);
        await scene.clock.runFor(2_000);
        await scene.take("one");
      }
      scene.auditor.close([]);
    }, /5 of 5 were abandoned, more than 1/));

  it("reports an open attempt that no line is under", () => check(async (scene) => {
    scene.end(await scene.dial());
    await scene.clock.runUntil(plus(scene.clock.now(), 3 * minute));
  }, /is open, and has no leg/));

  it("reports a line that no attempt is open for", () => check(async (scene) => {
    await scene.settle(await scene.dial(), abandoned);
    await scene.clock.runUntil(plus(scene.clock.now(), 3 * minute));
  }, /is up, and not open/));
});
