/**
 * Owns what an agent's machine does next: inputs become facts and commands. Total: late, doubled
 * and reordered events are ignored with the reason. Keys are in keys.ts, the steps that decisions
 * are made of in steps.ts. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { CallId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import { jobOf, type AgentState, type Visit } from "./agent.ts";
import { codeOf } from "./feature-codes.ts";
import type { AgentInput } from "./inputs.ts";
import { applyCode, busyWithCall, keyPressed, wordFor } from "./keys.ts";
import {
  awayFromPreview, phoneLeftPreview, previewDialed, previewOffered, previewOver, previewWithdrawn,
  show,
} from "./preview.ts";
import type { PromptName } from "./prompts.ts";
import {
  andThen, dispose, endWrapUp, ignored, leave, logOut, nothing, putBack, settleIn, wrapUp,
  type AgentDecision,
} from "./steps.ts";

type Of<Type extends AgentInput["type"]> = Extract<AgentInput, { readonly type: Type }>;
type CallNews = Extract<AgentInput, { readonly call: CallId }>;

export function decide(state: AgentState, input: AgentInput): AgentDecision {
  switch (input.type) {
    case "code-dialed":
      return codeDialed(state, input);
    case "leg-answered":
      return legAnswered(state, input);
    case "leg-ended":
      return legEnded(state, input.at, input.leg, input.vanished ? "vanished" : "hung-up");
    case "leg-missing":
      return legEnded(state, input.at, input.leg, "vanished");
    case "key-pressed":
      return keyPressed(state, input);
    case "pin-entered":
      return pinEntered(state, input);
    case "pin-checked":
      return pinChecked(state, input);
    case "play-finished":
      return playFinished(state, input);
    case "reserved":
      return reserved(state, input);
    case "preview-offered":
      return previewOffered(state, input);
    case "preview-dialed":
      return previewDialed(state, input);
    case "preview-withdrawn":
      return previewWithdrawn(state, input);
    case "call-connected":
    case "call-ended":
    case "call-taken-back":
      return callNews(state, input);
    case "phone-reachable":
      // The agent presses the key for ready again: nobody may be at a phone that came back.
      return ignored(input, "the agent says when to go on");
    case "phone-unreachable":
      return phoneAway(state, input.at);
    case "time-over":
      return timeOver(state, input);
    default:
      return unreachable(input);
  }
}

// Visits: short calls of the phone to us.

const visitOn = (state: AgentState, leg: LegId): Visit | undefined =>
  state.visits.find((visit) => visit.leg === leg);

/** Says something on a visit's leg, and hangs up when it was heard. */
const goodbye = (at: Instant, leg: LegId, words: PromptName): AgentDecision => ({
  facts: [{
    type: "visit-moved", at, leg, doing: "goodbye", until: plus(at, limits.visitMs),
  }],
  commands: [{ type: "say", leg, prompts: [words] }],
});

function codeDialed(state: AgentState, input: Of<"code-dialed">): AgentDecision {
  const { at, leg, dialed } = input;
  if (visitOn(state, leg) ?? state.leg === leg) return ignored(input, "arrived already");
  if (state.visits.length >= limits.visitsPerPhone) {
    return { facts: ignored(input, "too many at once").facts, commands: [{ type: "hang-up", leg }] };
  }
  const code = codeOf(dialed);
  const asksPin = code?.do === "log-in";
  const visit: Visit = {
    leg, doing: asksPin ? "pin" : "goodbye", mode: asksPin ? code.mode : undefined,
    until: plus(at, limits.visitMs),
  };
  const began: AgentDecision = {
    facts: [{ type: "visit-began", at, visit }], commands: [{ type: "answer", leg }],
  };
  if (asksPin) {
    const refusal = busyWithCall(state) ? goodbye(at, leg, "not-allowed") : undefined;
    return andThen(state, began, () => refusal
      ?? { facts: [], commands: [{ type: "say", leg, prompts: ["enter-pin"] }] });
  }
  // Without a log-in nothing else is allowed: a phone is not yet an agent.
  if (!code || code.do === "hang-up" || state.work.at === "logged-out") {
    return andThen(state, began, () => goodbye(at, leg, "not-allowed"));
  }
  return andThen(state, began, (after) =>
    andThen(after, applyCode(after, code, at), () => goodbye(at, leg, wordFor(code))));
}

