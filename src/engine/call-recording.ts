/**
 * Owns how one call is recorded: what its people are told of it before and meanwhile, the tones
 * that go on as long as it lasts, its files, and its end. The call session says when.
 */
import { plus, toIso, type Clock, type Instant } from "../clock.ts";
import { prompt } from "../agent/prompts.ts";
import type { CallState, CallTerms } from "../call/call.ts";
import type { RecordAs } from "../call/recording.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import { strictestRecording, type PartyRecording } from "../compliance/ruleset.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { callOf, type LegId, type PlayId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Pbx, Prompt } from "../telephony/pbx.ts";
import { DueTimer } from "./due-timer.ts";
import type { RecordingDesk, RecordingFiles } from "./recording-desk.ts";

/** What the gate said of recording a call. */
interface Allowed {
  readonly recording?: RecordingPolicy | undefined;
  readonly beepSeconds?: number | undefined;
}

/** What both parties of a call let us do; where nobody was asked about the lead it is nothing. */
export function bothParties(lead: Allowed, agent: PartyRecording | undefined): Allowed {
  const { recording, beepSeconds } = lead;
  if (recording === undefined || agent === undefined) return lead;
  const both = strictestRecording({ policy: recording, beepSeconds }, agent);
  return { recording: both.policy, beepSeconds: both.beepSeconds };
}

export function recordingTerms(
  { record, recordBeep, recordStop }: CampaignSettings, attempt: Allowed,
): Pick<CallTerms, "recording" | "stopKey" | "beepMs"> {
  const recording = record ? attempt.recording ?? "do-not-record" : "do-not-record";
  const offered = recording === "stop-on-key" || recordStop?.offer === "always";
  // As often as the law and the campaign ask for, whichever asks for more.
  const seconds = Math.min(recordBeep ?? Infinity,
    recording === "beep" ? attempt.beepSeconds ?? limits.beepSeconds : Infinity);
  return {
    recording, stopKey: offered ? recordStop?.key ?? "9" : undefined,
    beepMs: recording === "do-not-record" || seconds === Infinity ? undefined : seconds * 1_000,
  };
}

interface RecordingWorld {
  readonly clock: Clock;
  readonly recordings: RecordingDesk;
  readonly pbx: Pbx;
  readonly settings: CampaignSettings;
  /** A UUID, never the same twice. */
  newId(): string;
  beepDue(at: Instant): void;
  /** Whether the two still talk, by all that we have heard. */
  talking(): boolean;
}

export class CallRecording {
  readonly #world: RecordingWorld;
  readonly #terms: () => CallTerms;
  readonly #beeps: DueTimer;
  #beepAt: Instant | undefined;
  /** What the lead is told under the conversation, while it is being said. */
  readonly #notices = new Set<PlayId>();
  /** The person has ended the recording; also told by the facts of a call taken up again. */
  refused = false;

  constructor(world: RecordingWorld, terms: () => CallTerms) {
    this.#world = world;
    this.#terms = terms;
    this.#beeps = new DueTimer(world.clock, (at) => {
      this.#beepAt = undefined;
      world.beepDue(at);
    });
  }

  /** Whether this was a notice of ours, which nothing waits for. */
  ended(play: PlayId | undefined): boolean {
    return play !== undefined && this.#notices.delete(play);
  }

  /** Sets the next tone, or none. After a controller before us has died one is due at once. */
  arm(state: CallState | undefined, resumed = false): void {
    const { beepMs } = this.#terms();
    const beeps = beepMs !== undefined && state?.at === "connected" && !state.recordingOver;
    const now = this.#world.clock.now();
    this.#beepAt = beeps ? this.#beepAt ?? plus(now, resumed ? 0 : beepMs) : undefined;
    this.#beeps.set(this.#beepAt);
  }

  /** The notice comes first and throws when it cannot be played: then nothing is recorded. */
  async begin({ notice, beep, agentLeg }: RecordAs & { agentLeg: LegId }): Promise<void> {
    const { files } = this;
    const { pbx, settings, recordings, clock } = this.#world;
    const { attempt, leg } = this.#terms();
    if (notice === "told" || notice === "key") {
      await this.#tellLead([
        prompt("recorded", settings.language), ...notice === "key" ? this.#whichKey() : [],
      ]);
    }
    if (beep) await this.beep(agentLeg);
    // Refused or over before it began: nothing is begun that would have to be thrown away.
    if (this.refused || !this.#world.talking()) return;
    await pbx.record({
      call: callOf(attempt), leadLeg: leg, leadFile: files.lead, agentFile: files.agent,
    });
    await recordings.began(attempt, files, clock.now());
  }

  #whichKey(): readonly Prompt[] {
    const { stopKey } = this.#terms();
    const { language } = this.#world.settings;
    return stopKey === undefined ? [] : [
      prompt("press-to-stop", language), { kind: "digits", digits: stopKey, language },
    ];
  }

  /** The files go when the switch has closed them, unless the campaign keeps what there was. */
  async stop(): Promise<void> {
    const { pbx, settings, recordings } = this.#world;
    if (this.discards) recordings.refused(this.#terms().attempt);
    await pbx.stopRecording(callOf(this.#terms().attempt));
    await this.#tellLead([prompt("recording-stopped", settings.language)]);
  }

  /** Under the conversation: the lead alone hears it, and misses nothing. */
  async #tellLead(prompts: readonly Prompt[]): Promise<void> {
    const play = this.#world.newId() as PlayId;
    this.#notices.add(play);
    await this.#world.pbx.play({ play, leg: this.#terms().leg, over: true, prompts });
  }

  /** At both ears and under what they say, so that nobody misses a word. */
  async beep(agentLeg: LegId): Promise<void> {
    const prompts: readonly Prompt[] = [{ kind: "tone", name: "recording" }];
    const play = this.#world.newId() as PlayId;
    await Promise.all([
      this.#tellLead(prompts),
      this.#world.pbx.play({ play, leg: agentLeg, over: true, prompts }),
    ]);
  }

  /** Whether what was recorded of it is to be thrown away. */
  get discards(): boolean {
    return this.refused && this.#world.settings.recordStop?.files !== "keep";
  }

  /** A folder a day keeps folders small; the ids keep files apart. */
  get files(): RecordingFiles {
    const day = toIso(this.#terms().placedAt).slice(0, 10);
    const stem = `${this.#terms().campaign}/${day}/${this.#terms().attempt}`;
    return { lead: `${stem}-lead.wav`, agent: `${stem}-agent.wav` };
  }
}
