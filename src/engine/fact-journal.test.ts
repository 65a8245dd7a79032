import { expect } from "chai";
import { instant } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import type { AttemptId, CampaignId, Epoch } from "../ids.ts";
import { limits } from "../limits.ts";
import type { FactFile, FactFolder, WaitingRecord } from "../store/disk/fact-file.ts";
import type { CallRecord, Store } from "../store/store.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { FactJournal } from "./fact-journal.ts";

/** A file that outlives its process. */
class File implements FactFile {
  lines: WaitingRecord[] = [];
  full = false;
  append(records: readonly WaitingRecord[]): Promise<void> {
    if (this.full) return Promise.reject(new StoreUnavailable("full"));
    this.lines.push(...records);
    return Promise.resolve();
  }
  read(): Promise<readonly WaitingRecord[]> { return Promise.resolve([...this.lines]); }
  clear(): Promise<void> {
    this.lines = [];
    return Promise.resolve();
  }
}

const record = (seq: number, campaign = 1, attempt = "a"): CallRecord => ({
  attempt: attempt as AttemptId, campaign: campaign as CampaignId,
  epoch: (campaign === 2 ? 5 : 1) as Epoch, changes: {},
  lead: undefined, facts: [{ seq, at: instant(seq), type: "ringing", data: {} }],
});

class World {
  readonly clock = new SimulatedClock(instant(0));
  readonly disk = new File();
  readonly stored: number[] = [];
  readonly durable: number[] = [];
  readonly epochs: number[] = [];
  state: "up" | "away" | "hangs" | "fenced" = "up";
  journal = this.start();

  /** A process: the first has the disk's file for its own, the next find it there. */
  start(own: FactFile = this.disk): FactJournal {
    const folder: FactFolder = {
      own, left: async (epoch) => own === this.disk ? []
        : (await this.disk.read()).filter((each) => each.record.epoch === epoch),
    };
    const recordCalls = (records: readonly CallRecord[]): Promise<void> => {
      if (this.state === "away") return Promise.reject(new StoreUnavailable("away"));
      if (this.state === "hangs") return new Promise(() => undefined);
      if (records.some(({ campaign }) => campaign === 3)) return Promise.reject(new Error("odd"));
      const lost = records.some(({ campaign }) => this.state === "fenced" && campaign === 2);
      if (lost) return Promise.reject(new Fenced("taken over"));
      for (const { facts } of records) for (const { seq } of facts) this.stored.push(seq);
      this.epochs.push(...records.map(({ epoch }) => epoch));
      return Promise.resolve();
    };
    return new FactJournal({ recordCalls } as Partial<Store> as Store, this.clock, folder);
  }

  tell(seq: number, campaign = 1): void {
    void this.journal.call(record(seq, campaign)).then(() => { this.durable.push(seq); },
      () => undefined);
  }
}

