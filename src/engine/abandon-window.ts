/**
 * Owns the abandon rate of one campaign: the store's count over the window, asked for now and
 * then, and what this runner has seen since.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { CampaignId } from "../ids.ts";
import { limits } from "../limits.ts";
import { answeredByPerson, type Outcome } from "../call/outcome.ts";
import type { Store } from "../store/store.ts";

export class AbandonWindow {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #campaign: CampaignId;
  readonly #failed: (error: unknown) => void;
  #stored = { answered: 0, abandoned: 0, leadsLeft: 0 };
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

  /** Asks the store again when the last answer is old. */
  refresh(): void {
    const now = this.#clock.now();
    if (now < this.#askAgainAt) return;
    this.#askAgainAt = plus(now, limits.abandonRefreshMs);
    const seen = { ...this.#since };
    this.#store.abandonWindow(this.#campaign, plus(now, -limits.abandonWindowMs)).then((stored) => {
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
