/**
 * Owns the measurement of a take-over: with hundreds of calls up the controller's process is killed
 * (SIGKILL), and the one that stands by goes on. SIPp's record of whom it answered, and the
 * database, are the judges. Reach: dialing again within 10 s, nobody dialed twice, no attempt lost.
 * Options: runs (5), calls up (500).
 */
import { join } from "node:path";
import { projectDir } from "../src/config.ts";
import { waitUntil } from "../src/stack/patience.ts";
import { startChild, type Child } from "../src/testing/demo/child.ts";
import { median, printFigure } from "./floor/figures.ts";
import { openFloor, type Floor } from "./floor/floor.ts";
import { nowMs } from "./floor/watch.ts";

const RING_MS = 200;
const TALK_MS = 40_000;
/** How long the other controller is watched after it went on. */
const WATCH_MS = 15_000;
/** A call that ended so much before its time was ended by us. */
const CUT_MS = 2_000;

const program = join(import.meta.dirname, "floor", "controller-process.ts");

function startProcess(floor: Floor, name: string): Child {
  return startChild({
    name, program: process.execPath, cwd: projectDir,
    log: join(projectDir, "var", "log", `bench-${name}.log`), politeMs: 2 * TALK_MS,
    words: ["--import", "tsx", program, floor.database.url, String(floor.agentLegs.length)],
  });
}

async function countOf(
  floor: Floor, condition: string, values: readonly unknown[] = [],
): Promise<number> {
  const [row] = await floor.database.query(
    `select count(*)::integer as n from attempts where ${condition}`, values);
  return Number(row?.["n"]);
}

const until = async (floor: Floor, what: string, look: () => Promise<boolean>): Promise<void> => {
  const seen = await waitUntil(async () => await look() || undefined,
    { deadlineMs: 120_000, signal: floor.signal });
  if (seen !== true) throw new Error(`waited in vain for ${what}`);
};

/** What the database and SIPp say of a run in which the controller died at `killedAt`. */
async function judge(floor: Floor, killedAt: number): Promise<Readonly<Record<string, number>>> {
  const answers = floor.callees.answers();
  const byNumber = new Map<string, number[]>();
  for (const { number, at } of answers) {
    byNumber.set(number, [...byNumber.get(number) ?? [], at]);
  }
  let doubleDials = 0;
  for (const times of byNumber.values()) {
    times.sort((a, b) => a - b);
    // Dialed again while, by SIPp's own clock, the call before was up.
    doubleDials += times.filter((at, index) => index > 0
      && at - RING_MS < (times[index - 1] ?? 0) + TALK_MS).length;
  }
  // What the killed controller had ordered may reach SIPp some milliseconds after its death.
  const rows = await floor.database.query(`
    select ltrim(number, '+') as number,
      bool_or(placed_at > to_timestamp($1::float8 / 1000)) as after
    from attempts group by number`, [killedAt]);
  const known = new Set(rows.map(({ number }) => number));
  const after = new Set(rows.flatMap((row) => row["after"] === true ? [row["number"]] : []));
  const dialedAgain = answers.filter(({ number }) => after.has(number))
    .map(({ at }) => at - RING_MS).filter((at) => at > killedAt);
  return {
    dialedAgainS: Math.round((Math.min(...dialedAgain) - killedAt) / 100) / 10,
    doubleDials,
    withoutOutcome: await countOf(floor, "outcome is null"),
    unknownToUs: [...byNumber.keys()].filter((number) => !known.has(number)).length,
    cut: await countOf(floor, `joined_at is not null
      and answered_at < to_timestamp($1::float8 / 1000)
      and ended_at < answered_at + $2::float8 * interval '1 millisecond'`,
    [killedAt, TALK_MS - CUT_MS]),
    answered: answers.length, attempts: await countOf(floor, "true"),
  };
}

async function oneRun(calls: number): Promise<Readonly<Record<string, number>>> {
  const floor = await openFloor({
    agents: calls + 100, leads: 4 * calls, ringMs: RING_MS, talkMs: TALK_MS, callsPerSecond: 50,
    settings: { record: false, announce: [], mode: { kind: "progressive" } },
  });
  const processes: Child[] = [];
  try {
    const first = startProcess(floor, "first");
    processes.push(first);
    await until(floor, "the first call", async () => await countOf(floor, "true") > 0);
    const second = startProcess(floor, "second");
    processes.push(second);
    await until(floor, `${calls} conversations`, async () =>
      await countOf(floor, "joined_at is not null and ended_at is null") >= calls);
    const up = await countOf(floor, "outcome is null");
    first.signal("SIGKILL");
    const killedAt = nowMs();
    await first.ended;
    await until(floor, "the next call", () =>
      Promise.resolve(floor.callees.answers().some(({ at }) => at - RING_MS > killedAt)));
    const watchedUntil = nowMs() + WATCH_MS;
    await until(floor, "the end", () => Promise.resolve(nowMs() > watchedUntil));
    await second.stop();
    return { up, ...await judge(floor, killedAt) };
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
    await floor.close();
  }
}

export async function run(words: readonly string[]): Promise<void> {
  const [runs = 5, calls = 500] = words.map(Number);
  const seconds: number[] = [];
  for (let round = 1; round <= runs; round++) {
    const figures = await oneRun(calls);
    printFigure("take-over", { round, ...figures });
    seconds.push(figures["dialedAgainS"] ?? NaN);
  }
  printFigure("take-over", { median: "s until dialing again", seconds: median(seconds) });
}
