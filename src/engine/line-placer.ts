/**
 * Owns the placing of one campaign's lines on one switch: each gets a trunk and a lead, its intent
 * goes to the store in one batch with the others, and then it is originated. Counts what trunks and
 * switch carry, from the choice of a line until its call is over.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { AbandonStanding } from "../compliance/gate.ts";
import { StoreUnavailable } from "../errors.ts";
import { callOf, type AgentId, type AttemptId, type TrunkName } from "../ids.ts";
import { limits } from "../limits.ts";
import type { HopperLead, LeadPrediction, NewAttempt, OwnedCampaign, Store } from "../store/store.ts";
import type { AgentSession } from "./agent-session.ts";
import { CallSession, type CallWorld } from "./call-session.ts";
import { jobOf } from "./job.ts";
import type { Hopper } from "./hopper.ts";
import type { LiveCalls } from "./live-calls.ts";
import { routeBy, type TrunkBudget } from "./trunk-budget.ts";
import { budgetsOf, wayOut, type Lack, type Roads } from "./way-out.ts";

/** What a placer needs of the runner of its campaign, and of the world. */
export interface PlacerWorld extends Roads {
  readonly clock: Clock;
  readonly store: Store;
  readonly calls: LiveCalls;
  readonly hopper: Hopper;
  readonly callWorld: CallWorld;
  /** A UUID, never the same twice. */
  newId(): string;
  owned(): OwnedCampaign;
  stopped(): boolean;
  agentReady(agent: AgentId): boolean;
  /** How the campaign stands towards its abandon limit, for the gate. */
  abandons(): Omit<AbandonStanding, "agentReserved">;
  /** What pacing counts on for this lead. */
  predicted(lead: HopperLead, now: Instant): LeadPrediction;
  /** A batch is stored and on its way to the switch, or was refused: look at the floor again. */
  placed(): void;
  failed(error: unknown): void;
}

/** A lead chosen for a line, with its trunk. */
interface Choice {
  readonly budget: TrunkBudget;
  readonly lead: HopperLead;
  readonly intent: NewAttempt;
  /** Preview: who chose the lead, and waits for its answer. */
  readonly chooser?: AgentSession;
}

/** How many lines got a lead and a way out, and what the others lacked. */
export interface Chosen {
  readonly lines: number;
  readonly lacking?: Lack;
}

export class LinePlacer {
  readonly #world: PlacerWorld;
  #choices: readonly Choice[] = [];
  /** Lines on their way to the store or the switch: lines already, for the pacer. */
  #intents = 0;
  /** Batches that are not stored and originated yet. */
  readonly #sending = new Set<Promise<number>>();
  /** This campaign's channels on each trunk. */
  readonly #channels = new Map<TrunkName, number>();

  constructor(world: PlacerWorld) {
    this.#world = world;
  }

  /** Lines on their way to the store or the switch; meanwhile no others are chosen. */
  get intents(): number {
    return this.#intents;
  }

  /** Free channels of the campaign's trunks, as far as the campaign may have them. */
  get room(): number {
    let room = 0;
    for (const each of this.#budgets()) room += Math.min(each.freeChannels, this.#allowed(each));
    return room;
  }

  /**
   * Chooses a lead and a way out for each of `dials` lines; `send` puts them on their way. For the
   * first `spare` of them an agent is free whom no other line wants.
   */
  choose({ dials, spare }: { dials: number; spare: number }, now: Instant): Chosen {
    // Most looks place nothing, and how the campaign stands is not to be asked for them.
    if (dials === 0) return { lines: 0 };
    const choices: Choice[] = [];
    let lacking: Lack | undefined;
    const abandons = this.#world.abandons();
    while (choices.length < dials) {
      const choice = this.#choose(now, { ...abandons, agentReserved: choices.length < spare });
      if (choice === undefined) break;
      if (typeof choice === "string") {
        lacking = choice;
        break;
      }
      choices.push(choice);
    }
    this.#choices = choices;
    return { lines: choices.length, ...lacking && { lacking } };
  }

  /** Stores what was chosen, and originates what the store took. */
  send(): void {
    const choices = this.#choices;
    this.#choices = [];
    this.#place(choices).catch((error: unknown) => { this.#world.failed(error); });
  }

  /**
   * Dials a lead for the agent who chose it. False when there is no way out, or the store did not
   * take the attempt.
   */
  async dialFor(lead: HopperLead, chooser: AgentSession): Promise<boolean> {
    const now = this.#world.clock.now();
    const budget = wayOut(this.#world, this.#open(), now);
    if (typeof budget === "string") return false;
    const abandon = { ...this.#world.abandons(), agentReserved: true };
    return await this.#place([{ ...this.#take(lead, budget, now, abandon), chooser }]) > 0;
  }

  /** Resolves when what was sent so far is originated, or given up. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#sending);
  }

  /** Counts a call that a controller before this one placed. */
  adopt(session: CallSession): void {
    const budget = this.#budget(session);
    budget?.adopt();
    if (budget) this.#count(budget, 1);
    this.#world.link.lines += 1;
  }

  /** Counts a call as over; without an outcome when it is only let go. */
  release(session: CallSession, outcome: Parameters<TrunkBudget["release"]>[0]): void {
    const budget = this.#budget(session);
    budget?.release(outcome, this.#world.clock.now());
    if (budget) this.#count(budget, -1);
    this.#world.link.lines -= 1;
  }

  #budget(session: CallSession): TrunkBudget | undefined {
    return this.#world.trunks.get(session.order.trunk.trunk);
  }

  #budgets(): readonly TrunkBudget[] {
    return budgetsOf(this.#world, this.#world.owned().settings.trunks);
  }

  #count({ trunk: { name } }: TrunkBudget, change: number): void {
    this.#channels.set(name, (this.#channels.get(name) ?? 0) + change);
  }

  /** Channels that the campaign may still take on a trunk. */
  #allowed({ trunk: { name } }: TrunkBudget): number {
    const most = this.#world.owned().settings.lines?.perTrunkMax ?? limits.linesPerCampaign;
    return Math.max(0, most - (this.#channels.get(name) ?? 0));
  }

  #open(): readonly TrunkBudget[] {
    return this.#budgets().filter((each) => this.#allowed(each) > 0);
  }

  /** Undefined when there is no lead at hand. */
  #choose(now: Instant, abandon: AbandonStanding): Choice | Lack | undefined {
    const budget = wayOut(this.#world, this.#open(), now);
    if (typeof budget === "string") return budget;
    const lead = this.#world.hopper.next(now, undefined, (each) => this.#mayDial(each, now));
    return lead && this.#take(lead, budget, now, abandon);
  }

  /** A promised call waits for its agent, and not for ever. */
  #mayDial({ callback }: HopperLead, now: Instant): boolean {
    if (callback?.agent === undefined) return true;
    const holdMs = this.#world.owned().settings.callbackHoldMs ?? limits.callbackHoldMs;
    return this.#world.agentReady(callback.agent) || plus(callback.at, holdMs) <= now;
  }

  #take(
    lead: HopperLead, budget: TrunkBudget, now: Instant, abandon: AbandonStanding,
  ): Choice {
    const { link } = this.#world;
    const moment = { trunk: budget.standing(now), abandon };
    budget.take(now);
    this.#count(budget, 1);
    link.lines += 1;
    this.#intents += 1;
    const intent: NewAttempt = {
      attempt: this.#world.newId() as AttemptId, campaign: this.#world.owned().id, lead: lead.lead,
      number: lead.number, trunk: budget.trunk.id, pbx: link.pbx.name, at: now, moment,
      ...(lead.recording && { recording: lead.recording }),
      prediction: this.#world.predicted(lead, now),
      ...(lead.beepSeconds !== undefined && { beepSeconds: lead.beepSeconds }),
    };
    return { lead, budget, intent };
  }

