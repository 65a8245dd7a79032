/**
 * Owns how far predicted answer probabilities can be believed. Two things are learned from what
 * lines did: whether the differences between leads are real (the slope), and how many answer
 * altogether compared with what was predicted (the level). Plain data. Pure.
 */

/** The level remembers about this many answers: fast enough for a rate that moves in an hour. */
const LEVEL_ANSWERS = 40;
/** Before anything was seen, predictions are taken at their word as if for this many answers. */
const LEVEL_PRIOR = 8;
/** Lines after which half of what was learned about the slope is forgotten. */
const SLOPE_HALF_LIFE = 4_000;
/** The slope starts at 1 and holds as if from this many lines. */
const SLOPE_PRIOR = 150;

export interface AnswerOdds {
  /** Decayed sums over lines that ended: lines, predictions, their squares and products. */
  readonly lines: number;
  readonly predicted: number;
  readonly squares: number;
  readonly products: number;
  readonly answers: number;
  /** Short memory for the level: answers seen, and answers expected by slope alone. */
  readonly answersLately: number;
  readonly expectedLately: number;
}

export const unknownOdds: AnswerOdds = {
  lines: 0, predicted: 0, squares: 0, products: 0, answers: 0,
  answersLately: LEVEL_PRIOR, expectedLately: LEVEL_PRIOR,
};

/** How to turn a prediction into a belief; from `beliefOf`. */
export interface Belief {
  readonly centre: number;
  readonly slope: number;
  readonly level: number;
}

export function beliefOf(odds: AnswerOdds): Belief {
  if (odds.lines < 1) return { centre: 0, slope: 1, level: 1 };
  const centre = odds.predicted / odds.lines;
  const variance = Math.max(1e-9, odds.squares / odds.lines - centre * centre);
  const covariance = odds.products / odds.lines - centre * (odds.answers / odds.lines);
  const slope = (covariance * odds.lines + variance * SLOPE_PRIOR)
    / (variance * (odds.lines + SLOPE_PRIOR));
  return {
    centre,
    slope: Math.min(1.2, Math.max(0, slope)),
    // A dead trunk answers nothing; believing that at once would flood the floor on its return.
    level: Math.min(4, Math.max(0.25, odds.answersLately / odds.expectedLately)),
  };
}

export function believed(belief: Belief, predicted: number): number {
  const sloped = belief.centre + belief.slope * (predicted - belief.centre);
  return Math.min(0.98, Math.max(0.002, belief.level * sloped));
}

/** The same knowledge after one more line was answered, or ended without. */
export function withLine(odds: AnswerOdds, predicted: number, answered: boolean): AnswerOdds {
  const { centre, slope } = beliefOf(odds);
  const expected = Math.max(0.002, centre + slope * (predicted - centre));
  const keep = 0.5 ** (1 / SLOPE_HALF_LIFE);
  const keepLately = Math.max(0.5, 1 - expected / LEVEL_ANSWERS);
  const answer = answered ? 1 : 0;
  return {
    lines: odds.lines * keep + 1,
    predicted: odds.predicted * keep + predicted,
    squares: odds.squares * keep + predicted * predicted,
    products: odds.products * keep + predicted * answer,
    answers: odds.answers * keep + answer,
    answersLately: odds.answersLately * keepLately + answer,
    expectedLately: odds.expectedLately * keepLately + expected,
  };
}
