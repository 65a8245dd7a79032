/**
 * Owns what a call does next: inputs (past tense) become facts to store and commands to send. It
 * is total: late, doubled and reordered events are ignored with the reason. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import { limits } from "../limits.ts";
import { outcomeOfTones } from "../telephony/cause.ts";
import type { CallState, CallTerms } from "./call.ts";
import { commandFailed, foundMissing, legEnded, overdue } from "./ending.ts";
import type { CallInput } from "./inputs.ts";
import { endsRecording, recordAs } from "./recording.ts";
import {
  abandoned, close, closeAnswered, connect, connected, giveBack, hangUp, ignored, lost, settle,
  tell, type CallDecision,
} from "./steps.ts";

export function decide(terms: CallTerms, state: CallState, input: CallInput): CallDecision {
  switch (input.type) {
    case "leg-ended":
      return legEnded(state, input);
    case "found-missing":
      return foundMissing(state, input.at, input.why);
    case "command-failed":
      return commandFailed(state, input);
    case "recording-started":
      return { facts: [{ type: "recording-began", at: input.at, policy: terms.recording }], commands: [] };
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
      return whileConnected(terms, state, input);
    case "closing":
    case "ended":
      return afterwards(terms, state, input);
    default:
      return unreachable(state);
  }
}

const cancelled = settle("failed", "cancelled", false);

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
      return {
        facts: [{ type: "early-media", at: input.at }],
        commands: terms.hearTones ? [{ type: "overhear" }] : [],
      };
    case "tones-heard": {
      // Nobody is rung any more: what follows is an announcement, until the network lets go.
      const closing = close(state, outcomeOfTones(input.tones), input.at, "tones-heard");
      return {
        facts: [{ type: "tones-heard", at: input.at, tones: input.tones }, ...closing.facts],
        commands: closing.commands,
      };
    }
    case "answered": {
      const { answeredAt } = input;
      // Somebody who says nothing is greeted by silence no longer than a greeting may take.
      const greetingMs = terms.measureFrom === "answer" ? 0 : limits.greetingLongestMs;
      const deadline = plus(answeredAt, terms.connectWithinMs + greetingMs);
      const answered = { type: "answered", at: input.at, answeredAt, deadline } as const;
      if (state.at === "ringing" && state.givenUp) {
        // Our hang-up crosses the answer, and nobody speaks: abandoned, and counted as that.
        const { facts, commands } = close(state, abandoned, input.at, "answered-as-given-up");
        return { facts: [answered, ...facts], commands };
      }
      const { promised } = state;
      if (!promised) return { facts: [answered], commands: [] };
      const joining = connect(input.at, promised.agent, promised.agentLeg);
      return { facts: [answered, ...joining.facts], commands: joining.commands };
    }
    case "agent-promised": {
      if (state.at !== "placing" || state.promised) return giveBack(input, "promised already");
      const { agent, agentLeg } = input;
      return { facts: [{ type: "agent-promised", at: input.at, agent, agentLeg }], commands: [] };
    }
    case "agent-lost":
      if (input.agent !== state.promised?.agent) return ignored(input, "not answered");
      // The call was placed for this agent alone: nobody else would be there for the answer.
      return {
        facts: [lost(input), { type: "outcome-set", at: input.at, outcome: cancelled },
          { type: "hang-up-began", at: input.at, why: "agent-left" }],
        commands: [{ type: "hang-up" }],
      };
    case "agent-offered":
    case "agent-answered":
      return giveBack(input, "not answered");
    case "given-up":
      if (state.at === "placing") return ignored(input, "not ringing yet");
      if (state.givenUp) return ignored(input, "given up already");
      if (state.promised) return ignored(input, "an agent waits for it");
      // Its end is awaited: an answer that crosses the hang-up must not go uncounted.
      return { facts: [{ type: "given-up", at: input.at }], commands: [{ type: "hang-up" }] };
    case "hang-up-asked":
      return close(state, cancelled, input.at, `asked-by-${input.by}`);
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
    case "agent-promised":
      if (input.agent === state.reserved) return ignored(input, "has it already");
      return giveBack(input, "answered already");
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
          ...recordAs(terms, state.agentLeg),
          { type: "announce", agentLeg: state.agentLeg },
        ],
      };
    case "agent-lost":
      if (input.agent !== state.agent) return ignored(input, "another agent has it");
      return { facts: [lost(input)], commands: [] };
    case "agent-promised":
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

function whileConnected(
  terms: CallTerms, state: At<"connected">, input: EventInput,
): CallDecision {
  switch (input.type) {
    case "key-pressed":
      if (!endsRecording(terms, input.key)) return ignored(input, "no key of ours");
      if (state.recordingOver) return ignored(input, "not recorded any more");
      return {
        facts: [{ type: "recording-refused", at: input.at, key: input.key }],
        commands: [{ type: "stop-recording" }],
      };
    case "beep-due":
      return state.recordingOver ? ignored(input, "not recorded any more")
        : {
          facts: [{ type: "beeped", at: input.at }],
          commands: [{ type: "beep", agentLeg: state.agentLeg }],
        };
    case "agent-lost":
      if (input.agent !== state.agent) return ignored(input, "another agent has it");
      // An agent who hung up is done; one whose phone vanished left somebody in the air.
      return input.why === "vanished" || input.why === "left"
        ? closeAnswered(state, connected, input.at, "try-later")
        : close(state, connected, input.at, `agent-${input.why}`);
    case "agent-promised":
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
    case "agent-promised":
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
