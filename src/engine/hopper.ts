/** Owns the leads that are leased to one campaign's runner and wait to be dialed. */
import { plus, type Clock, type Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import type { HopperLead, OwnedCampaign, Store } from "../store/store.ts";

export class Hopper {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #owned: OwnedCampaign;
  readonly #failed: (error: unknown) => void;
  #leads: HopperLead[] = [];
  /** Those who were asked for first, until others are at hand. */
  #first: { readonly count: number; readonly leads: readonly HopperLead[] } | undefined;
  #asking = false;
  #askAgainAt: Instant;
  /** The last question found nothing, and nothing is left: all is dialed, or waits. */
  #dry = false;
  #short = false;
  /** Leads that were taken in this second, since `#secondFrom`, and in the one before. */
  #taken = 0;
  #takenBefore = 0;
  #secondFrom: Instant;

  constructor(
    store: Store, clock: Clock, owned: OwnedCampaign, failed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#owned = owned;
    this.#failed = failed;
    this.#askAgainAt = clock.now();
    this.#secondFrom = clock.now();
  }

  get size(): number {
    return this.#leads.length;
  }

  /** Those who would be dialed next, at most `count`; while they stay the same, the same array. */
  first(count: number): readonly HopperLead[] {
    if (this.#first?.count !== count) this.#first = { count, leads: this.#leads.slice(0, count) };
    return this.#first.leads;
  }

  /** The last question was answered short: beyond those at hand, no lead is due now. */
  get listEnds(): boolean {
    return this.#short;
  }

  get dry(): boolean {
    return this.#dry && this.#leads.length === 0;
  }

  /**
   * The next lead whose lease is good for long enough, as a rule to be stored as an attempt. One
   * that `may` not be dialed yet stays where it is.
   */
  next(
    now: Instant, goodForMs: number = limits.switchRequestMs,
    may: (lead: HopperLead) => boolean = () => true,
  ): HopperLead | undefined {
    const until = plus(now, goodForMs);
    for (let at = 0; at < this.#leads.length;) {
      const lead = this.#leads[at] as HopperLead;
      if (lead.leasedUntil <= until) this.#drop(at);
      else if (may(lead)) {
        this.#count(now);
        this.#drop(at);
        return lead;
      } else at++;
    }
    return undefined;
  }

  #drop(at: number): void {
    this.#leads.splice(at, 1);
    this.#first = undefined;
  }

  #hold(leads: HopperLead[]): void {
    this.#leads = leads;
    this.#first = undefined;
  }

  /**
   * Asks for leads before the last is gone; one question at a time, and seldom when dry. Leads that
   * agents take their time over are leased for longer, and fewer of them. Who dials faster than
   * `usual` leads last is given more.
   */
  refill({ leaseMs = 0, usual }: { readonly leaseMs?: number; readonly usual: number }): void {
    const now = this.#clock.now();
    this.#turnSecond(now);
    const ahead = Math.max(this.#taken, this.#takenBefore) * limits.hopperAheadMs / 1_000;
    const count = Math.min(limits.hopperBatch, Math.max(usual, Math.ceil(ahead)));
    const least = Math.min(limits.hopperLeast, Math.ceil(count / 2));
    // Those that wait for the agent who promised them keep nobody else from being asked for.
    const atHand = this.#leads.filter(({ callback }) => callback?.agent === undefined).length;
    if (this.#asking || atHand >= least || now < this.#askAgainAt) return;
    this.#asking = true;
    const { id, epoch } = this.#owned;
    this.#store.leaseLeads({
      campaign: id, epoch, count, now, leaseMs: limits.leadLeaseMs + leaseMs,
    }).then((leads) => {
      // What was promised comes first, also before those that were leased earlier.
      const promised = leads.filter(({ callback }) => callback !== undefined);
      const others = leads.filter(({ callback }) => callback === undefined);
      this.#hold([...promised, ...this.#leads, ...others]);
      this.#dry = leads.length === 0;
      this.#short = leads.length < count;
      // A short answer means that no more are due now; time makes new ones due.
      if (this.#short) this.#pause();
    }, (error: unknown) => {
      this.#pause();
      this.#failed(error);
    }).finally(() => { this.#asking = false; });
  }

  /** Gives all back, so that they need not wait for their lease to run out. */
  async giveBack(): Promise<void> {
    const leads = this.#leads.map((each) => each.lead);
    this.#hold([]);
    if (leads.length === 0) return;
    const { id, epoch } = this.#owned;
    await this.#store.returnLeads(id, epoch, leads).catch(this.#failed);
  }

  #count(now: Instant): void {
    this.#turnSecond(now);
    this.#taken += 1;
  }

  #turnSecond(now: Instant): void {
    const second = Math.floor((now - this.#secondFrom) / 1_000);
    if (second < 1) return;
    this.#takenBefore = second === 1 ? this.#taken : 0;
    this.#taken = 0;
    this.#secondFrom = now;
  }

  #pause(): void {
    this.#askAgainAt = plus(this.#clock.now(), limits.hopperPauseMs);
  }
}
