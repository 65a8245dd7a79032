/**
 * Owns the tables a forecast looks things up in, made from what was learned. Making one costs some
 * microseconds and a forecast needs hundreds of look-ups, so each is kept for as long as the
 * counts it came from are: a new batch of durations is a new array. Pure but for that memory.
 */
import { BIN_COUNT, binOf, lastingOf, type Counts, type Grid } from "./durations.ts";
import type { LearnedFloor, RingTimes } from "./learned.ts";
import type { LineType } from "./pacer.ts";

/** Ringing is known every quarter of a second, up to limits.ringLongestMs and a little. */
const RING: Grid = { stepMs: 250, steps: 512 };
/** Wrap-up is looked at every half second for ten minutes, talk for twenty-five. */
const WRAP: Grid = { stepMs: 500, steps: 1_200 };
const TALK: Grid = { stepMs: 500, steps: 3_000 };

/** Shares of the answers that have come by each horizon: the moments a forecast looks at. */
const HORIZON_SHARES = [0.15, 0.4, 0.65, 0.85, 0.97] as const;
export const HORIZONS = HORIZON_SHARES.length;

function cached<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const kept = new WeakMap<K, V>();
  return (key) => {
    let value = kept.get(key);
    if (value === undefined) kept.set(key, value = make(key));
    return value;
  };
}

const ringLasts = cached((counts: Counts) => lastingOf(counts, RING));
const wrapLasts = cached((counts: Counts) => lastingOf(counts, WRAP));

const at = (table: Float64Array, ms: number, { stepMs, steps }: Grid): number =>
  table[Math.min(steps, Math.round(Math.max(0, ms) / stepMs))] ?? 0;

/** When lines are answered, by how long they have been up. */
export class RingCurve {
  readonly #answered: Float64Array;
  readonly #unanswered: Float64Array;

  constructor(ring: RingTimes) {
    this.#answered = ringLasts(ring.answered.counts);
    this.#unanswered = ringLasts(ring.unanswered.counts);
  }

  /** The age of a line in steps of the table, in which `weight` and `share` count. */
  static stepsOf(ageMs: number): number {
    return Math.round(Math.max(0, ageMs) / RING.stepMs);
  }

  /**
   * The odds of a line that has been up for so many steps: multiply by the share of answers in a
   * span (`share`) to have the chance of an answer in it.
   */
  weight(steps: number, probability: number): number {
    const place = Math.min(RING.steps, steps);
    const still = probability * (this.#answered[place] ?? 0)
      + (1 - probability) * (this.#unanswered[place] ?? 0);
    return probability / Math.max(1e-9, still);
  }

  /** Share of all answers that come by this age of the line. */
  share(steps: number): number {
    return 1 - (this.#answered[Math.min(RING.steps, steps)] ?? 0);
  }
}

/** A type of line speaks for itself as soon as this many answers of it were heard. */
const TYPE_HEARD = 60;

export function ringOf(learned: LearnedFloor, type: LineType): RingTimes {
  if (type === "unknown") return learned.rings.all;
  const own = learned.rings[type];
  return own.answered.counts.total >= TYPE_HEARD ? own : learned.rings.all;
}

/** The moments a forecast looks at, in ms from now, and the answers that come up to each. */
export interface Horizons {
  readonly ms: readonly number[];
  /** The same in steps of a `RingCurve`. */
  readonly steps: readonly number[];
  /** Share of a new line's answers that come between the horizon before and this one. */
  readonly shares: readonly number[];
  /** Share of a new line's answers that have come by this horizon. */
  readonly by: readonly number[];
}

const horizonsIn = cached((counts: Counts): Horizons => {
  const lasting = ringLasts(counts);
  const ms: number[] = [];
  const steps: number[] = [];
  const by: number[] = [];
  let step = 0;
  for (const share of HORIZON_SHARES) {
    step++;
    while (step < RING.steps && 1 - (lasting[step] ?? 0) < share) step++;
    ms.push(step * RING.stepMs);
    steps.push(step);
    by.push(1 - (lasting[step] ?? 0));
  }
  // All answers belong to some horizon: those after the last to the last.
  const shares = by.map((each, i) => (i === HORIZONS - 1 ? 1 : each) - (by[i - 1] ?? 0));
  return { ms, steps, shares, by };
});

export const horizonsOf = (learned: LearnedFloor): Horizons =>
  horizonsIn(learned.rings.all.answered.counts);

/** Each horizon is cut into this many parts, in any of which the talk may end. */
const PARTS = 8;

/** For each bin of a talk's age and each horizon: the chance that talk and wrap-up are over. */
function talkTable(learned: LearnedFloor, horizonMs: readonly number[]): Float64Array {
  const talk = lastingOf(learned.talk.counts, TALK);
  const wrapUp = wrapLasts(learned.wrapUp.counts);
  const table = new Float64Array(BIN_COUNT * HORIZONS);
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const ageMs = bin === 0 ? 0 : 500 * 1.16 ** (bin - 0.5);
    const now = Math.max(1e-12, at(talk, ageMs, TALK));
    for (let h = 0; h < HORIZONS; h++) {
      const ms = horizonMs[h] ?? 0;
      let free = 0;
      let lasting = 1;
      for (let part = 0; part < PARTS; part++) {
        const then = at(talk, ageMs + ms * (part + 1) / PARTS, TALK) / now;
        const over = 1 - at(wrapUp, ms * (1 - (part + 0.5) / PARTS), WRAP);
        free += (lasting - then) * over;
        lasting = then;
      }
      table[bin * HORIZONS + h] = free;
    }
  }
  return table;
}

interface TalkTable {
  readonly wrapUp: Counts;
  readonly horizons: Horizons;
  readonly graceMs: number;
  readonly table: Float64Array;
}
const talkTables = new WeakMap<Counts, TalkTable>();

/** When busy agents are free, by the state they are in and for how long. */
export class FreeCurve {
  readonly #talk: Float64Array;
  readonly #wrapUp: Float64Array;

  /** `graceMs`: how long one who answered waits for an agent; who is free by then will do. */
  constructor(learned: LearnedFloor, horizons: Horizons, graceMs: number) {
    const wrapUp = learned.wrapUp.counts;
    let kept = talkTables.get(learned.talk.counts);
    if (kept?.wrapUp !== wrapUp || kept.horizons !== horizons || kept.graceMs !== graceMs) {
      const table = talkTable(learned, horizons.ms.map((ms) => ms + graceMs));
      kept = { wrapUp, horizons, graceMs, table };
      talkTables.set(learned.talk.counts, kept);
    }
    this.#talk = kept.table;
    this.#wrapUp = wrapLasts(wrapUp);
  }

  /** Where `afterTalk` finds one who has talked for `ageMs`. */
  talkRow(ageMs: number): number {
    return binOf(ageMs) * HORIZONS;
  }

  /** The chance to be free at a horizon (an index) from now. */
  afterTalk(row: number, horizon: number): number {
    return this.#talk[row + horizon] ?? 0;
  }

  /** The chance that one in wrap-up for `ageMs` is free `ms` from now. */
  afterWrapUp(ageMs: number, ms: number): number {
    const now = at(this.#wrapUp, ageMs, WRAP);
    return 1 - at(this.#wrapUp, ageMs + ms, WRAP) / Math.max(1e-9, now);
  }
}
