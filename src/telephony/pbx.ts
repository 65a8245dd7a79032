/**
 * The port to a telephone switch, in the words of the domain. Three adapters implement it
 * (asterisk/, freeswitch/ later, virtual/) and one conformance suite holds them to it.
 *
 * The contract in five sentences. We choose every id, so repeating a command acts once. A command
 * resolves when the switch has accepted it; what came of it is told by events. A command on a leg
 * that is gone throws LegGone, one that reached nobody throws SwitchUnreachable, and after the
 * latter it is not known whether it acted. Events of one leg keep their order; doubled and missing
 * ones are possible after a reconnect. After `connection-restored` the caller must `survey()`.
 */
import type { Instant } from "../clock.ts";
import type {
  AttemptId, CallId, CampaignId, DialNumber, Epoch, LegId, PhoneName, PlayId, TrunkName,
} from "../ids.ts";
import type { SpecialInformation } from "../leads/special-information.ts";
import type { HangUpCause } from "./cause.ts";

/** Where a leg goes: to a number by a trunk, or to a phone that registered with us. */
export type Destination =
  | { readonly kind: "number"; readonly number: DialNumber; readonly trunk: TrunkName }
  | { readonly kind: "phone"; readonly phone: PhoneName; readonly autoAnswer: boolean };

/** What rides on a lead's leg in the switch itself, so that it survives this process. */
export interface LegTags {
  readonly attempt?: AttemptId;
  readonly campaign?: CampaignId;
  readonly epoch?: Epoch;
  /** Which agent's leg this is, for agents' and supervisors' legs. */
  readonly agent?: string;
}

export interface PlaceLeg {
  readonly leg: LegId;
  readonly to: Destination;
  readonly callerId: { readonly number: string; readonly name: string };
  /** The switch gives up ringing after this, 1,000 to `limits.ringLongestMs`. */
  readonly ringMs: number;
  readonly tags: LegTags;
  /** What the switch plays by itself when no controller takes the answered leg. */
  readonly safeHarbour: Prompt;
  /** Report talking-started and talking-ended on this leg, for greeting-based measurement. */
  readonly reportTalking: boolean;
}

/** A prompt by name, digits said one by one, or silence. Names: `[a-z0-9-]{1,60}`. */
export type Prompt =
  | { readonly kind: "prompt"; readonly name: string; readonly language: "en" | "zh" }
  | { readonly kind: "digits"; readonly digits: string; readonly language: "en" | "zh" }
  | { readonly kind: "tone"; readonly name: "incoming" | "ended" | "error" | "recording" };

export interface Play {
  readonly play: PlayId;
  readonly leg: LegId;
  /** Played in order; one play-finished event at the end of the last. */
  readonly prompts: readonly Prompt[];
  /** True mixes it under a conversation so that only this leg hears it and misses nothing. */
  readonly over: boolean;
}

export interface Recording {
  readonly call: CallId;
  /** The leg whose two directions are recorded: what it says, and what it hears. */
  readonly leadLeg: LegId;
  /** Paths relative to the recordings folder, no `..`, ending in `.wav`: 8 kHz 16-bit mono. */
  readonly leadFile: string;
  readonly agentFile: string;
}

export type SupervisionMode = "listen" | "whisper" | "barge";

export interface Supervision {
  readonly mode: SupervisionMode;
  readonly supervisorLeg: LegId;
  readonly agentLeg: LegId;
  readonly call: CallId;
}

