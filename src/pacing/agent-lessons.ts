/**
 * Owns what an agent's change teaches: how long a talk or a wrap-up was, and whether who had been
 * busy came back for the next call. The live floor and the simulated one learn by it alike. Pure.
 */
import type { FloorObservation } from "./learned.ts";
import type { FloorAgent } from "./pacer.ts";

const isBusy = ({ state }: FloorAgent): boolean => state === "talking" || state === "wrap-up";
const isGoing = ({ state }: FloorAgent): boolean => state === "paused" || state === "leaving";

/** From one look at an agent to the next; `now` is undefined for one who left the floor. */
export function lessonsOf(
  before: FloorAgent, now: FloorAgent | undefined,
): readonly FloorObservation[] {
  if (!isBusy(before)) return [];
  const { agent } = before;
  // Whoever is on the way out is so from then on; the call at hand may last a while yet.
  if (now === undefined || isGoing(now)) {
    return [...now ? endOf(before, now) : [], { type: "agent-back", back: false }];
  }
  if (now.since === before.since) return [];
  const seen = endOf(before, now);
  if (now.state === "wrap-up") return seen;
  // Without a wrap-up the agent was free at once, which is a wrap-up of no time.
  const none = before.state === "talking" && now.state === "ready"
    ? [{ type: "wrap-up-ended", agent, ms: 0 } as const] : [];
  return [...seen, ...none, { type: "agent-back", back: true }];
}

function endOf(before: FloorAgent, now: FloorAgent): readonly FloorObservation[] {
  const { agent, since } = before;
  if (now.since === since) return [];
  const type = before.state === "talking" ? "talk-ended" : "wrap-up-ended";
  return [{ type, agent, ms: now.since - since }];
}
