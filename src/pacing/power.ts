/**
 * Owns the power pacer: a fixed number of lines for each free agent. It knows nothing of answer
 * rates or of the abandon limit; a campaign has it under the brake of governed.ts.
 */
import { floorOf } from "./floor.ts";
import type { Pacer } from "./pacer.ts";

/** `linesPerAgent` is 1 to 10, and may be a fraction: 3 agents at 1.5 have 4 lines. */
export function powerPacer(linesPerAgent: number): Pacer {
  return {
    name: "power",
    decide(snapshot) {
      const { ready, working, claims, room, roomWhy } = floorOf(snapshot);
      if (working === 0) return { dials: 0, why: "no-agents" };
      if (ready === 0) return { dials: 0, why: "agents-busy" };
      const wanted = Math.floor(linesPerAgent * ready) - claims;
      if (wanted <= 0) return { dials: 0, why: "lines-enough" };
      if (room < wanted) return { dials: room, why: roomWhy };
      return { dials: wanted, why: "agents-free" };
    },
  };
}