  #place(choices: readonly Choice[]): Promise<number> {
    const placing = this.#placeAll(choices).finally(() => { this.#sending.delete(placing); });
    this.#sending.add(placing);
    return placing;
  }

  /**
   * Resolves with the number of calls that were made of them. They are placed one by one until the
   * next look at the floor, or in small portions where they are many: a burst would keep events
   * from being read, flood the switch, and have its people answer at once.
   */
  async #placeAll(choices: readonly Choice[]): Promise<number> {
    const { clock, placed } = this.#world;
    const left = [...choices];
    const nextLook = plus(clock.now(), limits.pacingMs);
    let made = 0;
    try {
      const confirmed = await this.#confirm(choices.map((each) => each.intent));
      const apartMs = Math.max(0, Math.floor((nextLook - clock.now()) / choices.length));
      const atOnce = apartMs > 0 ? 1 : limits.placeAtOnce;
      for (let choice = left.shift(); choice; choice = left.shift()) {
        this.#intents -= 1;
        if (this.#world.stopped() || !confirmed.has(choice.intent.attempt)) this.#letGo(choice);
        else {
          made += 1;
          this.#originate(choice);
        }
        const done = choices.length - left.length;
        if (left.length > 0 && done % atOnce === 0) await this.#pause(apartMs);
      }
    } finally {
      // Where the store refused, nothing is dialed: the lease of the leads runs out by itself.
      this.#intents -= left.length;
      for (const choice of left) this.#letGo(choice);
    }
    placed();
    return made;
  }

  #letGo({ budget }: Choice): void {
    budget.release(undefined, this.#world.clock.now());
    this.#count(budget, -1);
    this.#world.link.lines -= 1;
  }

  #originate(choice: Choice): void {
    const { clock, callWorld, calls, link } = this.#world;
    const session = new CallSession(callWorld, {
      attempt: choice.intent, spentBefore: choice.lead.spent, past: choice.lead.past,
      promisedTo: choice.lead.callback?.agent, grade: choice.lead.grade,
      campaign: this.#world.owned(),
      pbx: link.pbx, trunk: routeBy(choice.budget.trunk, choice.lead.number),
    });
    calls.sort(session);
    const now = clock.now();
    const ready = choice.chooser === undefined || this.#promise(session, choice.chooser);
    if (ready && link.usable) session.place();
    else session.receive({ type: "hang-up-asked", at: now, by: "operator" });
  }

  /** Binds the call to the agent who chose its lead; false when the agent is there no more. */
  #promise(session: CallSession, chooser: AgentSession): boolean {
    const at = this.#world.clock.now();
    const { attempt } = session.terms;
    const { lead } = session.order.attempt;
    chooser.receive(
      { type: "preview-dialed", at, lead, job: jobOf(this.#world.owned(), attempt) });
    const { work, leg } = chooser.state;
    const waits = work.at === "dialing" && work.job.call === callOf(attempt);
    if (!waits || leg === undefined) return false;
    session.receive({ type: "agent-promised", at, agent: chooser.agent.id, agentLeg: leg });
    return true;
  }

  /** Stores the intents, however often the store is away in between; once is enough. */
  async #confirm(intents: readonly NewAttempt[]): Promise<ReadonlySet<AttemptId>> {
    const { store } = this.#world;
    for (;;) {
      try {
        const { id, epoch } = this.#world.owned();
        return new Set(await store.placeAttempts(id, epoch, intents));
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.#world.stopped()) throw error;
        await this.#pause(limits.hopperPauseMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#world;
    return new Promise((resolve) => { clock.at(plus(clock.now(), ms), resolve); });
  }
}
