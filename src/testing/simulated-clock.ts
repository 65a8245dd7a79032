/**
 * Owns simulated time. Timers run in order of their instant, and of their making within one; after
 * each instant every promise that it settled runs to its end, so that a simulated day replays
 * exactly, however deep its chains of awaits are.
 */
import { plus, type Clock, type Instant, type Timer } from "../clock.ts";

interface Entry {
  readonly when: Instant;
  readonly order: number;
  run: (() => void) | undefined;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.when < b.when || (a.when === b.when && a.order < b.order);

/** Lets every settled promise run to its end: Node empties its microtasks before the next turn. */
const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

export class SimulatedClock implements Clock {
  #now: Instant;
  #made = 0;
  /** A binary heap, earliest first; cancelled entries stay until their turn. */
  readonly #heap: Entry[] = [];
  #armed = 0;

  constructor(start: Instant) {
    this.#now = start;
  }

  /** Timers that are neither fired nor cancelled; a test of leaks reads it. */
  get armed(): number {
    return this.#armed;
  }

  now(): Instant {
    return this.#now;
  }

  at(when: Instant, run: () => void): Timer {
    const entry: Entry = { when: when < this.#now ? this.#now : when, order: this.#made++, run };
    this.#push(entry);
    this.#armed += 1;
    return {
      cancel: () => {
        if (entry.run === undefined) return;
        entry.run = undefined;
        this.#armed -= 1;
      },
    };
  }

  /** Runs all that is due up to and including `until`, which is the time afterwards. */
  async runUntil(until: Instant): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.when > until) break;
      this.#now = next.when;
      this.#runDue();
      await settle();
    }
    this.#now = until;
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
      const { run } = next;
      if (run === undefined) continue;
      next.run = undefined;
      this.#armed -= 1;
      run();
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
