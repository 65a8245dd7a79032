/** Owns the agents of the simulated store: who they are, their PINs, and where they were left. */
import { plus, type Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Agent, AgentRecord, AgentStanding, PinCheck } from "../store/store.ts";
import type { SimulatedSeats } from "./simulated-seats.ts";

interface AgentRow {
  readonly agent: Agent;
  readonly pin: string;
  wrong: number;
  lockedUntil: Instant | undefined;
}

export class SimulatedAgents {
  readonly #rows = new Map<AgentId, AgentRow>();
  readonly #standings = new Map<AgentId, Omit<AgentStanding, "served">>();

  add(agent: Agent, pin: string): void {
    this.#rows.set(agent.id, { agent, pin, wrong: 0, lockedUntil: undefined });
  }

  placedBy(placeOf: (agent: AgentId) => string | undefined): readonly Agent[] {
    return [...this.#rows.values()].map(({ agent }) => {
      const place = placeOf(agent.id);
      return agent.place === place ? agent : { ...agent, place };
    });
  }

  standings(seats: SimulatedSeats): readonly AgentStanding[] {
    return [...this.#standings.values()].map(
      ({ agent, state, since, campaign, snapshot, pbx }) =>
        ({ agent, state, since, campaign, snapshot, pbx, served: seats.isServed(pbx) }));
  }

  checkPin(agent: AgentId, pin: string, now: Instant): PinCheck {
    const row = this.#rows.get(agent);
    if (!row) return { result: "wrong", lockedUntil: undefined };
    if (row.lockedUntil !== undefined && now < row.lockedUntil) {
      return { result: "locked", lockedUntil: row.lockedUntil };
    }
    row.lockedUntil = undefined;
    if (pin === row.pin) {
      row.wrong = 0;
      return { result: "right", lockedUntil: undefined };
    }
    row.wrong += 1;
    if (row.wrong < limits.pinTries) return { result: "wrong", lockedUntil: undefined };
    row.wrong = 0;
    row.lockedUntil = plus(now, limits.pinLockMs);
    return { result: "locked", lockedUntil: row.lockedUntil };
  }

  record({ agent, state, since, campaign, snapshot }: AgentRecord, pbx: string): void {
    const before = this.#standings.get(agent);
    if (before && before.since > since) return;
    // JSON there and back, as in Postgres: what does not survive it must not be relied on.
    const copy = JSON.parse(JSON.stringify(snapshot)) as AgentStanding["snapshot"];
    this.#standings.set(agent, { agent, state, since, campaign, snapshot: copy, pbx });
  }
}
