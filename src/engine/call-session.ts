/**
 * Owns one live call: it drains the call's inbox through `decide`, stores the facts, then sends the
 * commands. Facts that one event leads to are one record; the state moves at once, so that routing
 * an answered lead to an agent costs one round trip to the store before the join, and no more.
 */
import { plus, toIso, type Clock } from "../clock.ts";
import { Fault, Fenced, LegGone, SwitchUnreachable, unreachable } from "../errors.ts";
import { callOf, leadLeg, type AgentId, type PlayId } from "../ids.ts";
import { lineOf } from "../leads/line.ts";
import { limits } from "../limits.ts";
import type { AgentInput } from "../agent/inputs.ts";
import { prompt, type PromptName } from "../agent/prompts.ts";
import {
  evolve, isDone, placed, timeOverAt, type CallFact, type CallState, type CallTerms,
} from "../call/call.ts";
import { decide } from "../call/decide.ts";
import type { CallCommand, CallInput } from "../call/inputs.ts";
import { leadAfter } from "../campaign/retry.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Grade } from "../leads/value.ts";
import type { Log } from "../log.ts";
import type {
  AttemptChanges, CallRecord, FactRow, LeadChange, LeadPast, NewAttempt, OwnedCampaign,
} from "../store/store.ts";
import type { Pbx, PlaceLeg, Prompt } from "../telephony/pbx.ts";
import { bothParties, CallRecording, recordingTerms } from "./call-recording.ts";
import { DueTimer } from "./due-timer.ts";
import type { FactJournal } from "./fact-journal.ts";
import { callFactOf, changesOf, rowOf } from "./facts.ts";
import type { RecordingDesk } from "./recording-desk.ts";

/** What a call session needs of the world, the same for all calls of a campaign. */
export interface CallWorld {
  readonly clock: Clock;
  readonly journal: FactJournal;
  readonly log: Log;
  readonly recordings: RecordingDesk;
  /** A UUID, never the same twice. */
  newId(): string;
  /** Told after each step, before anything is stored; may put inputs into inboxes. */
  changed(session: CallSession, before: CallState): void;
  tellAgent(agent: AgentId, input: AgentInput): void;
  /** The language of an agent's phone. */
  agentLanguage(agent: AgentId): "en" | "zh";
  /** The code of the place where an agent sits, when it is known. */
  agentPlace(agent: AgentId): string | undefined;
  /** An old epoch wrote nothing: stop this campaign. */
  fenced(error: Fenced): void;
  /** A bug or a store that refuses: this call is stopped as it is. */
  broken(session: CallSession, error: unknown): void;
}

export interface CallOrder {
  readonly attempt: NewAttempt;
  /** Attempts the lead spent before this one. */
  readonly spentBefore: number;
  readonly past?: LeadPast | undefined;
  /** A promised callback: the agent it was promised by waits for it. */
  readonly promisedTo?: AgentId | undefined;
  readonly grade?: Grade | undefined;
  readonly campaign: OwnedCampaign;
  readonly pbx: Pbx;
  readonly trunk: PlaceLeg["to"] & { readonly kind: "number" };
}

export function termsOf(order: Pick<CallOrder, "attempt" | "campaign">): CallTerms {
  const { attempt, campaign: { settings } } = order;
  return {
    attempt: attempt.attempt, campaign: attempt.campaign, leg: leadLeg(attempt.attempt),
    placedAt: attempt.at, ringMs: settings.ringMs, connectWithinMs: settings.connectWithinMs,
    measureFrom: settings.measureFrom, wrapUpMs: settings.wrapUpMs,
    dispositionDefault: settings.dispositionDefault,
    hearTones: settings.hearTones ?? true,
    ...recordingTerms(settings, attempt),
  };
}

export class CallSession {
  readonly terms: CallTerms;
  readonly order: CallOrder;
  readonly recording: CallRecording;
  readonly #world: CallWorld;
  #state: CallState;
  #seq = 0;
  readonly #inbox: CallInput[] = [];
  #draining = false;
  readonly #timer: DueTimer;
  /** Commands wait here for their facts, and for the commands before them. */
  #tail: Promise<void> = Promise.resolve();
  /** Facts that caused nothing go along with the next that do. */
  #idle: FactRow[] = [];
  #disposition: string | undefined;
  /** The terms that hold with this agent. */
  #shared: { readonly agent: AgentId; readonly terms: CallTerms } | undefined;
  #stopped = false;

