/** Owns timers that are known by a name: setting one again takes the place of the one before. */
import { plus, type Clock, type Timer } from "../clock.ts";

export class NamedTimers {
  readonly #clock: Clock;
  readonly #timers = new Map<string, Timer>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  later(name: string, ms: number, run: () => void): void {
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, this.#clock.at(plus(this.#clock.now(), ms), () => {
      this.#timers.delete(name);
      if (!this.#stopped) run();
    }));
  }

  every(name: string, ms: number, run: () => void): void {
    this.later(name, ms, () => {
      run();
      if (!this.#stopped) this.every(name, ms, run);
    });
  }

  /** None runs any more, and none can be set. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }
}
