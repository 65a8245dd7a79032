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
  #stored = { answered: 0, abandoned: 0 };
  #since = { answered: 0, abandoned: 0 };
  /** False until the store has said what was before us: nothing is dialed on half a count. */
  known = false;
  #readAt: Instant;
  #ends: number;
  #answers: number;
  #askAgainAt: Instant;

  constructor(
    store: Store, clock: Clock, campaign: CampaignId, failed: (error: unknown) => void,
    seen: { readonly lines: number; readonly answers: number },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#campaign = campaign;
    this.#failed = failed;
    this.#askAgainAt = clock.now();
    this.#readAt = clock.now();
    // Lessons that hold for a rate of a tenth would place too many lines at the first guess of 0.3.
    this.#ends = seen.lines;
    this.#answers = seen.answers;
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

  /** The share of attempts that a person answers; begins at 0.3, yields to what is seen. */
  get answerRate(): number {
    return (this.#answers + 3) / (this.#ends + 10);
  }

  /**
   * A line was answered, or ended without. Told when it happens: answers that counted only at the
   * end of their conversation would make the rate look low for as long as a conversation lasts.
   */
  lineEnded(answered: boolean): void {
    this.#ends += 1;
    if (answered) this.#answers += 1;
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
