/**
 * Owns our own estimate of who answers, for leads that nobody predicted. Answers are counted by
 * what is known of each lead for nothing: what came of its last calls, the hour at its place, the
 * kind of its line. Each count is shrunk to the campaign's rate, and the differences are added up
 * as log-odds; how far they hold together is learned by answer-odds.ts. Plain data. Pure but for
 * what was estimated already.
 */
import type { LineType } from "./pacer.ts";

/** What came of a lead's calls in this campaign so far. */
export type LeadPastCell =
  | "fresh" | "spoke" | "left" | "machine" | "busy" | "silent" | "silent-often" | "failed";

export interface LeadCell {
  readonly past: LeadPastCell;
  /** 0 to 23 on the clock of the person's place; undefined where that is not known. */
  readonly hour: number | undefined;
  readonly lineType: LineType;
}

export interface AnswerTally {
  readonly lines: number;
  readonly answers: number;
}

export interface AnswerCells {
  readonly all: AnswerTally;
  /** By `past fresh`, `hour 14`, `line mobile`; what was never seen is not in it. */
  readonly levels: Readonly<Record<string, AnswerTally>>;
}

/** Before anything was seen, three in ten answer, as if of ten lines. */
export const nothingCounted: AnswerCells = { all: { lines: 10, answers: 3 }, levels: {} };

/** A level speaks for itself, against the campaign's rate, from about this many lines on. */
const LEVEL_PRIOR = 60;
/** Lines after which half of what was counted is forgotten. */
const HALF_LIFE = 4_000;
const keep = 0.5 ** (1 / HALF_LIFE);
const LOWEST = 0.01;
const HIGHEST = 0.95;

const levelsOf = ({ past, hour, lineType }: LeadCell): readonly string[] => [
  `past ${past}`, `line ${lineType}`, ...hour === undefined ? [] : [`hour ${hour}`],
];

const logOdds = (p: number): number => Math.log(p / (1 - p));
const rateOf = ({ lines, answers }: AnswerTally): number => answers / lines;

const meanOf = ({ all }: AnswerCells): number => Math.min(HIGHEST, Math.max(LOWEST, rateOf(all)));

// A look at a large floor asks for thousands of leads, which are of some dozen kinds.
const estimates = new WeakMap<AnswerCells, Map<LeadCell, number>>();

/**
 * The chance that a lead of this kind answers; without a cell, any lead of the campaign. What was
 * estimated of a cell is kept for as long as the counts are: use one object for alike leads.
 */
export function estimated(known: AnswerCells, cell?: LeadCell): number {
  if (cell === undefined) return meanOf(known);
  let kept = estimates.get(known);
  if (kept === undefined) estimates.set(known, kept = new Map<LeadCell, number>());
  let estimate = kept.get(cell);
  if (estimate === undefined) kept.set(cell, estimate = estimateOf(known, cell));
  return estimate;
}

function estimateOf(known: AnswerCells, cell: LeadCell): number {
  const { levels } = known;
  const rate = meanOf(known);
  const base = logOdds(rate);
  let sum = base;
  for (const name of levelsOf(cell)) {
    const level = levels[name];
    if (level === undefined) continue;
    const shrunk = (level.answers + LEVEL_PRIOR * rate) / (level.lines + LEVEL_PRIOR);
    sum += logOdds(Math.min(0.99, Math.max(0.001, shrunk))) - base;
  }
  return Math.min(HIGHEST, Math.max(LOWEST, 1 / (1 + Math.exp(-sum))));
}

const counted = (known: AnswerTally | undefined, answered: boolean): AnswerTally => ({
  lines: (known?.lines ?? 0) * keep + 1,
  answers: (known?.answers ?? 0) * keep + (answered ? 1 : 0),
});

/** The same counts after one more line was answered, or ended without. */
export function withLead(
  { all, levels }: AnswerCells, cell: LeadCell, answered: boolean,
): AnswerCells {
  const changed = levelsOf(cell).map((name) => [name, counted(levels[name], answered)] as const);
  return {
    all: counted(all, answered), levels: { ...levels, ...Object.fromEntries(changed) },
  };
}
