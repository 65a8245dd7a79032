/** Owns who works when on a simulated day: the seats, and their comings and goings. */
import type { AgentId } from "../ids.ts";
import { normal, type Random } from "../random.ts";
import type { Scenario } from "./scenario.ts";
import { Seat } from "./seat.ts";

export type ShiftMove = "begins" | "ends" | "breaks" | "returns";

export interface RosterMove {
  readonly at: number;
  readonly seat: Seat;
  readonly move: ShiftMove;
}

/** The agents' ids are their places in `seats`. */
export function rosterOf(
  { shifts, paceSpread }: Scenario, random: Random,
): { readonly seats: readonly Seat[]; readonly moves: readonly RosterMove[] } {
  const factor = (): number => Math.exp(paceSpread * normal(random) - paceSpread ** 2 / 2);
  const seats: Seat[] = [];
  const moves: RosterMove[] = [];
  for (const shift of shifts) {
    for (let i = 0; i < shift.agents; i++) {
      const seat = new Seat(seats.length as AgentId, { talk: factor(), wrapUp: factor() });
      seats.push(seat);
      moves.push({ at: shift.fromMs, seat, move: "begins" });
      moves.push({ at: shift.toMs, seat, move: "ends" });
      for (const rest of shift.breaks) {
        const at = rest.atMs + rest.spreadMs * i / Math.max(1, shift.agents);
        moves.push({ at, seat, move: "breaks" });
        moves.push({ at: at + rest.ms, seat, move: "returns" });
      }
    }
  }
  return { seats, moves };
}
