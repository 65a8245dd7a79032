/**
 * Owns the counts that every pacer begins with: who could take a call this moment, and how many
 * lines may still be placed. Pure.
 */
import type { FloorAgent, FloorSnapshot } from "./pacer.ts";

export interface Floor {
  /** Agents ready to take a call now. */
  readonly ready: number;
  /** Ready, connecting, talking or in wrap-up: everybody who takes a further call by and by. */
  readonly working: number;
  /** Placed lines and answered people who have no agent yet: all of them want one of `ready`. */
  readonly claims: number;
  /** Most lines that may be placed now: leads at hand, and the cap on lines that are up. */
  readonly room: number;
  /** Which of the two binds: the reason to give when `room` decides. */
  readonly roomWhy: "no-leads" | "line-cap";
}

/** Whether this agent takes a further call by and by. */
export const isWorking = ({ state }: FloorAgent): boolean =>
  state !== "paused" && state !== "leaving";

export function floorOf(snapshot: FloorSnapshot): Floor {
  let ready = 0;
  let working = 0;
  for (const agent of snapshot.agents) {
    if (!isWorking(agent)) continue;
    working++;
    if (agent.state === "ready") ready++;
  }
  const claims = snapshot.lines.length + snapshot.waiting.length;
  const capLeft = Math.max(0, snapshot.linesMax - snapshot.lines.length);
  return {
    ready, working, claims,
    room: Math.min(capLeft, snapshot.next.length),
    roomWhy: snapshot.next.length <= capLeft ? "no-leads" : "line-cap",
  };
}
