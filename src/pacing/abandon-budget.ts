/**
 * Owns the abandon budget: how many more people may be abandoned in the limit's window, and how
 * many lines that bears when everything goes wrong. It is the governor beneath the forecast: with
 * no budget left it allows one line per free agent, and no more. Pure.
 */
import { DAY_MS } from "../clock.ts";
import { meanMs } from "./durations.ts";
import type { LearnedFloor } from "./learned.ts";
import type { FloorSnapshot } from "./pacer.ts";

/**
 * The last thirtieth of the limit is never spent on purpose: it is for what no pacer sees coming,
 * agents who leave while lines for them are ringing.
 */
const SPENDABLE = 29 / 30;

/**
 * A window begins without answers, hence without budget, and chance alone brings a few abandons too
 * many or too few to its first hundreds of answers. So a loan is given, this many reserves, that
 * falls to nothing by the time the window has seen LOAN_ANSWERS. It is never more than a share of
 * what one line per agent will earn yet, which is sure but for agents who leave: whenever the
 * window ends, it ends within its limit.
 */
const LOAN_RESERVES = 2;
const LOAN_ANSWERS = 1_000;
const SURE_SHARE = 0.6;
/** What is earned later than this is not sure: a campaign may be stopped any time. */
const SURE_MS = 8 * 3_600_000;

/**
 * What the budget should hold once nothing is lent: about what the worst case of a floor of this
 * size needs, so that the governor seldom has to step in. N^0.75 fits the worst case of the
 * optimal targets of memoryless floors of 5 to 50 agents within a half.
 */
const RESERVE = 1.2;
const RESERVE_POWER = 0.75;
/** People that a window is meant to end with unspent: its last lines may be unlucky. */
const LEFT_OVER = 1;

/**
 * Answers over which a budget that is off its course is brought back. Sooner costs more than it
 * saves: a risk that swings loses more on its low side than it gains on its high one.
 */
const BACK_ON_COURSE = 150;
const LAST_ANSWERS = 100;
/** The risk is never steered further than to these multiples of what was learned. */
const STEER_LOWEST = 0.1;
const STEER_HIGHEST = 2;
/** Share of time that agents are assumed to be busy, to foresee how many will answer yet. */
const BUSY_SHARE = 0.85;

/**
 * Lines at their worst: the odds of each to be answered half as high again, and luck at 2.5 σ.
 * Before any answer was heard, predictions may be off by more than that, and a whole floor of free
 * agents dials on them at once: then four times the odds, by and by less as answers come.
 */
const WORST_ODDS = 1.5;
const WORST_ODDS_UNHEARD = 2.5;
const UNHEARD_ANSWERS = 8;
const WORST_SIGMA = 2.5;
/** One worse than that will happen on some day: it is never counted on not to. */
const WORST_EXTRA = 1;

export interface Budget {
  /** People who may still be abandoned, those lent included; below 0 when the limit was passed. */
  readonly people: number;
  /** The highest chance to be abandoned that the last line's person may have now. */
  readonly riskMax: number;
}

/** Of the floor, what the budget depends on. */
export interface FloorSize {
  readonly working: number;
  /** The chance that the next lead answers. */
  readonly believedNext: number;
}

/** By the number of agents: a power is dear, and each look at the floor asks for it. */
const reserves: number[] = [];
function reserveOf(working: number): number {
  return reserves[working] ??= RESERVE * working ** RESERVE_POWER;
}

/** Most people that are ever lent to a window; the gate lets no dial through beyond it. */
export const loanMax = (working: number, answered: number): number =>
  LOAN_RESERVES * reserveOf(working) * Math.max(0, 1 - answered / LOAN_ANSWERS);

/**
 * The highest abandon rate of 24 hours, where the limit's window is longer than that: a third more
 * than the limit, so that no single day looks bad.
 */
export const dayRateMax = (abandonRateMax: number): number => 4 * abandonRateMax / 3;

export function budgetOf(
  snapshot: FloorSnapshot, learned: LearnedFloor, size: FloorSize,
): Budget {
  const { now, answered, abandoned, abandonRateMax, window, day } = snapshot;
  const endsMs = Math.max(0, (window?.until ?? now) - now);
  const own = { answered, abandoned, rateMax: abandonRateMax, endsMs };
  const whole = sharedOut(own, snapshot, { learned, size });
  // The last 24 hours only roll, so that no end of theirs is in sight.
  const today = day && sharedOut({
    answered: day.answered, abandoned: day.abandoned, rateMax: day.rateMax, endsMs: DAY_MS,
  }, snapshot, { learned, size });
  const perAnswer = Math.min(whole.perAnswer, today?.perAnswer ?? Infinity);
  // Between 1 and 5 % of risk, the people abandoned grow about as the risk does.
  const steer = Math.min(STEER_HIGHEST,
    Math.max(STEER_LOWEST, perAnswer / (abandonRateMax * SPENDABLE)));
  return {
    people: Math.min(whole.people, today?.people ?? Infinity),
    riskMax: Math.exp(learned.logRisk) * steer,
  };
}

