/**
 * Owns one looking-up of a list: its numbers in questions of some hundred, a few on their way at a
 * time, each paid for before it is asked. What was answered is kept at once, so that the same
 * command after an interrupt asks only for the rest, with what is left of its money.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { StoreUnavailable, UserError } from "../errors.ts";
import type { DialNumber, ListId } from "../ids.ts";
import { text } from "../language.ts";
import type { LineWord } from "../leads/lookup-words.ts";
import { limits } from "../limits.ts";
import type { LookupConfig } from "../lookup/lookup-config.ts";
import { LookupUnavailable, type LookupAnswer, type LookupReply, type NumberLookup }
  from "../lookup/number-lookup.ts";
import type { LookupDesk, LookupRun } from "../store/postgres/lookup-desk.ts";

export interface LookupOrder {
  readonly list: ListId;
  /** Answers older than this are asked for anew. */
  readonly ageMaxMs: number;
  /** Most that this run may cost, in millionths, with what it cost before an interrupt. */
  readonly priceMax: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: { readonly asked: number; readonly spent: number }) => void;
}

export interface LookupSummary extends Readonly<Record<LineWord, number>> {
  readonly asked: number;
  /** In millionths, of the whole run. */
  readonly spent: number;
  /** Why numbers are left that were not asked; undefined when none are. */
  readonly stopped: "run" | "day" | undefined;
  readonly left: number;
  /** Where the run was begun by an earlier command: when, and what that had asked. */
  readonly wentOn: { readonly since: Instant; readonly asked: number } | undefined;
}

export interface LookupParts {
  readonly clock: Clock;
  readonly desk: LookupDesk;
  readonly lookup: NumberLookup;
  readonly service: Pick<LookupConfig, "pricePerNumber" | "dayMax" | "batch">;
  /** A UUID, never the same twice. */
  newId(): string;
}

const interrupted = (): UserError => new UserError(
  text("interrupted; what was answered is kept", "已中断；已得到的结果均已保存"),
  text("run the same command again to go on, with what is left of its money",
    "再次运行同一命令即可继续，费用上限连同之前的花费一并计算"),
);

const tooDear = (): UserError => new UserError(
  text("the lookup service charges more than RINGWRIGHT_LOOKUP_PRICE says; the answers are kept",
    "号码检测服务的收费高于 RINGWRIGHT_LOOKUP_PRICE；已得到的结果均已保存"),
  text("set the price as it is, then run the same command again", "请设为实际价格后再次运行同一命令"),
);

const away = (error: LookupUnavailable): UserError => new UserError(
  text(`the lookup service is away: ${error.message}; what was answered is kept`,
    `号码检测服务不可用：${error.message}；已得到的结果均已保存`),
  text("run the same command again later; `ringwright config show` has its address",
    "请稍后再次运行同一命令；服务地址见 `ringwright config show`"), 3,
);

/** What was taken from the caps for one question, and when. */
interface Reserved {
  readonly at: Instant;
  readonly cost: number;
}

