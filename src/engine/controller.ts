/**
 * Owns a controller process: the switches it has the seats of, with a post at each, and its sharing
 * of them with other controllers. Renews the seats, takes free ones, gives one back to a controller
 * that has less, reads what commands have changed, and publishes the live figures.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { Fault, Fenced, messageOf, StoreUnavailable, SwitchUnreachable } from "../errors.ts";
import type { ControllerId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Log } from "../log.ts";
import type { Pacer } from "../pacing/pacer.ts";
import type { FactFolder } from "../store/disk/fact-file.ts";
import type { LiveBoard } from "../store/redis/live-figures.ts";
import type { Seat, Seats, Store } from "../store/store.ts";
import type { Pbx } from "../telephony/pbx.ts";
import { FactJournal } from "./fact-journal.ts";
import { NamedTimers } from "./named-timers.ts";
import { Pulse } from "./pulse.ts";
import type { Discard, Measure } from "./recording-desk.ts";
import { StrayLegs } from "./stray-legs.ts";
import { SwitchPost, type PostWorld, type StoredFloor } from "./switch-post.ts";

export interface ControllerParts {
  readonly id: ControllerId;
  readonly clock: Clock;
  readonly store: Store;
  /** All that are configured, in the same order for every controller. */
  readonly switches: readonly Pbx[];
  /** Most lines at once of a switch, by its name; without one there is no bound but the trunks'. */
  readonly linesMax?: ReadonlyMap<string, number>;
  readonly log: Log;
  readonly board: Pick<LiveBoard, "publish">;
  readonly measure: Measure;
  readonly discard: Discard;
  /** Where facts wait while the store is away; without it they wait in memory. */
  readonly facts?: FactFolder;
  /** A UUID, never the same twice. */
  readonly newId: () => string;
  readonly pacerFor: (settings: CampaignSettings) => Pacer;
  /** Something ended this controller: another took its place, or a bug. Called once at most. */
  readonly onFatal: (error: unknown) => void;
}

