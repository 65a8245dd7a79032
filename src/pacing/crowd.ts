/**
 * Owns the distribution of a crowd: how many of many independent people do a thing, each with a
 * chance of its own (the Poisson-binomial distribution). Small crowds are counted exactly; large
 * ones by a normal curve corrected for skewness (Volkova, Theory Probab. Appl. 40, 1996), whose
 * error is below 1 in 1,000 from a variance of about 6 on. Pure.
 */

/** Above this many places, the normal curve is close and far cheaper. */
const EXACT_MAX = 24;
/** Who does it as seldom as this is not counted: a thousand of them change nothing. */
const NEVER = 1e-7;

/** A crowd that wants `places`, 0 or more. */
export class Crowd {
  readonly #places: number;
  /** Chance of exactly n, for n below `places`; absent for a large crowd. */
  readonly #chanceOf: Float64Array | undefined;
  #most = 0;
  #mean = 0;
  #variance = 0;
  #third = 0;

  constructor(places: number) {
    this.#places = places;
    if (places > EXACT_MAX) return;
    this.#chanceOf = new Float64Array(places);
    this.#chanceOf[0] = 1;
  }

  /** Adds one who does it with this chance, 0 to 1. */
  add(chance: number): void {
    if (chance < NEVER) return;
    this.#mean += chance;
    const stays = 1 - chance;
    const chanceOf = this.#chanceOf;
    if (chanceOf === undefined) {
      this.#variance += chance * stays;
      this.#third += chance * stays * (stays - chance);
      return;
    }
    if (this.#most < this.#places - 1) this.#most++;
    let here = chanceOf[this.#most] ?? 0;
    for (let n = this.#most; n > 0; n--) {
      const under = chanceOf[n - 1] ?? 0;
      chanceOf[n] = here * stays + under * chance;
      here = under;
    }
    chanceOf[0] = here * stays;
  }

  /** Adds everyone at `first`, `first + apart`, … in a table of chances: two at a time. */
  addAll(chances: Float64Array, { first, apart }: { first: number; apart: number }): void {
    let one = -1;
    for (let i = first; i < chances.length; i += apart) {
      const chance = chances[i] ?? 0;
      if (this.#chanceOf === undefined || this.#places < 3) { this.add(chance); continue; }
      if (chance < NEVER) continue;
      if (one >= 0) {
        this.#addTwo(this.#chanceOf, one, chance);
        one = -1;
      } else {
        one = chance;
      }
    }
    if (one >= 0) this.add(one);
  }

  #addTwo(chanceOf: Float64Array, one: number, other: number): void {
    this.#mean += one + other;
    this.#most = Math.min(this.#places - 1, this.#most + 2);
    const none = (1 - one) * (1 - other);
    const both = one * other;
    const either = 1 - none - both;
    let here = chanceOf[this.#most] ?? 0;
    let under = chanceOf[this.#most - 1] ?? 0;
    for (let n = this.#most; n > 1; n--) {
      const lower = chanceOf[n - 2] ?? 0;
      chanceOf[n] = here * none + under * either + lower * both;
      here = under;
      under = lower;
    }
    chanceOf[1] = here * none + under * either;
    chanceOf[0] = under * none;
  }

  /** The mean number who do it. */
  get mean(): number {
    return this.#mean;
  }

  /** The chance that all places are wanted, or more. */
  full(): number {
    if (this.#places === 0) return 1;
    return this.#chanceOf === undefined ? this.#curved() : this.#counted(this.#chanceOf);
  }

  #counted(chanceOf: Float64Array): number {
    let below = 0;
    for (let n = 0; n <= this.#most; n++) below += chanceOf[n] ?? 0;
    return Math.max(0, 1 - below);
  }

  #curved(): number {
    const deviation = Math.sqrt(this.#variance);
    if (deviation < 1e-6) return this.#mean >= this.#places - 0.5 ? 1 : 0;
    const z = (this.#places - 0.5 - this.#mean) / deviation;
    const skewness = this.#third / (this.#variance * deviation);
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    const below = normalBelow(z) + skewness * (1 - z * z) * density / 6;
    return Math.min(1, Math.max(0, 1 - below));
  }
}

/** Φ by Abramowitz and Stegun 26.2.17; absolute error below 7.5e-8. */
export function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI)
    * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937
    + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
