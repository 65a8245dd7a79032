/**
 * Owns how long things take, learned from how long they took: talks, wrap-ups, ringing. Ended
 * durations are counted in bins that grow by a sixth; out of the counts comes a hazard (the chance
 * of ending now, given that it lasted until now) for each bin, and out of the hazards everything
 * the forecast asks. Plain data, so that it can be stored. Pure.
 */

/** Bins: 0 to 500 ms, then each 1.16 times as long as the one before, up to about 22 minutes. */
const FIRST_MS = 500;
const GROWTH = 1.16;
export const BIN_COUNT = 54;
const LOG_GROWTH = Math.log(GROWTH);

/** A duration as old as this many newer ones counts half: a floor changes over days. */
const HALF_LIFE = 3_000;
/** Ended durations are folded into the counts this many at a time, to keep curves in a cache. */
const BATCH = 16;

export interface Counts {
  /** How many ended in each bin; decayed, so not whole numbers. */
  readonly ended: readonly number[];
  /** Sum of `ended`. */
  readonly total: number;
  /** Sum of the durations in `total`, in ms: `sumMs / total` is the mean. */
  readonly sumMs: number;
}

export interface Durations {
  readonly counts: Counts;
  /** Seen but not yet counted, in ms. `counts` stays the same object until they are. */
  readonly fresh: readonly number[];
}

/** The upper edge of a bin in ms; the last bin has none. */
const edgeMs = (bin: number): number => FIRST_MS * GROWTH ** bin;

export function binOf(ms: number): number {
  if (ms < FIRST_MS) return 0;
  return Math.min(BIN_COUNT - 1, 1 + Math.floor(Math.log(ms / FIRST_MS) / LOG_GROWTH));
}

/** What is assumed before anything was seen: an exponential time, worth `weight` durations. */
export function assumedDurations(
  { meanMs, weight }: { meanMs: number; weight: number },
): Durations {
  const ended: number[] = [];
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const from = bin === 0 ? 0 : edgeMs(bin - 1);
    const to = bin === BIN_COUNT - 1 ? Infinity : edgeMs(bin);
    ended.push(weight * (Math.exp(-from / meanMs) - Math.exp(-to / meanMs)));
  }
  return { counts: { ended, total: weight, sumMs: weight * meanMs }, fresh: [] };
}

/** The same counts after one more duration ended. */
export function withDuration(known: Durations, ms: number): Durations {
  const fresh = [...known.fresh, Math.max(0, ms)];
  // Early on each one matters; later a batch at a time is soon enough.
  const { counts } = known;
  if (fresh.length < Math.min(BATCH, counts.total / 20)) return { counts, fresh };
  const keep = 0.5 ** (fresh.length / HALF_LIFE);
  const ended = counts.ended.map((count) => count * keep);
  let sumMs = counts.sumMs * keep;
  for (const each of fresh) {
    const bin = binOf(each);
    ended[bin] = (ended[bin] ?? 0) + 1;
    sumMs += each;
  }
  return { counts: { ended, total: counts.total * keep + fresh.length, sumMs }, fresh: [] };
}

export const meanMs = ({ counts }: Durations): number =>
  counts.sumMs / Math.max(1e-9, counts.total);

/** The survival function: the chance that one lasts longer than a given time. */
export interface Survival {
  /** Cumulative hazard at `ms` ≥ 0: the chance to last longer is exp(−hazard). */
  hazard(ms: number): number;
}

export function survivalOf(counts: Counts): Survival {
  const cumulative = new Float64Array(BIN_COUNT + 1);
  const mean = Math.max(1, counts.sumMs / Math.max(1e-9, counts.total));
  let atRisk = counts.total;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const ended = counts.ended[bin] ?? 0;
    const width = (bin === BIN_COUNT - 1 ? mean : edgeMs(bin)) - (bin === 0 ? 0 : edgeMs(bin - 1));
    // Of those who entered the bin, this share leaves in it. One person more, whose time is
    // exponential, is taken to be there too: a time longer than any seen keeps an end.
    const one = 1 - Math.exp(-Math.max(0, width) / mean);
    const share = (ended + one) / (Math.max(ended, atRisk) + 1);
    cumulative[bin + 1] = (cumulative[bin] ?? 0) - Math.log(1 - Math.min(0.999, share));
    atRisk = Math.max(0, atRisk - ended);
  }
  return {
    hazard(ms) {
      const bin = binOf(ms);
      const from = bin === 0 ? 0 : edgeMs(bin - 1);
      const before = cumulative[bin] ?? 0;
      // Beyond the bins it ends as by its mean.
      if (bin === BIN_COUNT - 1) return before + (ms - from) / mean;
      const to = edgeMs(bin);
      return before + ((cumulative[bin + 1] ?? before) - before) * ((ms - from) / (to - from));
    },
  };
}
