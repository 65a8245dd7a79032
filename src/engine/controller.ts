/**
 * Owns a controller process: its leases and its runners. Claims campaigns and renews the claim,
 * makes a runner for each with the calls its last owner left, and publishes the live figures.
 */
import type { Clock } from "../clock.ts";
import { messageOf, StoreUnavailable } from "../errors.ts";
import type { CampaignId, ControllerId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Log } from "../log.ts";
import type { Pacer } from "../pacing/pacer.ts";
import type { FactFile } from "../store/disk/fact-file.ts";
import type { LiveBoard } from "../store/redis/live-figures.ts";
import type { OpenAttempt, OwnedCampaign, Store } from "../store/store.ts";
import type { Pbx } from "../telephony/pbx.ts";
import { AgentDesk } from "./agent-desk.ts";
import { CampaignRunner, type RunnerWorld } from "./campaign-runner.ts";
import { FactJournal } from "./fact-journal.ts";
import { RecordingDesk, type Measure } from "./recording-desk.ts";
import { NamedTimers } from "./named-timers.ts";
import { StrayLegs } from "./stray-legs.ts";
import { Seat } from "./seat.ts";
import { Switchboard } from "./switchboard.ts";
import { routeBy, TrunkBudget } from "./trunk-budget.ts";

export interface ControllerParts {
  readonly id: ControllerId;
  readonly clock: Clock;
  readonly store: Store;
  readonly switches: readonly Pbx[];
  readonly log: Log;
  readonly board: Pick<LiveBoard, "publish">;
  readonly measure: Measure;
  /** Where facts wait while the store is away; without it they wait in memory. */
  readonly factFile?: FactFile;
  /** A UUID, never the same twice. */
  readonly newId: () => string;
  readonly pacerFor: (settings: CampaignSettings) => Pacer;
  /** Something ended this controller: another took its place, or a bug. Called once at most. */
  readonly onFatal: (error: unknown) => void;
}

