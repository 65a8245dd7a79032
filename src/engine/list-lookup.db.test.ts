import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { runWithin } from "../cli/program.ts";
import { DAY_MS, instant, plus, systemClock, type Clock, type Instant } from "../clock.ts";
import { UserError } from "../errors.ts";
import type { ListId } from "../ids.ts";
import { httpLookup } from "../lookup/http-lookup.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { lookupDesk } from "../store/postgres/lookup-desk.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { startLookupService, type LookupService } from "../testing/lookup-service.ts";
import { lookUpList, type LookupOrder } from "./list-lookup.ts";

const phoneOf = (i: number): string => `+86139${String(i).padStart(8, "0")}`;
/** Of ten numbers one is dead, one is off, and of one the service knows nothing. */
const statusOf = (number: string): string | undefined =>
  ["空号", "关机", undefined][Number(number.at(-1))] ?? (number.endsWith("2") ? undefined : "实号");
describe("looking up a list", () => {
  let database: TestDatabase;
  let sql: Database;
  let service: LookupService;
  let asked: (count: number) => void;
  /** Pauses are over at once, and how long they would have been is kept. */
  let now: Instant;
  let pauses: number[];
  const clock: Clock = {
    now: () => now,
    at(when, run) {
      pauses.push(when - now);
      return systemClock.at(systemClock.now(), run);
    },
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    asked = () => undefined;
    now = instant(Date.now());
    pauses = [];
    service = await startLookupService(
      { statusOf, price: 0.01, asked: (count) => { asked(count); } });
    await database.query(`
      with list as (insert into dial_lists (name) values ('spring') returning id), lead as (
        insert into leads (list_id, phone) select list.id, '+86139' || lpad(n::text, 8, '0')
        from list, generate_series(0, 99) n returning id, phone)
      insert into lead_numbers (lead_id, position, phone)
      select id, 2, '+8613700000005' from lead where phone = '${phoneOf(7)}'`);
  });
  afterEach(async () => {
    await service.close();
    await sql.close();
    await database.drop();
  });

  const run = async (
    order: Partial<LookupOrder> = {},
    { price = 10_000, dayMax = 1e9 }: { price?: number; dayMax?: number } = {},
  ) => {
    const lookup = httpLookup({ url: service.url, token: undefined, timeoutMs: 300 });
    try {
      return await lookUpList({
        list: 1 as ListId, ageMaxMs: 90 * DAY_MS, priceMax: 5e6,
        signal: new AbortController().signal, onStep: () => undefined, ...order,
      }, {
        clock, desk: lookupDesk(sql), lookup, newId: randomUUID,
        service: { pricePerNumber: price, dayMax, batch: 10 },
      });
    } finally {
      await lookup.close();
    }
  };
  const fails = async (work: Promise<unknown>): Promise<UserError> => {
    const error = await work.then(() => undefined, (each: unknown) => each);
    expect(error).to.be.instanceOf(UserError);
    return error as UserError;
  };
  const one = async (query: string) => (await database.query(query))[0];
  const timesAsked = () => {
    const numbers = service.questions.flatMap((each) => each.numbers);
    return { all: numbers.length, different: new Set(numbers).size };
  };

  it("asks once for each number of each person, and keeps what was said", async () => {
    const summary = await run();
    expect(summary).to.include({ asked: 101, live: 71, absent: 10, dead: 10, unknown: 10,
      spent: 910_000, left: 0, stopped: undefined });
    expect(timesAsked()).to.deep.equal({ all: 101, different: 101 });
    expect(await one(`select quality, source, what from number_evidence
      where phone = '${phoneOf(20)}'`)).to.deep.equal(
      { quality: "dead", source: "lookup", what: "lookup 空号" });
    expect(await one(`select count(*)::int as dead from number_quality where quality = 'dead'`))
      .to.deep.equal({ dead: 10 });
    expect(await one(`select state, line, carrier from number_lookups
      where phone = '+8613700000005'`)).to.deep.equal(
      { state: "live", line: "mobile", carrier: "Carrier A" });
  });

  it("asks nobody twice, until the answer is too old", async () => {
    await run();
    expect(await run()).to.include({ asked: 0, left: 0 });
    now = plus(now, 91 * DAY_MS);
    // The dead are not asked for again: a lookup does not bring them back.
    expect(await run()).to.include({ asked: 91, dead: 0 });
  });

  it("does not tell the service of people who must not be called, nor pay for the dead", async () => {
    await database.query(`insert into do_not_call (phone, registry_id) values ('${phoneOf(3)}', 1)`);
    await database.query(`insert into erased_numbers (hash) values (erasure_hash('${phoneOf(4)}'))`);
    await database.query(`insert into number_evidence (phone, at, quality, source, what)
      values ('${phoneOf(5)}', now(), 'dead', 'line', 'q850 1')`);
    expect(await run()).to.include({ asked: 98 });
    const numbers = service.questions.flatMap((each) => each.numbers);
    for (const each of [3, 4, 5]) expect(numbers).to.not.include(phoneOf(each));
  });

  it("spends no more than its cap, also when it is run by many at once", async () => {
    const summary = await run({ priceMax: 250_000 });
    expect(summary).to.include({ stopped: "run" });
    expect(summary?.spent).to.be.at.most(250_000);
    expect(timesAsked().all).to.equal(20);
    expect(summary?.left).to.equal(81);
  });

  it("spends no more than the cap of the day, and goes on the next day", async () => {
    expect(await run({}, { dayMax: 300_000 })).to.include({ stopped: "day" });
    expect(timesAsked().all).to.be.at.most(30);
    now = plus(now, DAY_MS);
    const summary = await run({}, { dayMax: 1e9 });
    expect(summary).to.include({ left: 0, stopped: undefined });
    expect(timesAsked()).to.deep.equal({ all: 101, different: 101 });
    expect(summary?.wentOn).to.include({ asked: 101 - (summary?.asked ?? 0) });
  });

  it("goes on after an interrupt with what is left of its money", async () => {
    const interrupt = new AbortController();
    asked = (count) => { if (count === 3) interrupt.abort(); };
    expect((await fails(run({ signal: interrupt.signal }))).what.en).to.match(/interrupted/);
    const before = timesAsked().all;
    expect(before).to.be.at.least(30).and.below(101);
    asked = () => undefined;
    const summary = await run();
    expect(summary).to.include({ asked: 101 - before, spent: 910_000, left: 0 });
    expect(timesAsked()).to.deep.equal({ all: 101, different: 101 });
  });

  it("tries again when the service is busy, as late as it asks for, and pays once", async () => {
    service.mishaps.push({ status: 429, retryAfter: 7 });
    expect(await run()).to.include({ asked: 101, spent: 910_000 });
    expect(pauses).to.deep.equal([7_000]);
    const [again] = service.questions.map(({ id }) => id)
      .filter((id, i, all) => all.indexOf(id) !== i);
    expect(again, "the same question keeps its id").to.be.a("string");
  });

  it("counts a question without an answer as paid for", async () => {
    service.mishaps.push("silence");
    expect(await run()).to.include({ asked: 101, spent: 1_010_000 });
  });

  it("gives up when the service stays away, and keeps what it has", async () => {
    asked = (count) => { if (count > 2) service.mishaps.push({ status: 503 }); };
    const error = await fails(run());
    expect(error.what.en).to.match(/answers 503/);
    expect(error.exitCode).to.equal(3);
    expect(await one("select count(*)::int as kept from number_lookups")).to.deep.equal({ kept: 20 });
    expect(await one("select spent from lookup_runs")).to.deep.equal({ spent: "180000" });
  });

  it("stops when the service charges more than was said", async () => {
    const error = await fails(run({}, { price: 4_000 }));
    expect(error.what.en).to.match(/charges more/);
    const kept = await one("select count(*)::int as kept from number_lookups");
    expect(kept?.["kept"]).to.be.above(0).and.at.most(40);
    // What was really billed counts, or the cap would be a word.
    const billed = service.questions.flatMap((each) => each.numbers)
      .filter((number) => statusOf(number) !== undefined).length * 10_000;
    expect(await one("select spent::int from lookup_runs")).to.deep.equal({ spent: billed });
    expect(await one("select spent::int from lookup_days")).to.deep.equal({ spent: billed });
  });

  it("is not done twice at one time", async () => {
    let other: unknown = "not run";
    asked = (count) => { if (count === 1) void run().then((summary) => { other = summary; }); };
    service.mishaps.push("silence");
    await run();
    expect(other).to.equal(undefined);
    expect(timesAsked().different).to.equal(101);
  });

  describe("from the command line", () => {
    const command = async (
      words: readonly string[], env: Readonly<Record<string, string>> = {},
    ) => {
      let [out, err] = ["", ""];
      const status = await runWithin(["list", "lookup", ...words], {
        env: { DATABASE_URL: database.url, LANG: "en_US.UTF-8", ...env },
        out: (each) => { out += each; }, err: (each) => { err += each; },
        terminal: false, signal: new AbortController().signal,
      });
      return { status, out, err };
    };
    const configured = () => ({
      RINGWRIGHT_LOOKUP_URL: service.url, RINGWRIGHT_LOOKUP_TOKEN: "very-secret",
      RINGWRIGHT_LOOKUP_PRICE: "0.01", RINGWRIGHT_LOOKUP_BATCH: "40",
    });

    it("says what to set when there is no service", async () => {
      const { status, err } = await command(["spring", "--price-max", "5"]);
      expect(status).to.equal(2);
      expect(err).to.match(/no number-lookup service/).and.match(/RINGWRIGHT_LOOKUP_URL/);
    });
    it("wants to know the price, of one number and of the run", async () => {
      const env = { RINGWRIGHT_LOOKUP_URL: service.url };
      expect((await command(["spring", "--price-max", "5"], env)).err)
        .to.match(/RINGWRIGHT_LOOKUP_PRICE is not/);
      expect((await command(["spring"], configured())).err).to.match(/--price-max is missing/);
    });
    it("sends no numbers over the net in the clear", async () => {
      const { status, err } = await command(["spring", "--price-max", "5"],
        { ...configured(), RINGWRIGHT_LOOKUP_URL: "http://lookup.example/?key=very-secret" });
      expect(status).to.equal(2);
      expect(err).to.match(/https/).and.not.match(/very-secret/);
    });
    it("tells what it would cost, and asks nobody", async () => {
      const { status, out } = await command(["spring", "--dry-run"], configured());
      expect(out).to.match(/101 numbers, 0 answered before.*101 would be asked, for 1\.01/s);
      expect(status).to.equal(0);
      expect(service.questions).to.have.length(0);
    });
    it("looks the list up with its progress, and shows it with the lead", async () => {
      const { status, out } = await command(["spring", "--price-max", "5"], configured());
      expect(out).to.match(/looking up 100 %: 101 asked, spent 0\.91/)
        .and.match(/101 asked: 71 in use, 10 off or suspended, 10 dead, 10 unknown; spent 0\.91/);
      expect(status).to.equal(0);
      expect(service.questions.map((each) => each.authorization))
        .to.deep.equal(Array(3).fill("Bearer very-secret"));
    });
    it("says that money is short, and by status 1", async () => {
      const { status, out } = await command(["spring", "--price-max", "0.5"], configured());
      expect(out).to.match(/--price-max is reached: 61 are left/);
      expect(status).to.equal(1);
    });
    it("speaks Chinese", async () => {
      const { out } = await command(["spring", "--price-max", "5"],
        { ...configured(), LANG: "zh_CN.UTF-8" });
      expect(out).to.match(/检测 101 个：在用 71/);
    });
  });
});
