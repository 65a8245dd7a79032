/**
 * Owns the standing of one agent at one phone: logged out, ready, in a call, in wrap-up, paused;
 * the facts that move it, and `evolve`. What to do is decided in decide.ts. Pure; the state is
 * plain JSON, from which the next controller takes the agent up again.
 */
import type { Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { CallId, CampaignId, LegId } from "../ids.ts";
import type { LossReason } from "../call/call.ts";
import type { AgentMode } from "./feature-codes.ts";

/** What a call means for its agent: whose it is, and how its wrap-up goes. */
export interface Job {
  readonly call: CallId;
  readonly campaign: CampaignId;
  readonly wrapUpMs: number;
  /** Key to disposition code. */
  readonly keys: Readonly<Record<string, string>>;
  readonly dispositionDefault: string;
}

export type Work =
  | { readonly at: "logged-out" }
  | { readonly at: "ready" }
  /** On-hook: the phone is being rung for the call. */
  | { readonly at: "ringing"; readonly job: Job }
  | { readonly at: "connecting"; readonly job: Job }
  | { readonly at: "talking"; readonly job: Job }
  | { readonly at: "wrap-up"; readonly job: Job; readonly until: Instant }
  /** Reasons 1 to 9 are the agent's; 0 is a phone that went away or was not answered. */
  | { readonly at: "paused"; readonly reason: number };

/** What follows the call at hand. */
export type Next =
  | { readonly do: "ready" }
  | { readonly do: "pause"; readonly reason: number }
  | { readonly do: "leave" };

/** A short call of the phone to us: to log in, or to dial a code. */
export interface Visit {
  readonly leg: LegId;
  /** `pin` listens for keys, `checking` waits for the store, `goodbye` hangs up after a message. */
  readonly doing: "pin" | "checking" | "goodbye";
  readonly mode: AgentMode | undefined;
  readonly until: Instant;
}

export interface AgentState {
  readonly work: Work;
  readonly since: Instant;
  /** Undefined while logged out. */
  readonly mode: AgentMode | undefined;
  /** The leg kept open off-hook, or that of the call at hand on-hook. */
  readonly leg: LegId | undefined;
  readonly next: Next;
  /** A code begun by `*`; digits without one are never kept, they may be a customer's secret. */
  readonly typed: { readonly keys: string; readonly at: Instant };
  readonly visits: readonly Visit[];
}

export type AgentFact =
  | { readonly type: "visit-began"; readonly at: Instant; readonly visit: Visit }
  | {
      readonly type: "visit-moved"; readonly at: Instant; readonly leg: LegId;
      readonly doing: Visit["doing"]; readonly until: Instant;
    }
  | { readonly type: "visit-ended"; readonly at: Instant; readonly leg: LegId }
  | {
      readonly type: "logged-in"; readonly at: Instant; readonly mode: AgentMode;
      /** The leg that stays open, off-hook. */
      readonly leg: LegId | undefined;
    }
  | { readonly type: "logged-out"; readonly at: Instant; readonly why: string }
  | { readonly type: "became-ready"; readonly at: Instant }
  | { readonly type: "paused"; readonly at: Instant; readonly reason: number }
  | { readonly type: "next-chosen"; readonly at: Instant; readonly next: Next }
  | {
      readonly type: "reserved"; readonly at: Instant; readonly job: Job;
      /** The leg that rings the phone, on-hook. */
      readonly ring: LegId | undefined;
    }
  | { readonly type: "phone-answered"; readonly at: Instant; readonly leg: LegId }
  | { readonly type: "talking-began"; readonly at: Instant; readonly call: CallId }
  | {
      readonly type: "wrap-up-began"; readonly at: Instant; readonly call: CallId;
      readonly until: Instant;
    }
  | {
      readonly type: "disposition-chosen"; readonly at: Instant; readonly call: CallId;
      readonly code: string; readonly by: "key" | "default";
    }
  | { readonly type: "call-left"; readonly at: Instant; readonly call: CallId;
      readonly why: LossReason | "taken-back" }
  /** The leg is no longer this agent's: it ended, or it was told to. */
  | { readonly type: "leg-dropped"; readonly at: Instant; readonly leg: LegId;
      readonly why: string }
  | { readonly type: "code-begun"; readonly at: Instant; readonly keys: string }
  | { readonly type: "ignored"; readonly at: Instant; readonly input: string;
      readonly why: string };

export const loggedOut = (at: Instant): AgentState => ({
  work: { at: "logged-out" }, since: at, mode: undefined, leg: undefined,
  next: { do: "ready" }, typed: { keys: "", at }, visits: [],
});

/** The call at hand, if there is one; the agent is in no other. */
export const jobOf = ({ work }: AgentState): Job | undefined =>
  "job" in work ? work.job : undefined;

const working = (state: AgentState, work: Work, at: Instant): AgentState =>
  ({ ...state, work, since: at });

/** Applies one fact. A fact that does not fit its state leaves it alone. */
export function evolve(state: AgentState, fact: AgentFact): AgentState {
  const { work } = state;
  switch (fact.type) {
    case "visit-began":
      return { ...state, visits: [...state.visits, fact.visit] };
    case "visit-moved":
      return {
        ...state,
        visits: state.visits.map((visit) => visit.leg === fact.leg
          ? { ...visit, doing: fact.doing, until: fact.until } : visit),
      };
    case "visit-ended":
      return { ...state, visits: state.visits.filter((visit) => visit.leg !== fact.leg) };
    case "logged-in":
      return {
        ...working(state, { at: "ready" }, fact.at), mode: fact.mode, leg: fact.leg,
        next: { do: "ready" }, visits: state.visits.filter((visit) => visit.leg !== fact.leg),
      };
    case "logged-out":
      return {
        ...working(state, { at: "logged-out" }, fact.at), mode: undefined, leg: undefined,
        next: { do: "ready" },
      };
    case "became-ready":
      return { ...working(state, { at: "ready" }, fact.at), next: { do: "ready" } };
    case "paused":
      return {
        ...working(state, { at: "paused", reason: fact.reason }, fact.at),
        next: { do: "ready" },
      };
    case "next-chosen":
      return { ...state, next: fact.next };
    case "reserved":
      return fact.ring === undefined
        ? working(state, { at: "connecting", job: fact.job }, fact.at)
        : { ...working(state, { at: "ringing", job: fact.job }, fact.at), leg: fact.ring };
    case "phone-answered":
      return work.at === "ringing"
        ? working(state, { at: "connecting", job: work.job }, fact.at) : state;
    case "talking-began":
      return work.at === "connecting"
        ? working(state, { at: "talking", job: work.job }, fact.at) : state;
    case "wrap-up-began":
      return "job" in work
        ? working(state, { at: "wrap-up", job: work.job, until: fact.until }, fact.at) : state;
    case "leg-dropped":
      return state.leg === fact.leg ? { ...state, leg: undefined } : state;
    case "code-begun":
      return { ...state, typed: { keys: fact.keys, at: fact.at } };
    case "disposition-chosen":
    case "call-left":
    case "ignored":
      return state;
    default:
      return unreachable(fact);
  }
}

/** When `time-over` is due: the end of wrap-up, or of a visit that takes too long. */
export function timeOverAt({ work, visits }: AgentState): Instant | undefined {
  let due: Instant | undefined = work.at === "wrap-up" ? work.until : undefined;
  for (const { until } of visits) if (due === undefined || until < due) due = until;
  return due;
}
