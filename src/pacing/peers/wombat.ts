/**
 * Owns Wombat's pacer, for comparison and migration: free agents times a boost, rounded down, as
 * long as fewer than a stated number of answered people wait.
 */
import { floorOf } from "../floor.ts";
import type { Pacer } from "../pacer.ts";

export function wombatPacer({ boost, waitingMax }: { boost: number; waitingMax: number }): Pacer {
  return {
    name: "wombat",
    decide(snapshot) {
      const { ready, room, roomWhy } = floorOf(snapshot);
      if (snapshot.waiting.length > waitingMax) return { dials: 0, why: "people-waiting" };
      const wanted = Math.max(0, Math.floor(ready * boost) - snapshot.lines.length);
      if (wanted > room) return { dials: room, why: roomWhy };
      return { dials: wanted, why: wanted > 0 ? "agents-free" : "lines-enough" };
    },
  };
}
