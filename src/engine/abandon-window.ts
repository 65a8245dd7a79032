/**
 * Owns the abandon rate of one campaign: the store's count over the window, asked for now and
 * then, and what this runner has seen since.
 */
import { DAY_MS, plus, type Clock, type Instant } from "../clock.ts";
import type { CampaignId } from "../ids.ts";
import { limits } from "../limits.ts";
import { answeredByPerson, type Outcome } from "../call/outcome.ts";
import type { FloorSnapshot } from "../pacing/pacer.ts";
import { dayRateMax } from "../pacing/abandon-budget.ts";
import type { Store } from "../store/store.ts";

export class AbandonWindow {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #campaign: CampaignId;
  readonly #failed: (error: unknown) => void;
  #stored: Awaited<ReturnType<Store["abandonWindow"]>>;
  /** Days of the window that was asked for last. */
  #days = 1;
  #since = { answered: 0, abandoned: 0 };
  /** False until the store has said what was before us: nothing is dialed on half a count. */
  known = false;
  #readAt: Instant;
  #askAgainAt: Instant;

  constructor(
    store: Store, clock: Clock, campaign: CampaignId, failed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#campaign = campaign;
    this.#failed = failed;
    this.#askAgainAt = clock.now();
    this.#readAt = clock.now();
    const none = { answered: 0, abandoned: 0 };
    this.#stored = { ...none, day: none, from: this.#readAt, until: this.#readAt, leadsLeft: 0 };
  }

  /** When the store was asked for what it last answered. */
  get readAt(): Instant {
    return this.#readAt;
  }

  get answered(): number {
    return this.#stored.answered + this.#since.answered;
  }

  get abandoned(): number {
    return this.#stored.abandoned + this.#since.abandoned;
  }

  get span(): NonNullable<FloorSnapshot["window"]> {
    const { from, until } = this.#stored;
    if (this.#days > 1) return { from, until };
    // The window of a day rolls, and dialing may go on for as long as it is wide.
    const now = this.#clock.now();
    return { from: plus(now, -DAY_MS), until: plus(now, DAY_MS) };
  }

  /** The last 24 hours, where the window is longer than they are. */
  day(rateMax: number): FloorSnapshot["day"] {
    if (this.#days === 1) return undefined;
    const { day } = this.#stored;
    return {
      answered: day.answered + this.#since.answered,
      abandoned: day.abandoned + this.#since.abandoned, rateMax: dayRateMax(rateMax),
    };
  }

  /** Leads that may be dialed yet, as of the last count; undefined for no end in sight. */
  get leadsLeft(): number | undefined {
    const { leadsLeft } = this.#stored;
    return leadsLeft < limits.leadsCounted ? leadsLeft : undefined;
  }

  /** The outcome of a call is set. */
  count(outcome: Outcome): void {
    if (!answeredByPerson(outcome)) return;
    this.#since.answered += 1;
    if (outcome === "abandoned") this.#since.abandoned += 1;
  }

  /** Asks the store again when the last answer is old, or of a window of other days. */
  refresh(days: number): void {
    const now = this.#clock.now();
    if (days === this.#days && now < this.#askAgainAt) return;
    // Counts of another window say nothing of this one: until its own are there, nobody is dialed.
    if (days !== this.#days) this.known = false;
    this.#days = days;
    this.#askAgainAt = plus(now, limits.abandonRefreshMs);
    const seen = { ...this.#since };
    this.#store.abandonWindow(this.#campaign, { now, days }).then((stored) => {
      if (days !== this.#days) return;
      // What was counted before the question is in the answer, or nearly: facts are ms behind.
      this.#stored = stored;
      this.#readAt = now;
      this.known = true;
      this.#since = {
        answered: this.#since.answered - seen.answered,
        abandoned: this.#since.abandoned - seen.abandoned,
      };
    }, (error: unknown) => {
      // Nothing is dialed before the first answer, so a question that was lost is asked anew soon.
      this.#askAgainAt = plus(this.#clock.now(), limits.hopperPauseMs);
      this.#failed(error);
    });
  }
}