class LookupWork {
  readonly #parts: LookupParts;
  readonly #order: LookupOrder;
  readonly #run: LookupRun;
  readonly #since: Instant;
  readonly found: Record<LineWord, number> = { live: 0, absent: 0, dead: 0, unknown: 0 };
  asked = 0;
  spent: number;
  stopped: "run" | "day" | undefined;
  /** Read and not yet asked, and the last one read. */
  #waiting: DialNumber[] = [];
  #after = "";
  #reading: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(parts: LookupParts, order: LookupOrder, run: LookupRun) {
    this.#parts = parts;
    this.#order = order;
    this.#run = run;
    this.#since = plus(parts.clock.now(), -order.ageMaxMs);
    this.spent = run.spent;
  }

  /** Asks until nothing is left, the money is gone or somebody interrupts; a fault ends all. */
  async all(): Promise<void> {
    const workers = Array.from({ length: limits.lookupRequests }, () => this.#work());
    // One that fails lets the others keep what they have paid for.
    const ends = await Promise.allSettled(workers);
    const failed = ends.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (this.#order.signal.aborted) throw interrupted();
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        if (this.#order.signal.aborted || this.stopped !== undefined || this.#ended) return;
        const numbers = await this.#next();
        if (numbers.length === 0) return;
        await this.#ask(numbers);
      }
    } finally {
      this.#ended = true;
    }
  }

  /** The next question's numbers; two workers do not read the same page. */
  async #next(): Promise<readonly DialNumber[]> {
    const { desk, service: { batch } } = this.#parts;
    this.#reading = this.#reading.then(async () => {
      if (this.#waiting.length > 0) return;
      this.#waiting = [...await desk.next({
        list: this.#order.list, since: this.#since, after: this.#after, limit: limits.lookupPage,
      })];
      this.#after = this.#waiting.at(-1) ?? this.#after;
    });
    await this.#reading;
    return this.#waiting.splice(0, batch);
  }

  async #ask(numbers: readonly DialNumber[]): Promise<void> {
    const { clock, desk, service, newId } = this.#parts;
    const id = newId();
    const cost = numbers.length * service.pricePerNumber;
    for (let tried = 1; ; tried++) {
      const at = clock.now();
      const answer = await desk.reserve(
        { run: this.#run.id, at, cost, dayMax: service.dayMax });
      if (answer !== "reserved") {
        this.stopped = answer;
        return;
      }
      this.spent += cost;
      const reply = await this.#reply(id, numbers, { at, cost });
      if (!(reply instanceof LookupUnavailable)) {
        await this.#keep(numbers, reply, { at, cost });
        return;
      }
      if (tried === limits.lookupTries) throw away(reply);
      await this.#pause(reply.waitMs ?? Math.min(
        limits.lookupPauseFirstMs * 2 ** (tried - 1), limits.lookupPauseLongestMs));
      if (this.#order.signal.aborted) return;
    }
  }

  /** What came back; what was surely not billed goes back into both caps. */
  async #reply(
    id: string, numbers: readonly DialNumber[], { at, cost }: Reserved,
  ): Promise<LookupReply | LookupUnavailable> {
    const { desk, lookup } = this.#parts;
    try {
      return await lookup.ask(id, numbers);
    } catch (error) {
      const late = error instanceof LookupUnavailable;
      if (!late || error.unbilled) {
        await desk.giveBack(this.#run.id, at, cost);
        this.spent -= cost;
      }
      if (late) return error;
      throw error;
    }
  }

  async #keep(
    numbers: readonly DialNumber[], { answers, cost: billed }: LookupReply,
    { at, cost }: Reserved,
  ): Promise<void> {
    const { clock, desk } = this.#parts;
    const answered = new Set(answers.map(({ number }) => number));
    // What the service passed over is kept as asked too, or the next run would pay for it again.
    const all: LookupAnswer[] = [...answers, ...numbers.filter((each) => !answered.has(each))
      .map((number): LookupAnswer =>
        ({ number, line: "unknown", word: "", kind: undefined, carrier: undefined }))];
    const extra = (billed ?? cost) - cost;
    const kept = { run: this.#run.id, at: clock.now(), reservedAt: at, asked: all.length, extra };
    for (let tried = 1; ; tried++) {
      try {
        await desk.keep(all, kept);
        break;
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || tried === limits.lookupStoreTries) throw error;
      }
    }
    for (const { line } of all) this.found[line]++;
    this.asked += all.length;
    this.spent += extra;
    this.#order.onStep({ asked: this.asked, spent: this.spent });
    if (extra > 0) throw tooDear();
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#order;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = clock.at(plus(clock.now(), ms), end);
      signal.addEventListener("abort", end);
    });
  }
}

/**
 * Looks up the numbers of a list. Undefined when somebody else does so now. Throws UserError when
 * interrupted, when the service is away or refuses; what was answered until then is kept.
 */
export function lookUpList(
  order: LookupOrder, parts: LookupParts,
): Promise<LookupSummary | undefined> {
  const { desk, clock } = parts;
  return desk.alone(order.list, async () => {
    const before = await desk.openRun(order.list);
    const run = await desk.begin(order.list, order.priceMax);
    const work = new LookupWork(parts, order, run);
    await work.all();
    // The money of a day comes again tomorrow, and the same command then goes on with this run.
    if (work.stopped !== "day") await desk.end(run.id);
    const since = plus(clock.now(), -order.ageMaxMs);
    const { toAsk: left } = await desk.count({ list: order.list, since });
    return {
      ...work.found, asked: work.asked, spent: work.spent, stopped: work.stopped, left,
      wentOn: before && { since: before.startedAt, asked: before.asked },
    };
  });
}
