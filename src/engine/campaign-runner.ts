/**
 * Owns the dialing of one campaign on one switch: the beat of its looks at the floor, what the
 * pacer makes of them, the hopper, and the end. Lines and agents are the placer's and the matcher's
 * to give. The same campaign is run beside it on other switches, for the agents there, by this
 * controller or another; they share the list. Stops at once when it is fenced.
 */
import { plus, type Instant, type Timer } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import type { AttemptId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { CallState } from "../call/call.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { AbandonStanding } from "../compliance/gate.ts";
import { loanMax } from "../pacing/abandon-budget.ts";
import { floorOf, isWorking } from "../pacing/floor.ts";
import type { FloorSnapshot, Pacer, PacingDecision } from "../pacing/pacer.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import type { BlendedCampaign } from "../routing/blending.ts";
import type { LiveFigures } from "../store/redis/live-figures.ts";
import type { OwnedCampaign, Store } from "../store/store.ts";
import { AbandonWindow } from "./abandon-window.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { AgentSession, PreviewNews } from "./agent-session.ts";
import { AgentMatcher } from "./agent-matcher.ts";
import { CallSession, type CallOrder, type CallWorld } from "./call-session.ts";
import { Hopper } from "./hopper.ts";
import { figuresOf, snapshotOf } from "./floor-view.ts";
import { LinePlacer } from "./line-placer.ts";
import { cellOfCall, oddsOfCall, predictionOf } from "./lead-odds.ts";
import { LiveCalls } from "./live-calls.ts";
import { PacingMemory } from "./pacing-memory.ts";
import { leaseOf, Previews } from "./previews.ts";
import type { Roads } from "./way-out.ts";

export interface RunnerWorld
  extends Roads, Pick<CallWorld, "clock" | "journal" | "log" | "recordings" | "newId"
    | "tellAgent" | "agentLanguage" | "agentPlace"> {
  readonly store: Store;
  readonly desk: AgentDesk;
  /** False while the controller is told to place nothing new. */
  dialing(): boolean;
  /** True while Redis is away: then one line is placed per free agent, whatever the mode. */
  cautious(): boolean;
  /** What every campaign of this controller wants of the agents. */
  readonly running: () => readonly BlendedCampaign[];
  pacerFor(settings: CampaignSettings): Pacer;
  /** Another controller has the seat here. */
  fenced(error: Fenced): void;
  failed(error: unknown): void;
}

/** Reasons by which nothing can be dialed however many agents there are. */
const noWayOut: ReadonlySet<string> = new Set(
  ["trunks-full", "switch-away", "trunk-failing", "line-cap"]);

export class CampaignRunner {
  readonly #world: RunnerWorld;
  readonly #callWorld: CallWorld;
  readonly #calls = new LiveCalls();
  readonly #hopper: Hopper;
  readonly #window: AbandonWindow;
  readonly #memory: PacingMemory;
  readonly #placer: LinePlacer;
  readonly #matcher: AgentMatcher;
  readonly #previews: Previews;
  #owned: OwnedCampaign;
  #pacer: Pacer;
  #pacing: PacingDecision = { dials: 0, why: "starting" };
  /** Since when nothing can be dialed although there are leads. */
  #stuckSince: Instant | undefined;
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
    this.#window = new AbandonWindow(world.store, world.clock, owned.id, failed);
    this.#callWorld = {
      ...world,
      changed: (session, before) => { this.#changed(session, before); },
      fenced: (error) => { this.#fault(error); },
      broken: (session, error) => {
        this.#calls.forget(session);
        this.#world.failed(error);
      },
    };
    const shared = { ...world, calls: this.#calls, owned: () => this.#owned };
    this.#matcher = new AgentMatcher(shared);
    this.#placer = new LinePlacer({
      ...shared, hopper: this.#hopper, callWorld: this.#callWorld, failed,
      stopped: () => this.#stopped,
      agentReady: (agent) => world.desk.free(this.#owned.id)
        .some((session) => session.agent.id === agent),
      placed: () => { this.poke(); },
      abandons: () => this.#abandons(),
      predicted: (lead, now) =>
        predictionOf(lead, this.#memory.lessons.learned.cells, now),
    });
    this.#previews = new Previews({
      ...shared, hopper: this.#hopper, failed, heldBack: () => this.#heldBack(),
      dial: (lead, agent) => this.#placer.dialFor(lead, agent),
    });
  }

  /** The calls that are not over. */
  get sessions(): ReadonlyMap<AttemptId, CallSession> {
    return this.#calls.all;
  }

  get owned(): OwnedCampaign {
    return this.#owned;
  }

  /** What this campaign wants of the agents who work for others too. */
  get blended(): BlendedCampaign {
    const { id, state, settings } = this.#owned;
    const claims = this.#calls.lines.size + this.#calls.waiting.size + this.#placer.intents;
    const { clock } = this.#world;
    const stuck = this.#stuckSince !== undefined
      && plus(this.#stuckSince, limits.blendPatienceMs) <= clock.now();
    // One whose leads all wait, or that has no way to dial them, needs only who answers its lines.
    const leads = state !== "running" || stuck ? 0
      : this.#hopper.listEnds ? this.#hopper.size + this.#previews.size : Infinity;
    return { id, priority: settings.priority ?? 5, wanted: leads + claims, claims };
  }

  /** Whether anybody is at work here, for whatever campaign. */
  get #isStaffed(): boolean { return this.#world.desk.size > 0; }
  get #idle(): boolean {
    return this.sessions.size === 0 && this.#placer.intents === 0 && this.#previews.size === 0;
  }

  /** An agent's word on a lead that was shown. */
  previewTold(agent: AgentSession, news: PreviewNews): void {
    if (!this.#stopped) this.#previews.told(agent, news);
  }

  /** New settings or a new state, from a command. */
  update(owned: OwnedCampaign): void {
    const before = this.#owned.settings.mode.kind;
    const { state, settings: { mode } } = owned;
    this.#owned = owned;
    this.#pacer = this.#world.pacerFor(owned.settings);
    const slower = mode.kind === "preview" && before !== "preview";
    // Leads to be looked at are leased for longer: those at hand go back and come anew.
    if (state !== "running" || slower) void this.#hopper.giveBack();
    if (state !== "running" || mode.kind !== "preview") {
      this.#previews.withdraw(state === "running" ? "mode-changed" : state);
    }
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
    this.#placer.adopt(session);
    return session;
  }

  /** Writes and sends nothing more. Legs stay as they are; the next owner adopts them. */
  stop(): void {
    this.#stopped = true;
    this.#tick?.cancel();
    this.#memory.stop();
    for (const session of this.sessions.values()) {
      session.stop();
      if (session.state.at !== "ended") this.#placer.release(session, undefined);
    }
    this.#calls.clear();
  }

  /** Gives the hopper back, for an orderly stop; afterwards nothing is dialed. */
  async quit(): Promise<void> {
    this.#begun = false;
    this.#previews.withdraw("controller-stopping");
    await this.#placer.idle();
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
    if (!this.#stopped) this.#matcher.match();
  }

  figures(controller: string): LiveFigures {
    return figuresOf({
      at: this.#world.clock.now(), controller, link: this.#world.link,
      calls: this.sessions.values(), floor: this.#floor(), pacing: this.#pacing,
    });
  }

  #beat(): void {
    if (this.#stopped) return;
    this.poke();
    this.#finishIfDone();
    this.#tick = this.#world.clock.at(
      plus(this.#world.clock.now(), limits.tickMs), () => { this.#beat(); });
  }

  #changed(session: CallSession, before: CallState): void {
    const { state, terms: { placedAt } } = session;
    this.#memory.lessons.lineChanged({
      placedAt, before, now: state, at: this.#world.clock.now(), cell: cellOfCall(session),
      answerProbability: oddsOfCall(session, this.#memory.lessons.learned.cells),
    }, this.#owned.settings.abandonRateMax);
    const isOver = before.at === "closing" || before.at === "ended";
    if ((state.at === "closing" || state.at === "ended") && !isOver) {
      this.#window.count(state.outcome.outcome);
    }
    if (state.at === "ended" && before.at !== "ended") {
      this.#placer.release(session, state.outcome);
      this.#world.recordings.callOver(session.terms.attempt, this.#world.failed);
    }
    if (session.done) this.#calls.forget(session);
    else this.#calls.sort(session);
    if (state.at !== before.at) this.poke();
  }

  #floor(): FloorSnapshot["agents"] {
    return this.#world.desk.floor(this.#owned.id, this.#world.running);
  }

  #snapshot(now: Instant): FloorSnapshot {
    return snapshotOf({
      now, settings: this.#owned.settings, calls: this.#calls,
      intents: this.#placer.intents, agents: this.#floor(), leads: this.#hopper,
      window: this.#window, learned: this.#memory.lessons.learned, listEnds: this.#hopper.listEnds,
      room: this.#placer.room,
    });
  }

  #abandons(): Omit<AbandonStanding, "agentReserved"> {
    const { readAt, answered, abandoned } = this.#window;
    const { abandonRateMax, mode } = this.#owned.settings;
    const working = this.#floor().filter(isWorking).length;
    // Only predictive lends; the others fall back to one line per agent at once.
    const lent = (of: number): number =>
      mode.kind === "predictive" ? loanMax(working, of) : 0;
    const day = this.#window.day(abandonRateMax);
    return {
      readAt, answered, abandoned, rateMax: abandonRateMax, lent: lent(answered),
      ...day && { day: { ...day, lent: lent(day.answered) } },
    };
  }

  /** Asks the pacer, and sends that many intents to the store; one batch at a time. */
  #dial(): void {
    if (this.#stopped || !this.#begun || this.#placer.intents > 0) return;
    const now = this.#world.clock.now();
    const why = this.#heldBack();
    if (why !== undefined) {
      this.#say({ dials: 0, why }, now);
      // Nothing is dialed, and what rings already may ring into a floor that everybody left.
      if (this.#calls.lines.size > 0 && this.#world.link.usable) {
        this.#giveUp(this.#pacer.decide(this.#snapshot(now)).giveUp ?? [], now);
      }
      return;
    }
    this.#dialedAt = now;
    const { mode } = this.#owned.settings;
    if (mode.kind === "preview") {
      this.#hopper.refill({ leaseMs: leaseOf(mode), usual: limits.previewBatch });
      // Looking at the floor says which agents are this campaign's.
      this.#memory.lessons.floorSeen(this.#floor());
      this.#say({ dials: 0, why: this.#previews.offer(mode, now) }, now);
      return;
    }
    // A small floor takes few: those it holds are missing on the campaign's other switches.
    this.#hopper.refill({ usual: this.#world.desk.size * limits.hopperPerAgent });
    const snapshot = this.#snapshot(now);
    this.#memory.lessons.floorSeen(snapshot.agents);
    const pacer = this.#world.cautious() ? progressivePacer : this.#pacer;
    const decision = pacer.decide(snapshot);
    this.#giveUp(decision.giveUp ?? [], now);
    const { ready, claims } = floorOf(snapshot);
    const { lines, lacking } = this.#placer.choose(
      { dials: decision.dials, spare: ready - claims }, now);
    this.#say(lacking === undefined ? decision : { dials: 0, why: lacking }, now);
    if (lines === 0) return;
    this.#memory.decided({ snapshot, decision, pacer: pacer.name, placed: lines });
    this.#placer.send();
  }

  /** Lines by their place in the snapshot just taken: nothing is on its way to the store. */
  #giveUp(places: readonly number[], now: Instant): void {
    if (places.length === 0) return;
    const lines = [...this.#calls.lines];
    for (const place of places) lines[place]?.receive({ type: "given-up", at: now });
  }

  #say(pacing: PacingDecision, now: Instant): void {
    this.#pacing = pacing;
    if (!noWayOut.has(pacing.why)) this.#stuckSince = undefined;
    else this.#stuckSince ??= now;
  }

  #heldBack(): string | undefined {
    if (this.#owned.state !== "running") return this.#owned.state;
    if (!this.#world.dialing()) return "controller-stopping";
    if (this.#world.journal.strained) return "store-away";
    this.#window.refresh(this.#owned.settings.abandonWithinDays ?? 1);
    if (!this.#window.known) return "counting-abandoned";
    const { usable } = this.#world.link;
    if (usable && this.#isStaffed) return undefined;
    // Leads that are leased for nobody would be missing on another switch.
    void this.#hopper.giveBack();
    return usable ? "no-agents" : "switch-away";
  }

  /** Ends a campaign that has nothing left to do; the store has the last word on that. */
  #finishIfDone(): void {
    const { state } = this.#owned;
    const dry = this.#hopper.dry || (!this.#isStaffed && this.#hopper.size === 0);
    const over = state === "stopping" || (state === "running" && dry);
    if (!this.#idle || !over || this.#finishing || !this.#begun) return;
    this.#finishing = true;
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
      this.#world.fenced(error);
    } else if (!(error instanceof StoreUnavailable)) {
      this.#world.failed(error);
    }
  }
}
