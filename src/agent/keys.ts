/** Owns what a dialed code and a pressed key do to an agent who is logged in. Pure. */
import type { Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import type { LegId } from "../ids.ts";
import type { AgentState } from "./agent.ts";
import { keyPauseMs, typed, type AgentCode } from "./feature-codes.ts";
import type { AgentInput } from "./inputs.ts";
import type { PromptName } from "./prompts.ts";
import { choiceOfKey, leavePreview } from "./preview.ts";
import { andThen, endWrapUp, ignored, nothing, settleIn, type AgentDecision } from "./steps.ts";

export const busyWithCall = ({ work }: AgentState): boolean =>
  work.at === "ringing" || work.at === "connecting" || work.at === "talking"
  || work.at === "previewing" || work.at === "dialing";

export const wordFor = (code: AgentCode): PromptName =>
  code.do === "pause" ? "paused" : code.do === "log-out" ? "logged-out" : "ready";

export function keyPressed(
  state: AgentState, input: Extract<AgentInput, { readonly type: "key-pressed" }>,
): AgentDecision {
  const { at, leg, key } = input;
  if (state.leg !== leg) return ignored(input, "no key is awaited on this leg");
  const fresh = at - state.typed.at <= keyPauseMs;
  const before = fresh ? state.typed.keys : "";
  const result = typed(before, key);
  const forget: AgentDecision = before === ""
    ? nothing : { facts: [{ type: "code-begun", at, keys: "" }], commands: [] };
  switch (result.is) {
    case "begun":
      return { facts: [{ type: "code-begun", at, keys: result.keys }], commands: [] };
    case "code":
      return andThen(state, forget, (after) => pressedCode(after, result.code, at, leg));
    case "nothing":
      break;
    default:
      return unreachable(result);
  }
  if (before === "" && state.work.at === "wrap-up") {
    const chosen = state.work.job.keys[key];
    if (chosen !== undefined) return endWrapUp(state, at, chosen);
  }
  if (before === "" && state.work.at === "previewing") {
    const decided = choiceOfKey(state, key, at);
    if (decided) return decided;
  }
  return andThen(state, forget, () => ignored(input, "no code and no disposition"));
}

function pressedCode(
  state: AgentState, code: AgentCode, at: Instant, leg: LegId,
): AgentDecision {
  if (code.do === "log-in") return ignored({ type: "key-pressed", at }, "logged in already");
  const done = applyCode(state, code, at);
  const inCall = busyWithCall(state) && state.work.at !== "previewing";
  if (inCall || code.do === "log-out" || code.do === "hang-up") return done;
  return andThen(state, done, () =>
    ({ facts: [], commands: [{ type: "say", leg, prompts: [wordFor(code)] }] }));
}

/** The effect of a code on an agent who is logged in, dialed or pressed. */
export function applyCode(
  state: AgentState, code: Exclude<AgentCode, { do: "log-in" }>, at: Instant,
): AgentDecision {
  const { work } = state;
  if (code.do === "hang-up") {
    if (work.at !== "talking" && work.at !== "dialing") return ignored({ type: "hang-up", at }, `is ${work.at}`);
    return {
      facts: [{ type: "ignored", at, input: "hang-up", why: "the call decides" }],
      commands: [{ type: "tell-call", call: work.job.call, news: { is: "hang-up-asked" } }],
    };
  }
  const next = code.do === "log-out" ? { do: "leave" } as const
    : code.do === "pause" ? { do: "pause", reason: code.reason } as const
    : { do: "ready" } as const;
  const chosen: AgentDecision = { facts: [{ type: "next-chosen", at, next }], commands: [] };
  switch (work.at) {
    case "logged-out":
      return ignored({ type: code.do, at }, "logged out");
    case "ready":
    case "paused":
      return andThen(state, chosen, (after) => settleIn(after, at, undefined));
    case "wrap-up":
      if (code.do === "pause") return chosen;
      return andThen(state, chosen, (after) => endWrapUp(after, at, undefined));
    case "previewing":
      // To be ready is no reason to let the lead go; to pause or to leave is.
      if (code.do === "ready") return chosen;
      return andThen(state, chosen, (after) => leavePreview(after, at, "phone"));
    case "ringing":
    case "connecting":
    case "dialing":
    case "talking":
      return chosen;
    default:
      return unreachable(work);
  }
}
