/** Owns the words between the parts: what a switch's event and an agent's news are to a call. */
import { unreachable } from "../errors.ts";
import type { AgentId } from "../ids.ts";
import type { AgentCommand } from "../agent/inputs.ts";
import type { CallInput } from "../call/inputs.ts";
import type { PbxEvent } from "../telephony/pbx.ts";

export type CallNews = Extract<AgentCommand, { readonly type: "tell-call" }>["news"];

export function inputOf(news: CallNews, agent: AgentId, at: CallInput["at"]): CallInput {
  switch (news.is) {
    case "answered":
      return { type: "agent-answered", at, agent, leg: news.leg };
    case "lost":
      return { type: "agent-lost", at, agent, why: news.why };
    case "hang-up-asked":
      return { type: "hang-up-asked", at, by: "agent" };
    case "disposition":
      return { type: "disposition-chosen", at, agent, code: news.code };
    default:
      return unreachable(news);
  }
}

/** What an event of a lead's leg is to its call; undefined where it is nothing. */
export function callInputOf(event: PbxEvent): CallInput | undefined {
  const { at } = event;
  switch (event.type) {
    case "leg-ringing": return { type: "ringing", at };
    case "leg-early-media": return { type: "early-media", at };
    case "tones-heard": return { type: "tones-heard", at, tones: event.tones };
    case "leg-answered": return { type: "answered", at, answeredAt: event.answeredAt };
    case "leg-ended":
      return { type: "leg-ended", at, cause: event.cause, answeredAt: event.answeredAt };
    case "legs-joined": return { type: "joined", at };
    case "talking-started": return { type: "greeting-started", at };
    case "talking-ended": return { type: "greeting-ended", at };
    case "key-pressed": return { type: "key-pressed", at, key: event.key };
    case "play-finished": return { type: "play-finished", at, play: event.play };
    case "recording-started": return { type: "recording-started", at };
    case "recording-ended": return { type: "recording-ended", at };
    default: return undefined;
  }
}
