/** Owns the leads of a simulated day in their order, and what the pacer is told of each. */
import type { Random } from "../random.ts";
import { drawPerson, meanRateOf, predictedProbability, type Person } from "./people.ts";
import type { Scenario } from "./scenario.ts";

/** Leads shown to the pacer ahead. */
const AHEAD = 500;

export class LeadQueue {
  /** Of the next leads, in their order; changed in place. */
  readonly told: number[] = [];
  /** Leads that were not dialed yet. */
  left: number;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #meanRate: number;
  readonly #people: Person[] = [];

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#meanRate = meanRateOf(scenario);
    this.left = scenario.leads ?? Infinity;
  }

  /** `own` is what the floor estimates of its leads by itself. */
  fill(atMs: number, own: number): void {
    const scenario = this.#scenario;
    const estimates = scenario.prediction.tells === "own";
    if (estimates && own !== this.told[0]) this.told.fill(own);
    while (this.#people.length < Math.min(AHEAD, this.left)) {
      const person = drawPerson(this.#random, scenario);
      this.#people.push(person);
      this.told.push(estimates ? own
        : predictedProbability(scenario, person, { atMs, meanRate: this.#meanRate }));
    }
  }

  take(count: number): readonly { readonly person: Person; readonly told: number }[] {
    const told = this.told.splice(0, count);
    const people = this.#people.splice(0, count);
    this.left -= people.length;
    return people.map((person, i) => ({ person, told: told[i] ?? 0 }));
  }
}
