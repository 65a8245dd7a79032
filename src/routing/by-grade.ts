/**
 * Owns the choice of the agent for a call: who promised it, else the agent whose rank fits the
 * lead's grade, else the one who has been ready longest. Pure.
 */
import type { AgentId } from "../ids.ts";
import type { Grade } from "../leads/value.ts";
import { longestIdle, type ReadyAgent } from "./longest-idle.ts";

export interface RankedAgent extends ReadyAgent {
  /** 1 to 9. */
  readonly rank: number;
}

export interface RoutedCall {
  /** Undefined where nobody knows what the lead is worth. */
  readonly grade: Grade | undefined;
  /** Who promised to call back. */
  readonly promisedTo: AgentId | undefined;
}

/**
 * The worthiest leads go to the highest rank, and the least worth to the lowest, which keeps the
 * best free for the next A. C and unknown leads take whoever waits longest.
 */
const WANTED: Readonly<Record<Grade, "highest" | "lowest" | "any">> = {
  A: "highest", B: "highest", C: "any", D: "lowest", E: "lowest",
};

/** Agents at the line before those whose phone must ring: two seconds are short for either lead. */
function atHand(ready: readonly RankedAgent[]): readonly RankedAgent[] {
  const offHook = ready.filter((each) => each.offHook);
  return offHook.length > 0 ? offHook : ready;
}

/** Undefined when nobody is ready. */
export function agentFor(
  { grade, promisedTo }: RoutedCall, ready: readonly RankedAgent[],
): RankedAgent | undefined {
  const promised = ready.find(({ agent }) => agent === promisedTo);
  if (promised !== undefined) return promised;
  const near = atHand(ready);
  const wanted = grade === undefined ? "any" : WANTED[grade];
  if (wanted === "any") return longestIdle(near);
  const ranks = near.map(({ rank }) => rank);
  const rank = wanted === "highest" ? Math.max(...ranks) : Math.min(...ranks);
  return longestIdle(near.filter((each) => each.rank === rank));
}
