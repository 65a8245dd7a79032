/**
 * Owns one agent at one phone: drains the agent's inbox through `decide`, stores the facts with
 * the state they lead to, then sends the commands. Collects the digits of a PIN, which are in no
 * fact and in no log.
 */
import { toIso, type Clock, type Instant } from "../clock.ts";
import { Fault, LegGone, StoreUnavailable, unreachable } from "../errors.ts";
import type { CallId, CampaignId, DialNumber, Epoch, LegId, PlayId } from "../ids.ts";
import { limits } from "../limits.ts";
import {
  evolve, jobOf, loggedOut, timeOverAt, type AgentFact, type AgentState, type Preview,
} from "../agent/agent.ts";
import { decide } from "../agent/decide.ts";
import type { AgentCommand, AgentInput } from "../agent/inputs.ts";
import { prompt } from "../agent/prompts.ts";
import type { Log } from "../log.ts";
import type { Agent, FactRow, PinCheck } from "../store/store.ts";
import type { Pbx, PlaceLeg, Prompt } from "../telephony/pbx.ts";
import { DueTimer } from "./due-timer.ts";
import type { FactJournal } from "./fact-journal.ts";
import { rowOf } from "./facts.ts";

/** Who a previewed lead is. It is said and shown, and is in no fact and in no log. */
export interface ShownLead {
  readonly number: DialNumber;
  readonly name: string;
}

export type PreviewNews = Extract<AgentCommand, { readonly type: "tell-preview" }>;
type CallNews = Extract<AgentCommand, { readonly type: "tell-call" }>["news"];

export interface AgentWorld {
  readonly clock: Clock;
  /** Of the seat under which agents here are recorded. */
  readonly epoch: Epoch;
  readonly journal: FactJournal;
  readonly log: Log;
  newId(): string;
  checkPin(agent: Agent, pin: string, now: Instant): Promise<PinCheck>;
  tellCall(call: CallId, session: AgentSession, news: CallNews): void;
  tellPreview(session: AgentSession, news: PreviewNews): void;
  /** Told after each step, before anything is stored. */
  changed(session: AgentSession): void;
  broken(session: AgentSession, error: unknown): void;
}

export class AgentSession {
  /** Replaced when a command changed the agent's row. */
  agent: Agent;
  /** Where the agent's phone is. */
  readonly pbx: Pbx;
  readonly #world: AgentWorld;
  #state: AgentState;
  /** Orders the facts of one instant; the store keeps an agent's facts by time. */
  #seq = 0;
  readonly #inbox: AgentInput[] = [];
  #draining = false;
  readonly #timer: DueTimer;
  #tail: Promise<void> = Promise.resolve();
  /** Steps whose commands were not sent yet. */
  #unsent = 0;
  #idle: FactRow[] = [];
  readonly #pins = new Map<LegId, string>();
  #shown: ShownLead | undefined;
  /** What is being said on each leg, as far as we know: the last that was begun. */
  readonly #saying = new Map<LegId, PlayId>();
  #stopped = false;

  constructor(world: AgentWorld, agent: Agent, pbx: Pbx, found?: AgentState) {
    this.#world = world;
    this.#timer = new DueTimer(world.clock, (at) => { this.receive({ type: "time-over", at }); });
    this.agent = agent;
    this.pbx = pbx;
    this.#state = found ?? loggedOut(world.clock.now());
    this.#arm();
  }

  get state(): AgentState {
    return this.#state;
  }

  /**
   * Ready, with nothing left to send: a command on its way to hold the leg would tear it out of
   * the call that it is given to next.
   */
  get available(): boolean {
    return this.#state.work.at === "ready" && this.#unsent === 0
      && !this.#draining && this.#inbox.length === 0;
  }

  /** Every leg that is this agent's now. */
  get legs(): readonly LegId[] {
    const visits = this.#state.visits.map((visit) => visit.leg);
    return this.#state.leg === undefined ? visits : [this.#state.leg, ...visits];
  }