export type PbxEvent =
  | { readonly type: "leg-ringing"; readonly leg: LegId; readonly at: Instant }
  | { readonly type: "leg-early-media"; readonly leg: LegId; readonly at: Instant }
  /** Of a leg that is overheard, before it ends: why the network could not put it through. */
  | {
      readonly type: "tones-heard"; readonly leg: LegId; readonly at: Instant;
      readonly tones: SpecialInformation;
    }
  /** The leg was answered at `answeredAt` and, from `at` on, takes our commands. */
  | {
      readonly type: "leg-answered"; readonly leg: LegId;
      readonly at: Instant; readonly answeredAt: Instant;
    }
  /** A phone dialed us: `dialed` is what its user entered, `[0-9*#]{1,32}`. */
  | {
      readonly type: "leg-arrived"; readonly leg: LegId; readonly at: Instant;
      readonly phone: PhoneName; readonly dialed: string;
    }
  /** The end of a leg, exactly once. `answeredAt` when it had been answered. */
  | {
      readonly type: "leg-ended"; readonly leg: LegId; readonly at: Instant;
      readonly cause: HangUpCause; readonly answeredAt: Instant | undefined;
    }
  /** Both legs are in the call and hear each other. */
  | { readonly type: "legs-joined"; readonly call: CallId; readonly at: Instant }
  | { readonly type: "key-pressed"; readonly leg: LegId; readonly at: Instant; readonly key: string }
  | { readonly type: "talking-started"; readonly leg: LegId; readonly at: Instant }
  | { readonly type: "talking-ended"; readonly leg: LegId; readonly at: Instant }
  | {
      readonly type: "play-finished"; readonly play: PlayId; readonly leg: LegId;
      readonly at: Instant; readonly completed: boolean;
    }
  | { readonly type: "recording-started"; readonly call: CallId; readonly at: Instant }
  /** The files are whole and may be read. */
  | { readonly type: "recording-ended"; readonly call: CallId; readonly at: Instant }
  | { readonly type: "phone-reachable"; readonly phone: PhoneName; readonly at: Instant }
  | { readonly type: "phone-unreachable"; readonly phone: PhoneName; readonly at: Instant }
  | { readonly type: "connection-lost"; readonly at: Instant }
  /** `restarted` when the switch itself started anew, so that every earlier leg is gone. */
  | { readonly type: "connection-restored"; readonly at: Instant; readonly restarted: boolean }
  /** Another controller took our place at this switch; this one must stop commanding it. */
  | { readonly type: "superseded"; readonly at: Instant };

/** A leg as the switch has it now. */
export interface LiveLeg {
  readonly leg: LegId;
  /** `answered`: the switch has it still, and tells when it takes commands; then it is `up`. */
  readonly state: "dialing" | "ringing" | "answered" | "up";
  readonly tags: LegTags;
  readonly phone: PhoneName | undefined;
  /** The call it is joined in, if it is. */
  readonly call: CallId | undefined;
  /** Of an answered leg: when it was answered. */
  readonly since: Instant;
}

export interface Survey {
  readonly at: Instant;
  readonly legs: readonly LiveLeg[];
  readonly reachablePhones: readonly PhoneName[];
}

export interface Pbx {
  /** As named in the configuration; on every log line. */
  readonly name: string;
  /**
   * Opens the connection and keeps it open, for ever, with growing pauses. The promise rejects
   * when the first connection fails: `SwitchUnreachable`, or `SwitchRefused` for a wrong password.
   */
  open(): Promise<void>;
  close(): Promise<void>;
  /** The one listener; called in order, never re-entered. Set it before `open`. */
  onEvent(listener: (event: PbxEvent) => void): void;

  placeLeg(order: PlaceLeg): Promise<void>;
  /**
   * Listens for special information tones on a leg that nobody has answered yet, until it is
   * answered or ends, or for `limits.overhearMs`. Nothing of the sound is kept. Does nothing for a
   * leg that is answered or gone, and where `limits.overheardLegs` are overheard already: what
   * the network says of one more number is not worth the work then.
   */
  overhear(leg: LegId): Promise<void>;
  /** Answers a leg that arrived. */
  answer(leg: LegId): Promise<void>;
  /** Puts an answered leg by itself, in quiet or music, until it is joined; ends what it hears. */
  hold(leg: LegId, sound: "silence" | "music"): Promise<void>;
  /**
   * Joins two answered legs at once, taking them from wherever they were and cutting short what is
   * played to them; `legs-joined` follows.
   */
  join(order: { call: CallId; leadLeg: LegId; agentLeg: LegId }): Promise<void>;
  /** Takes a call apart; its legs stay up and hear nothing until told otherwise. */
  part(call: CallId): Promise<void>;
  /** Ends a leg. A leg that is gone already is success. */
  hangUp(leg: LegId, why: "normal" | "busy" | "congestion"): Promise<void>;
  play(order: Play): Promise<void>;
  stopPlay(play: PlayId): Promise<void>;
  /** Records from now until `stopRecording` or the lead's leg ends. */
  record(order: Recording): Promise<void>;
  stopRecording(call: CallId): Promise<void>;
  supervise(order: Supervision): Promise<void>;
  /** What is alive on the switch now; for reconciling. */
  survey(): Promise<Survey>;
  /** The legs of ours that are alive now and that the caller does not know; changes nothing. */
  strangers(knows: (leg: LegId) => boolean): Promise<readonly LiveLeg[]>;
}
