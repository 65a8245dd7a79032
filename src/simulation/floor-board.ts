/**
 * Owns what pacing sees of a simulated floor: its agents and the lines that ring, in arrays that
 * are changed in place, since most decisions find nearly all of them as they were.
 */
import type { Instant } from "../clock.ts";
import { floorStateOf } from "../agent/floor-state.ts";
import type { FloorAgent, FloorLine } from "../pacing/pacer.ts";
import type { Seat } from "./seat.ts";
import type { VirtualLine } from "./virtual-line.ts";

export class FloorBoard {
  readonly agents: FloorAgent[] = [];
  readonly lines: FloorLine[] = [];
  readonly #seats: Seat[] = [];
  readonly #calls: VirtualLine[] = [];

  /** Agents on the floor who are neither free nor paused. */
  get busy(): number {
    let busy = 0;
    for (const { state } of this.agents) if (state !== "ready" && state !== "paused") busy++;
    return busy;
  }

  add(line: VirtualLine, now: Instant): void {
    line.place = this.#calls.length;
    this.#calls.push(line);
    this.lines.push({
      placedAt: now, ringingSince: now, answerProbability: line.told,
    });
  }

  /** The line rings no more. The last takes its place. */
  remove(line: VirtualLine): void {
    const last = this.#calls.pop();
    const lastLine = this.lines.pop();
    if (last && lastLine && last !== line) {
      last.place = line.place;
      this.#calls[line.place] = last;
      this.lines[line.place] = lastLine;
    }
    line.place = -1;
  }

  /** The calls of these of `lines`. */
  callsAt(places: readonly number[]): readonly VirtualLine[] {
    return places.flatMap((place) => this.#calls[place] ?? []);
  }

  show(seat: Seat): void {
    const state = floorStateOf(seat.state);
    if (state === undefined) {
      if (seat.place !== -1) this.#leave(seat);
      return;
    }
    if (seat.place === -1) {
      seat.place = this.agents.length;
      this.#seats.push(seat);
    }
    this.agents[seat.place] = { agent: seat.agent, state, since: seat.state.since };
  }

  #leave(seat: Seat): void {
    const last = this.#seats.pop();
    const lastAgent = this.agents.pop();
    if (last && lastAgent && last !== seat) {
      last.place = seat.place;
      this.#seats[seat.place] = last;
      this.agents[seat.place] = lastAgent;
    }
    seat.place = -1;
  }
}
