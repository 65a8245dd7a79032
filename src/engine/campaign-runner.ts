/**
 * Owns the dialing of one campaign: hopper, pacing, trunks and switches, intents in one batch per
 * tick, and the match of answered leads with ready agents. Stops at once when it is fenced.
 */
import { plus, type Instant, type Timer } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import { callOf, type AttemptId, type CampaignId, type LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { CallState } from "../call/call.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { FloorSnapshot, Pacer, PacingDecision } from "../pacing/pacer.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import { longestIdle } from "../routing/longest-idle.ts";
import type { LiveFigures } from "../store/redis/live-figures.ts";
import type { Pbx } from "../telephony/pbx.ts";
import type { HopperLead, NewAttempt, OwnedCampaign, Store } from "../store/store.ts";
import type { AgentSession } from "./agent-session.ts";
import { CallSession, type CallOrder, type CallWorld } from "./call-session.ts";
import { AbandonWindow } from "./abandon-window.ts";
import { Hopper } from "./hopper.ts";
import { figuresOf, snapshotOf } from "./floor-view.ts";
import { LiveCalls } from "./live-calls.ts";
import { PacingMemory } from "./pacing-memory.ts";
import type { SwitchLink } from "./switch-link.ts";
import { routeBy, type TrunkBudget } from "./trunk-budget.ts";
import { budgetsOf, wayOut, type Roads, type WayOut } from "./way-out.ts";

export interface RunnerWorld
  extends Roads, Pick<CallWorld, "clock" | "journal" | "log" | "recordings" | "newId"
    | "tellAgent" | "agentLanguage"> {
  readonly store: Store;
  /** False while the controller is told to place nothing new. */
  dialing(): boolean;
  /** True while Redis is away: then one line is placed per free agent, whatever the mode. */
  cautious(): boolean;
  running(): readonly CampaignId[];
  pacerFor(settings: CampaignSettings): Pacer;
  fenced(campaign: CampaignId): void;
  failed(error: unknown): void;
}

/** A lead chosen for a line, with its way out. */
interface Choice extends WayOut {
  readonly lead: HopperLead;
  readonly intent: NewAttempt;
}

export class CampaignRunner {
  readonly #world: RunnerWorld;
  readonly #callWorld: CallWorld;
  readonly #calls = new LiveCalls();
  readonly #hopper: Hopper;
  readonly #window: AbandonWindow;
  readonly #memory: PacingMemory;
  #owned: OwnedCampaign;
  #pacer: Pacer;
  #pacing: PacingDecision = { dials: 0, why: "starting" };
  /** Intents on their way to the store: lines already, for the pacer. */
  #choices: readonly Choice[] = [];
  #matching = false;
  #dialSoon = false;
  #dialedAt = 0 as Instant;
  #stopped = false;
  #tick: Timer | undefined;
  #begun = false;
  #finishing = false;

  /** `learned` is what the runner before this one left of its lessons, as it was stored. */
  constructor(world: RunnerWorld, owned: OwnedCampaign, learned: unknown) {
    this.#world = world;
    this.#owned = owned;
    this.#pacer = world.pacerFor(owned.settings);
    const failed = (error: unknown): void => { this.#fault(error); };
    this.#hopper = new Hopper(world.store, world.clock, owned, failed);
    this.#memory = new PacingMemory(world, { owned, failed }, learned);
    const { odds } = this.#memory.lessons.learned;
    this.#window = new AbandonWindow(world.store, world.clock, owned.id, failed, odds);
    this.#callWorld = {
      ...world,
      changed: (session, before) => { this.#changed(session, before); },
      fenced: (error) => { this.#fault(error); },
      broken: (session, error) => {
        this.#calls.forget(session);
        this.#world.failed(error);
      },
    };
  }

  /** The calls that are not over. */
  get sessions(): ReadonlyMap<AttemptId, CallSession> {
    return this.#calls.all;
  }

  get owned(): OwnedCampaign {
    return this.#owned;
  }

  /** Has somebody to dial now, or on the line: one whose leads all wait needs no agents. */
  get wantsAgents(): boolean {
    return this.#owned.state === "running" && !(this.#idle && this.#hopper.dry);
  }

  get #idle(): boolean { return this.sessions.size === 0 && this.#choices.length === 0; }

  /** New settings or a new state, from a command. */
  update(owned: OwnedCampaign): void {
    this.#owned = owned;
    this.#pacer = this.#world.pacerFor(owned.settings);
    if (owned.state !== "running") void this.#hopper.giveBack();
  }

  /** Begins to dial; calls of a controller before this one were adopted by then. */
  begin(): void {
    this.#begun = true;
    this.#beat();
  }

  /** Takes up a call that is on a switch, or was when a controller before this one died. */
  adopt(order: CallOrder, facts: Parameters<CallSession["replay"]>[0]): CallSession {
    const session = new CallSession(this.#callWorld, order);
    session.replay(facts);
    this.#calls.sort(session);
    this.#budget(session)?.adopt();
    const link = this.#link(session);
    if (link) link.lines += 1;
    return session;
  }

  /** Writes and sends nothing more. Legs stay as they are; the next owner adopts them. */
  stop(): void {
    this.#stopped = true;
    this.#tick?.cancel();
    this.#memory.stop();
    for (const session of this.sessions.values()) {
      session.stop();
      if (session.state.at !== "ended") this.#release(session, undefined);
    }
    this.#calls.clear();
  }

  /** Gives the hopper back, for an orderly stop; afterwards nothing is dialed. */
  async quit(): Promise<void> {
    this.#begun = false;
    await this.#hopper.giveBack();
    await this.#memory.save();
  }

  /** Something changed: look again at who waits and how many lines to place. */
  poke(): void {
    if (this.#stopped) return;
    this.match();
    if (this.#dialSoon || !this.#begun) return;
    this.#dialSoon = true;
    // What many events change in a short while is one look at the floor, one batch of intents.
    const { clock } = this.#world;
    clock.at(plus(this.#dialedAt, limits.pacingMs), () => {
      this.#dialSoon = false;
      this.#dial();
    });
  }

  /** Gives waiting leads to ready agents, the longest waiting first. */
  match(): void {
    // Sessions call back while they are told; one loop does it all.
    if (this.#matching || this.#stopped) return;
    this.#matching = true;
    // Where nobody is ready for the one who waits longest, nobody is for the others.
    const without = new Set<Pbx>();
    for (const call of this.#waitingCalls()) {
      const { pbx } = call.order;
      if (!without.has(pbx) && !this.#matchOne(call)) without.add(pbx);
    }
    this.#matching = false;
  }

  figures(controller: string): LiveFigures {
    return figuresOf({
      at: this.#world.clock.now(), controller, calls: this.sessions.values(),
      floor: this.#floor(), pacing: this.#pacing,
    });
  }

  #beat(): void {
    if (this.#stopped) return;
    this.poke();
    this.#finishIfDone();
    this.#tick = this.#world.clock.at(
      plus(this.#world.clock.now(), limits.tickMs), () => { this.#beat(); });
  }

  #waitingCalls(): readonly CallSession[] {
    const waiting: { readonly call: CallSession; readonly since: Instant }[] = [];
    for (const call of this.#calls.waiting) {
      const { state } = call;
      if (state.at === "waiting" && state.reserved === undefined
        && state.offers < limits.offersPerCall) {
        waiting.push({ call, since: state.answeredAt });
      }
    }
    return waiting.sort((a, b) => a.since - b.since).map(({ call }) => call);
  }

  /** False when no agent is ready where the call is. */
  #matchOne(call: CallSession): boolean {
    const ready = [...this.#world.desk.ready(this.#owned.id, call.order.pbx)];
    const chosen = longestIdle(ready.map((session) => ({
      agent: session.agent.id, readySince: session.state.since,
      offHook: session.state.mode === "off-hook",
    })));
    const session = ready.find((each) => each.agent.id === chosen?.agent);
    if (session) this.#give(call, session);
    return session !== undefined;
  }

  #give(call: CallSession, session: AgentSession): void {
    const { settings } = this.#owned;
    const at = this.#world.clock.now();
    session.receive({
      type: "reserved", at, ring: this.#world.newId() as LegId,
      job: {
        call: callOf(call.terms.attempt), campaign: this.#owned.id, wrapUpMs: settings.wrapUpMs,
        keys: Object.fromEntries(settings.dispositions.map(({ key, code }) => [key, code])),
        dispositionDefault: settings.dispositionDefault,
      },
    });
    const leg = session.state.mode === "off-hook" ? session.state.leg : undefined;
    call.receive({ type: "agent-offered", at, agent: session.agent.id, leg });
  }

  #changed(session: CallSession, before: CallState): void {
    const { state, terms: { placedAt } } = session;
    this.#memory.lessons.lineChanged({
      placedAt, answerProbability: this.#window.answerRate, before, now: state,
      at: this.#world.clock.now(),
    }, this.#owned.settings.abandonRateMax);
    const isOver = before.at === "closing" || before.at === "ended";
    if ((state.at === "closing" || state.at === "ended") && !isOver) {
      this.#window.count(state.outcome.outcome);
    }
    if (state.at === "ended" && before.at !== "ended") {
      this.#release(session, state.outcome);
      this.#world.recordings.callOver(session.terms.attempt, this.#world.failed);
    }
    if (session.done) this.#calls.forget(session);
    else this.#calls.sort(session);
    if (state.at !== before.at) this.poke();
  }

  #release(session: CallSession, outcome: Parameters<TrunkBudget["release"]>[0]): void {
    this.#budget(session)?.release(outcome, this.#world.clock.now());
    const link = this.#link(session);
    if (link) link.lines -= 1;
  }

  #budget(session: CallSession): TrunkBudget | undefined {
    return this.#world.trunks.get(session.order.trunk.trunk);
  }

  #link(session: CallSession): SwitchLink | undefined {
    return this.#world.links.find((each) => each.pbx === session.order.pbx);
  }

  #budgets(): readonly TrunkBudget[] {
    return budgetsOf(this.#world, this.#owned.settings.trunks);
  }

  #floor(): FloorSnapshot["agents"] {
    return this.#world.desk.floor(this.#owned.id, this.#world.running());
  }

  #snapshot(now: Instant): FloorSnapshot {
    return snapshotOf({
      now, settings: this.#owned.settings, calls: this.#calls,
      intents: this.#choices.length, agents: this.#floor(), leads: this.#hopper.size,
      window: this.#window, learned: this.#memory.lessons.learned, listEnds: this.#hopper.listEnds,
      room: this.#budgets().reduce((sum, each) => sum + each.freeChannels, 0),
    });
  }

  /** Asks the pacer, and sends that many intents to the store; one batch at a time. */
  #dial(): void {
    if (this.#stopped || !this.#begun || this.#choices.length > 0) return;
    const why = this.#heldBack();
    if (why !== undefined) {
      this.#pacing = { dials: 0, why };
      return;
    }
    const now = this.#world.clock.now();
    this.#dialedAt = now;
    this.#hopper.refill();
    const snapshot = this.#snapshot(now);
    this.#memory.lessons.floorSeen(snapshot.agents);
    const pacer = this.#world.cautious() ? progressivePacer : this.#pacer;
    const decision = pacer.decide(snapshot);
    this.#pacing = decision;
    const choices: Choice[] = [];
    while (choices.length < decision.dials) {
      const choice = this.#choose(now);
      if (!choice) break;
      choices.push(choice);
    }
    if (choices.length === 0) return;
    this.#choices = choices;
    this.#memory.decided({ snapshot, decision, pacer: pacer.name, placed: choices.length });
    this.#placeAll(choices).catch((error: unknown) => { this.#fault(error); });
  }

  #heldBack(): string | undefined {
    if (this.#owned.state !== "running") return this.#owned.state;
    if (!this.#world.dialing()) return "controller-stopping";
    if (this.#world.journal.strained) return "store-away";
    this.#window.refresh();
    if (!this.#window.known) return "counting-abandoned";
    return this.#world.links.some((each) => each.usable) ? undefined : "switch-away";
  }

  #choose(now: Instant): Choice | undefined {
    const way = wayOut(this.#world, this.#owned.id, this.#budgets(), now);
    if (typeof way === "string") {
      this.#pacing = { dials: 0, why: way };
      return undefined;
    }
    const { budget, link } = way;
    const lead = this.#hopper.next(now);
    if (!lead) return undefined;
    budget.take(now);
    link.lines += 1;
    const intent: NewAttempt = {
      attempt: this.#world.newId() as AttemptId, campaign: this.#owned.id, lead: lead.lead,
      number: lead.number, trunk: budget.trunk.id, pbx: link.pbx.name, at: now,
      ...(lead.recording && { recording: lead.recording }),
    };
    return { lead, budget, link, intent };
  }

  async #placeAll(choices: readonly Choice[]): Promise<void> {
    const intents = choices.map((each) => each.intent);
    const confirmed = await this.#confirm(intents);
    this.#choices = [];
    const late = plus(choices[0]?.intent.at ?? this.#world.clock.now(), limits.staleIntentMs);
    for (const choice of choices) {
      if (this.#stopped || !confirmed.has(choice.intent.attempt)) {
        choice.budget.release(undefined, this.#world.clock.now());
        choice.link.lines -= 1;
        continue;
      }
      const session = new CallSession(this.#callWorld, {
        attempt: choice.intent, spentBefore: choice.lead.spent, campaign: this.#owned,
        pbx: choice.link.pbx, trunk: routeBy(choice.budget.trunk, choice.lead.number),
      });
      this.#calls.sort(session);
      const now = this.#world.clock.now();
      if (now <= late && choice.link.usable) session.place();
      else session.receive({ type: "hang-up-asked", at: now, by: "operator" });
    }
    this.poke();
  }

  /** Stores the intents, however often the store is away in between; once is enough. */
  async #confirm(intents: readonly NewAttempt[]): Promise<ReadonlySet<AttemptId>> {
    const { store, clock } = this.#world;
    for (;;) {
      try {
        const { id, epoch } = this.#owned;
        return new Set(await store.placeAttempts(id, epoch, intents));
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.#stopped) throw error;
        await new Promise<void>((resolve) => {
          clock.at(plus(clock.now(), limits.hopperPauseMs), resolve);
        });
      }
    }
  }

  /** Ends a campaign that has nothing left to do; the store has the last word on that. */
  #finishIfDone(): void {
    const { state } = this.#owned;
    const over = state === "stopping" || (state === "running" && this.#hopper.dry);
    if (!this.#idle || !over || this.#finishing || !this.#begun) return;
    this.#finishing = true;
    // Saved before: who finishes a campaign has no lease on it any more.
    this.#memory.save()
      .then(() => this.#world.store.finishCampaign(this.#owned.id, this.#owned.epoch))
      .catch((error: unknown) => { this.#fault(error); })
      .finally(() => {
        this.#world.clock.at(plus(this.#world.clock.now(), limits.hopperPauseMs), () => {
          this.#finishing = false;
        });
      });
  }

  #fault(error: unknown): void {
    if (error instanceof Fenced) {
      this.stop();
      this.#world.fenced(this.#owned.id);
    } else if (!(error instanceof StoreUnavailable)) {
      this.#world.failed(error);
    }
  }
}
