/**
 * Owns the steps that a call's decisions are made of: outcomes, letting agents go, closing. Pure.
 */
import type { Instant } from "../clock.ts";
import type { AgentId, LegId } from "../ids.ts";
import type { CallFact, CallState, ClosingMessage } from "./call.ts";
import type { CallCommand, CallInput } from "./inputs.ts";
import type { AttemptOutcome } from "./outcome.ts";

export interface CallDecision {
  readonly facts: readonly CallFact[];
  readonly commands: readonly CallCommand[];
}

export const ignored = (input: CallInput, why: string): CallDecision => ({
  facts: [{ type: "ignored", at: input.at, input: input.type, why }], commands: [],
});

export const settle = (
  outcome: AttemptOutcome["outcome"], reason: AttemptOutcome["reason"], spent: boolean,
): AttemptOutcome => ({ outcome, reason, spent });

export const abandoned = settle("abandoned", "no-agent-in-time", true);
export const leftEarly = settle("hung-up-early", "left-before-agent", true);
export const leftAsJoined = settle("hung-up-early", "left-as-joined", true);
export const connected = settle("connected", "answered", true);

export const tell = (
  agent: AgentId, news: "connected" | "ended" | "taken-back", why: string,
): CallCommand => ({ type: "tell-agent", agent, news, why });

/** The agent that this state holds, and must be let go when the call ends. */
export function holds(state: CallState): AgentId | undefined {
  if (state.at === "placing" || state.at === "ringing") return state.promised?.agent;
  if (state.at === "waiting") return state.reserved;
  return state.at === "connecting" || state.at === "connected" ? state.agent : undefined;
}

/** Lets the agent go, with the news that fits how far it came. */
export function release(state: CallState, why: string): CallCommand[] {
  const agent = holds(state);
  if (agent === undefined) return [];
  return [tell(agent, state.at === "connected" ? "ended" : "taken-back", why)];
}

export const lost = (input: Extract<CallInput, { type: "agent-lost" }>): CallFact =>
  ({ type: "agent-lost", at: input.at, agent: input.agent, why: input.why });

export const connect = (at: Instant, agent: AgentId, agentLeg: LegId): CallDecision => ({
  facts: [{ type: "connecting", at, agent, agentLeg }],
  commands: [{ type: "join", agentLeg }],
});

/** An agent that came too late goes back to the floor. */
export const giveBack = (
  input: Extract<CallInput, { type: "agent-promised" | "agent-offered" | "agent-answered" }>,
  why: string,
): CallDecision => ({
  facts: ignored(input, why).facts, commands: [tell(input.agent, "taken-back", why)],
});

export const hangUp = (at: Instant, why: string): CallDecision =>
  ({ facts: [{ type: "hang-up-began", at, why }], commands: [{ type: "hang-up" }] });

/** Sets the outcome and ends the leg at once. */
export function close(
  state: CallState, outcome: AttemptOutcome, at: Instant, why: string,
): CallDecision {
  return {
    facts: [{ type: "outcome-set", at, outcome }, { type: "hang-up-began", at, why }],
    commands: [...release(state, why), { type: "hang-up" }],
  };
}

/** Sets the outcome, takes the call apart, and plays a message before the leg is ended. */
export function closeAnswered(
  state: CallState, outcome: AttemptOutcome, at: Instant, message: ClosingMessage,
): CallDecision {
  const joined = state.at === "connecting" || state.at === "connected";
  return {
    facts: [{ type: "outcome-set", at, outcome }, { type: "message-began", at, message }],
    commands: [
      ...(joined ? [{ type: "part" } as const] : []),
      { type: "message", message },
      ...release(state, message),
    ],
  };
}
