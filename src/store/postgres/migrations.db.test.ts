import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { StoreUnavailable, UserError } from "../../errors.ts";
import { openDatabase } from "./database.ts";
import { migrate, migrationsDir, migrationStatus, readMigrations } from "./migrations.ts";
import { schemaSnapshot } from "./snapshot.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

describe("migrations", () => {
  let database: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), "ringwright-sql-"));
    await cp(migrationsDir, folder, { recursive: true });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    await database.drop();
  });

  const refusal = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(() => undefined, (each: unknown) => each);
    expect(error).to.be.instanceOf(UserError);
    return (error as UserError).message;
  };
  const write = (file: string, sql: string) => writeFile(join(folder, file), sql);

  it("are applied once, and add up to the snapshot", async () => {
    expect(await migrate(database.url)).to.deep.equal([]);
    const sql = openDatabase(database.url);
    const snapshot = await schemaSnapshot(sql);
    await sql.close();
    // `npm run schema` writes it anew.
    expect(await readFile(join(migrationsDir, "schema.snapshot.sql"), "utf8")).to.equal(snapshot);
  });

  it("are applied by one of several processes that start at once", async () => {
    await write("0900_more.sql", "create table more (id integer)");
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, folder)));
    expect(applied.flat()).to.deep.equal(["0900_more.sql"]);
    const status = await migrationStatus(database.url, folder);
    expect(status.filter((each) => each.appliedAt === undefined)).to.deep.equal([]);
  });

  it("leave nothing behind when one fails", async () => {
    await write("0900_more.sql", "create table more (id integer); select 1 / 0");
    await migrate(database.url, folder).catch(() => undefined);
    const [row] = await database.query("select to_regclass('more') as more");
    expect(row).to.deep.equal({ more: null });
  });

  it("are refused when one was edited after it was applied", async () => {
    const [first] = await readMigrations();
    await write(first?.file ?? "", "select 1");
    expect(await refusal(migrate(database.url, folder))).to.match(/0001_core.sql was edited/);
    expect(await refusal(migrationStatus(database.url, folder))).to.match(/was edited/);
  });

  it("are refused when the database is ahead of the program", async () => {
    await write("0900_more.sql", "select 1");
    await migrate(database.url, folder);
    expect(await refusal(migrate(database.url))).to.match(/0900_more.sql, which this program/);
  });

  it("are refused when two have one number", async () => {
    await write("0001_other.sql", "select 1");
    expect(await refusal(readMigrations(folder))).to.match(/have the same number/);
  });

  it("say that the database is away", async () => {
    const away = new URL(database.url);
    away.port = "1";
    const error: unknown = await migrate(away.href).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(StoreUnavailable);
  });
});
