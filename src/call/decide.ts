/**
 * Owns what a call does next: inputs (past tense) become facts to store and commands to send. It
 * is total: late, doubled and reordered events are ignored with the reason. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { AgentId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import { outcomeOfUnanswered } from "../telephony/cause.ts";
import type { CallFact, CallState, CallTerms, ClosingMessage } from "./call.ts";
import type { CallCommand, CallInput } from "./inputs.ts";
import type { AttemptOutcome } from "./outcome.ts";
import { recordAs } from "./recording.ts";

export interface CallDecision {
  readonly facts: readonly CallFact[];
  readonly commands: readonly CallCommand[];
}

const ignored = (input: CallInput, why: string): CallDecision => ({
  facts: [{ type: "ignored", at: input.at, input: input.type, why }], commands: [],
});

const settle = (
  outcome: AttemptOutcome["outcome"], reason: AttemptOutcome["reason"], spent: boolean,
): AttemptOutcome => ({ outcome, reason, spent });

const abandoned = settle("abandoned", "no-agent-in-time", true);
const leftEarly = settle("hung-up-early", "left-before-agent", true);
const leftAsJoined = settle("hung-up-early", "left-as-joined", true);
const connected = settle("connected", "answered", true);

const tell = (
  agent: AgentId, news: "connected" | "ended" | "taken-back", why: string,
): CallCommand => ({ type: "tell-agent", agent, news, why });

/** The agent that this state holds, and must be let go when the call ends. */
function holds(state: CallState): AgentId | undefined {
  if (state.at === "waiting") return state.reserved;
  return state.at === "connecting" || state.at === "connected" ? state.agent : undefined;
}

/** Lets the agent go, with the news that fits how far it came. */
function release(state: CallState, why: string): CallCommand[] {
  const agent = holds(state);
  if (agent === undefined) return [];
  return [tell(agent, state.at === "connected" ? "ended" : "taken-back", why)];
}

export function decide(terms: CallTerms, state: CallState, input: CallInput): CallDecision {
  switch (input.type) {
    case "leg-ended":
      return legEnded(state, input);
    case "found-missing":
      return foundMissing(state, input.at, input.why);
    case "command-failed":
      return commandFailed(state, input);
    case "recording-started":
      return { facts: [{ type: "recording-began", at: input.at }], commands: [] };
    case "recording-ended":
      return { facts: [{ type: "recording-ended", at: input.at }], commands: [] };
    default:
      break;
  }
  switch (state.at) {
    case "placing":
    case "ringing":
      return whileRinging(terms, state, input);
    case "waiting":
      return whileWaiting(terms, state, input);
    case "connecting":
      return whileConnecting(terms, state, input);
    case "connected":
      return whileConnected(state, input);
    case "closing":
    case "ended":
      return afterwards(terms, state, input);
    default:
      return unreachable(state);
  }
}

type At<S extends CallState["at"]> = Extract<CallState, { at: S }>;
type EventInput = Exclude<CallInput, {
  type: "leg-ended" | "found-missing" | "command-failed" | "recording-started" | "recording-ended";
}>;

function whileRinging(
  terms: CallTerms, state: At<"placing" | "ringing">, input: EventInput,
): CallDecision {
  switch (input.type) {
    case "ringing":
      if (state.at === "ringing") return ignored(input, "ringing already");
      return { facts: [{ type: "ringing", at: input.at }], commands: [] };
    case "early-media":
      return { facts: [{ type: "early-media", at: input.at }], commands: [] };
    case "answered": {
      const { answeredAt } = input;
      // Somebody who says nothing is greeted by silence no longer than a greeting may take.
      const greetingMs = terms.measureFrom === "answer" ? 0 : limits.greetingLongestMs;
      const deadline = plus(answeredAt, terms.connectWithinMs + greetingMs);
      return { facts: [{ type: "answered", at: input.at, answeredAt, deadline }], commands: [] };
    }
    case "agent-offered":
    case "agent-answered":
      return giveBack(input, "not answered");
    case "hang-up-asked":
      return close(state, settle("failed", "cancelled", false), input.at, `asked-by-${input.by}`);
    case "time-over":
      // The switch should have ended it; its event was lost, or the switch is stuck.
      return close(state, settle("no-answer", "ring-time-over", true), input.at, "ring-overdue");
    default:
      return ignored(input, "not answered");
  }
}

