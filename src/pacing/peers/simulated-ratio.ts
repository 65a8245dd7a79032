/**
 * Owns Impact Dialing's pacer, for comparison and migration: once a minute it replays four minutes
 * of the floor at six ratios with the lengths seen lately, and keeps the busiest ratio whose
 * simulated abandon rate is under the limit. Its replay draws lengths evenly from what was learned
 * in place of chance, so that it stays pure of randomness. It remembers; one per campaign.
 */
import type { Counts } from "../durations.ts";
import { nothingLearned, type LearnedFloor } from "../learned.ts";
import type { FloorSnapshot, Pacer, PacingDecision } from "../pacer.ts";
import { floorOf } from "../floor.ts";

const TICK_MS = 1_000;
const SIMULATE_MS = 60_000;
const REPLAY_S = 240;
const RATIOS = 6;
const CALLS_LEAST = 50;
const AGENTS_LEAST = 5;
const OVER_LIMIT = 0.75;

/** Shares spread evenly over 0 to 1, in an order without pattern: Weyl's sequence. */
function shares(): () => number {
  let at = 0.5;
  return () => (at = (at + 0.6180339887498949) % 1);
}

/** The duration, in whole seconds, that a share of those seen is shorter than. */
function quantileS(counts: Counts, share: number): number {
  let left = share * counts.total;
  for (let bin = 0; bin < counts.ended.length; bin++) {
    left -= counts.ended[bin] ?? 0;
    if (left <= 0) return Math.max(1, Math.round(0.5 * 1.16 ** Math.max(0, bin - 0.5)));
  }
  return 900;
}

interface Replay {
  readonly busy: number;
  readonly abandonRate: number;
}

/** Four minutes at 1 s steps, beginning with everyone free. */
function replay(
  floor: { ratio: number; agents: number; answerRate: number; learned: LearnedFloor },
): Replay {
  const { ratio, agents, answerRate, learned } = floor;
  const share = shares();
  const freeAt = new Array<number>(agents).fill(0);
  let lines: { endsAt: number; answered: boolean }[] = [];
  let waiting: number[] = [];
  let busy = 0;
  let answered = 0;
  let abandoned = 0;
  for (let now = 0; now < REPLAY_S; now++) {
    for (const line of lines) if (line.endsAt <= now && line.answered) waiting.push(now);
    lines = lines.filter((line) => line.endsAt > now);
    freeAt.forEach((at, i) => {
      if (at > now || waiting.length === 0) return;
      waiting.shift();
      answered++;
      freeAt[i] = now + quantileS(learned.talk.counts, share())
        + quantileS(learned.wrapUp.counts, share());
    });
    const gone = waiting.filter((since) => now - since >= 2).length;
    waiting = waiting.slice(gone);
    abandoned += gone;
    const free = freeAt.filter((at) => at <= now).length;
    busy += agents - free;
    const wanted = Math.ceil(ratio * free) - lines.length - waiting.length;
    for (let i = 0; i < wanted; i++) {
      const answers = share() < answerRate;
      const ring = learned.rings.all[answers ? "answered" : "unanswered"];
      lines.push({ endsAt: now + quantileS(ring.counts, share()), answered: answers });
    }
  }
  return {
    busy: busy / (agents * REPLAY_S), abandonRate: abandoned / Math.max(1, abandoned + answered),
  };
}

export function simulatedRatioPacer(): Pacer {
  let ratio = 1;
  let simulateAt = 0;
  let nextAt = 0;
  let placed = 0;
  const assumed = nothingLearned();

  const simulate = (snapshot: FloorSnapshot, agents: number): number => {
    const learned = snapshot.learned ?? assumed;
    if (agents < AGENTS_LEAST || placed < CALLS_LEAST || learned.odds.lines < 1) return 1;
    const answerRate = Math.max(0.01, learned.odds.answers / learned.odds.lines);
    let best = { ratio: 1, busy: -1 };
    for (let k = 1; k <= RATIOS; k++) {
      const tried = Math.max(1, k / RATIOS / answerRate);
      const result = replay({ ratio: tried, agents, answerRate, learned });
      if (result.abandonRate < snapshot.abandonRateMax && result.busy > best.busy) {
        best = { ratio: tried, busy: result.busy };
      }
    }
    return best.ratio;
  };

  return {
    name: "simulated-ratio",
    decide(snapshot): PacingDecision {
      const { ready, working, claims, room, roomWhy } = floorOf(snapshot);
      if (snapshot.now >= simulateAt) {
        simulateAt = snapshot.now + SIMULATE_MS;
        ratio = simulate(snapshot, working);
      }
      if (snapshot.now < nextAt) return { dials: 0, why: "between-loops" };
      nextAt = snapshot.now + TICK_MS;
      const over = snapshot.abandoned > snapshot.abandonRateMax * snapshot.answered;
      const used = over ? Math.max(1, OVER_LIMIT * ratio) : ratio;
      const wanted = Math.max(0, Math.floor(used * ready) - claims);
      const dials = Math.min(room, wanted);
      placed += dials;
      if (wanted > room) return { dials, why: roomWhy };
      return { dials, why: dials > 0 ? "agents-free" : "lines-enough" };
    },
  };
}
