/** Owns the leads of a simulated day in their order, and what the pacer is told of each. */
import type { Random } from "../random.ts";
import { EventHeap } from "./event-heap.ts";
import { drawPerson, meanRateOf, predictedProbability, type Person } from "./people.ts";
import type { Scenario } from "./scenario.ts";

/** Leads shown to the pacer ahead. */
const AHEAD = 500;

/** Somebody on the list; `name` is their place on it, with a mark for each dial before. */
interface Lead {
  readonly name: string;
  readonly person: Person;
}

export class LeadQueue {
  /** Of the next leads, in their order; changed in place. */
  readonly told: number[] = [];
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #meanRate: number;
  readonly #leads: Lead[] = [];
  /** Those who were not reached, by when they are due again. */
  readonly #waiting = new EventHeap<Lead & { readonly at: number }>();
  readonly #names = new WeakMap<Person, string>();
  #fresh: number;
  #waits = 0;
  #drawn = 0;

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#meanRate = meanRateOf(scenario);
    this.#fresh = scenario.leads ?? Infinity;
  }

  /** Leads that may be dialed yet, those that wait to be due again included. */
  get left(): number {
    return this.#fresh + this.#leads.length + this.#waits;
  }

  /** `own` is what the floor estimates of its leads by itself. */
  fill(atMs: number, own: number): void {
    const estimates = this.#scenario.prediction.tells === "own";
    if (estimates && own !== this.told[0]) this.told.fill(own);
    // As in production, a lead that waited comes before those who were never dialed.
    for (let due = this.#waiting.peek(); due && due.at <= atMs; due = this.#waiting.peek()) {
      this.#waiting.pop();
      this.#waits--;
      this.#leads.unshift(due);
      this.told.unshift(this.#toldOf(due.person, atMs, own));
    }
    while (this.#leads.length < AHEAD && this.#fresh > 0) {
      const person = drawPerson(this.#random, this.#scenario);
      this.#fresh--;
      this.#leads.push({ name: String(++this.#drawn), person });
      this.told.push(this.#toldOf(person, atMs, own));
    }
  }

  take(count: number): readonly { readonly person: Person; readonly told: number }[] {
    const told = this.told.splice(0, count);
    return this.#leads.splice(0, count).map(({ name, person }, i) => {
      if (person.againMs !== undefined) this.#names.set(person, name);
      return { person, told: told[i] ?? 0 };
    });
  }

  /**
   * Somebody was not reached. What they do next time has a chance of its own, drawn by who they
   * are: whenever a pacer comes to dial them, they do the same.
   */
  missed(person: Person, atMs: number): void {
    if (person.againMs === undefined) return;
    const name = `${this.#names.get(person) ?? ""}+`;
    const next = drawPerson(this.#random.fork(`again ${name}`), this.#scenario);
    this.#waits++;
    this.#waiting.push({
      at: atMs + person.againMs, name, person: { ...next, leaning: person.leaning },
    });
  }

  #toldOf(person: Person, atMs: number, own: number): number {
    return this.#scenario.prediction.tells === "own" ? own
      : predictedProbability(this.#scenario, person, { atMs, meanRate: this.#meanRate });
  }
}
