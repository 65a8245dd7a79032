/** Owns what the virtual switch plays to its legs, and when each play is over. */
import { plus, type Clock, type Timer } from "../../clock.ts";
import type { LegId, PlayId } from "../../ids.ts";
import type { PbxEvent, Play } from "../pbx.ts";

interface Playing {
  readonly leg: LegId;
  /** Under a conversation, which it leaves as it is. */
  readonly over: boolean;
  readonly timer: Timer;
}

export class Plays {
  readonly #clock: Clock;
  readonly #emit: (event: PbxEvent) => void;
  readonly #on = new Map<PlayId, Playing>();

  constructor(clock: Clock, emit: (event: PbxEvent) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  has(play: PlayId): boolean {
    return this.#on.has(play);
  }

  begin({ play, leg, over }: Play, ms: number): void {
    const timer = this.#clock.at(plus(this.#clock.now(), ms), () => { this.end(play, true); });
    this.#on.set(play, { leg, over, timer });
  }

  end(play: PlayId, completed: boolean): void {
    const on = this.#on.get(play);
    if (!on) return;
    on.timer.cancel();
    this.#on.delete(play);
    this.#emit({ type: "play-finished", play, leg: on.leg, at: this.#clock.now(), completed });
  }

  endAll(leg: LegId): void {
    for (const [play, on] of this.#on) if (on.leg === leg) this.end(play, false);
  }

  /** Ends what is played to a leg alone. */
  endAlone(leg: LegId): void {
    for (const [play, on] of this.#on) if (on.leg === leg && !on.over) this.end(play, false);
  }
}
