/**
 * Owns the measurement of answer to bridge under load, beside a bare client that bridges the same
 * legs on the same switch: rounds of each in turn. Reach: p50 at most 5 ms and p99 at most 20 ms
 * more. Options: rounds (5), agents (100), calls per second (50), calls per round (300).
 */
import type { Offer } from "../src/testing/steady-pacer.ts";
import { median, printFigure, spreadOf, type Spread } from "./floor/figures.ts";
import { openFloor } from "./floor/floor.ts";
import { openBare, openOurs, WARM, type Caller, type Round } from "./floor/offer.ts";

const spread = ({ passages }: Round): Spread => spreadOf(passages.flatMap(
  ({ heardAt, joinedAt }) => heardAt === undefined || joinedAt === undefined
    ? [] : [joinedAt - heardAt]));

async function once(caller: Caller, offer: Offer): Promise<Round> {
  const round = await caller.offer(offer);
  await caller.stop();
  return round;
}

export async function run(words: readonly string[]): Promise<void> {
  const [rounds = 5, agents = 100, callsPerSecond = 50, calls = 300] = words.map(Number);
  const floor = await openFloor({
    agents, leads: 2 * rounds * (calls + WARM.calls), ringMs: 200, talkMs: 500,
    callsPerSecond: 2 * callsPerSecond, settings: { record: false, announce: [] },
  });
  try {
    const people = { next: 0 };
    const seen: { readonly bare: Spread; readonly ours: Spread }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const offer = { callsPerSecond, calls };
      const ours = await once(await openOurs(floor, people), offer);
      const bare = await once(await openBare(floor, people), offer);
      seen.push({ ours: spread(ours), bare: spread(bare) });
      for (const [who, found] of Object.entries({ bare, ours })) {
        const { lagMs, cpu } = found;
        printFigure("answer-bridge", { round, who, calls, ...spread(found), lagMs, cpu });
      }
    }
    printFigure("answer-bridge", {
      median: "ours minus bare, ms",
      p50: median(seen.map(({ ours, bare }) => ours.p50 - bare.p50)),
      p99: median(seen.map(({ ours, bare }) => ours.p99 - bare.p99)),
    });
  } finally {
    await floor.close();
  }
}
