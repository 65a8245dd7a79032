import { expect } from "chai";
import { StoreUnavailable } from "../../errors.ts";
import { SilentWay } from "../../testing/silent-way.ts";
import { openDatabase, type Database } from "./database.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

describe("a connection to Postgres", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  const pidOf = { name: "pid", text: "select pg_backend_pid() as pid" };

  /** As when Postgres dies: the end is told while no statement waits for an answer. */
  const endOf = async (pid: number): Promise<void> => {
    await database.query("select pg_terminate_backend($1)", [pid]);
    for (let gone = false; !gone;) {
      const rows = await database.query("select from pg_stat_activity where pid = $1", [pid]);
      gone = rows.length === 0;
    }
    // What the server said at last is read in a later turn of this process.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => { setImmediate(resolve); });
  };

  it("that ends inside a transaction is the store being away, and the next one is another's",
    async () => {
      const ours = openDatabase(database.url);
      const error = await ours.transaction(async (sql) => {
        const [row] = await sql.query<{ pid: number }>(pidOf);
        await endOf(row?.pid ?? 0);
        return sql.query(pidOf);
      }).then(() => undefined, (thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(StoreUnavailable);
      expect(await ours.transaction((sql) => sql.query(pidOf))).to.have.length(1);
      await ours.close();
    });

  describe("of a controller, on which plans are kept", () => {
    const ask = {
      name: "growing",
      text: "select g.id from unnest($1::bigint[]) as asked (id) join growing g on g.id = asked.id",
    };
    const explain = { name: "explained", text: "explain execute growing (array[1])" };

    /** How the table is read that was empty when the statement was planned. */
    const planAfterGrowth = async (replanMs: number): Promise<string> => {
      await database.query("create table growing (id bigint primary key)");
      await database.query("analyze growing");
      const ours = openDatabase(database.url, { lookups: true, replanMs });
      await ours.query(ask, [[1]]);
      await database.query("insert into growing select n from generate_series(1, 5000) n");
      const plan = await ours.query<{ "QUERY PLAN": string }>(explain);
      await ours.close();
      await database.query("drop table growing");
      return plan.map((line) => line["QUERY PLAN"]).join("\n");
    };

    it("keeps those of an empty table while it is young", async () => {
      expect(await planAfterGrowth(60_000)).not.to.include("Index Cond: (id = asked.id)");
    });
    it("plans anew when it is older, since tables grow", async () => {
      expect(await planAfterGrowth(0)).to.include("Index Cond: (id = asked.id)");
    });
  });

  describe("on which packets are lost, and no end is told", () => {
    let way: SilentWay;
    before(async () => {
      const { hostname: host, port } = new URL(database.url);
      way = await SilentWay.to({ host, port: Number(port) });
    });
    after(() => { way.close(); });

    const check = async (ask: (ours: Database) => Promise<readonly unknown[]>): Promise<void> => {
      const ours = openDatabase(way.through(database.url), { statementMs: 300 });
      expect(await ask(ours)).to.have.length(1);
      way.silence();
      const error = await ask(ours).then(() => undefined, (thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(StoreUnavailable);
      expect(await ask(ours), "by another connection").to.have.length(1);
      way.silence();
      await ours.close();
    };

    it("is given up after a while, and the next statement has another", () =>
      check((ours) => ours.query(pidOf)));
    it("is given up inside a transaction too", () =>
      check((ours) => ours.transaction((sql) => sql.query(pidOf))));
  });

  it("that ends while nobody uses it is replaced", async () => {
    const ours = openDatabase(database.url);
    const [row] = await ours.query<{ pid: number }>(pidOf);
    await endOf(row?.pid ?? 0);
    const [after] = await ours.query<{ pid: number }>(pidOf);
    expect(after?.pid).to.not.equal(row?.pid);
    await ours.close();
  });

  it("is one for all that is asked together, and a mistake among it harms no other", async () => {
    const ours = openDatabase(database.url);
    const [first, wrong, second] = await ours.together((sql) => Promise.all([
      sql.query<{ pid: number }>(pidOf),
      sql.query({ name: "wrong", text: "select 1 / 0" }).catch((error: unknown) => error),
      sql.query<{ pid: number }>(pidOf),
    ]));
    expect(wrong).to.be.instanceOf(Error);
    expect(second).to.deep.equal(first);
    await ours.close();
  });

  it("of a controller finds a row of a small table by its key, as it would in a large one",
    async () => {
      const planned = async (lookups: boolean): Promise<string> => {
        const ours = openDatabase(database.url, { lookups });
        const rows = await ours.query<Record<string, string>>(
          { name: "plan", text: "explain select from trunks where id = any ($1::int[])" }, [[1]]);
        await ours.close();
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      };
      expect(await planned(true)).to.match(/Index/);
      await database.query("analyze trunks");
      expect(await planned(false)).to.match(/Seq Scan/);
      expect(await planned(true)).to.match(/Index/);
    });
});
