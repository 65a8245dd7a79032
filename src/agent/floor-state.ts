/** Owns how pacing sees an agent: a word for each standing, and who takes no further call. Pure. */
import type { FloorAgent } from "../pacing/pacer.ts";
import type { AgentState } from "./agent.ts";

const words: Readonly<Record<AgentState["work"]["at"], FloorAgent["state"] | undefined>> = {
  "logged-out": undefined, ready: "ready", ringing: "connecting", connecting: "connecting",
  previewing: "connecting", dialing: "connecting", talking: "talking", "wrap-up": "wrap-up",
  paused: "paused",
};

/** Undefined for an agent who is not on the floor. */
export function floorStateOf({ work, next }: AgentState): FloorAgent["state"] | undefined {
  const seen = words[work.at];
  const rests = seen === undefined || seen === "ready" || seen === "paused";
  return rests || next.do === "ready" ? seen : "leaving";
}
