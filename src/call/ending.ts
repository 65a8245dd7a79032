/** Owns how a call ends: its leg ended, is missing, or a command or an event never came. Pure. */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import { limits } from "../limits.ts";
import { outcomeOfUnanswered } from "../telephony/cause.ts";
import type { CallFact, CallState, CallTerms } from "./call.ts";
import type { CallInput } from "./inputs.ts";
import type { AttemptOutcome } from "./outcome.ts";
import {
  abandoned, connected, hangUp, ignored, leftAsJoined, leftEarly, release, settle, tell,
  type CallDecision,
} from "./steps.ts";

export function legEnded(
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
      if (answeredAt === undefined) {
        const ours = state.at === "ringing" && state.givenUp && cause.by !== "far-end";
        return endedWith(ours ? settle("no-answer", "rang-enough", true)
          : outcomeOfUnanswered(cause));
      }
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

export function foundMissing(
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

export function commandFailed(
  state: CallState, input: Extract<CallInput, { type: "command-failed" }>,
): CallDecision {
  const { at, command, fault } = input;
  const failed: CallFact = { type: "command-failed", at, command, fault };
  if (command === "place" && (fault === "refused" || fault === "late")) {
    const ended: CallFact = { type: "leg-ended", at, cause: undefined };
    if (state.at === "placing") {
      const why = fault === "late" ? "not-in-time" : "refused-by-switch";
      const outcome = settle("failed", why, false);
      return {
        facts: [failed, { type: "outcome-set", at, outcome }, ended],
        commands: release(state, why),
      };
    }
    // Called off while it waited to be placed: there never was a leg, and none will end.
    if (state.at === "closing" && fault === "late") return { facts: [failed, ended], commands: [] };
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
  // Nobody is recorded without the tones that say so. A leg that is gone ends the call by itself.
  if (command === "beep" && fault !== "gone" && state.at === "connected" && !state.recordingOver) {
    return { facts: [failed], commands: [{ type: "stop-recording" }] };
  }
  return { facts: [failed], commands: [] };
}

export function overdue(
  terms: CallTerms, state: Extract<CallState, { at: "closing" | "ended" }>, at: Instant,
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
