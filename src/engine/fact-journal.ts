/**
 * Owns the way of facts into the store. What comes while one batch is on its way goes into the
 * next, so that the batches grow with the load and a quiet system waits for nothing. Order is
 * kept, batch by batch, and a batch is sent again for as long as the store is away.
 */
import { plus, type Clock } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AgentRecord, CallRecord, RecordingRow, Store } from "../store/store.ts";

interface Waiting<T> {
  readonly item: T;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/** One kind of record: a queue and at most one batch under way. */
class Lane<T> {
  readonly #clock: Clock;
  readonly #write: (items: readonly T[]) => Promise<void>;
  #waiting: Waiting<T>[] = [];
  #writing: readonly Waiting<T>[] = [];
  readonly #idle: (() => void)[] = [];
  #running = false;
  away = false;

  constructor(clock: Clock, write: (items: readonly T[]) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  get backlog(): number {
    return this.#waiting.length + this.#writing.length;
  }

  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => { this.#idle.push(resolve); });
  }

  add(item: T): Promise<void> {
    return new Promise((stored, failed) => {
      this.#waiting.push({ item, stored, failed });
      if (this.#running) return;
      this.#running = true;
      // A microtask later, so that all that one event leads to is one batch.
      queueMicrotask(() => { void this.#run(); });
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#writing = this.#waiting.splice(0, limits.factBatch);
      await this.#settle(this.#writing);
      this.#writing = [];
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Writes a batch; one that is refused is taken apart, so that a bad record harms no other. */
  async #settle(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#persist(batch.map((each) => each.item));
      for (const each of batch) each.stored();
    } catch (error) {
      if (batch.length === 1) {
        batch[0]?.failed(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.#settle(batch.slice(0, middle));
      await this.#settle(batch.slice(middle));
    }
  }

  async #persist(items: readonly T[]): Promise<void> {
    let pauseMs: number = limits.reconnectFirstMs;
    for (;;) {
      try {
        await this.#write(items);
        this.away = false;
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.away = true;
        const wait = pauseMs;
        await new Promise<void>((resolve) => {
          this.#clock.at(plus(this.#clock.now(), wait), resolve);
        });
        pauseMs = Math.min(2 * pauseMs, limits.reconnectLongestMs);
      }
    }
  }
}

/** Each method resolves when its record is durable; `Fenced` when its epoch is old. */
export class FactJournal {
  readonly #calls: Lane<CallRecord>;
  readonly #agents: Lane<AgentRecord>;
  readonly #recordings: Lane<RecordingRow>;
  /** Epochs found old: their records are refused without asking again. */
  readonly #fenced = new Set<string>();

  constructor(store: Store, clock: Clock) {
    this.#calls = new Lane(clock, (records) => store.recordCalls(records));
    this.#agents = new Lane(clock, (records) => store.recordAgents(records));
    this.#recordings = new Lane(clock, (rows) => store.recordRecordings(rows));
  }

  async call(record: CallRecord): Promise<void> {
    const key = `${record.campaign}/${record.epoch}`;
    if (this.#fenced.has(key)) throw new Fenced(`campaign ${record.campaign} was taken over`);
    try {
      await this.#calls.add(record);
    } catch (error) {
      if (error instanceof Fenced) this.#fenced.add(key);
      throw error;
    }
  }

  agent(record: AgentRecord): Promise<void> {
    return this.#agents.add(record);
  }

  recording(row: RecordingRow): Promise<void> {
    return this.#recordings.add(row);
  }

  /** Records not durable yet. */
  get backlog(): number {
    return this.#calls.backlog + this.#agents.backlog + this.#recordings.backlog;
  }

  /** Resolves when all that was given so far is durable, or was refused. */
  async idle(): Promise<void> {
    await Promise.all([this.#calls, this.#agents, this.#recordings].map((lane) => lane.idle()));
  }

  /** Nothing new may be dialed: the store is away, or cannot keep up. */
  get strained(): boolean {
    return this.#calls.away || this.#agents.away || this.backlog > limits.factBacklog;
  }
}
