/**
 * Owns noticing that this process hung. What it knows is old then, and its switches may be another
 * controller's: it is ended when it wakes, before it reads or sends anything.
 */
import { plus, type Clock, type Timer } from "../clock.ts";
import { SwitchUnreachable } from "../errors.ts";
import { limits } from "../limits.ts";

/** How often a process looks whether it hung; well below `limits.hungMs`. */
const PULSE_MS = 500;

export class Pulse {
  readonly #clock: Clock;
  readonly #hung: (why: Error) => void;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, hung: (why: Error) => void) {
    this.#clock = clock;
    this.#hung = hung;
  }

  beat(): void {
    if (this.#stopped) return;
    const before = this.#clock.now();
    this.#timer = this.#clock.at(plus(before, PULSE_MS), () => {
      const sleptMs = this.#clock.now() - before;
      if (sleptMs < limits.hungMs) this.beat();
      else this.#hung(new SwitchUnreachable(`this process did nothing for ${sleptMs} ms`));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}
