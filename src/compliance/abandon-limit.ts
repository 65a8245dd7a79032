/**
 * Owns the abandon limit of a campaign: the lowest rate and the shortest window that its author and
 * the law of any place it calls ask for. A rate kept over each short window is kept over a long one
 * too, so that lowest and shortest together keep every rule. Pure.
 */
import type { Source } from "./pack.ts";
import type { Ruleset } from "./ruleset.ts";

export interface AbandonLimit {
  /** Highest allowed abandoned ÷ answered, 0 to 1. */
  readonly rateMax: number;
  /** 1: the last 24 hours. More: periods of so many days, from the campaign's first on. */
  readonly withinDays: number;
  /** The law that asks for this window; undefined where only the campaign or nobody does. */
  readonly source: Source | undefined;
}

/** Where neither a law nor the campaign's author names a window. */
const DEFAULT_DAYS = 1;

export function abandonLimitOf(
  own: { readonly abandonRateMax: number; readonly abandonWithinDays?: number | undefined },
  rulesets: readonly Pick<Ruleset, "abandon">[],
): AbandonLimit {
  let rateMax = own.abandonRateMax;
  let withinDays = own.abandonWithinDays;
  let source: Source | undefined;
  for (const { abandon } of rulesets) {
    if (abandon === undefined) continue;
    rateMax = Math.min(rateMax, abandon.rateMax);
    if (withinDays !== undefined && withinDays <= abandon.days) continue;
    withinDays = abandon.days;
    source = abandon.source;
  }
  return { rateMax, withinDays: withinDays ?? DEFAULT_DAYS, source };
}