function whileWaiting(
  terms: CallTerms, state: At<"waiting">, input: EventInput,
): CallDecision {
  switch (input.type) {
    case "agent-offered":
      if (input.agent === state.reserved) return ignored(input, "has it already");
      if (input.at >= state.deadline) return giveBack(input, "patience is over");
      if (state.reserved !== undefined) return giveBack(input, "another agent is reserved");
      if (state.offers >= limits.offersPerCall) return giveBack(input, "offered too often");
      if (input.leg !== undefined) return connect(input.at, input.agent, input.leg);
      return {
        facts: [{ type: "agent-reserved", at: input.at, agent: input.agent }], commands: [],
      };
    case "agent-answered":
      if (input.agent !== state.reserved) return giveBack(input, "not the reserved agent");
      return connect(input.at, input.agent, input.leg);
    case "agent-lost":
      if (input.agent !== state.reserved) return ignored(input, "not the reserved agent");
      return { facts: [lost(input)], commands: [] };
    case "greeting-started":
    case "greeting-ended":
      return greeted(terms, state, input);
    case "time-over":
      return patienceOver(state, input.at);
    case "hang-up-asked":
      return closeAnswered(state, abandoned, input.at, "safe-harbour");
    default:
      return ignored(input, "waiting for an agent");
  }
}

function whileConnecting(
  terms: CallTerms, state: At<"connecting">, input: EventInput,
): CallDecision {
  switch (input.type) {
    case "joined":
      return {
        facts: [{ type: "connected", at: input.at, agent: state.agent }],
        commands: [
          tell(state.agent, "connected", "joined"),
          ...recordAs(terms.recording),
          { type: "announce", agentLeg: state.agentLeg },
        ],
      };
    case "agent-lost":
      if (input.agent !== state.agent) return ignored(input, "another agent has it");
      return { facts: [lost(input)], commands: [] };
    case "agent-offered":
    case "agent-answered":
      if (input.agent === state.agent) return ignored(input, "has it already");
      return giveBack(input, "another agent has it");
    case "greeting-started":
    case "greeting-ended":
      return greeted(terms, state, input);
    case "time-over":
      return patienceOver(state, input.at);
    case "hang-up-asked":
      return closeAnswered(state, abandoned, input.at, "safe-harbour");
    default:
      return ignored(input, "connecting");
  }
}

function whileConnected(state: At<"connected">, input: EventInput): CallDecision {
  switch (input.type) {
    case "agent-lost":
      if (input.agent !== state.agent) return ignored(input, "another agent has it");
      // An agent who hung up is done; one whose phone vanished left somebody in the air.
      return input.why === "vanished" || input.why === "left"
        ? closeAnswered(state, connected, input.at, "try-later")
        : close(state, connected, input.at, `agent-${input.why}`);
    case "agent-offered":
    case "agent-answered":
      if (input.agent === state.agent) return ignored(input, "has it already");
      return giveBack(input, "another agent has it");
    case "hang-up-asked":
      return close(state, connected, input.at, `asked-by-${input.by}`);
    case "time-over":
      return close(state, connected, input.at, "longest-call-over");
    default:
      return ignored(input, "connected");
  }
}

function afterwards(
  terms: CallTerms, state: At<"closing" | "ended">, input: EventInput,
): CallDecision {
  switch (input.type) {
    case "play-finished":
      if (state.at !== "closing" || state.doing !== "message") break;
      return hangUp(input.at, "message-over");
    case "time-over":
      return overdue(terms, state, input.at);
    case "disposition-chosen":
      if (input.agent !== state.awaited) return ignored(input, "no disposition awaited from it");
      return {
        facts: [{
          type: "disposition-set", at: input.at, agent: input.agent, code: input.code,
        }],
        commands: [],
      };
    case "agent-offered":
    case "agent-answered":
      return giveBack(input, "the call is over");
    case "hang-up-asked":
      if (state.at !== "closing" || state.doing !== "message") break;
      // The law wants the message heard, so only its own end ends it.
      return ignored(input, "the message is playing");
    default:
      break;
  }
  return ignored(input, state.at);
}

function overdue(
  terms: CallTerms, state: At<"closing" | "ended">, at: Instant,
): CallDecision {
  if (state.at === "closing") {
    if (state.doing === "message") return hangUp(at, "message-overdue");
    // The hang-up was accepted and its event never came: the dialplan's own bound ends the leg.
    return { facts: [{ type: "leg-ended", at, cause: undefined }], commands: [] };
  }
  if (state.awaited === undefined) {
    return { facts: [{ type: "ignored", at, input: "time-over", why: "done" }], commands: [] };
  }
  return {
    facts: [{
      type: "disposition-set", at, agent: state.awaited, code: terms.dispositionDefault,
    }],
    commands: [],
  };
}

const lost = (input: Extract<CallInput, { type: "agent-lost" }>): CallFact =>
  ({ type: "agent-lost", at: input.at, agent: input.agent, why: input.why });

const connect = (at: Instant, agent: AgentId, agentLeg: LegId): CallDecision => ({
  facts: [{ type: "connecting", at, agent, agentLeg }],
  commands: [{ type: "join", agentLeg }],
});

/** An agent that came too late goes back to the floor. */
const giveBack = (
  input: Extract<CallInput, { type: "agent-offered" | "agent-answered" }>, why: string,
): CallDecision => ({
  facts: ignored(input, why).facts, commands: [tell(input.agent, "taken-back", why)],
});

