/** Owns the days drawn at random that the abandon limit is tried on. */
import { below, chance, type Random } from "../../src/random.ts";
import { ordinaryDay, type Scenario } from "../../src/simulation/scenario.ts";

const HOUR_MS = 3_600_000;

export function randomDay(random: Random): Scenario {
  const between = (from: number, to: number): number => from + (to - from) * random.next();
  const fromMs = 8 * HOUR_MS;
  const toMs = fromMs + Math.round(between(4, 11)) * HOUR_MS;
  const agents = Math.round(3 * (40 / 3) ** random.next());
  const middle = (fromMs + toMs) / 2;
  const rate = (): number => between(0.06, 0.45);
  const drifts = chance(random, 0.6);
  const first = rate();
  return {
    ...ordinaryDay,
    name: "random", fromMs, toMs,
    shifts: [
      { agents, fromMs, toMs, breaks: chance(random, 0.5)
        ? [{ atMs: middle, ms: HOUR_MS / 2, spreadMs: HOUR_MS }] : [] },
      ...chance(random, 0.4) ? [{
        agents: Math.ceil(agents / 2), fromMs: fromMs + HOUR_MS, toMs: middle, breaks: [],
      }] : [],
    ],
    departures: chance(random, 0.3)
      ? [{ atMs: between(fromMs, toMs), agents: Math.min(10, Math.ceil(agents / 2)) }] : [],
    paceSpread: between(0, 0.3),
    answer: {
      byTime: drifts ? [{ atMs: fromMs, rate: first }, { atMs: middle, rate: rate() },
        { atMs: toMs, rate: rate() }] : [{ atMs: 0, rate: first }],
      spread: chance(random, 0.5) ? between(0, 1.2) : 0, lowest: 0.02, highest: 0.8,
    },
    prediction: {
      tells: (["truth", "mean", "noise"] as const)[below(random, 3)] ?? "truth",
      knowsTime: chance(random, 0.5), error: between(0, 0.5),
    },
    ring: { kind: "log-normal", meanMs: between(6_000, 18_000), cv: between(0.3, 0.9) },
    talk: { kind: "log-normal", meanMs: between(40_000, 240_000), cv: between(0.5, 1.3) },
    wrapUp: { kind: "log-normal", meanMs: between(8_000, 60_000), cv: between(0.2, 1) },
    machines: { ...ordinaryDay.machines, share: chance(random, 0.3) ? between(0, 0.15) : 0 },
    earlyHangUps: {
      ...ordinaryDay.earlyHangUps, share: chance(random, 0.5) ? between(0, 0.06) : 0,
    },
    trunkFaults: chance(random, 0.2) ? [{
      fromMs: middle, toMs: middle + HOUR_MS / 4, kind: chance(random, 0.5) ? "refuses" : "silent",
    }] : [],
    // Drawn last, so that the days measured before there were rests are the same but for them.
    rests: {
      share: chance(random, 0.3) ? between(0, 0.2) : 0,
      lasting: { kind: "exponential", meanMs: between(30_000, 300_000) },
    },
  };
}
