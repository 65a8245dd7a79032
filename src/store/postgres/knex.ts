/**
 * Owns the connection of a single command: migrations, and the reads and writes of the command
 * line, which are not hot.
 */
import knex, { type Knex } from "knex";
import { Fault, UserError } from "../../errors.ts";
import { text } from "../../language.ts";
import { limits } from "../../limits.ts";
import { connectionConfig, storeFault } from "./database.ts";

/**
 * Two connections at most, closed by the caller. Times and bigints are numbers, as in the pool; a
 * statement may take its time, since starting a campaign of millions does.
 */
export function openKnex(url: string): Knex {
  const { query_timeout: _, ...connection } = connectionConfig(url);
  return knex({
    client: "pg",
    connection: connection as Knex.PgConnectionConfig,
    acquireConnectionTimeout: limits.storeConnectMs,
    pool: { min: 0, max: 2 },
    // Knex prints each connection error by itself; the command that fails says it once.
    log: { warn: () => undefined, error: () => undefined },
  });
}

/** Named bindings: `:name` in the text, `name` in the object. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Rows of one statement. Its text is written out here in the source, never built. */
export async function rowsOf<T>(sql: Knex, statement: string, bindings: Bindings = {}) {
  const result = await sql.raw<{ rows: T[] }>(statement, bindings as Record<string, never>);
  return result.rows as readonly T[];
}

const code = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;
export const isDuplicate = (error: unknown): boolean => code(error) === "23505";
export const isReferenced = (error: unknown): boolean => code(error) === "23503";

/** The error as a person should see it: away, not migrated, or itself. */
export function commandFault(error: unknown): unknown {
  if (error instanceof UserError || error instanceof Fault) return error;
  // undefined_table, undefined_column
  if (code(error) === "42P01" || code(error) === "42703") {
    return new UserError(
      text("the database is not migrated to this version", "数据库尚未迁移到此版本"),
      text("run `ringwright db migrate`", "请运行 `ringwright db migrate`"), 3,
    );
  }
  // invalid_catalog_name
  if (code(error) === "3D000") {
    return new UserError(
      text("the server has no such database", "服务器上没有该数据库"),
      text("create it, or mend the name at the end of DATABASE_URL; then `ringwright db migrate`",
        "请先建库，或更正 DATABASE_URL 末尾的库名；然后运行 `ringwright db migrate`"), 3,
    );
  }
  return storeFault(error);
}
