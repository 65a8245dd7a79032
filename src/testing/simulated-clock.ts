/**
 * Owns simulated time. Timers run in order of their instant, and of their making within one; after
 * each instant every promise that it settled runs to its end, so that a simulated day replays
 * exactly, however deep its chains of awaits are.
 */
import { plus, type Clock, type Instant, type Timer } from "../clock.ts";

/** One for each timer, and millions a day: a class is cheaper than a closure to cancel it. */
class Entry implements Timer {
  readonly when: Instant;
  readonly order: number;
  readonly #clock: SimulatedClock;
  #run: (() => void) | undefined;

  constructor(clock: SimulatedClock, when: Instant, order: number, run: () => void) {
    this.#clock = clock;
    this.when = when;
    this.order = order;
    this.#run = run;
  }

  cancel(): void {
    if (this.#run === undefined) return;
    this.#run = undefined;
    this.#clock.armed -= 1;
  }

  fire(): void {
    const run = this.#run;
    this.cancel();
    run?.();
  }
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.when < b.when || (a.when === b.when && a.order < b.order);

/** So often the process gets a turn of its own, for signals and for what it writes. */
const TURN_EVERY = 1_000;

const settledAlready = Promise.resolve();
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

export class SimulatedClock implements Clock {
  #now: Instant;
  #made = 0;
  /** A binary heap, earliest first; cancelled entries stay until their turn. */
  readonly #heap: Entry[] = [];
  /** Timers that are neither fired nor cancelled; a test of leaks reads it. */
  armed = 0;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  at(when: Instant, run: () => void): Timer {
    const entry = new Entry(this, when < this.#now ? this.#now : when, this.#made++, run);
    this.#push(entry);
    this.armed += 1;
    return entry;
  }

  /** Runs all that is due up to and including `until`, which is the time afterwards. */
  async runUntil(until: Instant): Promise<void> {
    for (let more = true; more;) {
      await turn();
      more = await new Promise<boolean>((resolve, reject) => {
        this.#runInstants(until, resolve, reject);
      });
    }
    this.#now = until;
  }

  /**
   * Runs the next instants, and says whether there are more. After each it lets every settled
   * promise run to its end: Node empties its microtasks before it takes the next tick of its queue.
   * A turn of the event loop would do the same at ten times the price, and a promise to wait for
   * would double the price of a tick.
   */
  #runInstants(
    until: Instant, done: (more: boolean) => void, failed: (error: unknown) => void,
  ): void {
    let instants = 0;
    const run = (): void => {
      const next = this.#heap[0];
      if (next === undefined || next.when > until) {
        done(false);
        return;
      }
      this.#now = next.when;
      try {
        this.#runDue();
      } catch (error) {
        failed(error);
        return;
      }
      instants += 1;
      if (instants % TURN_EVERY === 0) done(true);
      else process.nextTick(settled);
    };
    // Not at once: ticks that follow each other run before the microtasks of the first.
    const settled = (): void => { void settledAlready.then(run); };
    run();
  }

  runFor(ms: number): Promise<void> {
    return this.runUntil(plus(this.#now, ms));
  }

  /** Runs what is due now; a timer set for now by another one runs after the promises settle. */
  #runDue(): void {
    const made = this.#made;
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.when > this.#now || next.order >= made) return;
      this.#pop();
      next.fire();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const left = heap[down];
      if (left === undefined) break;
      const right = heap[down + 1];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (child === right) down += 1;
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}
