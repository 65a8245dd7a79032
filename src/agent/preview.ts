/**
 * Owns preview: a lead is shown to an agent, who accepts it by `1` or skips it by `2`; what their
 * time running out, their phone and the engine do to that. Pure.
 */
import { plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AgentFact, AgentState, Preview, PreviewEnd, Work } from "./agent.ts";
import type { AgentCommand, AgentInput } from "./inputs.ts";
import { andThen, ignored, logOut, putBack, settleIn, type AgentDecision } from "./steps.ts";

type Of<Type extends AgentInput["type"]> = Extract<AgentInput, { readonly type: Type }>;
type Previewing = Extract<Work, { readonly at: "previewing" }>;
type DecidedBy = Extract<AgentFact, { readonly type: "preview-decided" }>["by"];

/** The keys of a preview; a code begins with a star, so none is taken for one. */
const keys: Readonly<Record<string, "dial" | "skip">> = { 1: "dial", 2: "skip" };

const newsOf: Readonly<Record<PreviewEnd, "dial" | "skip" | "left">> = {
  "dial": "dial", "skip": "skip", "timed-out": "left", "left": "left", "withdrawn": "left",
};

/** Says what became of the preview, to the records and to the engine. */
function decided(
  state: AgentState, work: Previewing, { at, how, by }: {
    at: Instant; how: PreviewEnd; by: DecidedBy;
  },
): AgentDecision {
  const { lead, campaign } = work.preview;
  return {
    facts: [{
      type: "preview-decided", at, lead, campaign, how, by, afterMs: at - state.since,
      until: plus(at, limits.previewDialMs),
    }],
    commands: [{ type: "tell-preview", campaign, lead, news: newsOf[how] }],
  };
}

export function previewOffered(
  state: AgentState, input: Of<"preview-offered">,
): AgentDecision {
  const { at, preview, ring } = input;
  if (state.work.at !== "ready" || (state.mode === "off-hook" && state.leg === undefined)) {
    const { lead, campaign } = preview;
    return {
      facts: ignored(input, `is ${state.work.at}`).facts,
      commands: [{ type: "tell-preview", campaign, lead, news: "left" }],
    };
  }
  if (state.mode === "off-hook" && state.leg !== undefined) {
    const until = plus(at, preview.decideWithinMs);
    return {
      facts: [{ type: "preview-began", at, preview, ring: undefined, until }],
      commands: [{ type: "present", leg: state.leg }],
    };
  }
  const until = plus(at, limits.agentRingMs + limits.eventGraceMs);
  return {
    facts: [{ type: "preview-began", at, preview, ring, until }],
    commands: [{ type: "ring-phone", leg: ring }],
  };
}

/** The on-hook agent has answered: from now on the time to decide runs. */
export const show = (
  { decideWithinMs }: Preview, at: Instant, leg: Extract<AgentCommand, { type: "present" }>["leg"],
): AgentDecision => ({
  facts: [{ type: "preview-shown", at, until: plus(at, decideWithinMs) }],
  commands: [{ type: "present", leg }],
});

/** Undefined for a key that means nothing here. */
export function choiceOfKey(
  state: AgentState, key: string, at: Instant,
): AgentDecision | undefined {
  const { work } = state;
  const how = keys[key];
  if (work.at !== "previewing" || work.stage !== "choosing" || how === undefined) return undefined;
  return choose(state, work, { at, how, by: "key" });
}

function choose(
  state: AgentState, work: Previewing, choice: {
    at: Instant; how: "dial" | "skip"; by: "key" | "time" | "phone";
  },
): AgentDecision {
  const { leg } = state;
  const said = (words: "dialing" | "skipped"): AgentCommand[] =>
    leg === undefined ? [] : [{ type: "say", leg, prompts: [words] }];
  const first = decided(state, work, choice);
  if (choice.how === "dial") {
    return { facts: first.facts, commands: [...first.commands, ...said("dialing")] };
  }
  return andThen(state, first, (after) =>
    andThen(after, putBack(after, choice.at), (idle) => {
      const words = idle.mode === "off-hook" ? said("skipped") : [];
      const settled = settleIn(idle, choice.at, undefined);
      return { facts: settled.facts, commands: [...words, ...settled.commands] };
    }));
}

