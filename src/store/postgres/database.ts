/**
 * Owns the connection to Postgres: a bounded pool, named prepared statements, times and ids as
 * numbers, and the translation of its errors. Every other file here speaks SQL through this one.
 */
import { hostname, userInfo } from "node:os";
import pg from "pg";
import { instant, systemClock, toIso, type Instant } from "../../clock.ts";
import { messageOf, StoreUnavailable } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { inTransaction } from "./transaction.ts";

/** As the audit log may be given it: nothing in it could end an option. */
const asDoer = (name: string): string => name.replace(/[^\w@.:-]/g, "_");

/** The person at this machine, for the audit log. */
export const doerName = (): string => asDoer(`${userInfo().username}@${hostname()}`);

/** A statement that is parsed and planned once per connection. Its name must be unique. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Sql {
  query<T = Row>(statement: Statement, values?: readonly unknown[]): Promise<readonly T[]>;
}

export interface Database extends Sql {
  /** Runs `work` on one connection: what it asks at once goes there, and comes back, together. */
  together<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction; a throw rolls it back. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Postgres sends these as text; all of ours fit a double exactly. */
const BIGINT = 20;
const TIMESTAMPTZ = 1184;

function parserOf(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  if (oid === BIGINT) return Number;
  if (oid === TIMESTAMPTZ) return (value) => instant(Date.parse(value));
  return pg.types.getTypeParser(oid, format as "text") as (value: string) => unknown;
}

/** Times are UTC and ids are numbers, for this connection only. */
const types = { getTypeParser: parserOf } as unknown as pg.CustomTypesConfig;

/**
 * How a controller asks: for a few rows by their keys, the same way all day. Each statement is
 * planned once for each connection, and never to read or to hash a table as a whole: such a plan is
 * the best one while a table is small, and it is kept while that grows.
 */
const byKeys = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
  + " -c enable_hashjoin=off -c enable_mergejoin=off";

/** What a connection of ours looks like, for the pool and for the one that listens. */
export const connectionConfig = (url: string, who = doerName()): pg.ClientConfig => ({
  connectionString: url,
  types,
  // Without this the pool waits for ever for a host that drops packets.
  connectionTimeoutMillis: limits.storeConnectMs,
  query_timeout: limits.storeStatementMs,
  keepAlive: true,
  // On whose behalf the connection is, for the audit log's triggers. Our statements take some
  // milliseconds, and compiling one that the planner takes for dear takes a hundred.
  options: `-c timezone=UTC -c jit=off -c ringwright.who=${asDoer(who)}`,
  application_name: "ringwright",
});

/**
 * SQLSTATE classes that say "not now" instead of "wrong": connection (08), resources (53),
 * operator intervention such as a shutdown (57), and a lost race that is worth repeating (40).
 */
const NOT_NOW = /^(08|53|57|40)/;
const SYSTEM = /^(E[A-Z]+)$/;

/** StoreUnavailable when the database is away; any other error is a bug and stays itself. */
export function storeFault(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const away = typeof code === "string"
    ? NOT_NOW.test(code) || SYSTEM.test(code)
    // The driver's own errors (time-outs, a socket that closed) carry no code at all.
    : error instanceof Error && !(error instanceof TypeError || error instanceof RangeError)
      && /connection|timeout|terminated|closed/i.test(error.message);
  if (!away) return error;
  return new StoreUnavailable(`Postgres is away: ${messageOf(error)}`, { cause: error });
}

const runOn = (client: pg.Pool | pg.PoolClient): Sql => ({
  async query<T>(statement: Statement, values: readonly unknown[] = []): Promise<readonly T[]> {
    try {
      const result = await client.query({ ...statement, values: [...values] });
      return result.rows as T[];
    } catch (error) {
      throw storeFault(error);
    }
  },
});

/** How a database is used. */
export interface DatabaseUse {
  /** By a controller, whose statements look rows up by their keys: see byKeys. */
  readonly lookups?: boolean;
  /** Age at which a connection for look-ups plans anew for the first time. */
  readonly replanMs?: number;
  /** How long an answer is waited for. */
  readonly statementMs?: number;
}

/**
 * A plan that is kept is as good as the sizes of the tables it was made for. A table that was found
 * to be empty, by ANALYZE, costs the planner nothing to read from one end to the other.
 */
function planAgain(pool: pg.Pool, firstMs: number): void {
  const plans = new WeakMap<pg.PoolClient, { readonly since: Instant; dueAfterMs: number }>();
  pool.on("connect", (client) => {
    plans.set(client, { since: systemClock.now(), dueAfterMs: firstMs });
  });
  pool.on("acquire", (client) => {
    const made = plans.get(client);
    if (made === undefined) return;
    const ageMs = systemClock.now() - made.since;
    if (ageMs < made.dueAfterMs) return;
    made.dueAfterMs = 2 * ageMs;
    // It goes ahead of what the connection was taken for, which fails as well where this does.
    client.query("discard plans").catch(() => undefined);
  });
}

/** Opens no connection yet; the first statement does. */
export function openDatabase(url: string, {
  lookups = false, replanMs = limits.storeReplanMs, statementMs = limits.storeStatementMs,
}: DatabaseUse = {}): Database {
  const config = connectionConfig(url);
  const pool = new pg.Pool({
    ...config, query_timeout: statementMs, max: limits.storeConnections, pipeline: true,
    idleTimeoutMillis: limits.storeIdleMs,
    ...lookups && { options: `${config.options} ${byKeys}` },
  });
  // A connection that dies while idle is replaced by the pool, but only when somebody listens.
  pool.on("error", () => undefined);
  if (lookups) planAgain(pool, replanMs);

  /** `work` may say that the connection is of no use any more. */
  async function onOne<T>(
    work: (client: pg.PoolClient, broken: (failure: Error) => void) => Promise<T>,
  ): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw storeFault(error);
    }
    let failed: Error | undefined;
    // The end of a connection that is told between two statements would end this process.
    const broken = (failure: Error): void => { failed = failure; };
    client.on("error", broken);
    try {
      return await work(client, broken);
    } catch (error) {
      throw storeFault(error);
    } finally {
      client.off("error", broken);
      client.release(failed);
    }
  }

  return {
    ...runOn(pool),
    together: (work) => onOne((client) => work(runOn(client))),
    transaction: (work) => onOne((client, broken) =>
      inTransaction(client, () => work(runOn(client)), { broken })),
    close: () => pool.end(),
  };
}

/** As a parameter: ISO 8601, since the driver would write a Date in the machine's own time zone. */
export const timeParameter = (when: Instant | undefined): string | null =>
  when === undefined ? null : toIso(when);
