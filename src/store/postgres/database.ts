/**
 * Owns the connection to Postgres: a bounded pool, named prepared statements, times and ids as
 * numbers, and the translation of its errors. Every other file here speaks SQL through this one.
 */
import { hostname, userInfo } from "node:os";
import pg from "pg";
import { instant, toIso, type Instant } from "../../clock.ts";
import { messageOf, StoreUnavailable } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { inTransaction } from "./transaction.ts";

/** The person at this machine, for the audit log: nothing in it could end an option. */
export const doerName = (): string =>
  `${userInfo().username}@${hostname()}`.replace(/[^\w@.-]/g, "_");

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

/** What a connection of ours looks like, for the pool and for the one that listens. */
export const connectionConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  types,
  // Without this the pool waits for ever for a host that drops packets.
  connectionTimeoutMillis: limits.storeConnectMs,
  query_timeout: limits.storeStatementMs,
  keepAlive: true,
  // On whose behalf the connection is, for the audit log's triggers. Our statements take some
  // milliseconds, and compiling one that the planner takes for dear takes a hundred.
  options: `-c timezone=UTC -c jit=off -c ringwright.who=${doerName()}`,
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

/** Opens no connection yet; the first statement does. An answer is waited for `statementMs`. */
export function openDatabase(
  url: string, statementMs: number = limits.storeStatementMs,
): Database {
  const pool = new pg.Pool({
    ...connectionConfig(url), query_timeout: statementMs, max: limits.storeConnections,
  });
  // A connection that dies while idle is replaced by the pool, but only when somebody listens.
  pool.on("error", () => undefined);
  return {
    ...runOn(pool),
    async transaction(work) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw storeFault(error);
      }
      let broken: Error | undefined;
      // The end of a connection that is told between two statements would end this process.
      const ended = (failure: Error): void => { broken = failure; };
      client.on("error", ended);
      try {
        return await inTransaction(client, () => work(runOn(client)),
          { broken: ended });
      } catch (error) {
        throw storeFault(error);
      } finally {
        client.off("error", ended);
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

/** As a parameter: ISO 8601, since the driver would write a Date in the machine's own time zone. */
export const timeParameter = (when: Instant | undefined): string | null =>
  when === undefined ? null : toIso(when);