/** A window, and what was spent in it. */
interface Spent {
  readonly answered: number;
  readonly abandoned: number;
  readonly rateMax: number;
  readonly endsMs: number;
}

/** What is left of a window's people, and how many of them to spend on each answer from now on. */
function sharedOut(
  spent: Spent, snapshot: FloorSnapshot,
  { learned, size }: { learned: LearnedFloor; size: FloorSize },
): { people: number; perAnswer: number } {
  const { answered } = spent;
  const limit = spent.rateMax * SPENDABLE;
  const ahead = answersAhead(spent, snapshot, { learned, size });
  const reserve = reserveOf(size.working);
  const lent = Math.min(loanMax(size.working, answered), SURE_SHARE * limit * ahead.sure);
  const earned = limit * answered - spent.abandoned;
  // So many, to end the window with little left over …
  let perAnswer = limit + (earned - LEFT_OVER) / Math.max(LAST_ANSWERS, ahead.likely);
  // … and before that, to have the reserve by the time that nothing is lent.
  const soon = Math.max(BACK_ON_COURSE, LOAN_ANSWERS - answered);
  if (ahead.likely > soon) {
    const wanted = Math.min(reserve, limit * ahead.sure);
    perAnswer = Math.min(perAnswer, limit + (earned - wanted) / soon);
  }
  return { people: earned + lent, perAnswer };
}

/** Answers until the window or the list ends. */
interface AnswersAhead {
  /** With one line per agent, which abandons nobody. */
  readonly sure: number;
  /** With agents as busy as they mostly are; no more than a window holds. */
  readonly likely: number;
}

function answersAhead(
  { answered, endsMs }: Spent, snapshot: FloorSnapshot,
  { learned, size }: { learned: LearnedFloor; size: FloorSize },
): AnswersAhead {
  const { working, believedNext } = size;
  const callMs = meanMs(learned.talk) + meanMs(learned.wrapUp);
  // One line per agent: a ring for every answer that does not come, then the call itself.
  const cycleMs = callMs + meanMs(learned.rings.all.unanswered) / Math.max(0.02, believedNext);
  const onList = (snapshot.leadsLeft ?? Infinity) * believedNext;
  const busy = BUSY_SHARE * working;
  return {
    sure: Math.min(working * Math.min(SURE_MS, endsMs) / cycleMs, onList),
    // What a window of many days has left over is spread over as many answers as it holds.
    likely: Math.min(busy * endsMs / callMs, Math.max(answered, busy * SURE_MS / callMs), onList),
  };
}

/** The lines that are up, and how likely each is to be answered yet. */
export interface LinesAtStake {
  /** Answers heard so far: the fewer, the less is known of how many will. */
  readonly answersHeard: number;
  readonly ready: number;
  readonly waiting: number;
  readonly answerChances: Float64Array;
}

/** Answers when everything goes wrong at once, for lines placed on top of those that are up. */
export class WorstCase {
  readonly #ready: number;
  readonly #waiting: number;
  readonly #odds: number;
  #count = 0;
  #mean = 0;
  #variance = 0;

  constructor(lines: LinesAtStake) {
    this.#ready = lines.ready;
    this.#waiting = lines.waiting;
    const unheard = UNHEARD_ANSWERS / (UNHEARD_ANSWERS + lines.answersHeard);
    this.#odds = WORST_ODDS + WORST_ODDS_UNHEARD * unheard;
    // By number: an iterator would box each of thousands of chances.
    for (let i = 0; i < lines.answerChances.length; i++) this.add(lines.answerChances[i] ?? 0);
  }

  /** One more line, answered with this chance. */
  add(chance: number): void {
    const worse = this.#odds * chance / (1 + (this.#odds - 1) * chance);
    this.#count++;
    this.#mean += worse;
    this.#variance += worse * (1 - worse);
  }

  /** Whether the budget bears it that so many answer now and only the ready agents are free. */
  bearable(budget: number, limit: number): boolean {
    const unlucky = Math.ceil(this.#mean + WORST_SIGMA * Math.sqrt(this.#variance));
    const people = this.#waiting + Math.min(this.#count, unlucky);
    const abandoned = Math.max(0, people - this.#ready);
    return abandoned + WORST_EXTRA <= budget + limit * SPENDABLE * people;
  }
}
