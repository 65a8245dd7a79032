/** Owns how many lines may be placed this moment: the trunks' calls per second, as a bucket. */
export class CallRate {
  readonly #perSecond: number;
  readonly #depth: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, atMs: number) {
    this.#perSecond = perSecond;
    // As a real trunk's bucket: a second's worth, and one call at the least.
    this.#depth = Math.max(1, perSecond);
    this.#tokens = this.#depth;
    this.#filledAtMs = atMs;
  }

  /** Takes up to `wanted`, and returns how many there were. */
  take(wanted: number, atMs: number): number {
    const fresh = (atMs - this.#filledAtMs) * this.#perSecond / 1_000;
    this.#tokens = Math.min(this.#depth, this.#tokens + fresh);
    this.#filledAtMs = atMs;
    const taken = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= taken;
    return taken;
  }
}
