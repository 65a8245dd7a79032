/**
 * Owns what must hold, whatever happens. The auditor stands beside the virtual switch and sees
 * what both ends of each line would; it knows nothing of what the engine believes.
 */
import { plus, toIso, type Clock, type Instant } from "../clock.ts";
import { attemptOf, type CallId, type DialNumber, type LegId } from "../ids.ts";
import { answeredByPerson } from "../call/outcome.ts";
import type { WorldEvent } from "../telephony/virtual/world.ts";
import type { SimulatedStore } from "./simulated-store.ts";

export interface AuditRules {
  readonly connectWithinMs: number;
  /** How late the message may be: events, the store and the command take their time. */
  readonly messageWithinMs: number;
  /** Most lead legs at once. */
  readonly channelsMax: number;
}

interface SeenLeg {
  readonly number: DialNumber | undefined;
  answeredAt: Instant | undefined;
  joined: boolean;
  /** Its joining was out of the controller's sight, so that it may have counted as too late. */
  unseen: boolean;
  heardMessage: boolean;
  ended: boolean;
}

export class Auditor {
  readonly breaks: string[] = [];
  readonly #clock: Clock;
  readonly #store: SimulatedStore;
  readonly #rules: AuditRules;
  readonly #legs = new Map<LegId, SeenLeg>();
  readonly #liveNumbers = new Map<DialNumber, LegId>();
  readonly #calls = new Map<CallId, LegId>();
  /** While the controllers cannot be expected to keep the two seconds: they or the way are away. */
  excused: () => boolean = () => false;

  constructor(clock: Clock, store: SimulatedStore, rules: AuditRules) {
    this.#clock = clock;
    this.#store = store;
    this.#rules = rules;
  }

  readonly see = (event: WorldEvent): void => {
    switch (event.type) {
      case "dialed":
        this.#dialed(event);
        return;
      case "answered":
        this.#answered(event.leg, event.at);
        return;
      case "joined":
        this.#joined(event);
        return;
      case "parted":
        this.#calls.delete(event.call);
        return;
      case "heard": {
        const leg = this.#legs.get(event.leg);
        if (leg && event.prompt.kind === "prompt" && event.prompt.name === "safe-harbour") {
          leg.heardMessage = true;
        }
        return;
      }
      case "recorded":
        if (!this.#calls.has(event.call)) this.#break(`recorded ${event.call} outside a call`);
        return;
      case "ended": {
        const leg = this.#legs.get(event.leg);
        if (!leg) return;
        leg.ended = true;
        if (leg.number !== undefined) this.#liveNumbers.delete(leg.number);
      }
    }
  };

  /** What must hold when all is quiet again. */
  close(liveLegs: readonly LegId[]): void {
    for (const leg of liveLegs) {
      if (this.#legs.get(leg)?.number !== undefined) this.#break(`leg ${leg} is left up`);
    }
    for (const row of this.#store.attempts.values()) {
      const outcome = row.changes.outcome?.outcome;
      const set = [...row.facts.values()].filter((fact) => fact.type === "outcome-set").length;
      if (outcome === undefined || set !== 1) {
        this.#break(`attempt ${row.attempt} has ${set} outcomes`);
        continue;
      }
      const leg = this.#legs.get(row.attempt as string as LegId);
      if (!leg) continue;
      const asSeen = leg.unseen && outcome === "abandoned"
        || row.changes.outcome?.reason === "left-as-joined";
      if (leg.joined !== (outcome === "connected") && !asSeen) {
        this.#break(`attempt ${row.attempt} was ${leg.joined ? "" : "not "}joined, and is ${outcome}`);
      }
      if (answeredByPerson(outcome) && leg.answeredAt === undefined) {
        this.#break(`attempt ${row.attempt} is ${outcome}, and nobody answered`);
      }
    }
  }

  #dialed({ leg, number, tags }: Extract<WorldEvent, { type: "dialed" }>): void {
    const fresh: SeenLeg = {
      number, answeredAt: undefined, joined: false, unseen: false, heardMessage: false,
      ended: false,
    };
    if (this.#legs.has(leg)) this.#break(`leg ${leg} was dialed twice`);
    this.#legs.set(leg, fresh);
    if (number === undefined) return;
    if (!this.#store.attempts.has(attemptOf(leg))) this.#break(`dialed ${leg} before it was stored`);
    if (tags.epoch === undefined) this.#break(`leg ${leg} has no epoch`);
    else if (tags.epoch < this.#store.seats.epochOf("virtual-1")) {
      this.#break(`leg ${leg} was dialed under an old epoch`);
    }
    const other = this.#liveNumbers.get(number);
    if (other !== undefined) this.#break(`number of ${leg} is being dialed by ${other} already`);
    this.#liveNumbers.set(number, leg);
    if (this.#liveNumbers.size > this.#rules.channelsMax) {
      this.#break(`${this.#liveNumbers.size} lines at once`);
    }
  }

  #answered(id: LegId, at: Instant): void {
    const leg = this.#legs.get(id);
    if (leg?.number === undefined) return;
    leg.answeredAt = at;
    const due = plus(at, this.#rules.connectWithinMs + this.#rules.messageWithinMs);
    const excusedAtOnce = this.excused();
    this.#clock.at(due, () => {
      if (leg.ended || leg.joined || leg.heardMessage || excusedAtOnce || this.excused()) return;
      this.#break(`leg ${id} was answered, and heard neither an agent nor the message`);
    });
  }

  #joined({ call, leadLeg, agentLeg }: Extract<WorldEvent, { type: "joined" }>): void {
    for (const [other, leg] of this.#calls) {
      if (leg === agentLeg && other !== call) this.#break(`agent leg ${agentLeg} is in two calls`);
    }
    this.#calls.set(call, agentLeg);
    const leg = this.#legs.get(leadLeg);
    if (!leg) return;
    leg.joined = true;
    leg.unseen = this.excused();
  }

  #break(what: string): void {
    this.breaks.push(`${toIso(this.#clock.now())} ${what}`);
  }
}
