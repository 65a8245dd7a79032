/**
 * Owns a filter over millions of numbers: a split-block Bloom filter (Putze, Sanders and Singler
 * 2007; Apache Parquet has the same), one cache line per question. It never denies a number that
 * was added; of others it lets about one in a hundred through, for whoever knows for certain.
 */
import { hashOf } from "./number-key.ts";

/** Words of a block, of 32 bits each: one bit is set in every one. */
const WORDS = 8;
/** With 12 bits a number about 0.6 % of others pass. */
const BITS_PER_NUMBER = 12;

/** Odd numbers that spread the bits of a block; any eight would do. */
const SALTS = Int32Array.from([
  0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d,
  0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31,
]);

export class NumberFilter {
  readonly #words: Uint32Array;
  readonly #blocks: number;

  private constructor(words: Uint32Array) {
    this.#words = words;
    this.#blocks = words.length / WORDS;
  }

  /** An empty one with room for so many numbers. */
  static forNumbers(count: number): NumberFilter {
    const blocks = Math.max(1, Math.ceil(count * BITS_PER_NUMBER / (WORDS * 32)));
    return new NumberFilter(new Uint32Array(blocks * WORDS));
  }

  /** As `bytes` gave it, little-endian; throws RangeError when it is no whole number of blocks. */
  static fromBytes(bytes: Uint8Array): NumberFilter {
    if (bytes.length === 0 || bytes.length % (WORDS * 4) !== 0) {
      throw new RangeError(`a filter of ${bytes.length} bytes`);
    }
    const words = new Uint32Array(bytes.length / 4);
    new Uint8Array(words.buffer).set(bytes);
    return new NumberFilter(words);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer);
  }

  add(key: number): void {
    const start = this.#blockOf(key);
    const hash = hashOf(key, 0x5bd1_e995);
    for (let i = 0; i < WORDS; i++) {
      const bit = 1 << (Math.imul(hash, SALTS[i] ?? 0) >>> 27);
      this.#words[start + i] = (this.#words[start + i] ?? 0) | bit;
    }
  }

  /** False is certain; true wants a look into the list itself. */
  mayHave(key: number): boolean {
    const start = this.#blockOf(key);
    const hash = hashOf(key, 0x5bd1_e995);
    for (let i = 0; i < WORDS; i++) {
      const bit = 1 << (Math.imul(hash, SALTS[i] ?? 0) >>> 27);
      if (((this.#words[start + i] ?? 0) & bit) === 0) return false;
    }
    return true;
  }

  #blockOf(key: number): number {
    return Math.floor(hashOf(key, 0x1b87_3593) / 4_294_967_296 * this.#blocks) * WORDS;
  }
}
