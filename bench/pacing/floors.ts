/** Owns the floors that pacers are measured on, but for those drawn at random. */
import { ordinaryDay, type MemorylessWorld, type Scenario } from "../../src/simulation/scenario.ts";

const HOUR_MS = 3_600_000;

export const memorylessWorld = (agents: number, answerProbability: number): MemorylessWorld =>
  ({ agents, answerProbability, ringMs: 12_000, handleMs: 150_000, patienceMs: 2_000 });

/** Log-normal ring, talk and wrap-up; no answer after 25 s; 15 % busy. */
export const realisticFloor = (agents: number, rate: number): Scenario => ({
  ...ordinaryDay,
  shifts: [{ agents, fromMs: ordinaryDay.fromMs, toMs: ordinaryDay.toMs, breaks: [] }],
  answer: { ...ordinaryDay.answer, byTime: [{ atMs: 0, rate }] },
});

/** The answer rate climbs and falls, shifts overlap, ten agents leave at once. */
export const driftingDay: Scenario = {
  ...ordinaryDay,
  shifts: [
    { agents: 15, fromMs: 9 * HOUR_MS, toMs: 17 * HOUR_MS,
      breaks: [{ atMs: 12 * HOUR_MS, ms: HOUR_MS / 2, spreadMs: HOUR_MS }] },
    { agents: 10, fromMs: 11 * HOUR_MS, toMs: 17 * HOUR_MS, breaks: [] },
  ],
  departures: [{ atMs: 15 * HOUR_MS, agents: 10 }],
  answer: {
    byTime: [{ atMs: 9 * HOUR_MS, rate: 0.1 }, { atMs: 13 * HOUR_MS, rate: 0.4 },
      { atMs: 17 * HOUR_MS, rate: 0.15 }],
    spread: 0.8, lowest: 0.05, highest: 0.6,
  },
  prediction: { tells: "truth", knowsTime: false, error: 0 },
};

/** The same day as somebody who tunes a ratio would describe it: by its average. */
export const averageOfDrifting: Scenario = {
  ...driftingDay, departures: [],
  answer: { ...driftingDay.answer, byTime: [{ atMs: 0, rate: 0.26 }] },
};

/** Twenty agents, leads from 0.05 to 0.6 around 0.2. */
export function knownLeads(tells: Scenario["prediction"]["tells"]): Scenario {
  const base = realisticFloor(20, 0.2);
  return {
    ...base, answer: { ...base.answer, spread: 1, lowest: 0.05, highest: 0.6 },
    prediction: { tells, knowsTime: true, error: 0 },
  };
}
