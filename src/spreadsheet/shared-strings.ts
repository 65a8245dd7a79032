/**
 * Owns the texts that a workbook keeps once for all of its cells: a million of them in two plain
 * buffers, since as many JavaScript strings would take ten times the memory.
 */
const FIRST_BYTES = 1 << 16;

export class SharedStrings {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #used = 0;
  #ends = new Uint32Array(1 << 12);
  #count = 0;
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Throws RangeError when all of them together are longer than allowed. */
  add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#used + length > this.#mostBytes) throw new RangeError("too many shared strings");
    if (this.#used + length > this.#bytes.length) {
      const bytes = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#used + length));
      this.#bytes.copy(bytes, 0, 0, this.#used);
      this.#bytes = bytes;
    }
    this.#used += this.#bytes.write(text, this.#used);
    if (this.#count === this.#ends.length) {
      const ends = new Uint32Array(this.#ends.length * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count++] = this.#used;
  }

  /** Undefined for an index that the file does not have. */
  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    return this.#bytes.toString("utf8", index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
}