export class Controller {
  readonly #parts: ControllerParts;
  readonly #journal: FactJournal;
  readonly #posts = new Map<string, SwitchPost>();
  /** Those that have been opened. */
  readonly #working = new Set<SwitchPost>();
  readonly #leaving = new Set<string>();
  /** Those of the last look; each resolves with what stood in its way, if anything did. */
  #openings: Promise<unknown>[] = [];
  readonly #world: PostWorld;
  readonly #pulse: Pulse;
  readonly #timers: NamedTimers;
  #dialing = true;
  /** The last live figures reached Redis. */
  #shown = true;
  #stopped = false;
  #fatal = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #readAt = 0 as Instant;
  /** One at a time takes seats, or gives one back. */
  #turn: Promise<unknown> = Promise.resolve();
  #changes: { close(): Promise<void> } | undefined;
  /** What a change in the store leads to. */
  #news: () => void = () => undefined;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { clock, store, log, newId, measure, discard, pacerFor } = parts;
    this.#timers = new NamedTimers(clock);
    this.#journal = new FactJournal(store, clock, parts.facts);
    this.#pulse = new Pulse(clock, (why) => { this.#end(why); });
    this.#world = {
      controller: parts.id, clock, store, log, measure, discard, newId,
      pacerFor, journal: this.#journal,
      strays: new StrayLegs(clock, log, newId),
      dialing: () => this.#dialing,
      cautious: () => !this.#shown,
      end: (error) => { this.#end(error); },
      contested: (post) => { this.#contested(post, limits.reconnectFirstMs); },
      failed: (error) => { this.#failed(error); },
    };
  }

  /**
   * Resolves once it serves a switch, or when it was stopped while others served them all. Throws
   * what the store throws at the first try, and what the switches throw when none can be reached.
   */
  async start(): Promise<void> {
    const { log, store } = this.#parts;
    this.#pulse.beat();
    this.#changes = await store.onChange(() => { this.#news(); });
    for (let told = false; !this.#stopped; told = true) {
      await this.#takeSeats().catch((error: unknown) => {
        // While the store is away nobody can take a seat, so it is waited for; but a person who
        // starts a controller without a database is told so at once.
        if (!(error instanceof StoreUnavailable) || !told) throw error;
      });
      const [refusal] = (await Promise.all(this.#openings.splice(0))).filter(Boolean);
      if (this.#working.size > 0) break;
      if (refusal !== undefined) throw refusal as Error;
      if (!told) log.line("info", "standing-by", {});
      await this.#standBy();
    }
    this.#news = () => {
      this.#readAt = 0 as Instant;
      this.#look();
    };
    this.#timers.every("figures", limits.figuresMs, () => { this.#publish(); });
    this.#lookLater();
  }

  /** Calls that are not over, over all switches. */
  get liveCalls(): number {
    let live = 0;
    for (const post of this.#posts.values()) live += post.liveCalls;
    return live;
  }

  /** Names of the switches it has the seats of. */
  get switches(): readonly string[] {
    return [...this.#posts.keys()];
  }

  /** Places nothing new from now on; calls and agents go on. */
  drain(): void {
    this.#dialing = false;
  }

  /**
   * An orderly stop: nothing new is dialed, facts are written, the seats are given back. What is up
   * on the switches stays up, for the next controllers to adopt.
   */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#dialing = false;
    const posts = [...this.#posts.values()];
    for (const post of posts) this.#leaving.add(post.seat.pbx);
    await Promise.all(posts.map((post) => post.leave()));
    this.kill();
    await this.#changes?.close();
    await this.#exclusively(() => this.#parts.store.releaseSeats(this.#parts.id));
  }

  /** Stops all timers and sessions without a word to store or switch: as if the process died. */
  kill(): void {
    this.#stopped = true;
    this.#pulse.stop();
    this.#timers.stop();
    for (const post of this.#posts.values()) post.kill();
  }

  /** Closes what connections are left; legs stay up. */
  async disconnect(): Promise<void> {
    await this.#changes?.close();
    await Promise.all(this.#parts.switches.map((pbx) => pbx.close()));
  }

  /**
   * For a controller that ended by itself: others need not wait for what is left of its leases.
   * What another has taken meanwhile stays the other's.
   */
  async giveUp(): Promise<void> {
    await this.#parts.store.releaseSeats(this.#parts.id);
  }

  // Seats.

  #lookLater(): void {
    const all = this.#posts.size === this.#parts.switches.length;
    this.#timers.later("look", all ? limits.seatRenewMs : limits.standByMs, () => {
      this.#look();
      this.#lookLater();
    });
  }

  /** Looks at seats and store again: at once, and once more if asked meanwhile. */
  #look(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#lookOnce().catch((error: unknown) => {
      // Leases run out by themselves while the store is away; the journal stops the dialing.
      if (error instanceof Fenced) this.#end(error);
      else this.#failed(error);
    }).then(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.#look();
    });
  }

  async #lookOnce(): Promise<void> {
    await this.#takeSeats();
    if (this.#isStopped() || this.#working.size === 0) return;
    // Free seats are looked for more often than what commands have changed, which is told anyway.
    const now = this.#parts.clock.now();
    if (now < plus(this.#readAt, limits.seatRenewMs)) return;
    this.#readAt = now;
    const floor = await this.#readFloor();
    for (const post of this.#working) await post.update(floor);
  }

  /** Renews our seats, opens posts at new ones, and leaves one when another controller has less. */
  async #takeSeats(): Promise<void> {
    const { id, store, switches } = this.#parts;
    const order = {
      controller: id, switches: switches.map((pbx) => pbx.name),
      usable: [...this.#posts.values()].filter((post) => post.usable).map(({ seat }) => seat.pbx),
      leaseMs: limits.seatLeaseMs,
    };
    await this.#exclusively(async () => {
      const { held, share } = await store.takeSeats(order);
      if (this.#stopped || this.#lost({ held, share })) return;
      const fresh = held.filter(({ pbx }) => !this.#posts.has(pbx) && !this.#leaving.has(pbx));
      this.#openings = fresh.map((seat) => this.#openPost(seat));
      if (held.length > share && this.#leaving.size === 0) this.#leaveOne();
    });
  }

  /** A seat that we thought ours is another's: we were too slow, and know nothing for certain. */
  #lost({ held }: Seats): boolean {
    const epochs = new Set(held.map(({ epoch }) => epoch));
    for (const { seat } of this.#posts.values()) {
      if (epochs.has(seat.epoch) || this.#leaving.has(seat.pbx)) continue;
      this.#end(new SwitchUnreachable(`another controller has taken over ${seat.pbx}`));
      return true;
    }
    return false;
  }

  #openPost(seat: Seat): Promise<unknown> {
    const { switches, linesMax, log } = this.#parts;
    const pbx = switches.find((each) => each.name === seat.pbx);
    if (!pbx) return Promise.resolve();
    const post = new SwitchPost(this.#world, seat, {
      pbx, linesMax: linesMax?.get(pbx.name) ?? Infinity, isFirst: pbx === switches[0],
    });
    this.#posts.set(seat.pbx, post);
    log.line("info", "switch-taken", { pbx: pbx.name, epoch: seat.epoch });
    return this.#tryOpening(post, limits.reconnectFirstMs);
  }

  /** Tries, and goes on trying in the background for as long as we have the seat. */
  async #tryOpening(post: SwitchPost, pauseMs: number): Promise<unknown> {
    const { pbx } = post.seat;
    if (this.#stopped || this.#posts.get(pbx) !== post || this.#leaving.has(pbx)) return undefined;
    try {
      await post.open(await this.#readFloor());
      if (!this.#leaving.has(pbx)) this.#working.add(post);
      return undefined;
    } catch (error) {
      if (!(error instanceof Fault)) this.#failed(error);
      else if (!this.#stopped) {
        this.#parts.log.line("warn", "switch-not-opened", { pbx, why: messageOf(error) });
      }
      this.#timers.later(`open ${pbx}`, pauseMs, () => {
        void this.#tryOpening(post, Math.min(2 * pauseMs, limits.reconnectLongestMs));
      });
      return error;
    }
  }

  /**
   * Who has the seat has the switch. A switch that hung says that we were replaced, too: when it
   * wakes it finds the connections that we opened meanwhile and gave up. Until the store has told,
   * nothing is sent there.
   */
  #contested(post: SwitchPost, pauseMs: number): void {
    const { pbx } = post.seat;
    this.#takeSeats().then(async () => {
      if (this.#stopped || this.#posts.get(pbx) !== post || this.#leaving.has(pbx)) return;
      await post.reopen();
    }).catch((error: unknown) => {
      if (!(error instanceof Fault)) this.#failed(error);
      this.#timers.later(`reopen ${pbx}`, pauseMs, () => {
        this.#contested(post, Math.min(2 * pauseMs, limits.reconnectLongestMs));
      });
    });
  }

  async #readFloor(): Promise<StoredFloor> {
    const { store } = this.#parts;
    const [campaigns, trunks, agents, standings] = await Promise.all(
      [store.campaigns(), store.trunks(), store.agents(), store.agentStandings()]);
    return { campaigns, trunks, agents, standings };
  }

  /** The one with the fewest calls goes to the controller that has fewer switches than we. */
  #leaveOne(): void {
    const [post] = [...this.#posts.values()].sort((a, b) => a.liveCalls - b.liveCalls);
    if (!post) return;
    const { pbx } = post.seat;
    this.#leaving.add(pbx);
    this.#working.delete(post);
    this.#parts.log.line("info", "switch-left", { pbx, calls: post.liveCalls });
    post.leave().then(() => this.#exclusively(async () => {
      this.#posts.delete(pbx);
      await this.#parts.store.releaseSeats(this.#parts.id, [pbx]);
      this.#leaving.delete(pbx);
    })).catch((error: unknown) => { this.#end(error); });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Until a seat may be free: at once when one was given back, since that is told. */
  #standBy(): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      this.#news = resolve;
      clock.at(plus(clock.now(), limits.standByMs), resolve);
    });
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  // Figures and faults.

  #publish(): void {
    for (const post of this.#posts.values()) {
      for (const [campaign, figures] of post.figures()) {
        this.#parts.board.publish(campaign, figures)
          .then((shown) => { this.#shown = shown; }, (error: unknown) => { this.#failed(error); });
      }
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
