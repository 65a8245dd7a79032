/**
 * Owns what every switch behind the port must do. One list of behaviours, run against the virtual
 * switch and against real ones; each brings a World: people to dial, a phone, and a way to let
 * time pass. A difference is a bug in an adapter, or a line for the contract in pbx.ts.
 */
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { AttemptId, CallId, CampaignId, DialNumber, LegId, PhoneName, PlayId, TrunkName }
  from "../ids.ts";
import { outcomeOfUnanswered } from "./cause.ts";
import { conformsAtHandOver } from "./hand-over-conformance.ts";
import type { Pbx, PbxEvent, PlaceLeg, Prompt } from "./pbx.ts";
import { conformsWhereOneWaits } from "./waiting-conformance.ts";

/** What a called number does: rings 200 ms, and then this. */
export const calleeKinds = [
  /** Answers, talks, and waits to be hung up on. */
  "answers",
  /** Answers and hangs up 600 ms later. */
  "leaves",
  "busy", "rejects", "unknown", "congested",
  /** Rings, and nobody comes. */
  "rings",
  /** Plays something before an answer that never comes. */
  "early-media",
  /** Plays the tones of an intercepted number, and words for many seconds. */
  "intercepted",
  /** The same, and lets the call go with a cause of no meaning as soon as the tones are over. */
  "intercepted-soon",
  /** Plays ringing before it answers and talks. */
  "early-answer",
] as const;
export type CalleeKind = (typeof calleeKinds)[number];

export interface World {
  readonly pbx: Pbx;
  /** Everything the one listener was told, in order. */
  readonly events: readonly PbxEvent[];
  readonly trunk: TrunkName;
  numberOf(kind: CalleeKind): DialNumber;
  /** Registered, and answers at once when asked to. */
  readonly phone: PhoneName;
  phoneDials(dialed: string): Promise<void>;
  phonePresses(key: string): Promise<void>;
  /** Lets time pass until `look` finds something; undefined after `ms`. */
  until<T>(look: () => T | undefined, ms: number): Promise<T | undefined>;
  /** Lets time pass until `promise` is settled. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Breaks and mends the way between the controller and the switch. */
  setReachable(reachable: boolean): void;
  /** Whether a recording has sound, and how long it is; undefined where there are no files. */
  readonly heard?: (file: string) => Promise<{ durationMs: number; audible: boolean }>;
  /** How many files there are of legs that were listened to; undefined where there are none. */
  readonly overheard?: () => Promise<number>;
  close(): Promise<void>;
}

const safeHarbour: Prompt = { kind: "prompt", name: "safe-harbour", language: "en" };
const tone: Prompt = { kind: "tone", name: "incoming" };
const newLeg = (): LegId => randomUUID() as string as LegId;
const newPlay = (): PlayId => randomUUID() as string as PlayId;
export type Typed<T extends PbxEvent["type"]> = Extract<PbxEvent, { type: T }>;

/** Longest we wait for one event; a real switch needs a few milliseconds. */
const patienceMs = 8_000;

