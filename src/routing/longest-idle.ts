/** Owns the choice of the agent who has been ready longest; the plain router. Pure. */
import type { Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";

export interface ReadyAgent {
  readonly agent: AgentId;
  readonly readySince: Instant;
  /** Off-hook agents hear the lead at once; a phone that has to ring costs the lead's time. */
  readonly offHook: boolean;
}

/** Longest idle first, off-hook before on-hook; the lower id when they are equal. */
export function longestIdle<T extends ReadyAgent>(ready: Iterable<T>): T | undefined {
  let best: T | undefined;
  for (const each of ready) if (best === undefined || isBetter(each, best)) best = each;
  return best;
}

function isBetter(one: ReadyAgent, other: ReadyAgent): boolean {
  if (one.offHook !== other.offHook) return one.offHook;
  if (one.readySince !== other.readySince) return one.readySince < other.readySince;
  return one.agent < other.agent;
}
