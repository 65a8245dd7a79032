/**
 * Owns what we know of the legs on one switch, and how Asterisk's events become the port's. No
 * I/O: an event goes in, the port's events come out. Doubled events come out once; events of legs
 * that are not ours come out never.
 */
import { plus, type Instant } from "../../clock.ts";
import type { CallId, LegId, PhoneName, PlayId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { HangUpCause } from "../cause.ts";
import type { PbxEvent } from "../pbx.ts";
import type { AriChannel, AriEvent } from "./ari-events.ts";
import { accountOf, phoneOf } from "./wire.ts";

interface Leg {
  readonly arrived: boolean;
  /** The channel's name, which AMI wants; known from its first event. */
  channel: string | undefined;
  ringing: boolean;
  earlyMedia: boolean;
  answeredAt: Instant | undefined;
  /** The leg takes our commands, and we have said so. */
  taken: boolean;
  endedBy: HangUpCause["by"];
}

/** A leg as a survey found it. */
export interface LegOnSwitch {
  readonly leg: LegId;
  readonly channel: string;
  /** Answered, and takes our commands. */
  readonly up: boolean;
  readonly answeredAt: Instant | undefined;
  readonly arrived: boolean;
  /** The call that it is in, and the bridge that the call is in. */
  readonly call: CallId | undefined;
  readonly bridge: string | undefined;
}

interface Call {
  readonly legs: readonly LegId[];
  readonly bridge: string;
  joined: boolean;
  /** Being taken apart: that somebody enters still is no news. */
  parted: boolean;
}

interface PlayState {
  readonly leg: LegId;
  /** Under a conversation, on a channel of its own. */
  readonly over: boolean;
  stopped: boolean;
}

/** What each leg has to do with, found without a look at all others. */
class ByLeg<T> {
  readonly #of = new Map<LegId, Set<T>>();

  of(leg: LegId): readonly T[] { return [...this.#of.get(leg) ?? []]; }

  add(leg: LegId, what: T): void {
    const known = this.#of.get(leg);
    if (known) known.add(what);
    else this.#of.set(leg, new Set([what]));
  }

  remove(leg: LegId, what: T): void {
    const known = this.#of.get(leg);
    if (known?.delete(what) && known.size === 0) this.#of.delete(leg);
  }

  clear(): void { this.#of.clear(); }
}

/** A clock of the switch further off than this is not believed; ours is taken instead. */
const clockOffMs = 2_000;

export class LegBook {
  readonly #legs = new Map<LegId, Leg>();
  readonly #calls = new Map<CallId, Call>();
  readonly #callIn = new Map<string, CallId>();
  readonly #callsOf = new ByLeg<CallId>();
  readonly #plays = new Map<PlayId, PlayState>();
  readonly #playsOf = new ByLeg<PlayId>();
  #reachable: ReadonlySet<PhoneName> = new Set();
  /** Legs that ended lately: an event that was overtaken by the end must not revive its leg. */
  readonly #ended = new Set<LegId>();

  has(leg: LegId): boolean { return this.#legs.has(leg); }
  channelOf(leg: LegId): string | undefined { return this.#legs.get(leg)?.channel; }

  /** A leg that we placed and that nobody has answered. */
  isUnanswered(leg: LegId): boolean {
    const state = this.#legs.get(leg);
    return state !== undefined && !state.arrived && state.answeredAt === undefined && !state.taken;
  }

  expect(leg: LegId): void {
    if (!this.#legs.has(leg)) this.#legs.set(leg, newLeg(false));
  }

  forget(leg: LegId): void { this.#legs.delete(leg); }

  expectCall(call: CallId, legs: readonly LegId[], bridge: string, joined = false): void {
    this.forgetCall(call);
    this.#calls.set(call, { legs, bridge, joined, parted: false });
    this.#callIn.set(bridge, call);
    for (const leg of legs) this.#callsOf.add(leg, call);
  }

  /** The legs of a call that is being taken apart, which is kept until it is forgotten. */
  partCall(call: CallId): readonly LegId[] {
    const state = this.#calls.get(call);
    if (state) state.parted = true;
    return state?.legs ?? [];
  }

  forgetCall(call: CallId): void {
    const state = this.#calls.get(call);
    if (!state) return;
    for (const leg of state.legs) this.#callsOf.remove(leg, call);
    if (this.#callIn.get(state.bridge) === call) this.#callIn.delete(state.bridge);
    this.#calls.delete(call);
  }

  bridgeOf(call: CallId): string | undefined { return this.#calls.get(call)?.bridge; }
  callIn(bridge: string): CallId | undefined { return this.#callIn.get(bridge); }

  /** The calls a leg is in, or was about to be. */
  callsOf(leg: LegId): readonly CallId[] { return this.#callsOf.of(leg); }

  /** Who speaks with this leg: the other one of its call, if it is in one. */
  partnerOf(leg: LegId): LegId | undefined {
    const call = this.callsOf(leg).at(-1);
    return call && this.#calls.get(call)?.legs.find((each) => each !== leg);
  }

  expectPlay(play: PlayId, leg: LegId, over: boolean): void {
    this.#plays.set(play, { leg, over, stopped: false });
    this.#playsOf.add(leg, play);
  }

  /** What these legs are hearing by themselves, and not under a conversation. */
  playsTo(legs: readonly LegId[]): readonly PlayId[] {
    return legs.flatMap((leg) => this.#playsOf.of(leg)).filter((play) => {
      const state = this.#plays.get(play);
      return state !== undefined && !state.over && !state.stopped;
    });
  }

  forgetPlay(play: PlayId): void {
    const state = this.#plays.get(play);
    if (state) this.#playsOf.remove(state.leg, play);
    this.#plays.delete(play);
  }

  stopPlay(play: PlayId): void {
    const state = this.#plays.get(play);
    if (state) state.stopped = true;
  }

  hangUp(leg: LegId): void {
    const state = this.#legs.get(leg);
    if (state) state.endedBy ??= "us";
  }

  /** Everything is gone: the switch started anew. */
  clear(): void {
    this.#legs.clear();
    this.#calls.clear();
    this.#callIn.clear();
    this.#callsOf.clear();
    this.#plays.clear();
    this.#playsOf.clear();
  }

  /** Puts right what was missed while we could not hear. */
  reconcile(live: readonly LegOnSwitch[]): void {
    const alive = new Set(live.map((each) => each.leg));
    for (const leg of this.#legs.keys()) if (!alive.has(leg)) this.#legs.delete(leg);
    for (const [play, { leg }] of this.#plays) if (!alive.has(leg)) this.forgetPlay(play);
    for (const [call, { legs }] of this.#calls) {
      if (!legs.some((leg) => alive.has(leg))) this.forgetCall(call);
    }
    for (const { leg, channel, up, arrived, answeredAt } of live) {
      const known = this.#legs.get(leg) ?? newLeg(arrived);
      known.channel = channel;
      known.taken ||= up;
      known.answeredAt ??= answeredAt;
      this.#legs.set(leg, known);
    }
    this.#findCalls(live);
  }

  /** Conversations that another controller joined are ours to serve now. */
  #findCalls(live: readonly LegOnSwitch[]): void {
    const found = new Map<CallId, { readonly legs: LegId[]; readonly bridge: string }>();
    for (const { leg, call, bridge } of live) {
      if (call === undefined || bridge === undefined) continue;
      const { legs } = found.get(call) ?? { legs: [] };
      found.set(call, { legs: [...legs, leg], bridge });
    }
    for (const [call, { legs, bridge }] of found) {
      if (legs.length === 2 && !this.#calls.has(call)) this.expectCall(call, legs, bridge, true);
    }
  }

  /** Which phones can be reached now; what of that is new. */
  reached(phones: readonly PhoneName[], at: Instant): readonly PbxEvent[] {
    const now = new Set(phones);
    const lost = [...this.#reachable].filter((phone) => !now.has(phone));
    const found = phones.filter((phone) => !this.#reachable.has(phone));
    this.#reachable = now;
    return [
      ...lost.map((phone): PbxEvent => ({ type: "phone-unreachable", phone, at })),
      ...found.map((phone): PbxEvent => ({ type: "phone-reachable", phone, at })),
    ];
  }

  apply(event: AriEvent, now: Instant): readonly PbxEvent[] {
    const at = believable(event.atMs, now);
    switch (event.type) {
      case "StasisStart":
        return this.#entered(event.channel, event.args, at, waitedMs(event.args[1], event.atMs));
      case "ChannelStateChange": return this.#changed(event.channel, at);
      case "Dial": return this.#dialed(event.peer, event.dialstatus, at);
      case "ChannelHangupRequest": {
        const leg = this.#legs.get(event.channel.id as LegId);
        if (leg) leg.endedBy ??= event.soft ? "switch" : "far-end";
        return [];
      }
      case "ChannelDestroyed":
        return this.#destroyed(event.channel.id as LegId, event.cause, event.techCause, at);
      case "ChannelDtmfReceived":
        return this.#ofLeg(event.channel, (leg) => ({ type: "key-pressed", leg, at, key: event.digit }));
      case "ChannelTalkingStarted":
        return this.#ofLeg(event.channel, (leg) => ({ type: "talking-started", leg, at }));
      case "ChannelTalkingFinished":
        return this.#ofLeg(event.channel, (leg) => ({ type: "talking-ended", leg, at }));
      case "ChannelEnteredBridge": return this.#bridged(event.bridge, event.members, at);
      case "PlaybackFinished": return this.#played(event.playback as PlayId, event.state, at);
      case "ApplicationReplaced": return [];
    }
  }

  #ofLeg(channel: AriChannel, make: (leg: LegId) => PbxEvent): readonly PbxEvent[] {
    const leg = channel.id as LegId;
    return this.#legs.has(leg) ? [make(leg)] : [];
  }

  #entered(
    channel: AriChannel, args: readonly string[], at: Instant, waited: number,
  ): readonly PbxEvent[] {
    const leg = channel.id as LegId;
    if (this.#ended.has(leg)) return [];
    const phone = phoneOf(accountOf(channel.name));
    if (args[0] === "arrived" && phone !== undefined && !this.#legs.has(leg)) {
      this.#legs.set(leg, { ...newLeg(true), channel: channel.name });
      const dialed = /^[0-9*#]{1,32}$/.exec(args[1] ?? "")?.[0] ?? "";
      return [{ type: "leg-arrived", leg, at, phone, dialed }];
    }
    if (args[0] !== "answered") return [];
    const state = this.#legs.get(leg) ?? newLeg(false);
    this.#legs.set(leg, state);
    state.channel = channel.name;
    if (state.taken) return [];
    state.taken = true;
    state.answeredAt ??= plus(at, -waited);
    return [{ type: "leg-answered", leg, at, answeredAt: state.answeredAt }];
  }

  #changed(channel: AriChannel, at: Instant): readonly PbxEvent[] {
    const leg = channel.id as LegId;
    const state = this.#legs.get(leg);
    if (!state) return [];
    state.channel = channel.name;
    if (channel.state === "Ringing") return ringing(state, leg, at);
    if (channel.state !== "Up" || state.answeredAt !== undefined) return [];
    state.answeredAt = at;
    if (!state.arrived) return [];
    state.taken = true;
    return [{ type: "leg-answered", leg, at, answeredAt: at }];
  }

  #dialed(peer: AriChannel, dialstatus: string, at: Instant): readonly PbxEvent[] {
    const leg = peer.id as LegId;
    const state = this.#legs.get(leg);
    if (!state) return [];
    state.channel = peer.name;
    if (dialstatus === "RINGING") return ringing(state, leg, at);
    if (dialstatus !== "PROGRESS" || state.earlyMedia) return [];
    state.earlyMedia = true;
    return [{ type: "leg-early-media", leg, at }];
  }

  #destroyed(
    leg: LegId, q850: number, techCause: number | undefined, at: Instant,
  ): readonly PbxEvent[] {
    const state = this.#legs.get(leg);
    if (!state) return [];
    this.#legs.delete(leg);
    this.#ended.add(leg);
    // A set keeps its order: the first is the oldest.
    if (this.#ended.size > limits.endedLegs) for (const old of this.#ended) {
      this.#ended.delete(old);
      break;
    }
    const sip = techCause !== undefined && techCause >= 300 && techCause <= 699
      ? techCause : undefined;
    // A BYE without a reason leaves Asterisk without a cause; it is the normal end of a call.
    const cause = q850 === 0 && state.answeredAt !== undefined ? 16 : q850;
    // Nobody asked for the end of a leg whose ring time was over: the switch gave it up.
    const by = state.endedBy ?? "switch";
    const ended: PbxEvent = {
      type: "leg-ended", leg, at, cause: { q850: cause, sip, by }, answeredAt: state.answeredAt,
    };
    // A playback that the end cut off is reported by Asterisk, but not always before the end.
    const cut = this.#playsOf.of(leg);
    for (const play of cut) this.forgetPlay(play);
    return [
      ...cut.map((play): PbxEvent => ({ type: "play-finished", play, leg, at, completed: false })),
      ended,
    ];
  }

  #bridged(bridge: string, members: readonly string[], at: Instant): readonly PbxEvent[] {
    const call = this.#callIn.get(bridge);
    const state = call && this.#calls.get(call);
    if (!state || state.joined || state.parted) return [];
    if (!state.legs.every((leg) => members.includes(leg))) return [];
    state.joined = true;
    return [{ type: "legs-joined", call, at }];
  }

  #played(play: PlayId, outcome: string, at: Instant): readonly PbxEvent[] {
    const state = this.#plays.get(play);
    if (!state) return [];
    this.forgetPlay(play);
    const completed = outcome === "done" && !state.stopped;
    return [{ type: "play-finished", play, leg: state.leg, at, completed }];
  }
}

function ringing(state: Leg, leg: LegId, at: Instant): readonly PbxEvent[] {
  if (state.ringing) return [];
  state.ringing = true;
  return [{ type: "leg-ringing", leg, at }];
}

const newLeg = (arrived: boolean): Leg => ({
  arrived, channel: undefined, ringing: false, earlyMedia: false, answeredAt: undefined,
  taken: false, endedBy: undefined,
});

/**
 * How long a leg waited in the dialplan for a controller, from its answer to its entering: both by
 * the switch's clock, so that it may be off.
 */
function waitedMs(answered: string | undefined, enteredMs: number | undefined): number {
  if (enteredMs === undefined || !/^\d{13}$/.test(answered ?? "")) return 0;
  const ms = enteredMs - Number(answered);
  return ms > 0 && ms <= limits.eventGraceMs ? ms : 0;
}

function believable(atMs: number | undefined, now: Instant): Instant {
  return atMs !== undefined && Math.abs(now - atMs) <= clockOffMs ? atMs as Instant : now;
}
