/**
 * Owns the way of facts into the store. A few batches are on their way at a time, and what comes
 * meanwhile goes into the next, so that they grow with the load and a quiet system waits for
 * nothing. While the store is away facts go to a file on disk, which makes them durable as well;
 * when the store is back the file goes into it first, in order, and then what came after.
 */
import { plus, type Clock, type Timer } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import type { Epoch } from "../ids.ts";
import { limits } from "../limits.ts";
import type { FactFolder, FactFile, WaitingRecord } from "../store/disk/fact-file.ts";
import type { AgentRecord, CallRecord, RecordingRow, Seat, Store } from "../store/store.ts";
import { FactLanes, type Keyed } from "./fact-lanes.ts";

interface Waiting extends Keyed {
  readonly item: WaitingRecord;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/** Takes nothing: without a disk facts wait in memory, and what depends on them waits too. */
const noFolder: FactFolder = {
  own: {
    append: () => Promise.reject(new StoreUnavailable("there is no file for facts")),
    read: () => Promise.resolve([]),
    clear: () => Promise.resolve(),
  },
  left: () => Promise.resolve([]),
};

/** What one kind of records has waiting, and on its way. */
interface Road {
  readonly lanes: FactLanes<Waiting>;
  readonly writes: { urgent: number; calm: number };
  /** Until then calm records gather. */
  calm: Timer | undefined;
}

const newRoad = (): Road => ({
  lanes: new FactLanes(), writes: { urgent: 0, calm: 0 }, calm: undefined,
});

/** Each method resolves when its record is durable; `Fenced` when its epoch is old. */
export class FactJournal {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #folder: FactFolder;
  readonly #file: FactFile;
  /** Each kind has a statement of its own, and none waits for another's. */
  readonly #roads: Readonly<Record<WaitingRecord["of"], Road>> =
    { call: newRoad(), agent: newRoad(), recording: newRoad() };
  #backlog = 0;
  readonly #idle: (() => void)[] = [];
  /** Facts are in the file, which must reach the store before any other. */
  #filed = false;
  #away = false;
  /** One at a time reads, appends to or empties the file. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Epochs found old: their records are refused without asking again. */
  readonly #fenced = new Set<Epoch>();

  constructor(store: Store, clock: Clock, folder: FactFolder = noFolder) {
    this.#store = store;
    this.#clock = clock;
    this.#folder = folder;
    this.#file = folder.own;
  }

  /** `urgent` when a command waits for it; else it may gather with others for a moment. */
  call(record: CallRecord, urgent = true): Promise<void> {
    return this.#fenced.has(record.epoch) ? Promise.reject(fenced(record))
      : this.#add({ of: "call", record }, record.attempt, urgent);
  }

  agent(record: AgentRecord, urgent = true): Promise<void> {
    return this.#add({ of: "agent", record }, String(record.agent), urgent);
  }

  recording(record: RecordingRow): Promise<void> {
    return this.#add({ of: "recording", record }, record.attempt, false);
  }

  /** Records not durable yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Nothing new may be dialed: the store is away, or cannot keep up. */
  get strained(): boolean {
    return this.#away || this.#filed || this.backlog > limits.factBacklog;
  }

  /** Resolves when all that was given so far is durable, or was refused. */
  idle(): Promise<void> {
    if (this.#backlog === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      for (const road of Object.values(this.#roads)) this.#sendCalm(road);
    });
  }

