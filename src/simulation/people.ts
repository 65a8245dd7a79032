/**
 * Owns the simulated public: what the person behind each lead will do. All chance of a lead is
 * drawn in one go, in the order of the dial list, so that every pacer meets the same people.
 */
import { normal, type Random } from "../random.ts";
import type { Scenario } from "./scenario.ts";
import { drawMs } from "./time-shape.ts";

export interface Person {
  /** Answers when this is below the lead's answer probability at the time of the dial. */
  readonly reluctance: number;
  /** The lead's place among leads, and the place it is mistaken for: standard normal. */
  readonly leaning: number;
  readonly mistaken: number;
  readonly error: number;
  readonly ringMs: number;
  /** How the line ends when the person does not answer. */
  readonly otherwise: "busy" | "machine" | "no-answer";
  readonly otherwiseMs: number;
  readonly earlyMs: number | undefined;
  readonly talkMs: number;
  readonly machineTalkMs: number;
  readonly wrapUpMs: number;
  readonly patienceMs: number;
  /** How long the agent pauses after this call, instead of taking the next. */
  readonly restMs: number | undefined;
  /** When they are not reached: how long after that they are due again, if they are. */
  readonly againMs: number | undefined;
}

export function drawPerson(random: Random, scenario: Scenario): Person {
  const reluctance = random.next();
  const leaning = scenario.answer.spread > 0 ? normal(random) : 0;
  const mistaken = scenario.prediction.tells === "noise" ? normal(random) : 0;
  const error = scenario.prediction.error > 0 ? normal(random) : 0;
  const ringMs = drawMs(random, scenario.ring);
  const busy = random.next() < scenario.busy.share;
  const machine = random.next() < scenario.machines.share;
  const busyMs = drawMs(random, scenario.busy.after);
  const noAnswerMs = drawMs(random, scenario.noAnswer);
  const early = random.next() < scenario.earlyHangUps.share;
  const earlyMs = drawMs(random, scenario.earlyHangUps.after);
  return {
    reluctance, leaning, mistaken, error, ringMs,
    otherwise: busy ? "busy" : machine ? "machine" : "no-answer",
    otherwiseMs: busy ? busyMs : machine ? ringMs : noAnswerMs,
    earlyMs: early ? earlyMs : undefined,
    talkMs: drawMs(random, scenario.talk),
    machineTalkMs: drawMs(random, scenario.machines.talk),
    wrapUpMs: drawMs(random, scenario.wrapUp),
    patienceMs: drawMs(random, scenario.patience),
    restMs: scenario.rests.share > 0 && random.next() < scenario.rests.share
      ? drawMs(random, scenario.rests.lasting) : undefined,
    againMs: scenario.again.share > 0 && random.next() < scenario.again.share
      ? drawMs(random, scenario.again.after) : undefined,
  };
}

const logOdds = (p: number): number => Math.log(p / (1 - p));
const fromLogOdds = (x: number): number => 1 / (1 + Math.exp(-x));

/** The share of people who answer at a time of day. */
export function rateAt(scenario: Scenario, atMs: number): number {
  const points = scenario.answer.byTime;
  const next = points.findIndex((each) => each.atMs > atMs);
  const after = points[next];
  const before = points[next === -1 ? points.length - 1 : next - 1];
  if (before === undefined) return after?.rate ?? 0;
  if (after === undefined) return before.rate;
  const part = (atMs - before.atMs) / (after.atMs - before.atMs);
  return before.rate + part * (after.rate - before.rate);
}

function leaningTo(scenario: Scenario, rate: number, leaning: number): number {
  const { spread, lowest, highest } = scenario.answer;
  if (spread === 0) return rate;
  return Math.min(highest, Math.max(lowest, fromLogOdds(logOdds(rate) + spread * leaning)));
}

/** How likely this person truly is to answer a dial now. */
export const answerProbability = (scenario: Scenario, person: Person, atMs: number): number =>
  leaningTo(scenario, rateAt(scenario, atMs), person.leaning);

/** What the pacer is told of that; `meanRate` is the day's mean. */
export function predictedProbability(
  scenario: Scenario, person: Person, { atMs, meanRate }: { atMs: number; meanRate: number },
): number {
  const { tells, knowsTime, error } = scenario.prediction;
  const rate = knowsTime ? rateAt(scenario, atMs) : meanRate;
  const told = tells === "mean" ? rate
    : leaningTo(scenario, rate, tells === "truth" ? person.leaning : person.mistaken);
  return error === 0 ? told : fromLogOdds(logOdds(told) + error * person.error);
}

/** The mean of the answer rate over the hours of the day, every five minutes. */
export function meanRateOf(scenario: Scenario): number {
  let sum = 0;
  let count = 0;
  for (let at = scenario.fromMs; at < scenario.toMs; at += 300_000) {
    sum += rateAt(scenario, at);
    count++;
  }
  return sum / Math.max(1, count);
}