function pinEntered(state: AgentState, input: Of<"pin-entered">): AgentDecision {
  const { at, leg, pin } = input;
  if (visitOn(state, leg)?.doing !== "pin") return ignored(input, "no PIN was asked for");
  return {
    facts: [{
      type: "visit-moved", at, leg, doing: "checking", until: plus(at, limits.visitMs),
    }],
    commands: [{ type: "check-pin", leg, pin }],
  };
}

function pinChecked(state: AgentState, input: Of<"pin-checked">): AgentDecision {
  const { at, leg, result } = input;
  const visit = visitOn(state, leg);
  if (visit?.doing !== "checking" || visit.mode === undefined) {
    return ignored(input, "no PIN is being checked");
  }
  switch (result) {
    case "right":
      return busyWithCall(state) ? goodbye(at, leg, "not-allowed") : logIn(state, visit, at);
    case "wrong":
      return {
        facts: [{ type: "visit-moved", at, leg, doing: "pin", until: plus(at, limits.visitMs) }],
        commands: [{ type: "say", leg, prompts: ["wrong-pin", "enter-pin"] }],
      };
    case "locked":
      return goodbye(at, leg, "locked-out");
    case "unknown":
      return goodbye(at, leg, "try-later");
    default:
      return unreachable(result);
  }
}

function logIn(state: AgentState, visit: Visit, at: Instant): AgentDecision {
  const { leg, mode } = visit;
  if (mode === undefined) return nothing;
  // A wrap-up left open ends with the default, as if its time had run out.
  const cleared = state.work.at === "wrap-up" ? dispose(state, at, undefined) : nothing;
  const old = state.leg;
  const entered: AgentDecision = {
    facts: [{ type: "logged-in", at, mode, leg: mode === "off-hook" ? leg : undefined }],
    commands: old === undefined ? [] : [{ type: "hang-up", leg: old }],
  };
  const welcomed: AgentDecision = mode === "off-hook"
    ? {
        facts: [],
        commands: [{ type: "hold", leg }, { type: "say", leg, prompts: ["logged-in"] }],
      }
    : goodbye(at, leg, "logged-in");
  return {
    facts: [...cleared.facts, ...entered.facts, ...welcomed.facts],
    commands: [...cleared.commands, ...entered.commands, ...welcomed.commands],
  };
}

function playFinished(state: AgentState, input: Of<"play-finished">): AgentDecision {
  const visit = visitOn(state, input.leg);
  if (visit?.doing !== "goodbye") return ignored(input, "nothing waits for it");
  return {
    facts: [{ type: "visit-ended", at: input.at, leg: input.leg }],
    commands: [{ type: "hang-up", leg: input.leg }],
  };
}

// Legs of the agent.

function legAnswered(state: AgentState, input: Of<"leg-answered">): AgentDecision {
  const { work } = state;
  if (work.at === "previewing" && work.stage === "ringing" && state.leg === input.leg) {
    return show(work.preview, input.at, input.leg);
  }
  if (work.at !== "ringing" || state.leg !== input.leg) return ignored(input, "expected");
  return {
    facts: [{ type: "phone-answered", at: input.at, leg: input.leg }],
    commands: [{
      type: "tell-call", call: work.job.call, news: { is: "answered", leg: input.leg },
    }],
  };
}

