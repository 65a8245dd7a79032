/**
 * Owns the agents of a simulated day: the production agent machine for each, the keys they press,
 * and who is free.
 */
import type { Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { AgentId, CallId } from "../ids.ts";
import { evolve, type AgentState } from "../agent/agent.ts";
import { decide } from "../agent/decide.ts";
import { floorStateOf } from "../agent/floor-state.ts";
import type { AgentCommand, AgentInput } from "../agent/inputs.ts";
import type { CallInput } from "../call/inputs.ts";
import { inputOf } from "../engine/translate.ts";
import { lessonsOf } from "../pacing/agent-lessons.ts";
import type { FloorObservation } from "../pacing/learned.ts";
import type { FloorAgent } from "../pacing/pacer.ts";
import type { Random } from "../random.ts";
import type { DayTally } from "./day-tally.ts";
import type { FloorBoard } from "./floor-board.ts";
import { rosterOf, type ShiftMove } from "./roster.ts";
import type { Scenario } from "./scenario.ts";
import { resultKey, type Seat } from "./seat.ts";

export type StaffEvent =
  | { readonly at: number; readonly type: "result"; readonly seat: Seat; readonly call: CallId }
  | { readonly at: number; readonly type: "agent-due"; readonly seat: Seat }
  | { readonly at: number; readonly type: "shift"; readonly seat: Seat; readonly move: ShiftMove };

/** What the agents need of the day they work in. */
export interface StaffWorld {
  readonly board: FloorBoard;
  readonly tally: DayTally;
  now(): Instant;
  ask(seat: Seat, inputs: readonly AgentInput[]): void;
  tell(call: CallId, input: CallInput): void;
  later(event: StaffEvent): void;
  learn(seen: FloorObservation): void;
}

export class Staff {
  /** An agent's id is its place. */
  readonly seats: readonly Seat[];
  readonly #world: StaffWorld;
  /** Free seats in the order they became so: routing takes the longest idle. */
  readonly #ready: Seat[] = [];

  constructor(scenario: Scenario, random: Random, world: StaffWorld) {
    this.#world = world;
    const { seats, moves } = rosterOf(scenario, random);
    this.seats = seats;
    for (const each of moves) world.later({ type: "shift", ...each });
  }

  get longestIdle(): Seat | undefined {
    return this.#ready[0];
  }

  /** One input for one agent; what it leads to is asked and told in turn. */
  hear(seat: Seat, input: AgentInput): void {
    const before = seat.state;
    const { facts, commands } = decide(before, input);
    for (const fact of facts) seat.state = evolve(seat.state, fact);
    if (seat.state !== before) this.#moved(seat, before);
    for (const command of commands) this.#act(seat, command);
  }

  #act(seat: Seat, command: AgentCommand): void {
    const at = this.#world.now();
    switch (command.type) {
      case "tell-call": {
        const { call, news } = command;
        return this.#world.tell(call, inputOf(news, seat.agent, at));
      }
      case "say": {
        const visit = seat.state.visits.find(({ leg }) => leg === command.leg);
        if (visit?.doing === "goodbye") {
          this.#world.ask(seat, [{ type: "play-finished", at, leg: command.leg }]);
        }
        return;
      }
      case "hang-up":
        return this.#world.ask(seat, [{ type: "leg-ended", at, leg: command.leg, vanished: false }]);
      case "answer":
      case "hold":
      case "check-pin":
      case "ring-phone":
      case "present":
      case "tell-preview":
        return;
      default:
        return unreachable(command);
    }
  }
  #moved(seat: Seat, before: AgentState): void {
    const { state } = seat;
    if (state.work === before.work && state.since === before.since) {
      // What follows the call may have been chosen.
      if (state.next === before.next) return;
      this.#learn(seat, before);
      this.#world.board.show(seat);
      return;
    }
    this.#world.tally.seatLeft(before, this.#world.now());
    this.#learn(seat, before);
    this.#world.board.show(seat);
    if (before.work.at === "ready") this.#ready.splice(this.#ready.indexOf(seat), 1);
    if (state.work.at === "ready") this.#ready.push(seat);
    if (state.work.at === "wrap-up") this.#wrapUp(seat, state.work);
  }

  #learn({ agent, state }: Seat, before: AgentState): void {
    const [was, is] = [seenAs(agent, before), seenAs(agent, state)];
    for (const each of was ? lessonsOf(was, is) : []) this.#world.learn(each);
  }

  /** The agent chooses a result, or the time for it runs out. */
  #wrapUp(seat: Seat, { until, job }: Extract<AgentState["work"], { at: "wrap-up" }>): void {
    const at = this.#world.now() + seat.wrapUpMs;
    if (at < until) this.#world.later({ at, type: "result", seat, call: job.call });
    else this.#world.later({ at: until, type: "agent-due", seat });
  }

  /** The end of the wrap-up of `call`, unless it has ended by itself. */
  chooseResult(seat: Seat, call: CallId): void {
    const { work } = seat.state;
    if (work.at !== "wrap-up" || work.job.call !== call) return;
    const now = this.#world.now();
    if (seat.restMs !== undefined) {
      // The code for a pause comes before the result, which would make the agent ready.
      this.move(seat, "breaks");
      this.#world.later({ at: now + seat.restMs, type: "shift", seat, move: "returns" });
    }
    this.#world.ask(seat, seat.presses(resultKey, now));
  }

  /** A shift or a break begins or ends, by the codes that an agent dials. */
  move(seat: Seat, move: ShiftMove): void {
    if (seat.gone) return;
    const out = seat.state.work.at === "logged-out";
    if (move === "begins") {
      if (out) this.#world.ask(seat, seat.logIn(this.#world.now()));
    } else if (!out) {
      const code = { ends: "*00", breaks: "*61", returns: "*60" }[move];
      this.#world.ask(seat, seat.presses(code, this.#world.now()));
    }
  }

  /** So many leave at once: a free one now, a busy one after the call at hand. */
  depart(agents: number): void {
    const here = this.seats.filter(({ gone, state }) => !gone && state.work.at !== "logged-out");
    for (const seat of here.slice(0, agents)) {
      this.move(seat, "ends");
      seat.gone = true;
    }
  }
}

/** An agent as pacing sees one; undefined off the floor. */
function seenAs(agent: AgentId, state: AgentState): FloorAgent | undefined {
  const seen = floorStateOf(state);
  return seen && { agent, state: seen, since: state.since };
}
