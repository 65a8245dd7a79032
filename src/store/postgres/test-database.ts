/**
 * Owns the databases of tests: a template that is migrated once per version of sql/, and a fresh
 * copy of it for each test file, dropped when the file is done.
 */
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { loadConfig } from "../../config.ts";
import { UserError } from "../../errors.ts";
import { text } from "../../language.ts";
import { migrate, readMigrations } from "./migrations.ts";

export interface TestDatabase {
  readonly url: string;
  /** Any SQL, for what a test must arrange or look at beneath the store. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** Any constant of our own: of several test processes, one makes the template. */
const TEMPLATE_LOCK = 7_464_912;

const urlOf = (server: string, database: string): string => {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
};

function serverUrl(): string {
  const { databaseUrl } = loadConfig();
  if (databaseUrl) return databaseUrl;
  throw new UserError(
    text("these tests need a Postgres and none is configured", "这些测试需要 Postgres，但尚未配置"),
    text("run `ringwright up`, or set DATABASE_URL to a server where databases may be created",
      "请运行 `ringwright up`，或将 DATABASE_URL 设为允许建库的服务器"),
    3,
  );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the migrated template unless it is there, and returns its name. */
async function templateOn(server: string, client: pg.Client): Promise<string> {
  const checksums = (await readMigrations()).map((each) => each.checksum).join();
  const version = createHash("sha256").update(checksums).digest("hex").slice(0, 12);
  const name = `ringwright_template_${version}`;
  await client.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  const { rows } = await client.query("select from pg_database where datname = $1", [name]);
  if (rows.length === 0) {
    // Migrated under another name, so that a run that was interrupted leaves no half template.
    const draft = `${name}_${randomBytes(4).toString("hex")}`;
    await client.query(`create database ${pg.escapeIdentifier(draft)}`);
    await migrate(urlOf(server, draft));
    await client.query(
      `alter database ${pg.escapeIdentifier(draft)} rename to ${pg.escapeIdentifier(name)}`,
    );
  }
  return name;
}

/**
 * An empty, migrated database. `from` another one than the template copies that, rows and all.
 * With a tablespace it lies there.
 */
export async function createTestDatabase(
  from?: string, tablespace = "pg_default",
): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `ringwright_test_${randomBytes(6).toString("hex")}`;
  await withClient(server, async (client) => {
    const template = from ?? await templateOn(server, client);
    await client.query(
      `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}
        tablespace ${pg.escapeIdentifier(tablespace)}`,
    );
  });
  const url = urlOf(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => undefined);
  return {
    url,
    query: async (sql, values = []) =>
      (await pool.query(sql, [...values])).rows as Record<string, unknown>[],
    async drop() {
      await pool.end();
      await withClient(server, (client) =>
        client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`));
    },
  };
}
