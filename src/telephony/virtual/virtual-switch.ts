/**
 * Owns the virtual switch: legs, calls, phones and the people at their far ends, all on a Clock
 * and a Random. It outlives the controllers that connect to it, as a real one does: legs go on
 * when a controller is gone, answered ones without a controller hear the safe-harbour message.
 */
import { plus, type Clock, type Instant } from "../../clock.ts";
import type { CallId, LegId, PhoneName, PlayId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Random } from "../../random.ts";
import type { HangUpCause } from "../cause.ts";
import type { LiveLeg, PbxEvent, Play, PlaceLeg, Recording, Survey } from "../pbx.ts";
import { EventWire } from "./event-wire.ts";
import { endOf, planOf, tonesOf } from "./far-end.ts";
import { isAnswered, newLeg, type Call, type Leg, type Phone } from "./leg.ts";
import { Plays } from "./plays.ts";
import {
  promptMs, type Callee, type Faults, type PhoneUser, type Population, type WorldEvent,
} from "./world.ts";

export interface VirtualSwitchOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly population: Population;
  /** Shown everything that happens, as it happens. */
  readonly onlooker?: (event: WorldEvent) => void;
  /** From the effect to our event of it, and the least a command takes. Default 2 and 1. */
  readonly eventMs?: number;
  readonly commandMs?: number;
}

const cause = (q850: number, by: HangUpCause["by"], sip?: number): HangUpCause =>
  ({ q850, sip, by });

/** How long the switch takes to notice that a phone stopped sending speech. */
const SILENT_PHONE_MS = 2_000;
const TONES_MS = 1_500;

export class VirtualSwitch {
  readonly clock: Clock;
  readonly commandMs: number;
  readonly #wire: EventWire;
  readonly #population: Population;
  readonly #onlooker: (event: WorldEvent) => void;
  readonly #legs = new Map<LegId, Leg>();
  readonly #calls = new Map<CallId, Call>();
  readonly #plays: Plays;
  readonly #recordings = new Map<CallId, LegId>();
  readonly #phones = new Map<PhoneName, Phone>();
  readonly #overheard = new Set<LegId>();
  #arrivals = 0;

  constructor(options: VirtualSwitchOptions) {
    this.clock = options.clock;
    this.commandMs = options.commandMs ?? 1;
    this.#wire = new EventWire(options.clock, options.random, options.eventMs ?? 2);
    this.#plays = new Plays(options.clock, (event) => { this.#emit(event); });
    this.#population = options.population;
    this.#onlooker = options.onlooker ?? ((): void => undefined);
  }

  // The far ends, as a test or a rehearsal moves them.

  addPhone(name: PhoneName, user: PhoneUser): void {
    this.#phones.set(name, { user, reachable: true });
    this.#emit({ type: "phone-reachable", phone: name, at: this.clock.now() });
  }