const hangUp = (at: Instant, why: string): CallDecision =>
  ({ facts: [{ type: "hang-up-began", at, why }], commands: [{ type: "hang-up" }] });

/** Sets the outcome and ends the leg at once. */
function close(
  state: CallState, outcome: AttemptOutcome, at: Instant, why: string,
): CallDecision {
  return {
    facts: [{ type: "outcome-set", at, outcome }, { type: "hang-up-began", at, why }],
    commands: [...release(state, why), { type: "hang-up" }],
  };
}

/** Sets the outcome, takes the call apart, and plays a message before the leg is ended. */
function closeAnswered(
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

/** Abandoned from this moment, even if the lead hangs up before our message begins. */
const patienceOver = (state: At<"waiting" | "connecting">, at: Instant): CallDecision =>
  at < state.deadline
    ? { facts: [{ type: "ignored", at, input: "time-over", why: "patience grew" }], commands: [] }
    : closeAnswered(state, abandoned, at, "safe-harbour");

function greeted(
  terms: CallTerms, state: At<"waiting" | "connecting">,
  input: Extract<CallInput, { type: "greeting-started" | "greeting-ended" }>,
): CallDecision {
  const point = terms.measureFrom === "greeting-start" ? "greeting-started" : "greeting-ended";
  if (terms.measureFrom === "answer" || input.type !== point) {
    return ignored(input, `measured from ${terms.measureFrom}`);
  }
  const deadline = plus(input.at, terms.connectWithinMs);
  // Only the first greeting counts, and it can only shorten the wait.
  if (deadline >= state.deadline) return ignored(input, "patience is shorter already");
  return { facts: [{ type: "patience-set", at: input.at, deadline }], commands: [] };
}

function legEnded(
  state: CallState, input: Extract<CallInput, { type: "leg-ended" }>,
): CallDecision {
  const { at, cause, answeredAt } = input;
  const ended: CallFact = { type: "leg-ended", at, cause };
  const endedWith = (outcome: AttemptOutcome): CallDecision => ({
    facts: [{ type: "outcome-set", at, outcome }, ended],
    commands: release(state, "lead-left"),
  });
  switch (state.at) {
    case "placing":
    case "ringing":
      if (answeredAt === undefined) return endedWith(outcomeOfUnanswered(cause));
      // Its answer never reached us: the dialplan gave it the message, or it left by itself.
      return endedWith(cause.by === "far-end" ? leftEarly : abandoned);
    case "waiting":
    case "connecting":
      // The moment of the end decides, not the order in which we come to hear of it.
      return endedWith(at >= state.deadline ? abandoned : leftEarly);
    case "connected": {
      const crossed = cause.by === "far-end" && at < plus(state.joinedAt, limits.joinCrossedMs);
      return endedWith(crossed ? leftAsJoined : connected);
    }
    case "closing":
      return { facts: [ended], commands: [] };
    case "ended":
      return ignored(input, "ended already");
    default:
      return unreachable(state);
  }
}

function foundMissing(
  state: CallState, at: Instant, why: "switch-lost" | "lost-control",
): CallDecision {
  const ended: CallFact = { type: "leg-ended", at, cause: undefined };
  const endedWith = (outcome: AttemptOutcome): CallDecision => ({
    facts: [{ type: "outcome-set", at, outcome }, ended], commands: release(state, why),
  });
  switch (state.at) {
    case "placing":
    case "ringing":
      // Whether it rang to its end is not known: counting it never dials anybody too often.
      return endedWith(settle("failed", why, true));
    case "waiting":
    case "connecting":
      return endedWith(at >= state.deadline ? abandoned : leftEarly);
    case "connected":
      return endedWith(connected);
    case "closing":
      return { facts: [ended], commands: [] };
    case "ended":
      return {
        facts: [{ type: "ignored", at, input: "found-missing", why: "ended already" }],
        commands: [],
      };
    default:
      return unreachable(state);
  }
}

function commandFailed(
  state: CallState, input: Extract<CallInput, { type: "command-failed" }>,
): CallDecision {
  const { at, command, fault } = input;
  const failed: CallFact = { type: "command-failed", at, command, fault };
  if (command === "place" && fault === "refused" && state.at === "placing") {
    const outcome = settle("failed", "refused-by-switch", false);
    return {
      facts: [failed, { type: "outcome-set", at, outcome },
        { type: "leg-ended", at, cause: undefined }],
      commands: [],
    };
  }
  // An unanswered command may have acted: its event or the next survey tells.
  if (command === "join" && fault !== "unreachable" && state.at === "connecting") {
    return {
      facts: [failed, { type: "agent-lost", at, agent: state.agent, why: "join-failed" }],
      commands: [tell(state.agent, "taken-back", "join-failed")],
    };
  }
  if (command === "message" && state.at === "closing" && state.doing === "message") {
    const { facts, commands } = hangUp(at, "message-failed");
    return { facts: [failed, ...facts], commands };
  }
  return { facts: [failed], commands: [] };
}
