/** Owns what a call can be told (past tense) and what it can command (imperative). */
import type { Instant } from "../clock.ts";
import type { AgentId, LegId, PlayId } from "../ids.ts";
import type { SpecialInformation } from "../leads/special-information.ts";
import type { HangUpCause } from "../telephony/cause.ts";
import type { RecordAs } from "./recording.ts";
import type { ClosingMessage, LossReason } from "./call.ts";

export type CallInput =
  | { readonly type: "ringing" | "early-media"; readonly at: Instant }
  /** Before any answer: the network says why it cannot put the call through. */
  | { readonly type: "tones-heard"; readonly at: Instant; readonly tones: SpecialInformation }
  | { readonly type: "answered"; readonly at: Instant; readonly answeredAt: Instant }
  | {
      readonly type: "leg-ended"; readonly at: Instant; readonly cause: HangUpCause;
      readonly answeredAt: Instant | undefined;
    }
  | { readonly type: "greeting-started" | "greeting-ended"; readonly at: Instant }
  /** Preview: this agent chose the lead before it is dialed, and waits at the leg. */
  | {
      readonly type: "agent-promised"; readonly at: Instant;
      readonly agent: AgentId; readonly agentLeg: LegId;
    }
  /** Routing chose an agent. Without a leg its phone has to be rung first. */
  | {
      readonly type: "agent-offered"; readonly at: Instant;
      readonly agent: AgentId; readonly leg: LegId | undefined;
    }
  | {
      readonly type: "agent-answered"; readonly at: Instant;
      readonly agent: AgentId; readonly leg: LegId;
    }
  | {
      readonly type: "agent-lost"; readonly at: Instant;
      readonly agent: AgentId; readonly why: LossReason;
    }
  | { readonly type: "joined"; readonly at: Instant }
  /** The agent pressed the key for it, or a person asked for it at the command line. */
  | { readonly type: "hang-up-asked"; readonly at: Instant; readonly by: "agent" | "operator" }
  /** Ringing for long enough, and nobody would be free for the answer. */
  | { readonly type: "given-up"; readonly at: Instant }
  | { readonly type: "play-finished"; readonly at: Instant; readonly play?: PlayId }
  /** A key of the lead's phone. */
  | { readonly type: "key-pressed"; readonly at: Instant; readonly key: string }
  | { readonly type: "recording-started" | "recording-ended"; readonly at: Instant }
  | {
      readonly type: "command-failed"; readonly at: Instant;
      readonly command: CallCommand["type"];
      /** `late`: it was not sent, since its time was over when its turn came. */
      readonly fault: "gone" | "refused" | "unreachable" | "late";
    }
  /** A survey of the switch did not find the leg: why, as far as we know. */
  | {
      readonly type: "found-missing"; readonly at: Instant;
      readonly why: "switch-lost" | "lost-control";
    }
  | {
      readonly type: "disposition-chosen"; readonly at: Instant;
      readonly agent: AgentId; readonly code: string;
    }
  /** The next tone of a recorded call is due. */
  | { readonly type: "beep-due"; readonly at: Instant }
  | { readonly type: "time-over"; readonly at: Instant };

export type CallCommand =
  | { readonly type: "place" }
  /** Listens for what the network says while nobody has answered. */
  | { readonly type: "overhear" }
  | { readonly type: "join"; readonly agentLeg: LegId }
  | { readonly type: "part" }
  /** With a notice the lead is told first, and where that fails nothing is recorded. */
  | ({ readonly type: "record"; readonly agentLeg: LegId } & RecordAs)
  | { readonly type: "stop-recording" }
  /** A tone at both ears, under the conversation. */
  | { readonly type: "beep"; readonly agentLeg: LegId }
  /** Plays who is coming under the conversation, for the agent alone. */
  | { readonly type: "announce"; readonly agentLeg: LegId }
  | { readonly type: "message"; readonly message: ClosingMessage }
  | { readonly type: "hang-up" }
  | {
      readonly type: "tell-agent"; readonly agent: AgentId;
      readonly news: "connected" | "ended" | "taken-back"; readonly why: string;
    };
