/**
 * Owns what a trunk can take now from one switch: its calls-per-second bucket, its channels, and
 * whether it is healthy. One budget per trunk and switch, shared by all campaigns there; what the
 * switch may use of the trunk is its share, which the store grants.
 */
import { plus, type Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { TrunkRoom } from "../compliance/gate.ts";
import type { DialNumber } from "../ids.ts";
import type { ShareAsked, Trunk } from "../store/store.ts";
import type { PlaceLeg } from "../telephony/pbx.ts";

/** Failures that say something about the trunk, and nothing about the lead. */
const trunkFaults: ReadonlySet<AttemptOutcome["reason"]> = new Set(
  ["congestion", "carrier-timeout", "trunk-unreachable", "barred", "no-route", "codec"],
);

export class TrunkBudget {
  #trunk: Trunk;
  #share = 0;
  #tokens: number;
  #filledAt: Instant;
  #inUse = 0;
  /** Ends of the last attempts, newest last: true is a fault of the trunk. */
  readonly #ends: boolean[] = [];
  #openUntil: Instant | undefined;
  #probing = false;

  constructor(trunk: Trunk, now: Instant) {
    this.#trunk = trunk;
    this.#filledAt = now;
    // The first grant says how many that are.
    this.#tokens = Infinity;
  }

  get trunk(): Trunk {
    return this.#trunk;
  }

  /**
   * What to ask the store for. From now on nothing is placed until it has answered: what we do not
   * use may be another switch's by then.
   */
  ask(wanted: number): ShareAsked {
    this.#share = this.#inUse;
    return { trunk: this.#trunk.id, using: this.#inUse, wanted };
  }

  /** The store's answer: so many channels, and as large a part of the calls per second. */
  grant(channels: number): void {
    this.#share = channels;
    this.#tokens = Math.min(this.#tokens, this.#depth);
  }

  /** Takes over changed settings; what is up stays counted. */
  update(trunk: Trunk): void {
    this.#trunk = trunk;
    this.#tokens = Math.min(this.#tokens, this.#depth);
  }

  get inUse(): number {
    return this.#inUse;
  }

  get freeChannels(): number {
    const { enabled, channelsMax } = this.#trunk;
    return enabled ? Math.max(0, Math.min(this.#share, channelsMax) - this.#inUse) : 0;
  }

  get circuit(): "closed" | "open" | "half-open" {
    return this.#openUntil === undefined ? "closed" : this.#probing ? "half-open" : "open";
  }

  /** As the gate is told of it, before a line is taken. */
  standing(now: Instant): TrunkRoom {
    this.#fill(now);
    const { freeChannels: channelsFree } = this;
    return {
      readAt: now, channelsFree, channels: channelsFree + this.#inUse, tokens: this.#tokens,
    };
  }

  /** How many lines may be placed this moment. */
  room(now: Instant): number {
    this.#fill(now);
    const lines = Math.min(this.freeChannels, Math.floor(this.#tokens));
    if (this.#openUntil === undefined) return lines;
    // After the pause one call at a time tries whether the trunk is well again.
    return now >= this.#openUntil && !this.#probing ? Math.min(1, lines) : 0;
  }

  /** One line is placed; only after `room` said there is some. */
  take(now: Instant): void {
    this.#fill(now);
    this.#tokens -= 1;
    this.#inUse += 1;
    if (this.#openUntil !== undefined) this.#probing = true;
  }

  /** A line that a controller before this one placed. */
  adopt(): void {
    this.#inUse += 1;
  }

  /** A line came to its end; `outcome` is undefined where it was never dialed. */
  release(outcome: AttemptOutcome | undefined, now: Instant): void {
    this.#inUse -= 1;
    if (!outcome) return;
    const faulty = trunkFaults.has(outcome.reason);
    if (this.#openUntil !== undefined) {
      if (!this.#probing) return;
      this.#probing = false;
      this.#openUntil = faulty ? plus(now, limits.circuitPauseMs) : undefined;
      this.#ends.length = 0;
      return;
    }
    this.#ends.push(faulty);
    if (this.#ends.length > limits.circuitWindow) this.#ends.shift();
    const faults = this.#ends.reduce((sum, each) => sum + (each ? 1 : 0), 0);
    // A share alone would open it on the first bad call of the day.
    if (faults >= limits.circuitFaultsLeast && faults > limits.circuitShare * this.#ends.length) {
      this.#openUntil = plus(now, limits.circuitPauseMs);
    }
  }

  /** A tenth of a second's worth: a carrier counts whole seconds, and a full bucket doubles one. */
  get #depth(): number {
    return Math.max(1, this.#rate / 10);
  }

  /** Shares of the channels are never more than all, so these are never more than the trunk's. */
  get #rate(): number {
    const { callsPerSecond, channelsMax } = this.#trunk;
    return callsPerSecond * Math.min(1, this.#share / Math.max(1, channelsMax));
  }

  #fill(now: Instant): void {
    const gained = ((now - this.#filledAt) / 1_000) * this.#rate;
    this.#tokens = Math.min(this.#depth, this.#tokens + Math.max(0, gained));
    this.#filledAt = now;
  }
}

/**
 * The way of `number` out by `trunk`. A carrier that asks for a prefix asks for what is dialed
 * behind it: digits, so the number's own plus goes.
 */
export function routeBy(
  { name, prefix }: Pick<Trunk, "name" | "prefix">, number: DialNumber,
): PlaceLeg["to"] & { readonly kind: "number" } {
  const dialed = prefix === "" ? number : `${prefix}${number.replace(/^\+/, "")}` as DialNumber;
  return { kind: "number", number: dialed, trunk: name };
}

/** The trunk with the most free channels of those that may place a line now. */
export function pickTrunk(
  budgets: readonly TrunkBudget[], now: Instant,
): TrunkBudget | undefined {
  let best: TrunkBudget | undefined;
  for (const each of budgets) {
    if (each.room(now) < 1) continue;
    if (best === undefined || each.freeChannels > best.freeChannels) best = each;
  }
  return best;
}
