/**
 * Owns the life of one call, from the placing of the lead's leg to the agent's disposition: its
 * states, the facts that move it, and `evolve`. What to do is decided in decide.ts. Pure, so that
 * a crashed controller's calls are taken up again by replaying their facts.
 */
import { plus, type Instant } from "../clock.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import { unreachable } from "../errors.ts";
import type { AgentId, AttemptId, CampaignId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { SpecialInformation } from "../leads/special-information.ts";
import type { HangUpCause } from "../telephony/cause.ts";
import type { AttemptOutcome } from "./outcome.ts";

/** What a call has to know for its whole life, from its campaign's settings. */
export interface CallTerms {
  readonly attempt: AttemptId;
  readonly campaign: CampaignId;
  readonly leg: LegId;
  readonly placedAt: Instant;
  readonly ringMs: number;
  readonly connectWithinMs: number;
  readonly measureFrom: "answer" | "greeting-start" | "greeting-end";
  readonly wrapUpMs: number;
  readonly dispositionDefault: string;
  /** `do-not-record` also where the campaign wants none, or nobody has decided. */
  readonly recording: RecordingPolicy;
  /** The key by which the person ends the recording; undefined where none does. */
  readonly stopKey: string | undefined;
  /** From one tone that both hear to the next, as long as they are recorded; undefined for none. */
  readonly beepMs: number | undefined;
  /** Whether to listen for special information tones where there is sound before an answer. */
  readonly hearTones: boolean;
}

/** Who ends a wrap-up is told which agent chose; undefined when none is awaited any more. */
type Awaited = AgentId | undefined;

/** Preview: the agent who chose this lead, and waits at this leg for its answer. */
export interface Promised {
  readonly agent: AgentId;
  readonly agentLeg: LegId;
}

export type CallState =
  | { readonly at: "placing"; readonly since: Instant; readonly promised: Promised | undefined }
  | {
      readonly at: "ringing"; readonly since: Instant; readonly promised: Promised | undefined;
      /** Being hung up on: it rang for long enough, and nobody was free for its answer. */
      readonly givenUp?: true;
    }
  /** Answered; `deadline` is when the patience of the two-second rule is over. */
  | {
      readonly at: "waiting"; readonly answeredAt: Instant; readonly deadline: Instant;
      /** Whose phone is being rung for this call, on-hook. */
      readonly reserved: AgentId | undefined;
      /** Agents this call was offered to so far. */
      readonly offers: number;
    }
  | {
      readonly at: "connecting"; readonly answeredAt: Instant; readonly deadline: Instant;
      readonly agent: AgentId; readonly agentLeg: LegId; readonly offers: number;
    }
  | {
      readonly at: "connected"; readonly answeredAt: Instant; readonly joinedAt: Instant;
      readonly agent: AgentId; readonly agentLeg: LegId;
      /** The person has ended the recording, it could not begin, or a tone could not be played. */
      readonly recordingOver: boolean;
    }
  /** The outcome is set; a message is playing to the lead, or its leg is being ended. */
  | {
      readonly at: "closing"; readonly doing: "message" | "hang-up"; readonly since: Instant;
      readonly outcome: AttemptOutcome; readonly awaited: Awaited;
    }
  | {
      readonly at: "ended"; readonly since: Instant;
      readonly outcome: AttemptOutcome; readonly awaited: Awaited;
    };

export type ClosingMessage = "safe-harbour" | "try-later";
export type LossReason = "hung-up" | "vanished" | "no-answer" | "join-failed" | "left";

export type CallFact =
  | {
      readonly type: "agent-promised"; readonly at: Instant;
      readonly agent: AgentId; readonly agentLeg: LegId;
    }
  | { readonly type: "ringing"; readonly at: Instant }
  | { readonly type: "early-media"; readonly at: Instant }
  | { readonly type: "tones-heard"; readonly at: Instant; readonly tones: SpecialInformation }
  | { readonly type: "given-up"; readonly at: Instant }
  | {
      readonly type: "answered"; readonly at: Instant;
      readonly answeredAt: Instant; readonly deadline: Instant;
    }
  /** The point of measurement was heard, so the patience is known exactly. */
  | { readonly type: "patience-set"; readonly at: Instant; readonly deadline: Instant }
  | { readonly type: "agent-reserved"; readonly at: Instant; readonly agent: AgentId }
  | {
      readonly type: "agent-lost"; readonly at: Instant;
      readonly agent: AgentId; readonly why: LossReason;
    }
  | {
      readonly type: "connecting"; readonly at: Instant;
      readonly agent: AgentId; readonly agentLeg: LegId;
    }
  | { readonly type: "connected"; readonly at: Instant; readonly agent: AgentId }
  | { readonly type: "outcome-set"; readonly at: Instant; readonly outcome: AttemptOutcome }
  | { readonly type: "message-began"; readonly at: Instant; readonly message: ClosingMessage }
  | { readonly type: "hang-up-began"; readonly at: Instant; readonly why: string }
  | { readonly type: "leg-ended"; readonly at: Instant; readonly cause: HangUpCause | undefined }
  | {
      readonly type: "disposition-set"; readonly at: Instant;
      readonly agent: AgentId; readonly code: string;
    }
  /** By the stricter policy of both parties. */
  | {
      readonly type: "recording-began"; readonly at: Instant; readonly policy?: RecordingPolicy;
    }
  /** A tone of a recorded call; the first, before the recording begins, goes without saying. */
  | { readonly type: "beeped"; readonly at: Instant }
  /** The person pressed the key for it. */
  | { readonly type: "recording-refused"; readonly at: Instant; readonly key: string }
  | { readonly type: "recording-ended"; readonly at: Instant }
  | { readonly type: "command-failed"; readonly at: Instant; readonly command: string;
      readonly fault: string }
  | { readonly type: "ignored"; readonly at: Instant; readonly input: string;
      readonly why: string };

export const callFactTypes = [
  "agent-promised", "ringing", "early-media", "tones-heard", "given-up", "answered", "patience-set",
  "agent-reserved", "agent-lost", "connecting", "connected", "outcome-set", "message-began",
  "hang-up-began", "leg-ended", "disposition-set", "recording-began", "beeped",
  "recording-refused", "recording-ended", "command-failed", "ignored",
] as const satisfies readonly CallFact["type"][];

export const placed = (terms: CallTerms): CallState =>
  ({ at: "placing", since: terms.placedAt, promised: undefined });

const agentOf = (state: CallState): AgentId | undefined =>
  state.at === "connected" || state.at === "connecting" ? state.agent : undefined;

/** Applies one fact. A fact that does not fit its state leaves it alone. */
export function evolve(state: CallState, fact: CallFact): CallState {
  switch (fact.type) {
    case "agent-promised":
      return state.at === "placing"
        ? { ...state, promised: { agent: fact.agent, agentLeg: fact.agentLeg } } : state;
    case "ringing":
      return state.at === "placing"
        ? { at: "ringing", since: fact.at, promised: state.promised } : state;
    case "given-up":
      return state.at === "ringing" ? { ...state, givenUp: true } : state;
    case "answered":
      return state.at === "placing" || state.at === "ringing"
        ? { at: "waiting", answeredAt: fact.answeredAt, deadline: fact.deadline,
            reserved: state.promised?.agent, offers: state.promised ? 1 : 0 }
        : state;
    case "patience-set":
      return state.at === "waiting" || state.at === "connecting"
        ? { ...state, deadline: fact.deadline } : state;
    case "agent-reserved":
      return state.at === "waiting"
        ? { ...state, reserved: fact.agent, offers: state.offers + 1 } : state;
    case "agent-lost":
      return withoutAgent(state);
    case "connecting":
      return state.at === "waiting"
        ? { at: "connecting", answeredAt: state.answeredAt, deadline: state.deadline,
            agent: fact.agent, agentLeg: fact.agentLeg,
            offers: state.reserved === undefined ? state.offers + 1 : state.offers }
        : state;
    case "connected":
      return state.at === "connecting"
        ? { at: "connected", answeredAt: state.answeredAt, joinedAt: fact.at,
            agent: state.agent, agentLeg: state.agentLeg, recordingOver: false }
        : state;
    case "recording-refused":
      return state.at === "connected" ? { ...state, recordingOver: true } : state;
    case "command-failed":
      // What could not begin needs no tones, and nobody is recorded without them.
      return state.at === "connected" && (fact.command === "record" || fact.command === "beep")
        ? { ...state, recordingOver: true } : state;
    case "outcome-set":
      return state.at === "closing" || state.at === "ended" ? state : {
        at: "closing", doing: "hang-up", since: fact.at, outcome: fact.outcome,
        awaited: fact.outcome.outcome === "connected" ? agentOf(state) : undefined,
      };
    case "message-began":
      return state.at === "closing" ? { ...state, doing: "message", since: fact.at } : state;
    case "hang-up-began":
      return state.at === "closing" ? { ...state, doing: "hang-up", since: fact.at } : state;
    case "leg-ended":
      return state.at === "closing"
        ? { at: "ended", since: fact.at, outcome: state.outcome, awaited: state.awaited }
        : state;
    case "disposition-set":
      return state.at === "closing" || state.at === "ended"
        ? { ...state, awaited: undefined } : state;
    case "early-media":
    case "tones-heard":
    case "recording-began":
    case "beeped":
    case "recording-ended":
    case "ignored":
      return state;
    default:
      return unreachable(fact);
  }
}

function withoutAgent(state: CallState): CallState {
  if (state.at === "placing" || state.at === "ringing") return { ...state, promised: undefined };
  if (state.at === "waiting") return { ...state, reserved: undefined };
  if (state.at !== "connecting") return state;
  return {
    at: "waiting", answeredAt: state.answeredAt, deadline: state.deadline,
    reserved: undefined, offers: state.offers,
  };
}

/** On its way to the lead, or ringing there. */
export const isUnanswered = ({ at }: CallState): boolean => at === "placing" || at === "ringing";

/** Nothing is left to happen: the session may be forgotten. */
export const isDone = (state: CallState): boolean =>
  state.at === "ended" && state.awaited === undefined;

/** When `time-over` is due; every state has it, so that every call comes to an end. */
export function timeOverAt(terms: CallTerms, state: CallState): Instant | undefined {
  switch (state.at) {
    case "placing":
    case "ringing":
      return plus(terms.placedAt, terms.ringMs + limits.eventGraceMs);
    case "waiting":
    case "connecting":
      return state.deadline;
    case "connected":
      return plus(state.joinedAt, limits.callLongestMs + limits.eventGraceMs);
    case "closing":
      return plus(state.since,
        state.doing === "message" ? limits.messageLongestMs : limits.eventGraceMs);
    case "ended":
      return state.awaited === undefined
        ? undefined : plus(state.since, terms.wrapUpMs + limits.eventGraceMs);
    default:
      return unreachable(state);
  }
}
