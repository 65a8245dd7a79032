/**
 * Owns the bridges on one Asterisk: who is put where, by which requests. A leg that is held in
 * quiet is in a bridge of its own, and an agent's stays there from call to call: whoever is joined
 * with it is put there by one request, and leaves by its own end. That matters to the person who
 * has just answered, and spares the switch the making and removing of a bridge for each call. A
 * leg of which this is not known for sure is taken out of wherever it is, into a bridge of the
 * call's.
 */
import { LegGone } from "../../errors.ts";
import type { CallId, LegId } from "../../ids.ts";
import { AriRefused, type AriRequest } from "./ari-client.ts";
import type { AriEvent } from "./ari-events.ts";
import type { LegBook } from "./leg-book.ts";
import { callBridge, musicBridge, quietBridge, waiterIn, watchBridge } from "./wire.ts";

/** The requests that bridges are made of; all but `inBackground` throw what the switch refuses. */
export interface BridgeSwitch {
  request(order: AriRequest): Promise<unknown>;
  /** Throws LegGone where one of the legs is gone. */
  onLegs(legs: readonly LegId[], order: AriRequest): Promise<void>;
  /** Success where there is none. */
  removeBridge(id: string): Promise<void>;
  /** Ends what these legs are hearing by themselves. */
  cut(legs: readonly LegId[]): Promise<void>;
  inBackground(work: Promise<void>): void;
}

/** It was removed behind our back (404, which names no leg), or is being removed (409). */
function isBridgeGone(error: unknown): boolean {
  if (error instanceof LegGone) {
    return error.cause instanceof AriRefused && error.cause.status === 404;
  }
  return error instanceof AriRefused && error.status === 409;
}

export class Bridges {
  readonly #book: LegBook;
  readonly #on: BridgeSwitch;
  /** Legs that are in their own quiet bridge for sure, alone or with who was joined with them. */
  readonly #waiting = new Set<LegId>();
  /** Supervisors in a conversation, by their legs: in which bridge, which they leave with it. */
  readonly #guests = new Map<LegId, string>();
  /** Bridges that serve one leg, to be removed with it. */
  readonly #own = new Set<string>();

  constructor(book: LegBook, on: BridgeSwitch) {
    this.#book = book;
    this.#on = on;
  }