  receive(input: AgentInput): void {
    if (this.#stopped) return;
    const event = this.#collectPin(input);
    if (!event) return;
    if (this.#inbox.length >= limits.inbox) {
      this.#world.broken(this, new Error(`inbox of agent ${this.agent.id} is full`));
      return;
    }
    this.#inbox.push(event);
    if (!this.#draining) this.#drain();
  }

  /** Shows a lead to an agent who is ready; `tellPreview` says what came of it. */
  offer(preview: Preview, shown: ShownLead, ring: LegId): void {
    this.#shown = shown;
    this.receive({ type: "preview-offered", at: this.#world.clock.now(), preview, ring });
  }

  /** The end of words that others took the place of says nothing any more. */
  saidToEnd({ leg, play, at }: { leg: LegId; play: PlayId; at: Instant }): void {
    const last = this.#saying.get(leg);
    if (last !== undefined && last !== play) return;
    this.#saying.delete(leg);
    this.receive({ type: "play-finished", at, leg });
  }

  settled(): Promise<void> {
    return this.#tail;
  }

  /** Takes no further input and sends nothing: it is over here, or the agent is elsewhere. */
  stop(): void {
    this.#stopped = true;
    this.#timer.set(undefined);
    this.#inbox.length = 0;
  }

  /** Keys of a leg that is asked for its PIN become one input, without ever being a fact. */
  #collectPin(input: AgentInput): AgentInput | undefined {
    if (input.type === "leg-ended") {
      this.#pins.delete(input.leg);
      this.#saying.delete(input.leg);
    }
    if (input.type !== "key-pressed") return input;
    const { leg, key, at } = input;
    if (this.#state.visits.find((visit) => visit.leg === leg)?.doing !== "pin") return input;
    const pin = this.#pins.get(leg) ?? "";
    if (key !== "#" && pin.length < limits.pinDigits) {
      this.#pins.set(leg, pin + key);
      return undefined;
    }
    this.#pins.delete(leg);
    return { type: "pin-entered", at, leg, pin };
  }

  #drain(): void {
    this.#draining = true;
    const facts: AgentFact[] = [];
    const commands: AgentCommand[] = [];
    for (let input = this.#inbox.shift(); input; input = this.#inbox.shift()) {
      const decision = decide(this.#state, input);
      for (const fact of decision.facts) this.#state = evolve(this.#state, fact);
      facts.push(...decision.facts);
      commands.push(...decision.commands);
      this.#world.changed(this);
    }
    this.#draining = false;
    this.#arm();
    this.#store(facts, commands);
  }

  #store(facts: readonly AgentFact[], commands: readonly AgentCommand[]): void {
    if (facts.length === 0 && commands.length === 0) return;
    const rows = facts.map((fact) => rowOf(fact, ++this.#seq));
    for (const fact of facts) this.#logFact(fact);
    if (facts.every((fact) => fact.type === "ignored") && commands.length === 0) {
      // Kept for the next record, up to a bound: they explain, but nothing follows from them.
      if (this.#idle.length < limits.inbox) this.#idle.push(...rows);
      return;
    }
    const stored = this.#world.journal.agent({
      agent: this.agent.id, epoch: this.#world.epoch, facts: [...this.#idle, ...rows],
      state: this.#state.work.at, since: this.#state.since, campaign: this.#campaign,
      snapshot: { ...this.#state },
    }, commands.length > 0);
    this.#idle = [];
    stored.catch(() => undefined);
    this.#unsent += 1;
    this.#tail = this.#tail.then(async () => {
      await stored;
      for (const command of commands) {
        if (this.#stopped) return;
        await this.#send(command);
      }
    }).catch((error: unknown) => { this.#world.broken(this, error); }).then(() => {
      this.#unsent -= 1;
      if (this.available) this.#world.changed(this);
    });
  }

  get #campaign(): CampaignId | undefined {
    const { work } = this.#state;
    return work.at === "previewing" ? work.preview.campaign : jobOf(this.#state)?.campaign;
  }

  #logFact(fact: AgentFact): void {
    const { type, at, ...data } = fact;
    this.#world.log.line(type === "ignored" ? "debug" : "info", type,
      { agent: this.agent.name, at: toIso(at), ...data });
  }

  async #send(command: AgentCommand): Promise<void> {
    try {
      await this.#act(command);
    } catch (error) {
      if (!(error instanceof Fault) || error.fault === "store") throw error;
      const gone = error instanceof LegGone;
      if (!gone) {
        this.#world.log.line("warn", "agent-command-failed",
          { agent: this.agent.name, command: command.type, code: error.code, why: error.message });
      }
      // A phone that cannot be rung is one that does not answer: the caller waits no longer.
      if ((gone && "leg" in command) || command.type === "ring-phone") {
        this.receive({ type: "leg-missing", at: this.#world.clock.now(), leg: command.leg });
      }
    }
  }

  async #act(command: AgentCommand): Promise<void> {
    const { pbx, agent } = this;
    switch (command.type) {
      case "answer":
        return pbx.answer(command.leg);
      case "say":
        return this.#say(command.leg,
          command.prompts.map((name) => prompt(name, agent.language)));
      case "present":
        return this.#say(command.leg, this.#presentation());
      case "hold":
        return pbx.hold(command.leg, "silence");
      case "hang-up":
        return pbx.hangUp(command.leg, "normal");
      case "ring-phone":
        return pbx.placeLeg({
          leg: command.leg, to: { kind: "phone", phone: agent.phone, autoAnswer: true },
          callerId: this.#callerId(), ringMs: limits.agentRingMs,
          tags: { agent: String(agent.id) }, reportTalking: false,
          safeHarbour: prompt("try-later", agent.language),
        });
      case "check-pin":
        return this.#checkPin(command.leg, command.pin);
      case "tell-call":
        this.#world.tellCall(command.call, this, command.news);
        return;
      case "tell-preview":
        this.#world.tellPreview(this, command);
        return;
      default:
        return unreachable(command);
    }
  }

