/** Owns what an agent's machine can be told (past tense) and what it can command (imperative). */
import type { Instant } from "../clock.ts";
import type { CallId, CampaignId, LeadId, LegId } from "../ids.ts";
import type { LossReason } from "../call/call.ts";
import type { Job, Preview } from "./agent.ts";
import type { PromptName } from "./prompts.ts";

export type AgentInput =
  | {
      readonly type: "code-dialed"; readonly at: Instant;
      readonly leg: LegId; readonly dialed: string;
    }
  | { readonly type: "leg-answered"; readonly at: Instant; readonly leg: LegId }
  | {
      readonly type: "leg-ended"; readonly at: Instant; readonly leg: LegId;
      /** The switch ended it because the phone fell silent or was never reached. */
      readonly vanished: boolean;
    }
  | {
      readonly type: "key-pressed"; readonly at: Instant;
      readonly leg: LegId; readonly key: string;
    }
  /** The session collected the digits up to `#`; they are in no fact and no log. */
  | {
      readonly type: "pin-entered"; readonly at: Instant;
      readonly leg: LegId; readonly pin: string;
    }
  | {
      readonly type: "pin-checked"; readonly at: Instant; readonly leg: LegId;
      readonly result: "right" | "wrong" | "locked" | "unknown";
    }
  | { readonly type: "play-finished"; readonly at: Instant; readonly leg: LegId }
  /** Routing gave this agent a call; `ring` is the id of the leg to ring, used on-hook. */
  | { readonly type: "reserved"; readonly at: Instant; readonly job: Job; readonly ring: LegId }
  /** A lead for this agent to accept or to skip; `ring` is the leg to ring, used on-hook. */
  | {
      readonly type: "preview-offered"; readonly at: Instant;
      readonly preview: Preview; readonly ring: LegId;
    }
  /** The chosen lead is being dialed, by this call. */
  | {
      readonly type: "preview-dialed"; readonly at: Instant;
      readonly lead: LeadId; readonly job: Job;
    }
  | {
      readonly type: "preview-withdrawn"; readonly at: Instant;
      readonly lead: LeadId; readonly why: string;
    }
  | {
      readonly type: "call-connected" | "call-ended" | "call-taken-back";
      readonly at: Instant; readonly call: CallId; readonly why: string;
    }
  | { readonly type: "phone-reachable" | "phone-unreachable"; readonly at: Instant }
  /** A command on a leg found it gone. */
  | { readonly type: "leg-missing"; readonly at: Instant; readonly leg: LegId }
  | { readonly type: "time-over"; readonly at: Instant };

export type AgentCommand =
  | { readonly type: "answer"; readonly leg: LegId }
  | { readonly type: "say"; readonly leg: LegId; readonly prompts: readonly PromptName[] }
  | { readonly type: "hold"; readonly leg: LegId }
  | { readonly type: "hang-up"; readonly leg: LegId }
  | { readonly type: "ring-phone"; readonly leg: LegId }
  /** Says who the lead is, and which keys there are. */
  | { readonly type: "present"; readonly leg: LegId }
  | {
      readonly type: "tell-preview"; readonly campaign: CampaignId; readonly lead: LeadId;
      /** `left` is every end but the agent's own word: the lead goes back as it came. */
      readonly news: "dial" | "skip" | "left";
    }
  | { readonly type: "check-pin"; readonly leg: LegId; readonly pin: string }
  | {
      readonly type: "tell-call"; readonly call: CallId;
      readonly news:
        | { readonly is: "answered"; readonly leg: LegId }
        | { readonly is: "lost"; readonly why: LossReason }
        | { readonly is: "hang-up-asked" }
        | { readonly is: "disposition"; readonly code: string };
    };