export function conformsToPort(name: string, open: () => Promise<World>): void {
  describe(`the port to ${name}`, () => {
    let world: World;
    let opened = false;
    const legs = new Set<LegId>();

    before(async () => {
      world = await open();
      opened = true;
    });
    after(async () => { if (opened) await world.close(); });
    afterEach(async () => {
      for (const leg of legs) await world.settled(world.pbx.hangUp(leg, "normal"));
      for (const leg of legs) await of("leg-ended", leg, 1_000);
      legs.clear();
    });

    const find = <T extends PbxEvent["type"]>(type: T, id: string): Typed<T> | undefined =>
      world.events.find((each): each is Typed<T> => each.type === type
        && Object.values(each).some((value) => value === id));
    const of = <T extends PbxEvent["type"]>(type: T, id: string, ms = patienceMs) =>
      world.until(() => find(type, id), ms);
    async function must<T extends PbxEvent["type"]>(type: T, id: string): Promise<Typed<T>> {
      const found = await of(type, id);
      if (!found) throw new Error(`no ${type} of ${id}`);
      return found;
    }
    const done = <T>(promise: Promise<T>): Promise<T> => world.settled(promise);
    const errorOf = (promise: Promise<unknown>): Promise<string> => world.settled(
      promise.then(() => "done", (error: unknown) => (error as Error).name));
    const typesOf = (leg: LegId): string => world.events
      .filter((each) => "leg" in each && each.leg === leg).map((each) => each.type).join(" ");

    const order = (leg: LegId, to: PlaceLeg["to"], ringMs = 15_000): PlaceLeg => ({
      leg, to, ringMs, safeHarbour, reportTalking: false,
      callerId: { number: "4001234567", name: "测试 Test" },
      tags: { attempt: leg as string as AttemptId, campaign: 3 as CampaignId },
    });
    async function dial(kind: CalleeKind, ringMs?: number): Promise<LegId> {
      const leg = newLeg();
      legs.add(leg);
      const to = { kind: "number", number: world.numberOf(kind), trunk: world.trunk } as const;
      await done(world.pbx.placeLeg(order(leg, to, ringMs)));
      return leg;
    }
    async function answered(): Promise<LegId> {
      const leg = await dial("answers");
      await must("leg-answered", leg);
      return leg;
    }
    async function agent(): Promise<LegId> {
      const leg = newLeg();
      legs.add(leg);
      await done(world.pbx.placeLeg(
        order(leg, { kind: "phone", phone: world.phone, autoAnswer: true })));
      await must("leg-answered", leg);
      return leg;
    }
    async function conversation(): Promise<{ call: CallId; lead: LegId; agentLeg: LegId }> {
      const agentLeg = await agent();
      await done(world.pbx.hold(agentLeg, "music"));
      const lead = await answered();
      const call = lead as string as CallId;
      await done(world.pbx.join({ call, leadLeg: lead, agentLeg }));
      await must("legs-joined", call);
      return { call, lead, agentLeg };
    }
    async function play(leg: LegId, prompts: readonly Prompt[], over = false): Promise<PlayId> {
      const id = newPlay();
      await done(world.pbx.play({ play: id, leg, prompts, over }));
      return id;
    }

    describe("a leg", () => {
      it("rings, is answered, and ends once when we hang up", async () => {
        const leg = await answered();
        const { at, answeredAt } = await must("leg-answered", leg);
        expect(answeredAt).to.be.at.most(at);
        await done(world.pbx.hangUp(leg, "normal"));
        const { cause, answeredAt: before } = await must("leg-ended", leg);
        expect(cause).to.include({ q850: 16, by: "us" });
        expect(before).to.equal(answeredAt);
        expect(typesOf(leg)).to.equal("leg-ringing leg-answered leg-ended");
      });

      it("ends by the far end", async () => {
        const leg = await dial("leaves");
        const { cause, answeredAt } = await must("leg-ended", leg);
        expect(cause).to.include({ q850: 16, by: "far-end" });
        expect(answeredAt).to.not.equal(undefined);
      });

      const refusals: readonly (readonly [CalleeKind, string])[] = [
        ["busy", "busy busy"], ["rejects", "no-answer rejected"],
        ["unknown", "failed invalid-number"], ["congested", "failed congestion"],
      ];
      for (const [kind, expected] of refusals) {
        it(`is ${expected} when the callee is ${kind}`, async () => {
          const { cause, answeredAt } = await must("leg-ended", await dial(kind));
          const { outcome, reason } = outcomeOfUnanswered(cause);
          expect(`${outcome} ${reason}`).to.equal(expected);
          expect(answeredAt).to.equal(undefined);
        });
      }

      it("is given up when the ring time is over", async () => {
        const { cause } = await must("leg-ended", await dial("rings", 1_000));
        expect(outcomeOfUnanswered(cause))
          .to.include({ outcome: "no-answer", reason: "ring-time-over" });
        expect(cause.by).to.equal("switch");
      });

      it("tells of early media, which is no answer", async () => {
        const leg = await dial("early-media", 2_000);
        await must("leg-early-media", leg);
        const { cause } = await must("leg-ended", leg);
        expect(outcomeOfUnanswered(cause).outcome).to.equal("no-answer");
        expect(typesOf(leg)).to.not.include("answered");
      });

      const overheard = async (kind: CalleeKind): Promise<LegId> => {
        const leg = await dial(kind);
        await must("leg-early-media", leg);
        await done(world.pbx.overhear(leg));
        return leg;
      };
      it("tells the tones of a number that is not in use, while it is still up", async () => {
        const leg = await overheard("intercepted");
        expect(await must("tones-heard", leg)).to.include({ tones: "intercept" });
        expect(find("leg-ended", leg), "the end").to.equal(undefined);
        await done(world.pbx.hangUp(leg, "normal"));
        expect((await must("leg-ended", leg)).cause.by).to.equal("us");
        expect(await world.overheard?.() ?? 0, "files left").to.equal(0);
      });

      it("tells the tones before the end that follows them", async () => {
        const leg = await overheard("intercepted-soon");
        await must("leg-ended", leg);
        expect(typesOf(leg).replace("leg-ringing ", ""))
          .to.equal("leg-early-media tones-heard leg-ended");
        expect(await world.overheard?.() ?? 0, "files left").to.equal(0);
      });

      it("tells no tones of ringing, and hears nothing of who answered", async () => {
        const leg = await overheard("early-answer");
        await must("leg-answered", leg);
        await world.until(() => undefined, 300);
        expect(await world.overheard?.() ?? 0, "files left").to.equal(0);
        expect(await errorOf(world.pbx.overhear(leg))).to.equal("done");
        await world.until(() => undefined, 300);
        expect(await world.overheard?.() ?? 0, "files left").to.equal(0);
        await done(world.pbx.hangUp(leg, "normal"));
        await must("leg-ended", leg);
        expect(await errorOf(world.pbx.overhear(leg)), "a leg that is gone").to.equal("done");
        expect(typesOf(leg)).to.not.include("tones");
      });

      it("is placed once when it is ordered twice", async () => {
        const leg = await dial("answers");
        const to = { kind: "number", number: world.numberOf("answers"), trunk: world.trunk } as const;
        expect(await errorOf(world.pbx.placeLeg(order(leg, to)))).to.equal("done");
        await must("leg-answered", leg);
        await done(world.pbx.hangUp(leg, "normal"));
        await must("leg-ended", leg);
        expect(typesOf(leg)).to.equal("leg-ringing leg-answered leg-ended");
      });

      it("can be hung up on while it rings", async () => {
        const leg = await dial("rings");
        await must("leg-ringing", leg);
        await done(world.pbx.hangUp(leg, "normal"));
        expect((await must("leg-ended", leg)).cause.by).to.equal("us");
      });

      it("that is gone is gone for every command, and hung up on with success", async () => {
        const gone = await answered();
        await done(world.pbx.hangUp(gone, "normal"));
        await must("leg-ended", gone);
        const other = await answered();
        const call = gone as string as CallId;
        const { pbx } = world;
        expect(await errorOf(pbx.hangUp(gone, "normal"))).to.equal("done");
        expect(await errorOf(pbx.hold(gone, "silence"))).to.equal("LegGone");
        expect(await errorOf(pbx.join({ call, leadLeg: gone, agentLeg: other }))).to.equal("LegGone");
        const playing = { play: newPlay(), leg: gone, prompts: [tone], over: false };
        expect(await errorOf(pbx.play(playing))).to.equal("LegGone");
        const recording = { call, leadLeg: gone, leadFile: "g/a.wav", agentFile: "g/b.wav" };
        expect(await errorOf(pbx.record(recording))).to.equal("LegGone");
        expect(await errorOf(pbx.part(call))).to.equal("done");
        expect(await errorOf(pbx.stopRecording(call))).to.equal("done");
      });
    });

    describe("a prompt", () => {
      it("is played to its end", async () => {
        const leg = await answered();
        const id = await play(leg, [tone, { kind: "digits", digits: "42", language: "zh" }]);
        expect(await must("play-finished", id)).to.include({ leg, completed: true });
      });

      it("is not completed when it is stopped", async () => {
        const leg = await answered();
        const id = await play(leg, [safeHarbour]);
        await done(world.pbx.stopPlay(id));
        expect(await must("play-finished", id)).to.include({ completed: false });
        expect(await errorOf(world.pbx.stopPlay(id))).to.equal("done");
      });

      it("is not completed when its leg ends", async () => {
        const leg = await answered();
        const id = await play(leg, [safeHarbour]);
        await done(world.pbx.hangUp(leg, "normal"));
        expect(await must("play-finished", id)).to.include({ completed: false });
      });

      it("can be put under a conversation", async () => {
        const { agentLeg, call } = await conversation();
        const id = await play(agentLeg, [tone], true);
        expect(await must("play-finished", id)).to.include({ leg: agentLeg, completed: true });
        const { legs: live } = await done(world.pbx.survey());
        expect(live.find((each) => each.leg === agentLeg)?.call).to.equal(call);
      });
    });

    describe("a phone", () => {
      it("dials us, is answered, and its keys arrive one by one", async () => {
        await world.phoneDials("*12");
        const arrived = await world.until(() => world.events.findLast(
          (each): each is Typed<"leg-arrived"> => each.type === "leg-arrived"), patienceMs);
        expect(arrived).to.include({ phone: world.phone, dialed: "*12" });
        const leg = arrived?.leg as LegId;
        legs.add(leg);
        await done(world.pbx.answer(leg));
        await must("leg-answered", leg);
        await done(world.pbx.hold(leg, "silence"));
        for (const key of ["5", "#", "5"]) await world.phonePresses(key);
        const keys = (): readonly string[] => world.events
          .filter((each) => each.type === "key-pressed" && each.leg === leg)
          .map((each) => (each as Typed<"key-pressed">).key);
        await world.until(() => keys().length >= 3 || undefined, patienceMs);
        expect(keys()).to.deep.equal(["5", "#", "5"]);
      });
    });

    describe("a call", () => {
      it("is taken apart and its legs stay up", async () => {
        const { call, lead, agentLeg } = await conversation();
        await done(world.pbx.part(call));
        const { legs: live } = await done(world.pbx.survey());
        for (const leg of [lead, agentLeg]) {
          expect(live.find((each) => each.leg === leg)).to.include({ state: "up", call: undefined });
        }
      });

      it("begins at once, whatever one of its legs is hearing", async () => {
        const agentLeg = await agent();
        await done(world.pbx.hold(agentLeg, "silence"));
        const heard = await play(agentLeg, [safeHarbour]);
        const lead = await answered();
        const call = lead as string as CallId;
        await done(world.pbx.join({ call, leadLeg: lead, agentLeg }));
        expect(await of("legs-joined", call, 1_000), "the message is 8 s long").to.include({ call });
        expect(await must("play-finished", heard)).to.include({ completed: false });
      });

      it("is recorded, one file per direction, until the lead's leg ends", async () => {
        const { call, lead } = await conversation();
        const [leadFile, agentFile] = [`c/${call}-lead.wav`, `c/${call}-agent.wav`];
        await done(world.pbx.record({ call, leadLeg: lead, leadFile, agentFile }));
        await must("recording-started", call);
        await world.until(() => undefined, 1_500);
        await done(world.pbx.hangUp(lead, "normal"));
        await must("recording-ended", call);
        if (!world.heard) return;
        const [hers, ours] = [await world.heard(leadFile), await world.heard(agentFile)];
        expect(hers.audible, "the lead's file").to.equal(true);
        expect(ours.audible, "the agent's file").to.equal(true);
        expect(ours.durationMs).to.equal(hers.durationMs);
        expect(hers.durationMs).to.be.within(1_000, 4_000);
      });

      it("is recorded until told otherwise", async () => {
        const { call, lead } = await conversation();
        const [leadFile, agentFile] = [`s/${call}-lead.wav`, `s/${call}-agent.wav`];
        await done(world.pbx.record({ call, leadLeg: lead, leadFile, agentFile }));
        await world.until(() => undefined, 500);
        await done(world.pbx.stopRecording(call));
        await must("recording-ended", call);
        expect(find("leg-ended", lead)).to.equal(undefined);
        if (world.heard) expect((await world.heard(leadFile)).durationMs).to.be.above(200);
      });

      it("tells the keys that are pressed in it", async () => {
        const { agentLeg } = await conversation();
        await world.phonePresses("7");
        const pressed = await world.until(() => world.events.find((each) =>
          each.type === "key-pressed" && each.leg === agentLeg), patienceMs);
        expect(pressed).to.include({ key: "7" });
      });

      it("can be listened to, whispered into and joined by a supervisor", async () => {
        const { call, agentLeg } = await conversation();
        const supervisorLeg = await answered();
        for (const mode of ["listen", "whisper", "barge"] as const) {
          expect(await errorOf(world.pbx.supervise({ mode, supervisorLeg, agentLeg, call })), mode)
            .to.equal("done");
        }
      });
    });

    describe("a survey", () => {
      it("has each leg with what rides on it", async () => {
        const { call, lead, agentLeg } = await conversation();
        const ringing = await dial("rings");
        await must("leg-ringing", ringing);
        const { legs: live, reachablePhones } = await done(world.pbx.survey());
        const seen = (leg: LegId) => live.find((each) => each.leg === leg);
        expect(seen(lead)).to.deep.include({
          state: "up", call, tags: { attempt: lead as string as AttemptId, campaign: 3 },
        });
        expect(seen(agentLeg)).to.include({ state: "up", call, phone: world.phone });
        expect(seen(ringing)).to.include({ state: "ringing", call: undefined });
        expect(reachablePhones).to.include(world.phone);
      });
    });

    const hands = {
      world: () => world, dial, answered, must, find, done, errorOf, typesOf, play,
    };
    conformsWhereOneWaits(hands);
    conformsAtHandOver(hands);
  });
}
