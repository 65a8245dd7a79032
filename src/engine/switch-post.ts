/**
 * Owns a controller's work at one switch, from the taking of its seat until that is given back or
 * lost: the agents there, a runner for each campaign, the switch's share of the trunks. Routes each
 * event to the session it is for, and compares what the switch has with what we know after every
 * connection; nothing is dialed before that.
 */
import type { Clock } from "../clock.ts";
import { Fenced, messageOf, StoreUnavailable, SwitchUnreachable } from "../errors.ts";
import {
  attemptOf, type AttemptId, type CallId, type CampaignId, type ControllerId, type LegId,
} from "../ids.ts";
import { limits } from "../limits.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Log } from "../log.ts";
import type { Pacer } from "../pacing/pacer.ts";
import type { LiveFigures } from "../store/redis/live-figures.ts";
import type {
  Agent, AgentStanding, Campaign, OpenAttempt, OwnedCampaign, Seat, Store, Trunk,
} from "../store/store.ts";
import type { Pbx, PbxEvent, Survey } from "../telephony/pbx.ts";
import { AgentDesk } from "./agent-desk.ts";
import type { AgentSession, PreviewNews } from "./agent-session.ts";
import type { CallSession } from "./call-session.ts";
import { CampaignRunner, type RunnerWorld } from "./campaign-runner.ts";
import type { FactJournal } from "./fact-journal.ts";
import { NamedTimers } from "./named-timers.ts";
import { byLeg, freeAgents, reconcileCall } from "./reconcile.ts";
import { RecordingDesk, type Discard, type Measure } from "./recording-desk.ts";
import type { StrayLegs } from "./stray-legs.ts";
import type { SwitchLink } from "./switch-link.ts";
import { callInputOf, inputOf, type CallNews } from "./translate.ts";
import { routeBy } from "./trunk-budget.ts";
import { TrunkShares } from "./trunk-shares.ts";

/** What a post needs of its controller. */
export interface PostWorld {
  readonly controller: ControllerId;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
  readonly journal: FactJournal;
  readonly measure: Measure;
  readonly discard: Discard;
  readonly strays: StrayLegs;
  /** A UUID, never the same twice. */
  newId(): string;
  pacerFor(settings: CampaignSettings): Pacer;
  dialing(): boolean;
  cautious(): boolean;
  /** This controller is over: another one has the switch. */
  end(error: unknown): void;
  /** The switch says that another took our place; who has the seat, the store knows. */
  contested(post: SwitchPost): void;
  failed(error: unknown): void;
}

/** What commands may have changed, as the store has it. */
export interface StoredFloor {
  readonly campaigns: readonly Campaign[];
  readonly trunks: readonly Trunk[];
  readonly agents: readonly Agent[];
  readonly standings: readonly AgentStanding[];
}

export class SwitchPost {
  readonly seat: Seat;
  readonly #world: PostWorld;
  readonly #link: SwitchLink;
  readonly #isFirst: boolean;
  readonly #runners = new Map<CampaignId, CampaignRunner>();
  readonly #shares: TrunkShares;
  readonly #desk: AgentDesk;
  readonly #recordings: RecordingDesk;
  readonly #timers: NamedTimers;
  /** Open calls of the holder before us that have no runner yet. */
  readonly #left: OpenAttempt[] = [];
  #loaded = false;
  #dialing = true;
  #begun = false;
  #stopped = false;