export function previewDialed(state: AgentState, input: Of<"preview-dialed">): AgentDecision {
  const { at, job, lead } = input;
  const { work } = state;
  if (work.at !== "previewing" || work.stage !== "chosen" || work.preview.lead !== lead
    || state.leg === undefined) {
    return {
      facts: ignored(input, "not the chosen lead").facts,
      commands: [{ type: "tell-call", call: job.call, news: { is: "lost", why: "left" } }],
    };
  }
  return { facts: [{ type: "dialing-began", at, job }], commands: [] };
}

export function previewWithdrawn(
  state: AgentState, input: Of<"preview-withdrawn">,
): AgentDecision {
  const { at, lead } = input;
  const { work, leg } = state;
  if (work.at !== "previewing" || work.preview.lead !== lead) {
    return ignored(input, "not the lead at hand");
  }
  const words: AgentCommand[] = leg !== undefined && state.mode === "off-hook"
    ? [{ type: "say", leg, prompts: ["withdrawn"] }] : [];
  return over(state, work, { at, how: "withdrawn", by: "engine", words });
}

/** The agent's own doing ends it, and what was chosen to follow does. */
export function leavePreview(state: AgentState, at: Instant, by: "phone"): AgentDecision {
  const { work } = state;
  if (work.at !== "previewing") return ignored({ type: "leave-preview", at }, `is ${work.at}`);
  return over(state, work, { at, how: "left", by, words: [] });
}

function over(
  state: AgentState, work: Previewing, end: {
    at: Instant; how: PreviewEnd; by: DecidedBy; words: readonly AgentCommand[];
    trouble?: 0;
  },
): AgentDecision {
  return andThen(state, decided(state, work, end), (after) =>
    andThen(after, putBack(after, end.at), (back) =>
      andThen(back, { facts: [], commands: end.words }, (idle) =>
        settleIn(idle, end.at, end.trouble))));
}

/** Nobody pressed a key, nobody took the phone, or the engine never came back. */
export function previewOver(state: AgentState, at: Instant): AgentDecision {
  const { work } = state;
  if (work.at !== "previewing") return ignored({ type: "time-over", at }, `is ${work.at}`);
  if (work.stage === "chosen") {
    return over(state, work, { at, how: "withdrawn", by: "time", words: [] });
  }
  if (work.stage === "ringing") {
    return over(state, work, { at, how: "left", by: "time", words: [], trouble: 0 });
  }
  const { atTimeOver } = work.preview;
  switch (atTimeOver) {
    case "dial":
    case "skip":
      return choose(state, work, { at, how: atTimeOver, by: "time" });
    case "pause":
      return over(state, work, { at, how: "timed-out", by: "time", words: [], trouble: 0 });
    default:
      return unreachable(atTimeOver);
  }
}

/** The leg is gone already. Hanging up on-hook on a lead that is shown is to skip it. */
export function phoneLeftPreview(
  state: AgentState, at: Instant, why: "hung-up" | "vanished",
): AgentDecision {
  const { work } = state;
  if (work.at !== "previewing") return ignored({ type: "leg-ended", at }, `is ${work.at}`);
  if (state.mode === "off-hook") {
    return andThen(state, decided(state, work, { at, how: "left", by: "phone" }),
      (idle) => logOut(idle, at, why));
  }
  if (why === "hung-up" && work.stage === "choosing") {
    return choose(state, work, { at, how: "skip", by: "phone" });
  }
  return over(state, work, {
    at, how: "left", by: "phone", words: [],
    ...why === "vanished" || work.stage === "ringing" ? { trouble: 0 } : {},
  });
}

/** The phone lost its registration: nobody may be there to choose. */
export function awayFromPreview(state: AgentState, at: Instant): AgentDecision {
  const { work } = state;
  if (work.at !== "previewing") {
    return ignored({ type: "phone-unreachable", at }, `is ${work.at}`);
  }
  const left = decided(state, work, { at, how: "left", by: "phone" });
  return andThen(state, left, (after) => after.mode === "off-hook"
    ? logOut(after, at, "phone-away")
    : andThen(after, putBack(after, at), (idle) => settleIn(idle, at, 0)));
}
