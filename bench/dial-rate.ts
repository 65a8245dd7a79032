/**
 * Owns the measurement of the dial rate: the highest offered calls per second of which 99.9 % are
 * answered, each attempt is stored with one outcome, and p99 of the answer event is at most 100 ms
 * later than at 20 per second. A bare client without a database searches the same steps at the same
 * callee, in turn. Reach: 0.85 of it. Options: rounds (5), seconds a step (5), highest rate (400),
 * and `apart` for a core for switch and callees, and one for the client and what belongs to it.
 */
import { waitUntil } from "../src/stack/patience.ts";
import { median, printFigure, spreadOf } from "./floor/figures.ts";
import { openFloor, type Floor } from "./floor/floor.ts";
import { setApart } from "./floor/processor.ts";
import { openBare, openOurs, WARM, type Caller, type People } from "./floor/offer.ts";

const STEPS = [20, 50, 100, 150, 200, 225, 250, 275, 300, 325, 350, 375, 400] as const;

/** Attempts that were dialed and have no outcome in the database, once what gathers is stored. */
async function openAttempts({ database, signal }: Floor): Promise<number> {
  let open = NaN;
  await waitUntil(async () => {
    const [row] = await database.query(
      "select count(*)::integer as open from attempts where outcome is null");
    open = Number(row?.["open"]);
    return open === 0 || undefined;
  }, { deadlineMs: 2_000, signal });
  return open;
}

interface Climb {
  readonly floor: Floor;
  readonly caller: Caller;
  readonly round: number;
  readonly seconds: number;
  readonly who: "ours" | "bare";
}

/** Offers so many calls a second: p99 of the answer event, and whether nothing else fell short. */
async function step(
  { floor, caller, round, seconds, who }: Climb, callsPerSecond: number,
): Promise<{ readonly p99: number; readonly whole: boolean }> {
  const calls = callsPerSecond * seconds;
  const { passages, lagMs, cpu } = await caller.offer({ callsPerSecond, calls });
  const { n, p50, p99 } = spreadOf(passages.flatMap(({ placedAt, heardAt }) =>
    heardAt === undefined ? [] : [heardAt - placedAt]));
  const open = who === "ours" ? await openAttempts(floor) : 0;
  // From the first to the last that was placed: who places late offers less.
  const placed = passages.map(({ placedAt }) => placedAt);
  const rate = Math.round((calls - 1) / (Math.max(...placed) - Math.min(...placed)) * 1_000);
  printFigure("dial-rate", {
    round, who, callsPerSecond, rate, calls, n, p50, p99, open, lagMs, cpu,
  });
  return { p99, whole: n >= 0.999 * calls && open === 0 && rate >= 0.95 * callsPerSecond };
}

/** The highest step that holds, found by halving: who holds one holds those below it. */
async function highestHeld(climb: Climb, steps: readonly number[]): Promise<number> {
  const [calmest = 0] = steps;
  const calm = await step(climb, calmest);
  if (!calm.whole) return 0;
  let [held, broken] = [0, steps.length];
  while (broken - held > 1) {
    const middle = (held + broken) >> 1;
    const { p99, whole } = await step(climb, steps[middle] ?? 0);
    if (whole && p99 <= calm.p99 + 100) held = middle;
    else broken = middle;
  }
  return steps[held] ?? 0;
}

export async function run(words: readonly string[]): Promise<void> {
  const [rounds = 5, seconds = 5, highest = 400] = words.slice(0, 3).map(Number);
  const steps = STEPS.filter((each) => each <= highest);
  const floor = await openFloor({
    // One, since for a floor without agents nobody is dialed.
    agents: 1, leads: rounds * (WARM.calls + seconds * STEPS.reduce((sum, step) => sum + step, 0)),
    ringMs: 200, talkMs: 100, callsPerSecond: 1_000,
    settings: {
      record: false, announce: [], mode: { kind: "power", linesPerAgent: 1 },
      // A step beyond what the switch carries abandons people, and must not hold the next one back.
      abandonRateMax: 1,
    },
  });
  try {
    if (words[3] === "apart") setApart();
    const people: People = { next: 0 };
    const climb = async (who: "bare" | "ours", round: number): Promise<number> => {
      const caller = await (who === "ours" ? openOurs : openBare)(floor, people);
      const rate = await highestHeld({ floor, caller, round, seconds, who }, steps);
      await caller.stop();
      return rate;
    };
    const held: { readonly bare: number; readonly ours: number }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const [bare, ours] = [await climb("bare", round), await climb("ours", round)];
      held.push({ bare, ours });
      printFigure("dial-rate", { round, bare, ours, ratio: ours / bare });
    }
    printFigure("dial-rate", {
      median: "calls per second", bare: median(held.map(({ bare }) => bare)),
      ours: median(held.map(({ ours }) => ours)),
      ratio: median(held.map(({ bare, ours }) => ours / bare * 100)) / 100,
    });
  } finally {
    await floor.close();
  }
}
