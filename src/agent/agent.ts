/**
 * Owns the standing of one agent at one phone: logged out, ready, in a call, in wrap-up, paused;
 * the facts that move it, and `evolve`. What to do is decided in decide.ts. Pure; the state is
 * plain JSON, from which the next controller takes the agent up again.
 */
import type { Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { CallId, CampaignId, LeadId, LegId } from "../ids.ts";
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

/** A lead shown to an agent, who says whether it is dialed; its number and name are in no fact. */
export interface Preview {
  readonly lead: LeadId;
  readonly campaign: CampaignId;
  readonly decideWithinMs: number;
  readonly atTimeOver: "dial" | "skip" | "pause";
}

export type Work =
  | { readonly at: "logged-out" }
  | { readonly at: "ready" }
  /**
   * `ringing` until an on-hook phone is answered, `choosing` until a key is pressed, `chosen`
   * until the call that dials the lead is there; each no longer than `until`.
   */
  | {
      readonly at: "previewing"; readonly preview: Preview;
      readonly stage: "ringing" | "choosing" | "chosen"; readonly until: Instant;
    }
  /** The previewed lead is being dialed, and not yet answered. */
  | { readonly at: "dialing"; readonly job: Job }
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

/** What became of a preview; `withdrawn` when the lead may not be dialed after all. */
export type PreviewEnd = "dial" | "skip" | "timed-out" | "left" | "withdrawn";

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
  | {
      readonly type: "preview-began"; readonly at: Instant; readonly preview: Preview;
      /** The leg that rings the phone, on-hook. */
      readonly ring: LegId | undefined; readonly until: Instant;
    }
  | { readonly type: "preview-shown"; readonly at: Instant; readonly until: Instant }
  | {
      readonly type: "preview-decided"; readonly at: Instant;
      readonly lead: LeadId; readonly campaign: CampaignId;
      readonly how: PreviewEnd; readonly by: "key" | "time" | "phone" | "engine";
      /** Since the lead was shown; the time an agent took to choose. */
      readonly afterMs: number;
      /** When `how` is dial: the call has to be there by then. */
      readonly until: Instant;
    }
  | { readonly type: "dialing-began"; readonly at: Instant; readonly job: Job }
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
    case "preview-began":
    case "preview-shown":
    case "preview-decided":
      return evolvePreview(state, fact);
    case "dialing-began":
      return working(state, { at: "dialing", job: fact.job }, fact.at);
    case "phone-answered":
      return work.at === "ringing"
        ? working(state, { at: "connecting", job: work.job }, fact.at) : state;
    case "talking-began":
      return work.at === "connecting" || work.at === "dialing"
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

function evolvePreview(
  state: AgentState,
  fact: Extract<AgentFact, { type: "preview-began" | "preview-shown" | "preview-decided" }>,
): AgentState {
  const { work } = state;
  if (fact.type === "preview-began") {
    const { preview, until, ring } = fact;
    const stage = ring === undefined ? "choosing" : "ringing";
    const shown = working(state, { at: "previewing", preview, stage, until }, fact.at);
    return ring === undefined ? shown : { ...shown, leg: ring };
  }
  if (work.at !== "previewing") return state;
  if (fact.type === "preview-shown") {
    return working(state, { ...work, stage: "choosing", until: fact.until }, fact.at);
  }
  // Whatever else was decided is followed by the fact of where the agent goes.
  return fact.how === "dial"
    ? { ...state, work: { ...work, stage: "chosen", until: fact.until } } : state;
}

/** When `time-over` is due: the end of wrap-up, of a preview, or of a visit that takes too long. */
export function timeOverAt({ work, visits }: AgentState): Instant | undefined {
  let due: Instant | undefined =
    work.at === "wrap-up" || work.at === "previewing" ? work.until : undefined;
  for (const { until } of visits) if (due === undefined || until < due) due = until;
  return due;
}
