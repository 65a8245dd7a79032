/**
 * Owns the forecast of the floor: at a few moments ahead, how many agents are still busy and how
 * many people have answered, as a distribution. From it comes the one number that pacing turns on:
 * the chance that the person behind one more line, should they answer, finds no agent. Pure.
 */
import { believed, beliefOf, type Belief } from "./answer-odds.ts";
import { Crowd } from "./crowd.ts";
import { FreeCurve, HORIZONS, horizonsOf, RingCurve, ringOf, type Horizons } from "./curves.ts";
import { paceOf, type LearnedFloor } from "./learned.ts";
import { isWorking } from "./floor.ts";
import type { FloorAgent, FloorSnapshot } from "./pacer.ts";

export class Forecast {
  readonly horizons: Horizons;
  /** What the pacer believes of the probabilities it is told. */
  readonly belief: Belief;
  /** Expected number of agents free at the last horizon. */
  readonly agentsFree: number;
  /** Expected number of answers up to the last horizon, those waiting included. */
  readonly answers: number;
  /** For each line up: the chance that it is answered yet. */
  readonly answerChances: readonly number[];
  /** One for each horizon: busy agents, answered lines and waiting people, all wanting agents. */
  readonly #crowds: readonly Crowd[];

  /** `graceMs`: a person who answered waits this long for an agent before being abandoned. */
  constructor(snapshot: FloorSnapshot, learned: LearnedFloor, graceMs: number) {
    this.horizons = horizonsOf(learned);
    this.belief = beliefOf(learned.odds);
    const working = snapshot.agents.filter(isWorking);
    this.#crowds = this.horizons.ms.map(() => new Crowd(working.length));
    const free = new FreeCurve(learned, this.horizons, graceMs);
    for (const agent of working) {
      if (agent.state !== "ready") this.#addBusy(agent, { snapshot, learned, free, graceMs });
    }
    const busy = this.#crowds.at(-1)?.mean ?? 0;
    for (const crowd of this.#crowds) {
      for (let i = 0; i < snapshot.waiting.length; i++) crowd.add(1);
    }
    this.answerChances = this.#addLines(snapshot, learned);
    this.agentsFree = working.length - busy;
    this.answers = (this.#crowds.at(-1)?.mean ?? 0) - busy;
  }

  #addBusy(agent: FloorAgent, floor: {
    snapshot: FloorSnapshot; learned: LearnedFloor; free: FreeCurve; graceMs: number;
  }): void {
    const { snapshot, learned, free, graceMs } = floor;
    const ageMs = Math.max(0, snapshot.now - agent.since);
    const pace = paceOf(learned, agent.agent);
    const wrappingUp = agent.state === "wrap-up";
    const row = free.talkRow(agent.state === "talking" ? ageMs / pace.talk : 0);
    for (let h = 0; h < HORIZONS; h++) {
      const ms = (this.horizons.ms[h] ?? 0) + graceMs;
      // For a slow agent time passes slowly. In wrap-up that is exact; the table of talks has
      // fixed horizons, and there the chance is stretched, which is close while it is small.
      const freed = wrappingUp ? free.afterWrapUp(ageMs / pace.wrapUp, ms / pace.wrapUp)
        : Math.min(1, free.afterTalk(row, h) / pace.talk);
      this.#crowds[h]?.add(1 - freed);
    }
  }

  #addLines(snapshot: FloorSnapshot, learned: LearnedFloor): readonly number[] {
    const curves = {
      mobile: new RingCurve(ringOf(learned, "mobile")),
      landline: new RingCurve(ringOf(learned, "landline")),
      unknown: new RingCurve(ringOf(learned, "unknown")),
    };
    return snapshot.lines.map((line) => {
      const curve = curves[line.lineType ?? "unknown"];
      const ageMs = Math.max(0, snapshot.now - line.placedAt);
      const weight = curve.weight(ageMs, believed(this.belief, line.answerProbability));
      const before = curve.share(ageMs);
      for (let h = 0; h < HORIZONS; h++) {
        const share = curve.share(ageMs + (this.horizons.ms[h] ?? 0)) - before;
        this.#crowds[h]?.add(Math.min(1, weight * share));
      }
      return Math.min(1, weight * (1 - before));
    });
  }

  /** The chance that one more line's person is abandoned, given that they answer. */
  risk(): number {
    let risk = 0;
    for (let h = 0; h < HORIZONS; h++) {
      risk += (this.horizons.shares[h] ?? 0) * (this.#crowds[h]?.full() ?? 0);
    }
    return risk;
  }

  /** Adds a line, dialed now, to the floor that is forecast. */
  dial(answerProbability: number): void {
    const chance = believed(this.belief, answerProbability);
    for (let h = 0; h < HORIZONS; h++) this.#crowds[h]?.add(chance * (this.horizons.by[h] ?? 0));
  }
}
