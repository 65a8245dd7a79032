/**
 * Owns offering calls at a steady rate, for measurements: so many are due by now, and those that
 * were not placed yet are asked for.
 */
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Pacer } from "../pacing/pacer.ts";

export interface Offer {
  readonly callsPerSecond: number;
  readonly calls: number;
}

export const idlePacer: Pacer = { name: "idle", decide: () => ({ dials: 0, why: "idle" }) };

/** Each campaign has the pacer that stands at its name at the moment of the question. */
export const pacersByTurn = (pacers: Readonly<Record<string, Pacer>>) =>
  ({ name }: CampaignSettings): Pacer => ({
    name: "by-turn", decide: (snapshot) => (pacers[name] ?? idlePacer).decide(snapshot),
  });

/** How many are due by `nowMs`, since the first question. */
export function dueBy({ callsPerSecond, calls }: Offer, nowMs: () => number): () => number {
  let began: number | undefined;
  return () => {
    began ??= nowMs();
    return Math.min(calls, Math.ceil((nowMs() - began) / 1_000 * callsPerSecond));
  };
}

/**
 * What was asked for is not what was placed: a trunk's bucket takes a tenth of a second's worth at
 * once, and a look at the floor may come later than that. Only what reached the switch counts.
 */
export const steadyPacer = (due: () => number, placed: () => number): Pacer => ({
  name: "steady",
  decide: ({ next }) => next.length === 0
    // Before leads are there nothing is owed.
    ? { dials: 0, why: "no-leads" }
    : { dials: Math.max(0, Math.min(next.length, due() - placed())), why: "steady" },
});