  constructor(world: CallWorld, order: CallOrder) {
    this.#world = world;
    this.#timer = new DueTimer(world.clock, (at) => { this.receive({ type: "time-over", at }); });
    this.order = order;
    this.terms = termsOf(order);
    this.recording = new CallRecording({
      clock: world.clock, recordings: world.recordings, pbx: order.pbx,
      settings: order.campaign.settings, newId: () => world.newId(),
      beepDue: (at) => { this.receive({ type: "beep-due", at }); },
      talking: () => this.#state.at === "connected",
    }, () => this.#termsNow());
    this.#state = placed(this.terms);
    this.#arm();
  }

  get state(): CallState {
    return this.#state;
  }

  get done(): boolean {
    return isDone(this.#state);
  }

  /** Sends the lead's leg on its way, unless it is too late; the attempt is stored before. */
  place(): void {
    this.#after(Promise.resolve(), [{ type: "place" }]);
  }

  /** Takes a call up again by its facts, as a controller before this one stored them. */
  replay(rows: readonly FactRow[]): void {
    for (const row of rows) {
      this.#seq = Math.max(this.#seq, row.seq);
      const fact = callFactOf(row);
      if (fact) this.#apply(fact);
    }
    this.recording.arm(this.#state, true);
    this.#arm();
  }

  receive(input: CallInput): void {
    if (this.#stopped) return;
    // Nothing waits for the end of the notice; a closing message ends by its own.
    if (input.type === "play-finished" && this.recording.ended(input.play)) return;
    if (this.#inbox.length >= limits.inbox) {
      this.stop();
      this.#world.broken(this, new Error(`inbox of ${this.terms.attempt} is full`));
      return;
    }
    this.#inbox.push(input);
    if (!this.#draining) this.#drain();
  }

  /** Takes no further input and sends nothing; the leg on the switch is left as it is. */
  stop(): void {
    this.#stopped = true;
    this.#timer.set(undefined);
    this.recording.arm(undefined);
    this.#inbox.length = 0;
  }

  /** Resolves when everything decided so far was stored and sent. */
  settled(): Promise<void> {
    return this.#tail;
  }

  #drain(): void {
    this.#draining = true;
    const facts: CallFact[] = [];
    const commands: CallCommand[] = [];
    for (let input = this.#inbox.shift(); input; input = this.#inbox.shift()) {
      const before = this.#state;
      const decision = decide(this.#termsNow(), before, input);
      for (const fact of decision.facts) this.#apply(fact);
      facts.push(...decision.facts);
      commands.push(...decision.commands);
      this.#world.changed(this, before);
    }
    this.#draining = false;
    this.#arm();
    this.#store(facts, commands);
  }

  /** With an agent, a call is recorded by the stricter of both parties' rules. */
  #termsNow(): CallTerms {
    const state = this.#state;
    if (state.at !== "connecting" && state.at !== "connected") return this.terms;
    if (this.#shared?.agent !== state.agent) {
      const { attempt, campaign: { settings, agentRecording } } = this.order;
      const agents = agentRecording?.[this.#world.agentPlace(state.agent) ?? ""]
        // Of a place that the rules were not asked for yet nothing is known.
        ?? (agentRecording && { policy: "do-not-record" });
      this.#shared = {
        agent: state.agent,
        terms: { ...this.terms, ...recordingTerms(settings, bothParties(attempt, agents)) },
      };
    }
    return this.#shared.terms;
  }

  #apply(fact: CallFact): void {
    this.#state = evolve(this.#state, fact);
    if (fact.type === "recording-refused") this.recording.refused = true;
    if (fact.type === "disposition-set") this.#disposition = fact.code;
  }

  #store(facts: readonly CallFact[], commands: readonly CallCommand[]): void {
    const rows = facts.map((fact) => rowOf(fact, ++this.#seq));
    for (const fact of facts) this.#logFact(fact);
    const nothingChanged = facts.every((fact) => fact.type === "ignored");
    if (nothingChanged && commands.length === 0 && !this.done) {
      this.#idle.push(...rows);
      return;
    }
    let changes: AttemptChanges = {};
    let lead: LeadChange | undefined;
    for (const fact of facts) {
      changes = { ...changes, ...changesOf(fact) };
      lead = this.#leadAfter(fact) ?? lead;
    }
    const record: CallRecord = {
      attempt: this.terms.attempt, campaign: this.terms.campaign,
      epoch: this.order.campaign.epoch, facts: [...this.#idle, ...rows], changes, lead,
    };
    this.#idle = [];
    // That an agent is told a moment later is no harm: nothing on the line waits for it, nor for
    // an announcement without words.
    const { announce } = this.order.campaign.settings;
    const urgent = commands.some(({ type }) => type !== "tell-agent"
      && (type !== "announce" || announce.length > 0));
    this.#after(this.#world.journal.call(record, urgent), commands);
  }

  #leadAfter(fact: CallFact): LeadChange | undefined {
    const { settings } = this.order.campaign;
    if (fact.type !== "outcome-set" && fact.type !== "disposition-set") return undefined;
    if (this.#state.at !== "closing" && this.#state.at !== "ended") return undefined;
    const { past, spentBefore } = this.order;
    return leadAfter(settings, {
      outcome: this.#state.outcome, at: fact.at, spentBefore,
      disposition: this.#disposition ?? settings.dispositionDefault,
      numbers: past?.numbers, tried: past?.tried,
      zone: this.#zone(),
    });
  }

  /** The lead's one time zone; not asked for where nothing was tried before, since it costs. */
  #zone(): string | undefined {
    const { past, attempt: { number }, campaign: { settings } } = this.order;
    const matters = (past?.tried.length ?? 0) > 0 || settings.attempts?.perDayMax !== undefined;
    if (!matters || past?.timeZone !== undefined) return past?.timeZone;
    const { zones } = lineOf(number);
    return zones.length === 1 ? zones[0] : undefined;
  }

  #logFact(fact: CallFact): void {
    const { type, at, ...data } = fact;
    this.#world.log.line(type === "ignored" ? "debug" : "info", type, {
      attempt: this.terms.attempt, campaign: this.terms.campaign, at: toIso(at), ...data,
    });
  }

  /** Sends `commands` once `stored` is durable and all earlier ones were sent. */
  #after(stored: Promise<void>, commands: readonly CallCommand[]): void {
    // Looked at when its turn comes; until then a failure must not count as unhandled.
    stored.catch(() => undefined);
    this.#tail = this.#tail.then(async () => {
      await stored;
      for (const command of commands) {
        if (this.#stopped) return;
        await this.#send(command);
      }
    }).catch((error: unknown) => {
      this.stop();
      if (error instanceof Fenced) this.#world.fenced(error);
      else this.#world.broken(this, error);
    });
  }

  async #send(command: CallCommand): Promise<void> {
    const failed = (fault: "gone" | "unreachable" | "refused" | "late"): void => {
      this.receive({
        type: "command-failed", at: this.#world.clock.now(), command: command.type, fault,
      });
    };
    if (command.type === "place" && this.#tooLate()) {
      failed("late");
      return;
    }
    try {
      await this.#act(command);
    } catch (error) {
      if (!(error instanceof Fault) || error.fault === "store") throw error;
      failed(error instanceof LegGone ? "gone"
        : error instanceof SwitchUnreachable ? "unreachable" : "refused");
    }
  }

  /**
   * The store was slow, or the call was called off while it waited for it. The gate's word was for
   * a line that goes out at once.
   */
  #tooLate(): boolean {
    const by = plus(this.terms.placedAt, limits.staleIntentMs);
    return this.#world.clock.now() > by || this.#state.at !== "placing";
  }

  async #act(command: CallCommand): Promise<void> {
    const { pbx, campaign: { settings } } = this.order;
    const call = callOf(this.terms.attempt);
    const { leg } = this.terms;
    const play = (): PlayId => this.#world.newId() as PlayId;
    switch (command.type) {
      case "place":
        return pbx.placeLeg(this.#placing(settings));
      case "overhear":
        return pbx.overhear(leg);
      case "join":
        return pbx.join({ call, leadLeg: leg, agentLeg: command.agentLeg });
      case "part":
        return pbx.part(call);
      case "record":
        return this.recording.begin(command);
      case "beep":
        return this.recording.beep(command.agentLeg);
      case "stop-recording":
        return this.recording.stop();
      case "announce": {
        if (this.#state.at !== "connected" || settings.announce.length === 0) return;
        const prompts = this.#announcement(settings, this.#state.agent);
        return pbx.play({ play: play(), leg: command.agentLeg, prompts, over: true });
      }
      case "message": {
        const name: PromptName = command.message;
        const prompts = [name === "safe-harbour"
          ? this.#safeHarbour(settings) : prompt(name, settings.language)];
        return pbx.play({ play: play(), leg, prompts, over: false });
      }
      case "hang-up":
        return pbx.hangUp(leg, "normal");
      case "tell-agent":
        this.#world.tellAgent(command.agent, {
          type: `call-${command.news}`, at: this.#world.clock.now(), call, why: command.why,
        });
        return;
      default:
        return unreachable(command);
    }
  }

  #safeHarbour(settings: CampaignSettings): Prompt {
    return { kind: "prompt", name: settings.safeHarbour, language: settings.language };
  }

  #placing(settings: CampaignSettings): PlaceLeg {
    return {
      leg: this.terms.leg, to: this.order.trunk, callerId: settings.callerId,
      ringMs: settings.ringMs,
      tags: {
        attempt: this.terms.attempt, campaign: this.terms.campaign,
        epoch: this.order.campaign.epoch,
      },
      safeHarbour: this.#safeHarbour(settings),
      reportTalking: settings.measureFrom !== "answer",
    };
  }

  /** Who is coming: a tone, the campaign, the last four digits of the number. */
  #announcement(settings: CampaignSettings, agent: AgentId): readonly Prompt[] {
    const language = this.#world.agentLanguage(agent);
    const digits = this.order.attempt.number.slice(-4);
    return settings.announce.map((part): Prompt => {
      switch (part) {
        case "tone": return { kind: "tone", name: "incoming" };
        case "campaign": return prompt("campaign", language);
        case "digits": return { kind: "digits", digits, language };
        default: return unreachable(part);
      }
    });
  }

  /** One timer per call, for the state it is in. */
  #arm(): void {
    this.#timer.set(this.#stopped ? undefined : timeOverAt(this.terms, this.#state));
    this.recording.arm(this.#stopped ? undefined : this.#state);
  }
}