function legEnded(
  state: AgentState, at: Instant, leg: LegId, why: "hung-up" | "vanished",
): AgentDecision {
  if (visitOn(state, leg)) return { facts: [{ type: "visit-ended", at, leg }], commands: [] };
  if (state.leg !== leg) return ignored({ type: "leg-ended", at }, "no leg of this agent");
  const dropped: AgentDecision = {
    facts: [{ type: "leg-dropped", at, leg, why }], commands: [],
  };
  return andThen(state, dropped, (after) => {
    const { work } = after;
    switch (work.at) {
      case "ringing":
        return andThen(after, leave(after, at, "no-answer"), (idle) => settleIn(idle, at, 0));
      case "previewing":
        return phoneLeftPreview(after, at, why);
      case "dialing":
        return andThen(after, leave(after, at, why), (idle) => after.mode === "off-hook"
          ? logOut(idle, at, why) : settleIn(idle, at, why === "vanished" ? 0 : undefined));
      case "connecting":
        return andThen(after, leave(after, at, why), (idle) => after.mode === "off-hook"
          ? logOut(idle, at, why) : settleIn(idle, at, 0));
      case "talking":
        return andThen(after, leave(after, at, why), (left) => after.mode === "off-hook"
          ? andThen(left, dispose(left, at, undefined), (idle) => logOut(idle, at, why))
          : wrapUp(left, at, why === "vanished"));
      case "wrap-up":
        if (after.mode === "on-hook") return nothing;
        return andThen(after, dispose(after, at, undefined), (idle) => logOut(idle, at, why));
      case "ready":
      case "paused":
      case "logged-out":
        return after.mode === "off-hook" ? logOut(after, at, why) : nothing;
      default:
        return unreachable(work);
    }
  });
}

function phoneAway(state: AgentState, at: Instant): AgentDecision {
  switch (state.work.at) {
    case "logged-out":
      return ignored({ type: "phone-unreachable", at }, "logged out");
    case "ready":
    case "paused":
      if (state.mode === "on-hook") {
        return { facts: [{ type: "paused", at, reason: 0 }], commands: [] };
      }
      return logOut(state, at, "phone-away");
    case "previewing":
      return awayFromPreview(state, at);
    case "ringing":
    case "connecting":
    case "dialing":
    case "talking":
    case "wrap-up":
      // Registration may be lost while speech still flows; the leg's own end decides the call.
      return {
        facts: [{ type: "next-chosen", at, next: { do: "pause", reason: 0 } }], commands: [],
      };
    default:
      return unreachable(state.work);
  }
}

// The call at hand.

function reserved(state: AgentState, input: Of<"reserved">): AgentDecision {
  const { at, job, ring } = input;
  if (state.work.at !== "ready" || (state.mode === "off-hook" && state.leg === undefined)) {
    return {
      facts: ignored(input, `is ${state.work.at}`).facts,
      commands: [{ type: "tell-call", call: job.call, news: { is: "lost", why: "left" } }],
    };
  }
  if (state.mode === "off-hook") {
    return { facts: [{ type: "reserved", at, job, ring: undefined }], commands: [] };
  }
  return {
    facts: [{ type: "reserved", at, job, ring }], commands: [{ type: "ring-phone", leg: ring }],
  };
}

function callNews(state: AgentState, input: CallNews): AgentDecision {
  const { at, call } = input;
  if (jobOf(state)?.call !== call || state.work.at === "wrap-up") {
    return ignored(input, "not the call at hand");
  }
  switch (input.type) {
    case "call-connected":
      if (state.work.at !== "connecting" && state.work.at !== "dialing") {
        return ignored(input, `is ${state.work.at}`);
      }
      return { facts: [{ type: "talking-began", at, call }], commands: [] };
    case "call-ended":
      return wrapUp(state, at, false);
    case "call-taken-back": {
      const left: AgentDecision = {
        facts: [{ type: "call-left", at, call, why: "taken-back" }], commands: [],
      };
      // Who chose the lead hears that it was not reached.
      const words: AgentDecision = state.work.at === "dialing" && state.mode === "off-hook"
        && state.leg !== undefined
        ? { facts: [], commands: [{ type: "say", leg: state.leg, prompts: ["not-reached"] }] }
        : nothing;
      return andThen(state, left, (after) => andThen(after, putBack(after, at), (back) =>
        andThen(back, words, (idle) => settleIn(idle, at, undefined))));
    }
    default:
      return unreachable(input.type);
  }
}

function timeOver(state: AgentState, input: Of<"time-over">): AgentDecision {
  const { at } = input;
  const late = state.visits.find((visit) => visit.until <= at);
  if (late) {
    return {
      facts: [{ type: "visit-ended", at, leg: late.leg }],
      commands: [{ type: "hang-up", leg: late.leg }],
    };
  }
  if (state.work.at === "wrap-up" && state.work.until <= at) {
    return endWrapUp(state, at, undefined);
  }
  if (state.work.at === "previewing" && state.work.until <= at) return previewOver(state, at);
  return ignored(input, "nothing is due");
}
