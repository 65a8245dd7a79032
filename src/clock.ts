/**
 * Owns time. Production takes the system clock, rehearsals a simulated one; nothing else may call
 * Date.now or setTimeout, so that a simulated day runs in a second and replays exactly.
 */
import type { Brand } from "./ids.ts";

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = Brand<number, "Instant">;

export interface Timer {
  /** Harmless when the timer has fired or was cancelled before. */
  cancel(): void;
}

export interface Clock {
  now(): Instant;
  /** Runs once at `when`, or as soon as possible when that has passed; never synchronously. */
  at(when: Instant, run: () => void): Timer;
}

/** Twenty-four hours; a day of a place may be an hour shorter or longer. */
export const DAY_MS = 86_400_000;

export const plus = (instant: Instant, ms: number): Instant => (instant + ms) as Instant;
export const instant = (ms: number): Instant => ms as Instant;
export const toIso = (when: Instant): string => new Date(when).toISOString();

/** Node's timers overflow beyond 2^31-1 ms and fire at once; longer waits are cut into pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  at(when, run) {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const wait = Math.max(0, when - Date.now());
      handle = wait > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(run, wait);
    };
    arm();
    return { cancel: () => { clearTimeout(handle); } };
  },
};
