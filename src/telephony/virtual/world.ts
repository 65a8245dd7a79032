/**
 * Owns the words for the people and mishaps around a virtual switch: what a called number does,
 * what the user of a phone does, what goes wrong, and what an onlooker (the auditor) is shown.
 */
import type { Instant } from "../../clock.ts";
import type { CallId, DialNumber, LegId, PhoneName } from "../../ids.ts";
import type { SpecialInformation } from "../../leads/special-information.ts";
import type { HangUpCause } from "../cause.ts";
import type { LegTags, PbxEvent, Prompt } from "../pbx.ts";

/** What one called number does with one call. All times are in ms and start at the dialing. */
export type Callee =
  | {
      readonly does: "answers";
      readonly ringsAfterMs: number;
      readonly answersAfterMs: number;
      /** Ringing comes as sound of the network from then on; else there is none. */
      readonly earlyMediaAfterMs?: number;
      /** When it begins and stops to say hello, from its answer; undefined says nothing. */
      readonly greeting: { readonly fromMs: number; readonly toMs: number } | undefined;
      /** Hangs up by itself after this without an agent, from its answer. */
      readonly waitsMs: number;
      /** Hangs up by itself after this with an agent, from the joining. */
      readonly talksMs: number;
    }
  | {
      readonly does: "refuses";
      readonly rings: boolean;
      readonly afterMs: number;
      readonly cause: HangUpCause;
      /** Said in early media, from half of the time on. */
      readonly tones?: SpecialInformation;
    }
  | {
      readonly does: "rings"; readonly ringsAfterMs: number; readonly earlyMedia: boolean;
      /** What the early media begins with, if it is more than ringing. */
      readonly tones?: SpecialInformation;
    };

/** What `number` does when it is dialed at `at`; asked once per leg. */
export type Population = (number: DialNumber, at: Instant) => Callee;

/** The user of one phone, told what happens at it. Acts by the switch's own phone commands. */
export interface PhoneUser {
  /** The phone rings: after how many ms it is answered, or undefined for never. */
  answersAfterMs(rung: { readonly leg: LegId; readonly autoAnswer: boolean }): number | undefined;
  hears?(leg: LegId, prompts: readonly Prompt[]): void;
  joined?(leg: LegId): void;
  ended?(leg: LegId): void;
}

export type CommandName =
  | "place-leg" | "overhear" | "answer" | "hold" | "join" | "part" | "hang-up" | "play" | "stop-play"
  | "record" | "stop-recording" | "supervise" | "survey";

/** Mishaps, asked for each command and event; absent means all goes well. */
export interface Faults {
  /** `lost-response`: it acts, but the caller sees SwitchUnreachable. */
  command?(name: CommandName): "none" | "unreachable" | "lost-response" | "refused";
  /** `late` is by `lateMs`, behind events that came after it. */
  event?(event: PbxEvent): "once" | "twice" | "late" | "never";
  readonly lateMs?: number;
}

/** The truth, as somebody at both ends of each line would write it down. */
export type WorldEvent =
  | {
      readonly type: "dialed"; readonly at: Instant; readonly leg: LegId;
      readonly number: DialNumber | undefined; readonly phone: PhoneName | undefined;
      readonly tags: LegTags;
    }
  | { readonly type: "answered"; readonly at: Instant; readonly leg: LegId }
  | {
      readonly type: "joined"; readonly at: Instant; readonly call: CallId;
      readonly leadLeg: LegId; readonly agentLeg: LegId;
    }
  | { readonly type: "parted"; readonly at: Instant; readonly call: CallId }
  | { readonly type: "heard"; readonly at: Instant; readonly leg: LegId; readonly prompt: Prompt }
  | { readonly type: "recorded"; readonly at: Instant; readonly call: CallId }
  | { readonly type: "ended"; readonly at: Instant; readonly leg: LegId; readonly cause: HangUpCause };

/** How long a prompt lasts on the virtual switch; a real one has its file's length. */
export function promptMs(prompt: Prompt): number {
  if (prompt.kind === "prompt") return 1_500;
  return prompt.kind === "digits" ? 400 * prompt.digits.length : 300;
}
