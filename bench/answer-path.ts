/**
 * Owns the measurement of the way from a person's answer to the bridge with an agent, and whose
 * time it is: the switch's telling us, the database's keeping the facts, the switch's joining the
 * legs, and ours. Reach: p99 under 100 ms with an agent free. Options: calls (200), agents (8).
 */
import { waitUntil } from "../src/stack/patience.ts";
import type { Pacer } from "../src/pacing/pacer.ts";
import { printFigure, spreadOf } from "./floor/figures.ts";
import { openFloor } from "./floor/floor.ts";
import { watching, type Passage } from "./floor/watch.ts";

/** As progressive: a line for each agent who is ready. */
const pacer: Pacer = {
  name: "one-each",
  decide: ({ agents, lines, waiting, next }) => {
    const free = agents.filter(({ state }) => state === "ready").length;
    const dials = Math.max(0, Math.min(next.length, free - lines.length - waiting.length));
    return { dials, why: "agents-free" };
  },
};

function print(passages: Iterable<Passage>, answeredAt: ReadonlyMap<string, number>): void {
  const all = [...passages].flatMap(({ number, heardAt, joinAskedAt, joinedAt, storeMs }) => {
    const answered = answeredAt.get(number.slice(1));
    if (answered === undefined || heardAt === undefined || joinAskedAt === undefined
      || joinedAt === undefined) return [];
    const [event, join] = [heardAt - answered, joinedAt - joinAskedAt];
    const total = joinedAt - answered;
    return [{ total, event, store: storeMs, join, ours: total - event - storeMs - join }];
  });
  for (const part of ["total", "event", "store", "join", "ours"] as const) {
    printFigure("answer-path", { part, ...spreadOf(all.map((each) => each[part])) });
  }
}

export async function run(words: readonly string[]): Promise<void> {
  const calls = Number(words[0] ?? 200);
  const agents = Number(words[1] ?? 8);
  const floor = await openFloor({
    agents, leads: calls, ringMs: 200, talkMs: 500, callsPerSecond: 20,
    settings: { record: true, announce: ["tone"] },
  });
  try {
    const passages = new Map<string, Passage>();
    const { stop } = await floor.controller(() => pacer, watching(passages));
    // Who was joined with nobody in time has ended as well.
    await waitUntil(() => Promise.resolve((passages.size >= calls
      && [...passages.values()].every(({ endedAt }) => endedAt !== undefined)) || undefined),
    { deadlineMs: 120_000, signal: floor.signal });
    await stop();
    print(passages.values(),
      new Map(floor.callees.answers().map(({ number, at }) => [number, at])));
  } finally {
    await floor.close();
  }
}
