/**
 * Owns the channels that hear what a leg says, or speak along with it, and what each serves: a play
 * under a conversation, or a supervisor's leg.
 *
 * They are set on what a leg says only, never on what is said to it. Debian's Asterisk takes for
 * late, and drops on their way to a snoop, packets whose sequence numbers are lower than one that
 * went before; and an agent's leg outlives its callers, of whom each counts from a number of his
 * own. A supervisor then heard the agent alone, and an agent heard no announcement, for minutes.
 */
import { plus, type Clock } from "../../clock.ts";
import { SwitchUnreachable } from "../../errors.ts";
import type { LegId, PlayId } from "../../ids.ts";
import { limits } from "../../limits.ts";

export interface SnoopUse {
  readonly spy: "none" | "in";
  readonly whisper: "none" | "in";
}

export interface SnoopSwitch {
  make(leg: LegId, id: string, use: Readonly<Record<string, string>>): Promise<void>;
  remove(id: string): void;
}

export class Snoops {
  readonly #clock: Clock;
  readonly #on: SnoopSwitch;
  /** Those that were asked for and have not entered our application yet. */
  readonly #entering = new Map<string, () => void>();
  readonly #serving = new Map<PlayId | LegId, readonly string[]>();
  #count = 0;

  constructor(clock: Clock, on: SnoopSwitch) {
    this.#clock = clock;
    this.#on = on;
  }

  /** Resolves with the channel when it takes commands. */
  async open(leg: LegId, serves: PlayId | LegId, use: SnoopUse): Promise<string> {
    const id = `snoop-${++this.#count}-${leg}`;
    const entered = new Promise<void>((resolve, reject) => {
      const timer = this.#clock.at(plus(this.#clock.now(), limits.switchRequestMs), () => {
        this.#entering.delete(id);
        reject(new SwitchUnreachable(`snoop on ${leg} did not come up`));
      });
      this.#entering.set(id, () => { timer.cancel(); resolve(); });
    });
    this.#serving.set(serves, [...this.#serving.get(serves) ?? [], id]);
    await Promise.all([entered, this.#on.make(leg, id, { ...use })]);
    return id;
  }

  entered(id: string): void {
    this.#entering.get(id)?.();
    this.#entering.delete(id);
  }

  end(serves: PlayId | LegId): void {
    for (const id of this.#serving.get(serves) ?? []) this.#on.remove(id);
    this.#serving.delete(serves);
  }

  /** The switch started anew: none of them is there. */
  clear(): void { this.#serving.clear(); }
}
