/**
 * Writes snapshots for the pacers' tests as a line of words: a word per agent's state, then
 * `lines=`, `waiting=`, `leads=` and `cap=` with a count. Nothing in it is a test.
 */
import { instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import type { FloorAgent, FloorSnapshot } from "./pacer.ts";

const states = ["ready", "connecting", "talking", "wrap-up", "paused", "leaving"] as const;

export function floor(written: string, changes: Partial<FloorSnapshot> = {}): FloorSnapshot {
  const now = instant(1_000_000);
  const agents: FloorAgent[] = [];
  const counts = new Map<string, number>();
  for (const word of written.split(" ").filter((each) => each !== "")) {
    const [name = "", count] = word.split("=");
    const state = states.find((each) => each === name);
    if (state !== undefined) agents.push({ agent: agents.length as AgentId, state, since: now });
    else counts.set(name, Number(count));
  }
  const line = { placedAt: now, ringingSince: undefined, answerProbability: 0.3 };
  return {
    now, agents,
    lines: Array.from({ length: counts.get("lines") ?? 0 }, () => line),
    waiting: Array.from({ length: counts.get("waiting") ?? 0 }, () => now),
    next: Array.from({ length: counts.get("leads") ?? 100 }, () => 0.3),
    answered: 0, abandoned: 0, abandonRateMax: 0.03,
    linesMax: counts.get("cap") ?? 1_000,
    ...changes,
  };
}
