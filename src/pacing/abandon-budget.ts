/**
 * Owns the abandon budget: how many more people may be abandoned in the limit's window, and how
 * many lines that bears when everything goes wrong. It is the governor beneath the forecast: with
 * no budget left it allows one line per free agent, and no more. Pure.
 */
import { meanMs } from "./durations.ts";
import type { LearnedFloor } from "./learned.ts";
import type { FloorSnapshot } from "./pacer.ts";

/**
 * The last thirtieth of the limit is never spent on purpose: it is for what no pacer sees coming,
 * agents who leave while lines for them are ringing.
 */
const SPENDABLE = 29 / 30;

/**
 * A window begins without answers, hence without budget, and one line per agent would earn it too
 * slowly. So the reserve is lent, and taken back by every answer: a third of what it earns. It is
 * never more than half of what is sure to be earned yet.
 */
const TAKEN_BACK = 1 / 3;
const SURE_SHARE = 0.5;
/** A campaign may be stopped any time: what is earned later than this counts for nothing. */
const SURE_MS = 4 * 3_600_000;

/**
 * The budget that the risk is steered to keep: about what the worst case of a floor of this size
 * needs, so that the governor seldom has to step in. N^0.75 fits the worst case of the optimal
 * targets of memoryless floors of 5 to 50 agents within a half.
 */
const RESERVE = 1.2;
const RESERVE_POWER = 0.75;
/**
 * How much the risk yields (in its logarithm) when the whole reserve is spent. Yielding early is
 * cheap, since the forecast still chooses well; being held by the governor is not.
 */
const YIELD = 2.5;
const YIELD_LOWEST = -4;
const YIELD_HIGHEST = 0.7;

/** Lines at their worst: the odds of each to be answered half as high again, and luck at 2.5 σ. */
const WORST_ODDS = 1.5;
const WORST_SIGMA = 2.5;

export interface Budget {
  /** People who may still be abandoned, those lent included; below 0 when the limit was passed. */
  readonly people: number;
  /** The highest chance to be abandoned that the last line's person may have now. */
  readonly riskMax: number;
}

export function budgetOf(
  snapshot: FloorSnapshot, learned: LearnedFloor, floor: { working: number; believedNext: number },
): Budget {
  const limit = snapshot.abandonRateMax * SPENDABLE;
  const sure = SURE_SHARE * limit * sureAnswers(snapshot, learned, floor);
  const wanted = RESERVE * floor.working ** RESERVE_POWER;
  const lent = Math.max(0, Math.min(sure, wanted - limit * TAKEN_BACK * snapshot.answered));
  const people = limit * snapshot.answered - snapshot.abandoned + lent;
  const off = (people - wanted) / wanted;
  const yielded = Math.min(YIELD_HIGHEST, Math.max(YIELD_LOWEST, YIELD * off));
  return { people, riskMax: Math.exp(learned.logRisk + yielded) };
}

/** Answers that one line per agent is sure to bring before the window or the list ends. */
function sureAnswers(
  snapshot: FloorSnapshot, learned: LearnedFloor, floor: { working: number; believedNext: number },
): number {
  const remainingMs = Math.min(SURE_MS, (snapshot.window?.until ?? snapshot.now) - snapshot.now);
  // One line per agent: a ring for every answer that does not come, then the call itself.
  const cycleMs = meanMs(learned.talk) + meanMs(learned.wrapUp)
    + meanMs(learned.rings.all.unanswered) / Math.max(0.02, floor.believedNext);
  return Math.min(
    floor.working * Math.max(0, remainingMs) / cycleMs,
    (snapshot.leadsLeft ?? Infinity) * floor.believedNext,
  );
}

/** The lines that are up, and how likely each is to be answered yet. */
export interface LinesAtStake {
  readonly ready: number;
  readonly waiting: number;
  readonly answerChances: Float64Array;
}

/** Answers when everything goes wrong at once, for lines placed on top of those that are up. */
export class WorstCase {
  readonly #ready: number;
  readonly #waiting: number;
  #count = 0;
  #mean = 0;
  #variance = 0;

  constructor(lines: LinesAtStake) {
    this.#ready = lines.ready;
    this.#waiting = lines.waiting;
    for (const each of lines.answerChances) this.add(each);
  }

  /** One more line, answered with this chance. */
  add(chance: number): void {
    const worse = WORST_ODDS * chance / (1 + (WORST_ODDS - 1) * chance);
    this.#count++;
    this.#mean += worse;
    this.#variance += worse * (1 - worse);
  }

  /** Whether the budget bears it that so many answer now and only the ready agents are free. */
  bearable(budget: number, limit: number): boolean {
    const unlucky = Math.ceil(this.#mean + WORST_SIGMA * Math.sqrt(this.#variance));
    const people = this.#waiting + Math.min(this.#count, unlucky);
    return Math.max(0, people - this.#ready) <= budget + limit * SPENDABLE * people;
  }
}