  /**
   * Brings into the store what the holder of `seat` before us left on this machine's disk. It was
   * written under the epoch before, and counted as durable: it is stored under ours. Called before
   * the seat's open calls are read.
   */
  async recover({ epoch, before }: Seat): Promise<number> {
    const left = await this.#folder.left(before);
    await this.#storeAll(left.map((each): WaitingRecord =>
      ({ ...each, record: { ...each.record, epoch } }) as WaitingRecord));
    return left.length;
  }

  #add(item: WaitingRecord, key: string, urgent: boolean): Promise<void> {
    const road = this.#roads[item.of];
    this.#backlog += 1;
    return new Promise((stored, failed) => {
      road.lanes.add({ item, key, urgent, stored, failed });
      // A microtask later, so that all that one event leads to is one batch.
      queueMicrotask(() => { this.#send(road); });
    });
  }

  #send(road: Road): void {
    while (road.lanes.hasUrgent && road.writes.urgent < limits.factWrites) {
      this.#write(road, "urgent");
    }
    if (!road.lanes.hasCalm || road.calm !== undefined || road.writes.calm > 0) return;
    road.calm = this.#clock.at(plus(this.#clock.now(), limits.factGatherMs), () => {
      this.#sendCalm(road);
    });
  }

  #sendCalm(road: Road): void {
    road.calm?.cancel();
    road.calm = undefined;
    // Where one is on its way already, its return sends the next.
    if (road.lanes.hasCalm && road.writes.calm === 0) this.#write(road, "calm");
  }

  #write(road: Road, lane: "urgent" | "calm"): void {
    const batch = road.lanes.take(lane, limits.factBatch);
    road.writes[lane] += 1;
    void this.#settle(batch).then(() => {
      road.writes[lane] -= 1;
      road.lanes.arrived(batch);
      this.#backlog -= batch.length;
      if (this.#backlog === 0) for (const resolve of this.#idle.splice(0)) resolve();
      else if (this.#idle.length > 0) this.#sendCalm(road);
      this.#send(road);
    });
  }

  /** Writes a batch; one that is refused is taken apart, so that a bad record harms no other. */
  async #settle(batch: readonly Waiting[]): Promise<void> {
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

  /** Into the store, or into the file when the store is away; waits when both refuse. */
  async #persist(items: readonly WaitingRecord[]): Promise<void> {
    let pauseMs: number = limits.reconnectFirstMs;
    for (;;) {
      try {
        if (this.#filed && await this.#append(items)) return;
        await this.#inTime(this.#storeBatch(items));
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.#away = true;
      }
      if (!this.#filed && await this.#toFile(items)) return;
      await this.#pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, limits.reconnectLongestMs);
    }
  }

  async #toFile(items: readonly WaitingRecord[]): Promise<boolean> {
    try {
      await this.#exclusively(async () => {
        await this.#file.append(items);
        if (this.#filed) return;
        this.#filed = true;
        void this.#returnToStore();
      });
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
    return true;
  }

  /** False when the file was emptied before our turn: then the store takes facts again. */
  #append(items: readonly WaitingRecord[]): Promise<boolean> {
    return this.#exclusively(async () => {
      if (this.#filed) await this.#file.append(items);
      return this.#filed;
    });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /**
   * A store that hangs is away, and somebody waits at the phone. What it was sent may still act
   * later: a fact that comes twice is stored once.
   */
  #inTime(write: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.at(plus(this.#clock.now(), limits.factPatienceMs), () => {
        reject(new StoreUnavailable(`no answer within ${limits.factPatienceMs} ms`));
      });
      write.then(resolve, reject).finally(() => { timer.cancel(); });
    });
  }

  /** Tries again and again to bring the file into the store; at last facts go there directly. */
  async #returnToStore(): Promise<void> {
    for (let pauseMs: number = limits.reconnectFirstMs; this.#filed;) {
      await this.#pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, limits.reconnectLongestMs);
      try {
        for (let stored = 0; this.#filed;) {
          const left = await this.#exclusively(() => this.#file.read());
          await this.#storeAll(left.slice(stored));
          stored = left.length;
          await this.#exclusively(() => this.#emptyIf(stored));
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
  }

  /** Empties the file when nothing was appended to the `stored` records that the store has. */
  async #emptyIf(stored: number): Promise<void> {
    if ((await this.#file.read()).length > stored) return;
    await this.#file.clear();
    this.#filed = false;
    this.#away = false;
  }

  /**
   * In order. A record that the store refuses, for its old epoch or for what is in it, is left out
   * alone: sent again it would be refused again, and keep all that came after it from the store.
   */
  async #storeAll(records: readonly WaitingRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += limits.factBatch) {
      const batch = records.slice(at, at + limits.factBatch);
      try {
        await this.#storeBatch(batch);
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        for (const each of batch) {
          await this.#storeBatch([each]).catch((again: unknown) => {
            if (again instanceof StoreUnavailable) throw again;
          });
        }
      }
    }
  }

  async #storeBatch(items: readonly WaitingRecord[]): Promise<void> {
    const calls = items.flatMap((each) => each.of === "call" ? [each.record] : []);
    const agents = items.flatMap((each) => each.of === "agent" ? [each.record] : []);
    const recordings = items.flatMap((each) => each.of === "recording" ? [each.record] : []);
    try {
      await Promise.all([
        calls.length > 0 && this.#store.recordCalls(calls),
        agents.length > 0 && this.#store.recordAgents(agents),
        recordings.length > 0 && this.#store.recordRecordings(recordings),
      ]);
    } catch (error) {
      if (error instanceof Fenced && calls.length === 1 && items.length === 1) {
        for (const each of calls) this.#fenced.add(each.epoch);
      }
      throw error;
    }
    if (!this.#filed) this.#away = false;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.at(plus(this.#clock.now(), ms), resolve);
    });
  }
}

const fenced = ({ epoch }: CallRecord): Fenced =>
  new Fenced(`epoch ${epoch} is over: another controller has taken the switch`);
