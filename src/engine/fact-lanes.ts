/**
 * Owns the order in which records of one kind go to the store. All that one call (or one agent)
 * has to say is in one batch at a time, so that it is stored in order; different calls go side by
 * side, so that the facts a join waits for need not wait for the batch before them. Facts that
 * nothing waits for gather for a moment, which makes them cheap.
 */

/** Records with one key are stored in the order they came in. */
export interface Keyed {
  readonly key: string;
  /** A command waits for it. */
  readonly urgent: boolean;
}

interface Key<T> {
  waiting: T[];
  /** Its last records are on their way: what comes now waits for them. */
  away: boolean;
  urgent: boolean;
}

export class FactLanes<T extends Keyed> {
  readonly #keys = new Map<string, Key<T>>();
  readonly #urgent = new Set<string>();
  readonly #calm = new Set<string>();

  add(record: T): void {
    const key = this.#keys.get(record.key) ?? { waiting: [], away: false, urgent: false };
    this.#keys.set(record.key, key);
    key.waiting.push(record);
    key.urgent ||= record.urgent;
    if (!key.away) this.#line(record.key, key);
  }

  get hasUrgent(): boolean { return this.#urgent.size > 0; }
  get hasCalm(): boolean { return this.#calm.size > 0; }

  /** At most about `most` records, which are on their way until they are said to have arrived. */
  take(lane: "urgent" | "calm", most: number): readonly T[] {
    const queue = lane === "urgent" ? this.#urgent : this.#calm;
    const batch: T[] = [];
    for (const name of queue) {
      if (batch.length >= most) break;
      queue.delete(name);
      const key = this.#keys.get(name);
      if (!key) continue;
      batch.push(...key.waiting);
      Object.assign(key, { waiting: [], away: true, urgent: false });
    }
    return batch;
  }

  /** Frees the keys of a batch for what came meanwhile. */
  arrived(batch: readonly T[]): void {
    for (const { key: name } of batch) {
      const key = this.#keys.get(name);
      if (!key?.away) continue;
      key.away = false;
      if (key.waiting.length === 0) this.#keys.delete(name);
      else this.#line(name, key);
    }
  }

  #line(name: string, { urgent }: Key<T>): void {
    if (!urgent) {
      this.#calm.add(name);
      return;
    }
    // What it said before goes along, and in front.
    this.#calm.delete(name);
    this.#urgent.add(name);
  }
}