  /** The phone's user dials; undefined when the phone is away. */
  dial(name: PhoneName, dialed: string): LegId | undefined {
    if (this.#phones.get(name)?.reachable !== true) return undefined;
    const leg = `virtual-${++this.#arrivals}-${name}` as LegId;
    const made = this.#newLeg({ leg, phone: name });
    made.state = "ringing";
    this.#emit({ type: "leg-arrived", leg, at: this.clock.now(), phone: name, dialed });
    // A dialplan without a controller says so and hangs up; here a while of silence does.
    made.next = this.clock.at(plus(this.clock.now(), 5_000), () => {
      if (!isAnswered(made)) this.#end(made, cause(16, "switch"));
    });
    return leg;
  }

  press(leg: LegId, key: string): void {
    if (this.#legs.get(leg)?.state !== "up") return;
    this.#emit({ type: "key-pressed", leg, at: this.clock.now(), key });
  }

  /** The far end of `leg` hangs up. */
  farEndHangsUp(leg: LegId): void {
    const found = this.#legs.get(leg);
    if (found) this.#end(found, cause(16, "far-end"));
  }

  /** The phone's cable is pulled: its legs fall silent, then the switch ends them. */
  unplug(name: PhoneName): void {
    const phone = this.#phones.get(name);
    if (!phone?.reachable) return;
    phone.reachable = false;
    this.clock.at(plus(this.clock.now(), SILENT_PHONE_MS), () => {
      for (const leg of [...this.#legs.values()]) {
        if (leg.phone === name) this.#end(leg, cause(38, "switch"));
      }
      if (!phone.reachable) {
        this.#emit({ type: "phone-unreachable", phone: name, at: this.clock.now() });
      }
    });
  }

  plugIn(name: PhoneName): void {
    const phone = this.#phones.get(name);
    if (!phone || phone.reachable) return;
    phone.reachable = true;
    this.#emit({ type: "phone-reachable", phone: name, at: this.clock.now() });
  }

  /** Cuts or mends the controllers' way to the switch; calls go on meanwhile. */
  setReachable(reachable: boolean): void {
    if (reachable === this.#wire.reachable) return;
    const at = this.clock.now();
    if (!reachable) this.#emit({ type: "connection-lost", at });
    this.#wire.reachable = reachable;
    if (reachable) this.#emit({ type: "connection-restored", at, restarted: false });
  }

  /** The switch process dies and starts anew: every leg is gone, and nobody says so. */
  restart(awayMs: number): void {
    this.setReachable(false);
    for (const leg of [...this.#legs.values()]) this.#end(leg, cause(41, "switch"));
    this.clock.at(plus(this.clock.now(), awayMs), () => {
      this.#wire.reachable = true;
      this.#emit({ type: "connection-restored", at: this.clock.now(), restarted: true });
    });
  }

  // A controller's connection. One at a time: the newest has it.

  get reachable(): boolean {
    return this.#wire.reachable;
  }

  get faults(): Faults {
    return this.#wire.faults;
  }

  set faults(faults: Faults) {
    this.#wire.faults = faults;
  }

  attach(listener: (event: PbxEvent) => void): void {
    this.#wire.attach(listener);
    for (const [phone, { reachable }] of this.#phones) {
      if (reachable) this.#emit({ type: "phone-reachable", phone, at: this.clock.now() });
    }
  }

  detach(listener: (event: PbxEvent) => void): void {
    this.#wire.detach(listener);
  }

  // The effects of commands. VirtualPbx adds the wire: its delays and its faults.

  /** Whether a leg is there; commands on legs that are not throw LegGone. */
  has(leg: LegId): boolean {
    return this.#legs.has(leg);
  }

  isUp(leg: LegId): boolean {
    return this.#legs.get(leg)?.state === "up";
  }

  /** Answered, and not handed to a controller yet. */
  isKept(leg: LegId): boolean {
    return this.#legs.get(leg)?.state === "answered";
  }

  placeLeg(order: PlaceLeg): void {
    if (this.#legs.has(order.leg)) return;
    const now = this.clock.now();
    if (order.to.kind === "phone") {
      this.#ringPhone(order, order.to.phone, order.to.autoAnswer);
      return;
    }
    const callee = this.#population(order.to.number, now);
    const leg = this.#newLeg({ leg: order.leg, order, callee });
    this.#onlooker({
      type: "dialed", at: now, leg: leg.leg, number: order.to.number, phone: undefined,
      tags: order.tags,
    });
    this.#after(leg, order.ringMs, () => {
      if (!isAnswered(leg)) this.#end(leg, cause(19, "switch"));
    });
    this.#startCallee(leg, callee);
  }

  /** The three tones take a second, and telling them from other sound some more. */
  overhear(id: LegId): void {
    const leg = this.#legs.get(id);
    const full = this.#overheard.size >= limits.overheardLegs;
    if (!leg || isAnswered(leg) || full || this.#overheard.has(id)) return;
    this.#overheard.add(id);
    this.#after(leg, TONES_MS, () => { this.#tones(leg); });
    this.#after(leg, limits.overhearMs, () => { this.#overheard.delete(id); });
  }

  #tones(overheard: Leg): void {
    const { leg, callee } = overheard;
    if (!this.#overheard.delete(leg) || isAnswered(overheard)) return;
    const tones = callee && tonesOf(callee);
    if (tones) this.#emit({ type: "tones-heard", leg, at: this.clock.now(), tones });
  }

  answer(id: LegId): void {
    const leg = this.#legs.get(id);
    if (!leg || isAnswered(leg)) return;
    this.#answered(leg);
    this.#isOurs(leg, this.clock.now());
  }

  /** Takes a leg out of its call, which leaves the other one alone. */
  hold(id: LegId): void {
    const call = this.#legs.get(id)?.call;
    if (call !== undefined) this.part(call);
    this.#plays.endAlone(id);
  }

  join(order: { call: CallId; leadLeg: LegId; agentLeg: LegId }): void {
    const lead = this.#legs.get(order.leadLeg);
    const agent = this.#legs.get(order.agentLeg);
    if (!lead || !agent || (lead.call === order.call && agent.call === order.call)) return;
    for (const leg of [lead, agent]) {
      if (leg.call !== undefined) this.part(leg.call);
      this.#plays.endAlone(leg.leg);
    }
    this.#calls.set(order.call, { leadLeg: lead.leg, agentLeg: agent.leg });
    lead.call = order.call;
    agent.call = order.call;
    const at = this.clock.now();
    this.#onlooker({ type: "joined", at, ...order });
    this.#emit({ type: "legs-joined", call: order.call, at });
    const { callee } = lead;
    if (callee?.does === "answers") this.#farEndLeavesAfter(lead, callee.talksMs);
    if (agent.phone !== undefined) this.#phones.get(agent.phone)?.user.joined?.(agent.leg);
  }

  part(id: CallId): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    for (const each of [call.leadLeg, call.agentLeg]) {
      const leg = this.#legs.get(each);
      if (leg) leg.call = undefined;
    }
    this.#onlooker({ type: "parted", at: this.clock.now(), call: id });
    const lead = this.#legs.get(call.leadLeg);
    if (lead?.callee?.does === "answers") this.#farEndLeavesAfter(lead, lead.callee.waitsMs);
  }

  hangUp(id: LegId): void {
    const leg = this.#legs.get(id);
    if (leg) this.#end(leg, cause(16, "us"));
  }

  play(order: Play): void {
    const leg = this.#legs.get(order.leg);
    if (!leg || this.#plays.has(order.play)) return;
    const at = this.clock.now();
    let ms = 0;
    for (const prompt of order.prompts) {
      this.#onlooker({ type: "heard", at, leg: leg.leg, prompt });
      ms += promptMs(prompt);
    }
    this.#plays.begin(order, ms);
    if (leg.phone !== undefined) {
      this.#phones.get(leg.phone)?.user.hears?.(leg.leg, order.prompts);
    }
  }

  stopPlay(play: PlayId): void {
    this.#plays.end(play, false);
  }

  record(order: Recording): void {
    if (this.#recordings.has(order.call)) return;
    this.#recordings.set(order.call, order.leadLeg);
    const at = this.clock.now();
    this.#onlooker({ type: "recorded", at, call: order.call });
    this.#emit({ type: "recording-started", call: order.call, at });
  }

  stopRecording(call: CallId): void {
    if (!this.#recordings.delete(call)) return;
    this.#emit({ type: "recording-ended", call, at: this.clock.now() });
  }

  survey(): Survey {
    const legs = [...this.#legs.values()].map((leg): LiveLeg => ({
      leg: leg.leg, state: leg.state, tags: leg.tags, phone: leg.phone, call: leg.call,
      since: leg.since,
    }));
    const reachablePhones = [...this.#phones].filter(([, p]) => p.reachable).map(([name]) => name);
    return { at: this.clock.now(), legs, reachablePhones };
  }

  #newLeg(made: Parameters<typeof newLeg>[0]): Leg {
    const leg = newLeg(made, this.clock.now());
    this.#legs.set(leg.leg, leg);
    return leg;
  }

  #ringPhone(order: PlaceLeg, name: PhoneName, autoAnswer: boolean): void {
    const leg = this.#newLeg({ leg: order.leg, order, phone: name });
    const now = this.clock.now();
    this.#onlooker({
      type: "dialed", at: now, leg: leg.leg, number: undefined, phone: name, tags: order.tags,
    });
    const phone = this.#phones.get(name);
    if (phone?.reachable !== true) {
      this.#after(leg, 1, () => { this.#end(leg, cause(20, "switch", 480)); });
      return;
    }
    this.#rings(leg);
    this.#after(leg, order.ringMs, () => {
      if (!isAnswered(leg)) this.#end(leg, cause(19, "switch"));
    });
    const answersAfterMs = phone.user.answersAfterMs({ leg: leg.leg, autoAnswer });
    if (answersAfterMs !== undefined) {
      this.#after(leg, answersAfterMs, () => {
        if (phone.reachable) this.#answersCall(leg);
      });
    }
  }

  #startCallee(leg: Leg, callee: Callee): void {
    for (const { afterMs, does } of planOf(callee)) {
      this.#after(leg, afterMs, () => {
        if (does === "rings") this.#rings(leg);
        else if (does === "answers") this.#answersCall(leg);
        else if (does === "ends") this.#end(leg, endOf(callee));
        else this.#emit({ type: "leg-early-media", leg: leg.leg, at: this.clock.now() });
      });
    }
  }

  #rings(leg: Leg): void {
    if (leg.state !== "dialing") return;
    leg.state = "ringing";
    this.#emit({ type: "leg-ringing", leg: leg.leg, at: this.clock.now() });
  }

  #answered(leg: Leg): void {
    const at = this.clock.now();
    leg.state = "answered";
    leg.since = at;
    leg.answeredAt = at;
    this.#overheard.delete(leg.leg);
    this.#onlooker({ type: "answered", at, leg: leg.leg });
    const { callee } = leg;
    if (callee?.does === "answers") {
      this.#farEndLeavesAfter(leg, callee.waitsMs);
      if (callee.greeting && leg.order?.reportTalking === true) this.#greets(leg, callee.greeting);
    }
  }

  #answersCall(leg: Leg): void {
    if (isAnswered(leg)) return;
    this.#answered(leg);
    this.#hand(leg);
  }

  /** The dialplan gives an answered leg to the controller once there is one, or stands in. */
  #hand(leg: Leg): void {
    const { answeredAt, order } = leg;
    if (answeredAt === undefined || !order) return;
    if (this.#wire.heard) {
      this.#isOurs(leg, answeredAt);
      return;
    }
    if (this.clock.now() < plus(answeredAt, limits.handOverMs)) {
      this.#after(leg, limits.handOverStepMs, () => { this.#hand(leg); });
    } else if (order.to.kind === "number") this.#standsIn(leg, order);
    else this.#end(leg, cause(16, "switch"));
  }

  #isOurs(leg: Leg, answeredAt: Instant): void {
    leg.state = "up";
    this.#emit({ type: "leg-answered", leg: leg.leg, at: this.clock.now(), answeredAt });
  }

  #greets(leg: Leg, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): void {
    for (const [type, ms] of [["talking-started", fromMs], ["talking-ended", toMs]] as const) {
      this.#after(leg, ms, () => { this.#emit({ type, leg: leg.leg, at: this.clock.now() }); });
    }
  }

  /** The dialplan's own end of a call that no controller took: the message, then the hang-up. */
  #standsIn(leg: Leg, order: PlaceLeg): void {
    this.#onlooker({
      type: "heard", at: this.clock.now(), leg: leg.leg, prompt: order.safeHarbour,
    });
    this.#after(leg, promptMs(order.safeHarbour), () => { this.#end(leg, cause(16, "switch")); });
  }

  #farEndLeavesAfter(leg: Leg, ms: number): void {
    leg.next?.cancel();
    leg.next = Number.isFinite(ms)
      ? this.clock.at(plus(this.clock.now(), ms), () => { this.#end(leg, cause(16, "far-end")); })
      : undefined;
  }

  #after(leg: Leg, ms: number, run: () => void): void {
    const timer = this.clock.at(plus(this.clock.now(), ms), () => {
      leg.timers.delete(timer);
      run();
    });
    leg.timers.add(timer);
  }

  #end(leg: Leg, why: HangUpCause): void {
    if (!this.#legs.delete(leg.leg)) return;
    this.#tones(leg);
    leg.next?.cancel();
    for (const timer of leg.timers) timer.cancel();
    leg.timers.clear();
    this.#plays.endAll(leg.leg);
    if (leg.call !== undefined) this.part(leg.call);
    for (const [call, lead] of this.#recordings) if (lead === leg.leg) this.stopRecording(call);
    const at = this.clock.now();
    this.#onlooker({ type: "ended", at, leg: leg.leg, cause: why });
    this.#emit({
      type: "leg-ended", leg: leg.leg, at, cause: why, answeredAt: leg.answeredAt,
    });
    if (leg.phone !== undefined) this.#phones.get(leg.phone)?.user.ended?.(leg.leg);
  }

  #emit(event: PbxEvent): void {
    this.#wire.emit(event);
  }
}