export class Controller {
  readonly #parts: ControllerParts;
  readonly #journal: FactJournal;
  readonly #recordings: RecordingDesk;
  readonly #desk: AgentDesk;
  readonly #switchboard: Switchboard;
  readonly #trunks = new Map<string, TrunkBudget>();
  readonly #runners = new Map<CampaignId, CampaignRunner>();
  readonly #seat: Seat;
  readonly #timers: NamedTimers;
  #dialing = true;
  /** The last live figures reached Redis. */
  #shown = true;
  #stopped = false;
  #fatal = false;
  #refreshing: Promise<void> | undefined;
  #refreshAgain = false;
  #changes: { close(): Promise<void> } | undefined;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { clock, store, log, newId } = parts;
    this.#timers = new NamedTimers(clock);
    this.#journal = new FactJournal(store, clock, parts.factFile);
    this.#seat = new Seat(store, clock, parts.id, (why) => { this.#end(why); });
    this.#recordings = new RecordingDesk(this.#journal, clock, parts.measure);
    this.#desk = new AgentDesk({
      clock, log, newId, journal: this.#journal,
      checkPin: (agent, pin, now) => store.checkPin(agent.id, pin, now),
      tellCall: (call, session, news) => { this.#switchboard.tellCall(call, session, news); },
      tellPreview: (session, news) => {
        const runner = this.#runners.get(news.campaign);
        if (runner) runner.previewTold(session, news);
        else if (news.news === "dial") {
          session.receive({
            type: "preview-withdrawn", at: clock.now(), lead: news.lead, why: "campaign-gone",
          });
        }
      },
      broken: (_session, error) => { this.#failed(error); },
    }, () => { for (const runner of this.#byPriority()) runner.poke(); });
    this.#switchboard = new Switchboard({
      clock, log, timers: this.#timers, runners: this.#runners, desk: this.#desk,
      recordings: this.#recordings, strays: new StrayLegs(clock, log, newId),
      stopped: () => this.#stopped,
      end: (error) => { this.#end(error); },
      failed: (error) => { this.#failed(error); },
    }, parts.switches);
  }

  /**
   * Resolves once it serves, or when it was stopped while another one served. Throws what the store
   * or a switch throws at the first try.
   */
  async start(): Promise<void> {
    const { store, log } = this.#parts;
    const ours = await this.#seat.wait(() => { log.line("info", "standing-by", {}); });
    if (!ours) return;
    const recovered = await this.#journal.recover();
    if (recovered > 0) log.line("warn", "facts-recovered", { count: recovered });
    await this.#loadFloor();
    const owned = await store.claimCampaigns(this.#parts.id, limits.campaignLeaseMs);
    for (const campaign of owned) await this.#take(campaign);
    await this.#switchboard.open();
    for (const runner of this.#runners.values()) runner.begin();
    this.#changes = await store.onChange(() => { this.#refresh(); });
    this.#timers.every("claims", limits.campaignRenewMs, () => { this.#refresh(); });
    this.#timers.every("figures", limits.figuresMs, () => { this.#publish(); });
  }

  /** A free agent goes to whoever waits in the campaign of the highest priority. */
  #byPriority(): readonly CampaignRunner[] {
    return [...this.#runners.values()].sort((a, b) => b.blended.priority - a.blended.priority);
  }

  /** Calls that are not over, over all campaigns. */
  get liveCalls(): number {
    let live = 0;
    for (const runner of this.#runners.values()) live += runner.sessions.size;
    return live;
  }

  /** Places nothing new from now on; calls and agents go on. */
  drain(): void {
    this.#dialing = false;
  }

  /**
   * An orderly stop: nothing new is dialed, leases are given back, facts are written. What is up
   * on the switches stays up, for the next controller to adopt.
   */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#dialing = false;
    for (const runner of this.#runners.values()) await runner.quit();
    this.#stopped = true;
    this.#timers.stop();
    await this.#changes?.close();
    const tails = [...this.#runners.values()].flatMap(
      (runner) => [...runner.sessions.values()].map((each) => each.settled()));
    await Promise.all(tails);
    await this.#journal.idle();
    this.kill();
    await this.disconnect();
    await this.#parts.store.releaseCampaigns(this.#parts.id);
  }

  /** Stops all timers and sessions without a word to store or switch: as if the process died. */
  kill(): void {
    this.#stopped = true;
    this.#seat.stop();
    this.#timers.stop();
    for (const runner of this.#runners.values()) runner.stop();
    this.#desk.stop();
  }

  /** Closes the connections to the switches; legs stay up. */
  async disconnect(): Promise<void> {
    await this.#switchboard.close();
  }

  // Leases and settings.

  async #loadFloor(): Promise<void> {
    const { store, clock, switches } = this.#parts;
    const [trunks, agents, standings] = await Promise.all(
      [store.trunks(), store.agents(), store.agentStandings()]);
    for (const trunk of trunks) {
      const known = this.#trunks.get(trunk.name);
      if (known) known.update(trunk);
      else this.#trunks.set(trunk.name, new TrunkBudget(trunk, clock.now()));
    }
    const [first] = switches;
    if (first) this.#desk.update(agents, standings, first);
  }

  /** Looks at the store again: at once, and once more if asked meanwhile. */
  #refresh(): void {
    if (this.#stopped) return;
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return;
    }
    this.#refreshing = this.#claim().catch((error: unknown) => {
      // The leases run out by themselves while the store is away; the journal stops the dialing.
      if (!(error instanceof StoreUnavailable)) this.#failed(error);
    }).then(() => {
      this.#refreshing = undefined;
      if (!this.#refreshAgain) return;
      this.#refreshAgain = false;
      this.#refresh();
    });
  }

  async #claim(): Promise<void> {
    const { store, id } = this.#parts;
    const owned = await store.claimCampaigns(id, limits.campaignLeaseMs);
    await this.#seat.renew();
    if (this.#stopped) return;
    await this.#loadFloor();
    if (this.#stopped) return;
    const ids = new Set(owned.map((each) => each.id));
    for (const [campaign, runner] of this.#runners) {
      if (ids.has(campaign)) continue;
      runner.stop();
      this.#runners.delete(campaign);
    }
    for (const campaign of owned) {
      const runner = this.#runners.get(campaign.id);
      if (runner && runner.owned.epoch === campaign.epoch) {
        runner.update(campaign);
        continue;
      }
      runner?.stop();
      const taken = await this.#take(campaign);
      await this.#switchboard.adopt([...taken.sessions.values()]);
      taken.begin();
    }
  }

  /** Makes a runner for a campaign, with the calls that its last owner left open. */
  async #take(campaign: OwnedCampaign): Promise<CampaignRunner> {
    const { store } = this.#parts;
    const [open, learned] = await Promise.all(
      [store.openAttempts(campaign.id), store.pacingMemory(campaign.id)]);
    const runner = new CampaignRunner(this.#runnerWorld(), campaign, learned);
    this.#runners.set(campaign.id, runner);
    for (const each of open) this.#resume(runner, campaign, each);
    if (this.#stopped) runner.stop();
    return runner;
  }

  #resume(runner: CampaignRunner, campaign: OwnedCampaign, open: OpenAttempt): void {
    const { links } = this.#switchboard;
    const link = links.find((each) => each.pbx.name === open.pbx) ?? links[0];
    const trunk = [...this.#trunks.values()].find((each) => each.trunk.id === open.trunk);
    if (!link || !trunk) return;
    const session = runner.adopt({
      attempt: open, spentBefore: open.spent, campaign, pbx: link.pbx,
      trunk: routeBy(trunk.trunk, open.number),
    }, open.facts);
    const began = open.facts.find((fact) => fact.type === "recording-began");
    if (began) this.#recordings.resume(open.attempt, session.files, began.at);
  }

  #runnerWorld(): RunnerWorld {
    const { clock, store, log, newId, pacerFor } = this.#parts;
    return {
      clock, store, log, newId, pacerFor, journal: this.#journal, recordings: this.#recordings,
      desk: this.#desk, links: this.#switchboard.links, trunks: this.#trunks,
      dialing: () => this.#dialing,
      cautious: () => !this.#shown,
      running: () => [...this.#runners.values()].map((each) => each.blended),
      tellAgent: (agent, input) => { this.#switchboard.tellAgent(agent, input); },
      agentLanguage: (agent) => this.#desk.get(agent)?.agent.language ?? "en",
      fenced: (campaign) => {
        this.#runners.delete(campaign);
        this.#parts.log.line("warn", "campaign-taken-over", { campaign });
      },
      failed: (error) => { this.#failed(error); },
    };
  }

  // Time, figures and faults.

  #publish(): void {
    for (const [campaign, runner] of this.#runners) {
      this.#parts.board.publish(campaign, runner.figures(this.#parts.id))
        .then((shown) => { this.#shown = shown; }, (error: unknown) => { this.#failed(error); });
    }
  }

  /** A bug, or a store that refuses what it should take: said loudly, the rest goes on. */
  #failed(error: unknown): void {
    if (error instanceof StoreUnavailable) return;
    this.#parts.log.line("error", "failed",
      { why: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  }

  #end(error: unknown): void {
    if (this.#fatal) return;
    this.#fatal = true;
    this.kill();
    this.#parts.onFatal(error);
  }
}