/** A store that answers when it is told to. */
class SlowStore {
  readonly clock = new SimulatedClock(instant(0));
  readonly asked: string[] = [];
  readonly #answers: (() => void)[] = [];
  readonly journal = new FactJournal({
    recordCalls: (records: readonly CallRecord[]) => {
      this.asked.push(records.map(({ attempt, facts: [fact] }) => `${attempt}${fact?.seq}`).join());
      return new Promise<void>((resolve) => { this.#answers.push(resolve); });
    },
  } as Partial<Store> as Store, this.clock);

  /** `a1` is fact 1 of call a; a command waits for those of `urgent`. */
  tell(facts: string, urgent: boolean): void {
    for (const [attempt, seq] of facts.split(" ")) {
      void this.journal.call(record(Number(seq), 1, attempt), urgent);
    }
  }

  answer(): void { this.#answers.shift()?.(); }
}

describe("facts on their way to the store", () => {
  const check = async (story: (store: SlowStore) => Promise<void>, ...asked: string[]) => {
    const store = new SlowStore();
    await story(store);
    expect(store.asked).to.deep.equal(asked);
  };
  /** Less than calm facts gather for. */
  const moment = (store: SlowStore): Promise<void> => store.clock.runFor(1);
  const longer = (store: SlowStore): Promise<void> => store.clock.runFor(limits.factGatherMs);

  it("do not wait for the facts of other calls", () => check(async (store) => {
    store.tell("a1", true);
    await moment(store);
    store.tell("b1", true);
    await moment(store);
  }, "a1", "b1"));

  it("wait for those of their own call", () => check(async (store) => {
    store.tell("a1", true);
    await moment(store);
    store.tell("a2 b1", true);
    await moment(store);
    store.answer();
    await moment(store);
  }, "a1", "b1", "a2"));

  it("are one batch when one event leads to them", () => check(async (store) => {
    store.tell("a1 a2 b1", true);
    await moment(store);
  }, "a1,a2,b1"));

  it("gather while no command waits for them", () => check(async (store) => {
    store.tell("a1", false);
    await moment(store);
    store.tell("b1", false);
    await longer(store);
  }, "a1,b1"));

  it("go along with a later one of their call that a command waits for", () =>
    check(async (store) => {
      store.tell("a1 b1", false);
      store.tell("a2", true);
      await moment(store);
    }, "a1,a2"));

  it("gather into the next batch when too many are on their way", () => check(async (store) => {
    for (let i = 0; i < limits.factWrites; i++) {
      store.tell(`${"abcdefgh"[i] ?? ""}1`, true);
      await moment(store);
    }
    store.tell("x1", true);
    await moment(store);
    store.tell("y1", true);
    await moment(store);
    store.answer();
    await moment(store);
  }, ...[..."abcdefgh"].slice(0, limits.factWrites).map((name) => `${name}1`), "x1,y1"));

  it("do not gather any longer when the end waits for them", () => check(async (store) => {
    store.tell("a1", false);
    void store.journal.idle();
    await moment(store);
  }, "a1"));
});

describe("the journal of facts", () => {
  const check = async (story: (world: World) => Promise<void>, expected: {
    stored: readonly number[]; durable: readonly number[]; waiting?: number;
  }) => {
    const world = new World();
    await story(world);
    expect({ stored: world.stored, durable: world.durable, waiting: world.disk.lines.length })
      .to.deep.equal({ waiting: 0, ...expected });
  };

  it("writes to the store in order", () => check(async (world) => {
    world.tell(1);
    world.tell(2);
    await world.clock.runFor(10);
  }, { stored: [1, 2], durable: [1, 2] }));

  it("lets live calls go on while the store is away, and dials nothing new", () =>
    check(async (world) => {
      world.state = "away";
      world.tell(1);
      world.tell(2);
      await world.clock.runFor(60_000);
      expect(world.journal.strained).to.equal(true);
    }, { stored: [], durable: [1, 2], waiting: 2 }));

  it("brings the file into the store once, before what came later", () => check(async (world) => {
    world.state = "away";
    world.tell(1);
    await world.clock.runFor(1_000);
    world.tell(2);
    await world.clock.runFor(1_000);
    world.state = "up";
    world.tell(3);
    await world.clock.runFor(20_000);
    world.tell(4);
    await world.clock.runFor(10);
    expect(world.journal.strained).to.equal(false);
  }, { stored: [1, 2, 3, 4], durable: [1, 2, 3, 4] }));

  it("does not wait for a store that hangs", () => check(async (world) => {
    world.state = "hangs";
    world.tell(1);
    await world.clock.runFor(1_500);
  }, { stored: [], durable: [1], waiting: 1 }));

  it("holds what depends on a fact while disk and store are away", () => check(async (world) => {
    world.state = "away";
    world.disk.full = true;
    world.tell(1);
    await world.clock.runFor(60_000);
    expect(world.durable).to.deep.equal([]);
    world.state = "up";
    await world.clock.runFor(20_000);
  }, { stored: [1], durable: [1] }));

  it("writes nothing of an epoch that is over, and everything else", () => check(async (world) => {
    world.state = "away";
    world.tell(1);
    world.tell(2, 2);
    world.tell(3);
    await world.clock.runFor(1_000);
    world.state = "fenced";
    await world.clock.runFor(20_000);
  }, { stored: [1, 3], durable: [1, 2, 3] }));

  it("leaves out a record that the store refuses, and no other", () => check(async (world) => {
    world.state = "away";
    world.tell(1);
    world.tell(2, 3);
    world.tell(3);
    await world.clock.runFor(1_000);
    world.state = "up";
    await world.clock.runFor(20_000);
  }, { stored: [1, 3], durable: [1, 2, 3] }));

  it("is recovered by the next process", () => check(async (world) => {
    world.state = "away";
    world.tell(1);
    await world.clock.runFor(1_000);
    world.state = "up";
    const next = world.start(new File());
    const seat = { pbx: "virtual-1", epoch: 2 as Epoch, before: 1 as Epoch };
    expect(await next.recover({ ...seat, before: 0 as Epoch }), "of another holding").to.equal(0);
    expect(await next.recover(seat)).to.equal(1);
    world.journal = next;
    expect(world.epochs.at(-1), "stored under the new epoch").to.equal(2);
  }, { stored: [1], durable: [1], waiting: 1 }));
});