  /** Off-hook the lead is heard: a tone, the number digit by digit, and which keys there are. */
  #presentation(): readonly Prompt[] {
    const { language } = this.agent;
    const digits = this.#shown?.number.replace(/^\+/, "") ?? "";
    return [
      { kind: "tone", name: "incoming" },
      ...digits === "" ? [] : [{ kind: "digits", digits, language } as const],
      prompt("preview", language),
    ];
  }

  /** On-hook the phone shows the previewed lead while it rings. */
  #callerId(): PlaceLeg["callerId"] {
    const shown = this.#state.work.at === "previewing" ? this.#shown : undefined;
    // A name is enough else: a caller's number is digits, and a phone's name need not be.
    if (!shown) return { number: "", name: "Ringwright" };
    // It rides in a SIP header: no control characters, quotes or brackets.
    const name = [...shown.name.replace(/[\p{Cc}"<>\\]/gu, "")].slice(0, 40).join("");
    return { number: shown.number, name: name === "" ? "Ringwright" : name };
  }

  /** An agent who is quick hears the answer to the last key, not the question once more. */
  async #say(leg: LegId, prompts: readonly Prompt[]): Promise<void> {
    const before = this.#saying.get(leg);
    const play = this.#world.newId() as PlayId;
    this.#saying.set(leg, play);
    await Promise.all([
      before === undefined ? undefined : this.pbx.stopPlay(before),
      this.pbx.play({ play, leg, over: false, prompts }),
    ]);
  }

  async #checkPin(leg: LegId, pin: string): Promise<void> {
    const result = await this.#world.checkPin(this.agent, pin, this.#world.clock.now()).then(
      (check) => check.result,
      (error: unknown) => {
        if (error instanceof StoreUnavailable) return "unknown" as const;
        throw error;
      });
    this.receive({ type: "pin-checked", at: this.#world.clock.now(), leg, result });
  }

  #arm(): void {
    this.#timer.set(this.#stopped ? undefined : timeOverAt(this.#state));
  }
}