  /** `isFirst` when it is the first that is configured: agents of no known place are here. */
  constructor(
    world: PostWorld, seat: Seat, at: { pbx: Pbx; linesMax: number; isFirst: boolean },
  ) {
    this.#world = world;
    this.seat = seat;
    this.#isFirst = at.isFirst;
    this.#link = { pbx: at.pbx, linesMax: at.linesMax, usable: false, lines: 0 };
    this.#timers = new NamedTimers(world.clock);
    this.#shares = new TrunkShares(world.store, world.clock, seat.epoch);
    this.#recordings = new RecordingDesk(world, seat.epoch);
    const { clock, log, journal, store } = world;
    this.#desk = new AgentDesk({
      clock, log, journal, epoch: seat.epoch, newId: () => world.newId(),
      checkPin: (agent, pin, now) => store.checkPin(agent.id, pin, now),
      tellCall: (call, session, news) => { this.#tellCall(call, session, news); },
      tellPreview: (session, news) => { this.#tellPreview(session, news); },
      broken: (_session, error) => { this.#failed(error); },
    }, at.pbx, () => { this.#poke(); });
  }

  /** In use: connected, and what the switch has was compared with what we know. */
  get usable(): boolean {
    return this.#link.usable;
  }

  /** Calls that are not over. */
  get liveCalls(): number {
    let live = 0;
    for (const runner of this.#runners.values()) live += runner.sessions.size;
    return live;
  }

  /**
   * Takes up what the holder before us left, connects, compares, and only then dials. Throws what
   * the store or the switch throws at the first try; then it may be tried again.
   */
  async open(floor: StoredFloor): Promise<void> {
    if (!this.#loaded) await this.#load();
    await this.#takeOver(floor);
    for (const each of this.#left.splice(0)) this.#resume(each);
    const { pbx } = this.#link;
    pbx.onEvent((event) => { this.#event(event); });
    await pbx.open();
    await this.#reconcile(false);
    if (this.#stopped) return;
    // After the calls of the holder before us were counted: its share may be in use by them.
    await this.#share();
    this.#begun = true;
    for (const runner of this.#runners.values()) runner.begin();
  }

  /** Takes our place at the switch again, and compares. Throws what the switch throws. */
  async reopen(): Promise<void> {
    await this.#link.pbx.open();
    await this.#reconcile(false);
  }

  /** Takes over what commands have changed, and asks for our share of the trunks. */
  async update(floor: StoredFloor): Promise<void> {
    if (this.#stopped) return;
    await this.#takeOver(floor);
    if (!this.#isStopped()) await this.#share();
  }

  /**
   * An orderly end: nothing new is dialed, facts are written, the connection is closed. What is up
   * on the switch stays up, for the next controller to adopt.
   */
  async leave(): Promise<void> {
    this.#dialing = false;
    for (const runner of this.#runners.values()) await runner.quit();
    const calls = [...this.#runners.values()].flatMap((each) => [...each.sessions.values()]);
    await Promise.all([...calls, ...this.#desk.sessions].map((each) => each.settled()));
    await this.#world.journal.idle();
    this.kill();
    await this.disconnect();
  }

  /** Stops all timers and sessions without a word to store or switch: as if the process died. */
  kill(): void {
    this.#stopped = true;
    this.#link.usable = false;
    this.#timers.stop();
    for (const runner of this.#runners.values()) runner.stop();
    this.#desk.stop();
  }

  /** Closes the connection; legs stay up. */
  async disconnect(): Promise<void> {
    await this.#link.pbx.close();
  }

  figures(): ReadonlyMap<CampaignId, LiveFigures> {
    const { controller } = this.#world;
    return new Map([...this.#runners].map(([campaign, runner]) =>
      [campaign, runner.figures(controller)]));
  }

  // Campaigns and trunks.

  /** What the holder before us left: facts on this disk, open calls, recordings to measure. */
  async #load(): Promise<void> {
    const { store, journal, log } = this.#world;
    const recovered = await journal.recover(this.seat);
    if (recovered > 0) log.line("warn", "facts-recovered", { count: recovered });
    const [open, unmeasured] = await Promise.all([
      store.openAttempts(this.seat.pbx), store.unmeasuredRecordings(this.seat.pbx)]);
    this.#loaded = true;
    this.#left.push(...open);
    for (const { attempt, files, startedAt, refused } of unmeasured) {
      this.#recordings.resume(attempt, files, startedAt);
      if (refused) this.#recordings.refused(attempt);
      this.#recordings.callOver(attempt, (error) => { this.#failed(error); });
    }
  }

  async #takeOver(floor: StoredFloor): Promise<void> {
    this.#shares.update(floor.trunks);
    this.#desk.update(floor.agents, floor.standings, this.#isFirst);
    const ids = new Set(floor.campaigns.map((each) => each.id));
    for (const [campaign, runner] of this.#runners) {
      if (ids.has(campaign) || runner.sessions.size > 0) continue;
      runner.stop();
      this.#runners.delete(campaign);
    }
    for (const campaign of floor.campaigns) {
      const owned = { ...campaign, epoch: this.seat.epoch };
      const runner = this.#runners.get(campaign.id);
      if (runner) runner.update(owned);
      else await this.#run(owned);
      if (this.#isStopped()) return;
    }
  }

  #share(): Promise<void> {
    const wanted = this.#link.usable ? this.#desk.size * limits.linesPerAgent : 0;
    return this.#shares.ask(wanted, this.#trunksInUse());
  }

  async #run(owned: OwnedCampaign): Promise<void> {
    const learned = await this.#world.store.pacingMemory(owned.id, this.seat.pbx);
    if (this.#stopped) return;
    const runner = new CampaignRunner(this.#runnerWorld(), owned, learned);
    this.#runners.set(owned.id, runner);
    if (this.#begun) runner.begin();
  }

  /** Trunks of campaigns that dial. */
  #trunksInUse(): ReadonlySet<string> {
    return new Set([...this.#runners.values()].flatMap(({ owned }) =>
      owned.state === "running" ? owned.settings.trunks : []));
  }

  #resume(open: OpenAttempt): void {
    const runner = this.#runners.get(open.campaign);
    const trunk = this.#shares.byId(open.trunk);
    if (!runner || !trunk) return;
    const session = runner.adopt({
      attempt: open, spentBefore: open.spent, past: open.past,
      promisedTo: open.promisedTo, grade: open.grade,
      campaign: runner.owned, pbx: this.#link.pbx,
      trunk: routeBy(trunk, open.number),
    }, open.facts);
    const began = open.facts.find((fact) => fact.type === "recording-began");
    if (began) this.#recordings.resume(open.attempt, session.recording.files, began.at);
    if (session.recording.discards) this.#recordings.refused(open.attempt);
  }

  #runnerWorld(): RunnerWorld {
    const world = this.#world;
    const { clock, store, log, journal } = world;
    return {
      clock, store, log, journal, recordings: this.#recordings, desk: this.#desk,
      link: this.#link, trunks: this.#shares.budgets,
      newId: () => world.newId(),
      pacerFor: (settings) => world.pacerFor(settings),
      dialing: () => this.#dialing && world.dialing(),
      cautious: () => world.cautious(),
      running: () => [...this.#runners.values()].map((each) => each.blended),
      tellAgent: (agent, input) => { this.#desk.get(agent)?.receive(input); },
      agentLanguage: (agent) => this.#desk.get(agent)?.agent.language ?? "en",
      agentPlace: (agent) => this.#desk.get(agent)?.agent.place,
      fenced: (error) => { this.#failed(error); },
      failed: (error) => { this.#failed(error); },
    };
  }

  /** A free agent goes to whoever waits in the campaign of the highest priority. */
  #poke(): void {
    const runners = [...this.#runners.values()]
      .sort((a, b) => b.blended.priority - a.blended.priority);
    for (const runner of runners) runner.poke();
  }

  // Between calls and agents.

  #call(attempt: AttemptId): CallSession | undefined {
    for (const runner of this.#runners.values()) {
      const session = runner.sessions.get(attempt);
      if (session) return session;
    }
    return undefined;
  }

  #tellCall(call: CallId, from: AgentSession, news: CallNews): void {
    const session = this.#call(call as string as AttemptId);
    const at = this.#world.clock.now();
    if (session) session.receive(inputOf(news, from.agent.id, at));
    // The call is forgotten: an agent who still waits for it is let go.
    else from.receive({ type: "call-taken-back", at, call, why: "call-over" });
  }

  #tellPreview(from: AgentSession, news: PreviewNews): void {
    const runner = this.#runners.get(news.campaign);
    const at = this.#world.clock.now();
    if (runner) runner.previewTold(from, news);
    else if (news.news === "dial") {
      from.receive({ type: "preview-withdrawn", at, lead: news.lead, why: "campaign-gone" });
    }
  }

  // The switch.

  #event(event: PbxEvent): void {
    if (this.#stopped) return;
    const { log } = this.#world;
    const { pbx } = this.#link;
    switch (event.type) {
      case "connection-lost":
        this.#link.usable = false;
        log.line("warn", event.type, { pbx: pbx.name });
        return;
      case "connection-restored":
        log.line("warn", event.type, { pbx: pbx.name, restarted: event.restarted });
        this.#reconcile(event.restarted).catch((error: unknown) => { this.#failed(error); });
        return;
      case "superseded":
        this.#link.usable = false;
        log.line("warn", event.type, { pbx: pbx.name });
        this.#world.contested(this);
        return;
      case "recording-ended":
        this.#recordings.ended(attemptOf(event.call as string as LegId))
          .catch((error: unknown) => { this.#failed(error); });
        break;
      default:
        break;
    }
    const input = callInputOf(event);
    const attempt = "leg" in event ? attemptOf(event.leg)
      : "call" in event ? event.call as string as AttemptId : undefined;
    const session = attempt === undefined ? undefined : this.#call(attempt);
    if (session) {
      if (input) session.receive(input);
      return;
    }
    if (this.#desk.event(event)) return;
    this.#world.strays.event(pbx, event);
  }

  /** Compares the switch with what we know; nothing is dialed on it before that is done. */
  async #reconcile(restarted: boolean): Promise<void> {
    this.#link.usable = false;
    const survey = await this.#survey(restarted);
    if (!survey || this.#stopped) return;
    const legs = byLeg(survey);
    for (const runner of this.#runners.values()) {
      for (const session of [...runner.sessions.values()]) {
        reconcileCall(session, legs.get(session.terms.leg), survey, restarted);
      }
    }
    this.#desk.reconcile(survey);
    freeAgents(this.#desk, (call) => this.#call(call as string as AttemptId), survey.at);
    for (const leg of survey.legs) {
      if (!this.#knows(leg.leg)) this.#world.strays.end(this.#link.pbx, leg);
    }
    this.#link.usable = true;
    this.#poke();
    const endLate = (): void => {
      this.#world.strays.endLate(this.#link, (leg) => this.#knows(leg))
        .catch((error: unknown) => { this.#failed(error); });
    };
    for (const ms of limits.lateLegsMs) this.#timers.later(`late legs ${ms}`, ms, endLate);
    this.#timers.every("late legs", limits.strayLegsMs, endLate);
  }

  /** Undefined when the switch went away meanwhile: its return makes us ask again. */
  async #survey(restarted: boolean): Promise<Survey | undefined> {
    const { pbx } = this.#link;
    try {
      return await pbx.survey();
    } catch (error) {
      if (!(error instanceof SwitchUnreachable)) throw error;
      this.#world.log.line("warn", "survey-failed", { pbx: pbx.name, why: messageOf(error) });
      this.#timers.later("survey", limits.hopperPauseMs, () => {
        if (this.#link.usable) return;
        this.#reconcile(restarted).catch((again: unknown) => { this.#failed(again); });
      });
      return undefined;
    }
  }

  #knows(leg: LegId): boolean {
    return this.#call(attemptOf(leg)) !== undefined || this.#desk.owns(leg);
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  /** An old epoch wrote nothing: the seat is another's. All else is said, and the rest goes on. */
  #failed(error: unknown): void {
    if (this.#stopped) return;
    if (error instanceof Fenced) this.#world.end(error);
    else if (!(error instanceof StoreUnavailable)) this.#world.failed(error);
  }
}
