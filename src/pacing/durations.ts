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

/** Upper edges of the bins in ms; the last bin has none. */
const edges = Array.from({ length: BIN_COUNT - 1 }, (_, bin) => FIRST_MS * GROWTH ** bin);
const edgeMs = (bin: number): number => edges[bin] ?? Infinity;

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
  const ended = counts.ended.slice();
  for (let bin = 0; bin < BIN_COUNT; bin++) ended[bin] = (ended[bin] ?? 0) * keep;
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

/**
 * The chance to last longer than each multiple of `stepMs`, from none to `steps` of them. Within a
 * bin the hazard is constant, so that one factor leads from a step to the next.
 */
export function lastingOf(counts: Counts, { stepMs, steps }: Grid): Float64Array {
  const lasting = new Float64Array(steps + 1);
  const mean = Math.max(1, counts.sumMs / Math.max(1e-9, counts.total));
  let atRisk = counts.total;
  let atEdge = 1;
  let step = 0;
  for (let bin = 0; bin < BIN_COUNT && step <= steps; bin++) {
    const last = bin === BIN_COUNT - 1;
    const from = bin === 0 ? 0 : edgeMs(bin - 1);
    const width = last ? mean : edgeMs(bin) - from;
    const ended = counts.ended[bin] ?? 0;
    // Of those who entered the bin, this share leaves in it. One person more, whose time is
    // exponential, is taken to be there too: a time longer than any seen keeps an end.
    const one = 1 - Math.exp(-width / mean);
    const share = Math.min(0.999, (ended + one) / (Math.max(ended, atRisk) + 1));
    // Beyond the bins it ends as by its mean.
    const perMs = last ? 1 / mean : -Math.log(1 - share) / width;
    const perStep = Math.exp(-perMs * stepMs);
    let chance = atEdge * Math.exp(-perMs * (step * stepMs - from));
    for (; step <= steps && (last || step * stepMs < from + width); step++) {
      lasting[step] = chance;
      chance *= perStep;
    }
    atEdge *= 1 - share;
    atRisk = Math.max(0, atRisk - ended);
  }
  return lasting;
}

/** Where a curve is wanted: at none, one, two, … up to `steps` steps. */
export interface Grid {
  readonly stepMs: number;
  readonly steps: number;
}