  async hold(leg: LegId, sound: "silence" | "music"): Promise<void> {
    // A holding bridge always plays music, so a quiet leg is alone in one for conversations.
    const bridge = sound === "music" ? musicBridge(leg) : quietBridge(leg);
    this.#own.add(bridge);
    const waited = this.#waiting.delete(leg);
    if (waited && sound === "silence") {
      const call = this.#book.callIn(bridge);
      await Promise.all([this.#on.cut([leg]), call === undefined ? undefined : this.part(call)]);
    } else {
      const [isThere] = await Promise.all([this.#emptied(bridge, leg, sound), this.#on.cut([leg])]);
      if (!isThere) await this.addTo(bridge, [leg]);
      const left = this.#book.callIn(bridge);
      if (left !== undefined) this.#book.forgetCall(left);
    }
    // What ended meanwhile waits nowhere.
    if (sound === "silence" && this.#book.has(leg)) this.#waiting.add(leg);
  }

  async join(order: { call: CallId; leadLeg: LegId; agentLeg: LegId }): Promise<void> {
    const legs = [order.leadLeg, order.agentLeg];
    if (await this.#joinWhereItWaits(order)) return;
    const bridge = callBridge(order.call);
    for (const leg of legs) this.#waiting.delete(leg);
    this.#book.expectCall(order.call, legs, bridge);
    await Promise.all([this.#on.cut(legs), this.make(bridge, "mixing")]);
    await this.addTo(bridge, legs);
  }

  /** False when the agent's leg does not wait, or not alone. */
  async #joinWhereItWaits(
    { call, leadLeg, agentLeg }: { call: CallId; leadLeg: LegId; agentLeg: LegId },
  ): Promise<boolean> {
    const bridge = quietBridge(agentLeg);
    if (!this.#waiting.has(agentLeg) || (this.#book.callIn(bridge) ?? call) !== call) return false;
    this.#book.expectCall(call, [leadLeg, agentLeg], bridge);
    try {
      // Whoever is added enters when what it hears has been cut short; that the agent hears
      // something keeps nobody out.
      await Promise.all([this.#on.cut([leadLeg, agentLeg]), this.addTo(bridge, [leadLeg])]);
      return true;
    } catch (error) {
      // Whether anybody came in is not known: the next to be joined is joined elsewhere.
      if (!(error instanceof LegGone)) this.#waiting.delete(agentLeg);
      if (!isBridgeGone(error)) throw error;
      this.#waiting.delete(agentLeg);
      return false;
    }
  }

  /** Where a call is, or would be if we do not know it. */
  #bridgeOf(call: CallId): string {
    return this.#book.bridgeOf(call) ?? callBridge(call);
  }

  /** Takes a call apart. While that fails the book keeps it, so that nobody else is put there. */
  async part(call: CallId): Promise<void> {
    const bridge = this.#bridgeOf(call);
    const waiter = waiterIn(bridge);
    if (waiter === undefined) {
      this.#book.forgetCall(call);
      await this.#on.removeBridge(bridge);
      return;
    }
    const others = this.#book.partCall(call).filter((leg) => leg !== waiter);
    await this.#takeOut(bridge, [...others, ...this.#guestsIn(bridge)]);
    if (this.#book.bridgeOf(call) === bridge) this.#book.forgetCall(call);
  }

  /** Puts a supervisor into a conversation. */
  async addGuest(call: CallId, leg: LegId): Promise<void> {
    const bridge = this.#bridgeOf(call);
    this.#guests.set(leg, bridge);
    await this.addTo(bridge, [leg]);
  }

  /** Nobody's guests any more: where somebody waits they would hear the next call. */
  #guestsIn(bridge: string): readonly LegId[] {
    const guests = [...this.#guests].filter(([, at]) => at === bridge).map(([leg]) => leg);
    for (const leg of guests) this.#guests.delete(leg);
    return guests;
  }

  /** A bridge for a supervisor and what is overheard. */
  async makeWatch(leg: LegId): Promise<string> {
    const bridge = watchBridge(leg);
    this.#own.add(bridge);
    await this.make(bridge, "mixing");
    return bridge;
  }

  /** Makes a bridge; false when it is there already, as 409 says. */
  async make(id: string, type: "mixing" | "holding"): Promise<boolean> {
    try {
      await this.#on.request({ method: "POST", path: ["bridges", id], query: { type } });
      return true;
    } catch (error) {
      if (error instanceof AriRefused && error.status === 409) return false;
      throw error;
    }
  }

  /** LegGone by a 404 when it is the bridge that is not there: legs are named in the query. */
  async addTo(bridge: string, legs: readonly string[]): Promise<void> {
    const order: AriRequest = {
      method: "POST", path: ["bridges", bridge, "addChannel"], query: { channel: legs.join(",") },
    };
    await this.#on.onLegs(legs as readonly LegId[], order);
  }

  /**
   * Makes a bridge, or empties the one that is there of all but this leg: a controller before us,
   * or an order whose answer was lost, may have put somebody there. True when the leg is in it.
   */
  async #emptied(bridge: string, leg: LegId, sound: "silence" | "music"): Promise<boolean> {
    const type = sound === "music" ? "holding" : "mixing";
    if (await this.make(bridge, type)) return false;
    try {
      const { channels } = await this.#on.request({ method: "GET", path: ["bridges", bridge] }) as
        { readonly channels: readonly string[] };
      await this.#takeOut(bridge, channels.filter((each) => each !== leg));
      return channels.includes(leg);
    } catch (error) {
      if (!(error instanceof AriRefused && error.status === 404)) throw error;
      await this.make(bridge, type);
      return false;
    }
  }

  /** A leg or a bridge that is gone, and a leg that is not in it, are success. */
  async #takeOut(bridge: string, legs: readonly string[]): Promise<void> {
    await Promise.all(legs.map(async (channel) => {
      try {
        await this.#on.request({
          method: "POST", path: ["bridges", bridge, "removeChannel"], query: { channel },
        });
      } catch (error) {
        if (!(error instanceof AriRefused && [400, 404, 409, 422].includes(error.status))) {
          throw error;
        }
      }
    }));
  }

  /**
   * A switch that was stuck carries out late what it was told: whoever comes where somebody waits,
   * and is not expected there, is taken out again before they have said a word.
   */
  entered({ bridge, channel }: Extract<AriEvent, { type: "ChannelEnteredBridge" }>): void {
    const leg = channel.id as LegId;
    if (waiterIn(bridge) === undefined || waiterIn(bridge) === leg) return;
    if (this.#guests.get(leg) === bridge) return;
    const call = this.#book.callIn(bridge);
    if (call !== undefined && this.#book.callsOf(leg).includes(call)) return;
    this.#on.inBackground(this.#takeOut(bridge, [leg]));
  }

  /** Removes what served a leg that is gone, and takes its calls apart. */
  legEnded(leg: LegId): void {
    this.#waiting.delete(leg);
    this.#guests.delete(leg);
    for (const call of this.#book.callsOf(leg)) {
      // Who was put where another waits has left by its end.
      const bridge = this.#bridgeOf(call);
      const waiter = waiterIn(bridge);
      if (waiter !== undefined && waiter !== leg) {
        this.#book.forgetCall(call);
        this.#on.inBackground(this.#takeOut(bridge, this.#guestsIn(bridge)));
      } else this.#on.inBackground(this.part(call));
    }
    for (const bridge of [quietBridge(leg), musicBridge(leg), watchBridge(leg)]) {
      if (this.#own.delete(bridge)) this.#on.inBackground(this.#on.removeBridge(bridge));
    }
  }

  /** What ended while we could not hear waits no more. */
  reconcile(alive: ReadonlySet<LegId>): void {
    for (const leg of this.#waiting) if (!alive.has(leg)) this.#waiting.delete(leg);
    for (const leg of this.#guests.keys()) if (!alive.has(leg)) this.#guests.delete(leg);
  }

  /** After each connection nothing is known for sure. */
  clear(): void {
    this.#waiting.clear();
    this.#guests.clear();
  }
}
