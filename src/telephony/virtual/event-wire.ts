/**
 * Owns the way of events from the virtual switch to the controller that is connected: their delay,
 * their order, and the faults of the wire. Nothing is queued while nobody can hear, as on ARI.
 */
import { plus, type Clock, type Instant } from "../../clock.ts";
import { below, type Random } from "../../random.ts";
import type { PbxEvent } from "../pbx.ts";
import type { Faults } from "./world.ts";

type Listener = (event: PbxEvent) => void;

export class EventWire {
  faults: Faults = {};
  /** Whether controllers can reach the switch at all. */
  reachable = true;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #eventMs: number;
  #listener: Listener | undefined;
  #deliveredUntil = 0 as Instant;

  constructor(clock: Clock, random: Random, eventMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#eventMs = eventMs;
  }

  /** A controller is connected and reachable. */
  get heard(): boolean {
    return this.reachable && this.#listener !== undefined;
  }

  /** The newest controller has the wire; the one before it is told so. */
  attach(listener: Listener): void {
    this.#listener?.({ type: "superseded", at: this.#clock.now() });
    this.#listener = listener;
  }

  detach(listener: Listener): void {
    if (this.#listener === listener) this.#listener = undefined;
  }

  emit(event: PbxEvent): void {
    const listener = this.#listener;
    if (!listener || !this.reachable) return;
    const fate = this.faults.event?.(event) ?? "once";
    if (fate === "never") return;
    const lateMs = fate === "late" ? this.faults.lateMs ?? 50 : 0;
    const due = plus(this.#clock.now(), this.#eventMs + below(this.#random, 2));
    // A late event is overtaken; all others keep their order, as on one socket.
    const when = (lateMs > 0 ? plus(due, lateMs) : Math.max(due, this.#deliveredUntil)) as Instant;
    if (lateMs === 0) this.#deliveredUntil = when;
    const deliver = (): void => { if (this.#listener === listener) listener(event); };
    this.#clock.at(when, deliver);
    if (fate === "twice") this.#clock.at(when, deliver);
  }
}
