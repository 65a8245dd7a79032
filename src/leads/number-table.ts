/**
 * Owns which numbers a file has brought so far, and on which line: a hash table in two plain
 * arrays, 12 bytes a place, since a Map of a million entries takes ten times that. A number is a
 * lead's first one, which names the lead, or a further one.
 */
import { hashOf } from "./number-key.ts";

export interface Sighting {
  readonly line: number;
  readonly first: boolean;
}

/** Fuller than this, a table is doubled: looking through runs of taken places gets slow. */
const FULLEST = 0.6;

export class NumberTable {
  #keys: Float64Array;
  /** Zero: a free place. Negative: a further number of the lead on that line. */
  #lines: Int32Array;
  #size = 0;

  constructor(places = 1 << 16) {
    this.#keys = new Float64Array(places);
    this.#lines = new Int32Array(places);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes room for so many numbers in all, instead of moving them time and again. */
  reserve(count: number): void {
    let places = this.#keys.length;
    while (count > FULLEST * places) places *= 2;
    if (places > this.#keys.length) this.#grow(places);
  }

  find(key: number): Sighting | undefined {
    const line = this.#lines[this.#placeOf(key)] ?? 0;
    return line === 0 ? undefined : { line: Math.abs(line), first: line > 0 };
  }

  /** A number that is there already stays as it is, save that a first one wins over a further. */
  add(key: number, { line, first }: Sighting): void {
    const place = this.#placeOf(key);
    const there = this.#lines[place] ?? 0;
    if (there === 0) this.#fill(place, key, first ? line : -line);
    else if (there < 0 && first) this.#lines[place] = line;
  }

  /** The line that brought this number before; or 0, and from now on `line` did, as a first one. */
  claim(key: number, line: number): number {
    const place = this.#placeOf(key);
    const there = this.#lines[place] as number;
    if (there !== 0) return Math.abs(there);
    this.#fill(place, key, line);
    return 0;
  }

  /** Puts a new number into the free place that is its own. */
  #fill(place: number, key: number, line: number): void {
    this.#keys[place] = key;
    this.#lines[place] = line;
    this.#size++;
    if (this.#size > FULLEST * this.#keys.length) this.#grow(this.#keys.length * 2);
  }

  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let place = hashOf(key, 0) & mask;
    while (this.#lines[place] !== 0 && this.#keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  #grow(places: number): void {
    const keys = this.#keys;
    const lines = this.#lines;
    this.#keys = new Float64Array(places);
    this.#lines = new Int32Array(places);
    for (let i = 0; i < keys.length; i++) {
      const line = lines[i] ?? 0;
      if (line === 0) continue;
      const place = this.#placeOf(keys[i] ?? 0);
      this.#keys[place] = keys[i] ?? 0;
      this.#lines[place] = line;
    }
  }
}
