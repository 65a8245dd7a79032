/**
 * Owns the steps an agent's decisions are made of: leaving a call, wrap-up and its disposition,
 * and what follows it. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import type { LossReason } from "../call/call.ts";
import { limits } from "../limits.ts";
import { evolve, jobOf, type AgentFact, type AgentState, type Visit } from "./agent.ts";
import type { AgentCommand } from "./inputs.ts";

export interface AgentDecision {
  readonly facts: readonly AgentFact[];
  readonly commands: readonly AgentCommand[];
}

export const nothing: AgentDecision = { facts: [], commands: [] };

export const ignored = (input: { type: string; at: Instant }, why: string): AgentDecision =>
  ({ facts: [{ type: "ignored", at: input.at, input: input.type, why }], commands: [] });

/** Decides a second thing in the state that the first thing leads to. */
export function andThen(
  state: AgentState, first: AgentDecision, second: (after: AgentState) => AgentDecision,
): AgentDecision {
  const next = second(first.facts.reduce(evolve, state));
  return {
    facts: [...first.facts, ...next.facts], commands: [...first.commands, ...next.commands],
  };
}

/** Tells the call that it lost this agent. */
export function leave(state: AgentState, at: Instant, why: LossReason): AgentDecision {
  const job = jobOf(state);
  if (!job) return nothing;
  return {
    facts: [{ type: "call-left", at, call: job.call, why }],
    commands: [{ type: "tell-call", call: job.call, news: { is: "lost", why } }],
  };
}

/** Takes the agent's leg out of the call: held off-hook, hung up on-hook. */
export function putBack(state: AgentState, at: Instant): AgentDecision {
  const { leg } = state;
  if (leg === undefined) return nothing;
  if (state.mode === "off-hook") return { facts: [], commands: [{ type: "hold", leg }] };
  return {
    facts: [{ type: "leg-dropped", at, leg, why: "call-over" }],
    commands: [{ type: "hang-up", leg }],
  };
}

/** Begins wrap-up, with its prompt where a leg is left to hear it. */
export function wrapUp(state: AgentState, at: Instant, phoneLost: boolean): AgentDecision {
  const job = jobOf(state);
  if (!job) return nothing;
  const { leg } = state;
  const began: AgentDecision = {
    facts: [
      { type: "wrap-up-began", at, call: job.call, until: plus(at, job.wrapUpMs) },
      ...(phoneLost
        ? [{ type: "next-chosen", at, next: { do: "pause", reason: 0 } } as const] : []),
    ],
    commands: leg === undefined ? [] : [{ type: "hold", leg }],
  };
  if (job.wrapUpMs === 0) {
    return andThen(state, began, (after) => endWrapUp(after, at, undefined));
  }
  const words: AgentCommand[] = leg === undefined
    ? [] : [{ type: "say", leg, prompts: ["wrap-up"] }];
  return { facts: began.facts, commands: [...began.commands, ...words] };
}

/** Sets the disposition: the one chosen, or the default. */
export function dispose(state: AgentState, at: Instant, chosen: string | undefined): AgentDecision {
  const job = jobOf(state);
  if (!job) return nothing;
  const code = chosen ?? job.dispositionDefault;
  const by = chosen === undefined ? "default" : "key";
  return {
    facts: [{ type: "disposition-chosen", at, call: job.call, code, by }],
    commands: [{ type: "tell-call", call: job.call, news: { is: "disposition", code } }],
  };
}

export function endWrapUp(
  state: AgentState, at: Instant, chosen: string | undefined,
): AgentDecision {
  const said: AgentCommand[] = chosen === undefined || state.leg === undefined
    ? [] : [{ type: "say", leg: state.leg, prompts: ["disposition-saved"] }];
  return andThen(state, dispose(state, at, chosen), (after) => {
    if (after.mode === "on-hook") {
      return andThen(after, putBack(after, at), (idle) => settleIn(idle, at, undefined));
    }
    return andThen(after, { facts: [], commands: said }, (idle) => settleIn(idle, at, undefined));
  });
}

/** What follows the call: ready, paused or gone. `trouble` pauses whatever was chosen. */
export function settleIn(state: AgentState, at: Instant, trouble: 0 | undefined): AgentDecision {
  if (state.next.do === "leave") return logOut(state, at, "asked");
  if (trouble !== undefined) {
    return { facts: [{ type: "paused", at, reason: trouble }], commands: [] };
  }
  if (state.next.do === "pause") {
    return { facts: [{ type: "paused", at, reason: state.next.reason }], commands: [] };
  }
  return { facts: [{ type: "became-ready", at }], commands: [] };
}

export function logOut(state: AgentState, at: Instant, why: string): AgentDecision {
  const { leg } = state;
  const out: AgentFact = { type: "logged-out", at, why };
  if (leg === undefined) return { facts: [out], commands: [] };
  const visit: Visit = {
    leg, doing: "goodbye", mode: undefined, until: plus(at, limits.visitMs),
  };
  return {
    facts: [out, { type: "visit-began", at, visit }],
    commands: [{ type: "say", leg, prompts: ["logged-out"] }],
  };
}
