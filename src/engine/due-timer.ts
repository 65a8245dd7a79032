/** Owns the one timer of a state machine: set anew for each state, for when that state is over. */
import type { Clock, Instant, Timer } from "../clock.ts";

export class DueTimer {
  readonly #clock: Clock;
  readonly #run: (at: Instant) => void;
  #set: { readonly at: Instant; readonly timer: Timer } | undefined;

  /** `run` is told when it really runs: a busy process must not lengthen anybody's patience. */
  constructor(clock: Clock, run: (at: Instant) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Undefined sets none. The same instant again leaves the timer as it is. */
  set(due: Instant | undefined): void {
    if (due === this.#set?.at) return;
    this.#set?.timer.cancel();
    this.#set = undefined;
    if (due === undefined) return;
    const timer = this.#clock.at(due, () => {
      this.#set = undefined;
      this.#run(this.#clock.now());
    });
    this.#set = { at: due, timer };
  }
}
