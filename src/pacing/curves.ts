/**
 * Owns the tables a forecast looks things up in, made from what was learned. Making one costs tens
 * of microseconds and a forecast needs hundreds of look-ups, so each is kept for as long as the
 * counts it came from are: a new batch of durations is a new array. Pure but for that memory.
 */
import { BIN_COUNT, binOf, survivalOf, type Counts } from "./durations.ts";
import type { LearnedFloor, RingTimes } from "./learned.ts";
import type { LineType } from "./pacer.ts";

/** Ringing is known every quarter of a second, up to limits.ringLongestMs and a little. */
const RING_STEP_MS = 250;
const RING_STEPS = 512;
/** Talk and wrap-up that will end are looked at every half second within a horizon. */
const WRAP_STEP_MS = 500;
const WRAP_STEPS = 1_200;

/** Shares of the answers that have come by each horizon: the moments a forecast looks at. */
const HORIZON_SHARES = [0.15, 0.4, 0.65, 0.85, 0.97] as const;
export const HORIZONS = HORIZON_SHARES.length;

const cached = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const kept = new WeakMap<K, V>();
  return (key) => {
    let value = kept.get(key);
    if (value === undefined) kept.set(key, value = make(key));
    return value;
  };
};

/** The chance to be over by each step, for a kind of duration. */
function overBy(counts: Counts, stepMs: number, steps: number): Float64Array {
  const survival = survivalOf(counts);
  const over = new Float64Array(steps + 1);
  for (let i = 0; i <= steps; i++) over[i] = 1 - Math.exp(-survival.hazard(i * stepMs));
  return over;
}

const inRingSteps = cached((counts: Counts) => overBy(counts, RING_STEP_MS, RING_STEPS));
const inWrapSteps = cached((counts: Counts) => overBy(counts, WRAP_STEP_MS, WRAP_STEPS));

const at = (table: Float64Array, ms: number, stepMs: number): number =>
  table[Math.min(table.length - 1, Math.max(0, Math.round(ms / stepMs)))] ?? 1;

/** When lines are answered, by how long they have been up. */
export class RingCurve {
  readonly #answered: Float64Array;
  readonly #unanswered: Float64Array;

  constructor(ring: RingTimes) {
    this.#answered = inRingSteps(ring.answered.counts);
    this.#unanswered = inRingSteps(ring.unanswered.counts);
  }

  /**
   * The odds of a line that has been up for `ageMs`: multiply by the share of answers in a span
   * (`share`) to have the chance of an answer in it.
   */
  weight(ageMs: number, probability: number): number {
    const still = probability * (1 - at(this.#answered, ageMs, RING_STEP_MS))
      + (1 - probability) * (1 - at(this.#unanswered, ageMs, RING_STEP_MS));
    return probability / Math.max(1e-9, still);
  }

  /** Share of all answers that come by this age of the line. */
  share(ageMs: number): number {
    return at(this.#answered, ageMs, RING_STEP_MS);
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
  /** Share of a new line's answers that come between the horizon before and this one. */
  readonly shares: readonly number[];
  /** Share of a new line's answers that have come by this horizon. */
  readonly by: readonly number[];
}

const horizonsIn = cached((answered: Float64Array): Horizons => {
  const ms: number[] = [];
  for (const share of HORIZON_SHARES) {
    let step = 1;
    while (step < RING_STEPS && (answered[step] ?? 1) < share) step++;
    ms.push(Math.max(step * RING_STEP_MS, (ms.at(-1) ?? 0) + RING_STEP_MS));
  }
  // All answers belong to some horizon: those after the last to the last.
  const by = ms.map((each) => at(answered, each, RING_STEP_MS));
  const shares = by.map((each, i) => (i === HORIZONS - 1 ? 1 : each) - (by[i - 1] ?? 0));
  return { ms, shares, by };
});

export const horizonsOf = (learned: LearnedFloor): Horizons =>
  horizonsIn(inRingSteps(learned.rings.all.answered.counts));

/** Each horizon is cut into this many parts, in any of which the talk may end. */
const PARTS = 8;

function talkTable(learned: LearnedFloor, horizonMs: readonly number[]): Float64Array {
  const talk = survivalOf(learned.talk.counts);
  const wrapUp = inWrapSteps(learned.wrapUp.counts);
  const table = new Float64Array(BIN_COUNT * horizonMs.length);
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const ageMs = bin === 0 ? 0 : 500 * 1.16 ** (bin - 0.5);
    const before = talk.hazard(ageMs);
    horizonMs.forEach((ms, h) => {
      let free = 0;
      let lasting = 1;
      for (let part = 0; part < PARTS; part++) {
        const then = Math.exp(before - talk.hazard(ageMs + ms * (part + 1) / PARTS));
        free += (lasting - then) * at(wrapUp, ms * (1 - (part + 0.5) / PARTS), WRAP_STEP_MS);
        lasting = then;
      }
      table[bin * horizonMs.length + h] = free;
    });
  }
  return table;
}

interface TalkTable {
  readonly key: readonly unknown[];
  readonly table: Float64Array;
}
const talkTables = new WeakMap<Counts, TalkTable>();

/** When busy agents are free, by the state they are in and for how long. */
export class FreeCurve {
  readonly #talk: Float64Array;
  readonly #wrapUp: Float64Array;

  /** `graceMs`: how long one who answered waits for an agent; who is free by then will do. */
  constructor(learned: LearnedFloor, horizons: Horizons, graceMs: number) {
    const key = [learned.wrapUp.counts, horizons, graceMs];
    let kept = talkTables.get(learned.talk.counts);
    if (kept === undefined || kept.key.some((each, i) => each !== key[i])) {
      kept = { key, table: talkTable(learned, horizons.ms.map((ms) => ms + graceMs)) };
      talkTables.set(learned.talk.counts, kept);
    }
    this.#talk = kept.table;
    this.#wrapUp = inWrapSteps(learned.wrapUp.counts);
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
    const before = at(this.#wrapUp, ageMs, WRAP_STEP_MS);
    return (at(this.#wrapUp, ageMs + ms, WRAP_STEP_MS) - before) / Math.max(1e-9, 1 - before);
  }
}
