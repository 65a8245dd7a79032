/**
 * Owns the shape of the database: the numbered files of sql/, applied in order, each in the same
 * transaction as its line in `schema_migrations`. A file that was edited after it was applied is
 * refused, because two databases of one version would then differ.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import { projectDir } from "../../config.ts";
import { UserError } from "../../errors.ts";
import { text } from "../../language.ts";
import { storeFault } from "./database.ts";
import { openKnex } from "./knex.ts";

export interface Migration {
  readonly number: number;
  readonly file: string;
  readonly checksum: string;
  readonly sql: string;
}

export interface MigrationStatus {
  readonly file: string;
  /** Undefined when it is still to be applied. */
  readonly appliedAt: Instant | undefined;
}

export const migrationsDir = join(projectDir, "sql");
const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** Any constant of our own: two processes that migrate at once take turns on it. */
const MIGRATION_LOCK = 7_464_911;

/**
 * Reads the numbered files in order; throws when a number is used twice. Gaps are allowed: each
 * area of the product numbers its own hundred.
 */
export async function readMigrations(folder = migrationsDir): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => FILE.test(file)).sort();
  return Promise.all(files.map(async (file, i) => {
    const number = Number(file.slice(0, 4));
    const before = files[i - 1];
    if (before?.startsWith(file.slice(0, 4))) {
      throw new UserError(
        text(`${before} and ${file} have the same number`, `${before} 与 ${file} 的编号相同`),
        text("give each file of sql/ a number of its own", "sql/ 中每个文件须有不同的编号"),
      );
    }
    const sql = await readFile(join(folder, file), "utf8");
    return { number, file, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  }));
}

interface Applied {
  readonly number: number;
  readonly file: string;
  readonly checksum: string;
  readonly applied_at: Instant;
}

async function appliedIn(sql: Knex): Promise<readonly Applied[]> {
  if (!(await sql.schema.hasTable("schema_migrations"))) return [];
  return sql<Applied>("schema_migrations").select().orderBy("number");
}

function refuseDifferences(migrations: readonly Migration[], applied: readonly Applied[]): void {
  for (const each of applied) {
    const file = migrations.find((migration) => migration.number === each.number);
    if (!file) {
      throw new UserError(
        text(`the database has migration ${each.file}, which this program does not know`,
          `数据库已有迁移 ${each.file}，而本程序没有它`),
        text("use the program's newer version, or another database", "请使用更新版本的程序，或换一个数据库"),
      );
    }
    if (file.checksum !== each.checksum) {
      throw new UserError(
        text(`sql/${file.file} was edited after it was applied`, `sql/${file.file} 在应用之后被改动`),
        text("restore the file and put the change into a new migration",
          "请恢复该文件，并把改动写成新的迁移"),
      );
    }
  }
}

/**
 * Applies what is missing and returns the names of the files it applied. Safe to run twice and by
 * two processes at once. Throws UserError for an edited or unknown migration.
 */
export async function migrate(url: string, folder = migrationsDir): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  const sql = openKnex(url);
  try {
    return await sql.transaction(async (transaction) => {
      await transaction.raw("select pg_advisory_xact_lock(?)", [MIGRATION_LOCK]);
      await transaction.raw(`
        create table if not exists schema_migrations (
          number integer primary key,
          file text not null,
          checksum text not null,
          applied_at timestamptz not null default now()
        )`);
      const applied = await appliedIn(transaction);
      refuseDifferences(migrations, applied);
      const numbers = new Set(applied.map((each) => each.number));
      const missing = migrations.filter(({ number }) => !numbers.has(number));
      for (const { number, file, checksum, sql: statements } of missing) {
        // Knex takes every bare question mark for a binding, in regular expressions too.
        await transaction.raw(statements.replaceAll("?", String.raw`\?`));
        await transaction("schema_migrations").insert({ number, file, checksum });
      }
      return missing.map((each) => each.file);
    });
  } catch (error) {
    throw storeFault(error);
  } finally {
    await sql.destroy();
  }
}

/** Each file of sql/ and when it was applied here. Throws UserError as `migrate` does. */
export async function migrationStatus(
  url: string, folder = migrationsDir,
): Promise<readonly MigrationStatus[]> {
  const migrations = await readMigrations(folder);
  const sql = openKnex(url);
  try {
    const applied = await appliedIn(sql);
    refuseDifferences(migrations, applied);
    return migrations.map(({ file, number }) => ({
      file, appliedAt: applied.find((each) => each.number === number)?.applied_at,
    }));
  } catch (error) {
    throw storeFault(error);
  } finally {
    await sql.destroy();
  }
}
