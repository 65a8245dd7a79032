/**
 * Owns the forecast of the floor: at a few moments ahead, how many agents are still busy and how
 * many people have answered, as a distribution. From it comes the one number that pacing turns on:
 * the chance that the person behind one more line, should they answer, finds no agent. Pure, but
 * for the memory that it writes into.
 */
import { believed, beliefOf, type Belief } from "./answer-odds.ts";
import { Crowd } from "./crowd.ts";
import { FreeCurve, HORIZONS, horizonsOf, RingCurve, ringOf, type Horizons } from "./curves.ts";
import { paceOf, type LearnedFloor } from "./learned.ts";
import { isWorking } from "./floor.ts";
import type { FloorAgent, FloorLine, FloorSnapshot, LineType } from "./pacer.ts";

interface Seen {
  readonly snapshot: FloorSnapshot;
  readonly learned: LearnedFloor;
  readonly graceMs: number;
}

/** Lines of this age are ringing, if the carrier ever says that lines ring. */
const RINGS_BY_MS = 5_000;

/**
 * How long after the dial a line may be given up: what it has to ring, and what it took the lines
 * that are up now to begin. Never where the carrier does not tell of ringing.
 */
function givenUpAfter({ now, lines, ringLeastMs }: FloorSnapshot): number {
  if (ringLeastMs === undefined) return Infinity;
  let ringing = 0;
  let untold = 0;
  let delayMs = 0;
  for (const { placedAt, ringingSince } of lines) {
    if (ringingSince === undefined) {
      if (now - placedAt > RINGS_BY_MS) untold++;
    } else {
      ringing++;
      delayMs += ringingSince - placedAt;
    }
  }
  return untold > ringing ? Infinity : ringLeastMs + delayMs / Math.max(1, ringing);
}

/**
 * Where a forecast writes the chances of agents and lines while it is made, and keeps nothing. On a
 * floor of 500 agents and 2,000 lines that is 100 kB: made anew for each decision it is the garbage
 * collector that takes the longest of them.
 */
let chancesOf = new Float64Array(0);

function room(count: number): Float64Array {
  if (chancesOf.length < count) chancesOf = new Float64Array(2 * count);
  return chancesOf.subarray(0, count);
}

export class Forecast {
  readonly horizons: Horizons;
  /** What the pacer believes of the probabilities it is told. */
  readonly belief: Belief;
  /** Expected number of agents free at the last horizon. */
  readonly agentsFree: number;
  /** Expected number of answers up to the last horizon, those waiting included. */
  readonly answers: number;
  /** For each line up: the chance that it is answered yet. */
  readonly answerChances: Float64Array;
  /** One for each horizon: busy agents, answered lines and waiting people, all wanting agents. */
  readonly #crowds: readonly Crowd[];

  /** Later than this after the dial a line is given up before it finds nobody. */
  readonly #safeAfter: number;

  /** `graceMs`: a person who answered waits this long for an agent before being abandoned. */
  constructor(snapshot: FloorSnapshot, learned: LearnedFloor, graceMs: number) {
    this.#safeAfter = givenUpAfter(snapshot);
    const seen: Seen = { snapshot, learned, graceMs };
    this.horizons = horizonsOf(learned);
    this.belief = beliefOf(learned.odds);
    this.answerChances = new Float64Array(snapshot.lines.length);
    const busy = snapshot.agents.filter((each) => isWorking(each) && each.state !== "ready");
    const working = busy.length + snapshot.agents.filter((each) => each.state === "ready").length;
    const chances = room(HORIZONS * (busy.length + snapshot.lines.length));
    this.#foreseeBusy(busy, seen, chances);
    this.#foreseeLines(seen, chances, HORIZONS * busy.length);
    this.#crowds = this.horizons.ms.map((_, h) => {
      const crowd = new Crowd(working);
      crowd.addAll(chances, { first: h, apart: HORIZONS });
      for (let i = 0; i < snapshot.waiting.length; i++) crowd.add(1);
      return crowd;
    });
    let busyLast = 0;
    for (let i = 1; i <= busy.length; i++) busyLast += chances[HORIZONS * i - 1] ?? 0;
    this.agentsFree = working - busyLast;
    this.answers = (this.#crowds.at(-1)?.mean ?? 0) - busyLast;
  }

  /**
   * Fills in, for each busy agent and horizon, the chance to take no call: to be busy still, or to
   * have gone for a rest after the call.
   */
  #foreseeBusy(
    busy: readonly FloorAgent[], { snapshot, learned, graceMs }: Seen, chances: Float64Array,
  ): void {
    const free = new FreeCurve(learned, this.horizons, graceMs);
    const { ms } = this.horizons;
    const back = Math.min(1, learned.returns.back / learned.returns.calls);
    let i = 0;
    for (const agent of busy) {
      const ageMs = Math.max(0, snapshot.now - agent.since);
      const pace = paceOf(learned, agent.agent);
      // For a slow agent time passes slowly. In wrap-up that is exact; the table of talks has
      // fixed horizons, and there the chance is stretched, which is close while it is small.
      if (agent.state === "wrap-up") {
        for (let h = 0; h < HORIZONS; h++) {
          const withinMs = (ms[h] ?? 0) + graceMs;
          const over = free.afterWrapUp(ageMs / pace.wrapUp, withinMs / pace.wrapUp);
          chances[i++] = 1 - back * over;
        }
      } else {
        const row = free.talkRow(agent.state === "talking" ? ageMs / pace.talk : 0);
        for (let h = 0; h < HORIZONS; h++) {
          chances[i++] = Math.max(0, 1 - back * free.afterTalk(row, h) / pace.talk);
        }
      }
    }
  }

  /** Fills in, for each line and horizon from `start` on, the chance to be answered by then. */
  #foreseeLines({ snapshot, learned }: Seen, chances: Float64Array, start: number): void {
    const curves = new Map<LineType, RingCurve>();
    const { steps } = this.horizons;
    let i = start;
    let curve: RingCurve | undefined;
    let type: LineType | undefined;
    for (let place = 0; place < snapshot.lines.length; place++) {
      const line = snapshot.lines[place] as FloorLine;
      if (curve === undefined || line.lineType !== type) {
        type = line.lineType;
        curve = curves.get(type ?? "unknown") ?? new RingCurve(ringOf(learned, type ?? "unknown"));
        curves.set(type ?? "unknown", curve);
      }
      const age = RingCurve.stepsOf(snapshot.now - line.placedAt);
      const weight = curve.weight(age, believed(this.belief, line.answerProbability));
      const before = curve.share(age);
      for (let h = 0; h < HORIZONS; h++) {
        chances[i++] = Math.min(1, weight * (curve.share(age + (steps[h] ?? 0)) - before));
      }
      this.answerChances[place] = Math.min(1, weight * (1 - before));
    }
  }

  /**
   * The chance that one more line's person is abandoned, given that they answer. Whoever would
   * answer once the line may be given up is not: with no agent free, it is.
   */
  risk(): number {
    let risk = 0;
    for (let h = 0; h < HORIZONS; h++) {
      if ((this.horizons.ms[h] ?? 0) > this.#safeAfter) continue;
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
