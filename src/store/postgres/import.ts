/**
 * Owns the writing of imported leads. Rows are copied in batches into a staging table of their
 * import, each batch in one transaction with how far the file was read; at the end one
 * transaction moves them into the list. An interrupt therefore leaves the list as it was, and the
 * next run goes on where this one stopped.
 */
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { ListId } from "../../ids.ts";
import type { LeadRow } from "../../leads/row.ts";
import { connectionConfig, storeFault } from "./database.ts";

/** How far an import is. `staged` rows of `records` read were good. */
export interface ImportProgress {
  readonly id: number;
  readonly list: ListId;
  readonly records: number;
  readonly staged: number;
  readonly rejected: number;
  /** Length of the reject file up to `records`. */
  readonly rejectBytes: number;
}

export interface ImportResult {
  readonly added: number;
  /** The number was in the list before. */
  readonly known: number;
  /** The number came in an earlier line of the same file. */
  readonly doubled: number;
  /** A number of the person is on a do-not-call list. */
  readonly unwanted: number;
}

export interface Doubled {
  readonly line: number;
  readonly phone: string;
  readonly firstLine: number;
}

export interface Unwanted {
  readonly line: number;
  readonly phone: string;
}

export interface ImportStore {
  /** The mapping saved for a source; undefined for a new one. */
  sourceMapping(source: string): Promise<readonly string[] | undefined>;
  saveSourceMapping(source: string, order: readonly string[]): Promise<void>;
  /**
   * Begins an import, or finds the unfinished one of the same file; the list is made when there is
   * none of that name. Undefined when another process imports the same file now.
   */
  begin(list: string, fingerprint: string, file: string): Promise<ImportProgress | undefined>;
  /** Forgets what was staged, for when the reject file that belongs to it is gone. */
  startAgain(progress: ImportProgress): Promise<ImportProgress>;
  /** Stores rows and how far the file is now, in one transaction. */
  stage(progress: ImportProgress, rows: readonly LeadRow[]): Promise<void>;
  /** Finds the doubled and unwanted lines, once all rows are staged and before what follows. */
  sortOut(progress: ImportProgress): Promise<void>;
  /** Lines whose number came in an earlier line, in the order of lines, in batches. */
  doubled(): AsyncIterable<readonly Doubled[]>;
  /** Lines with a number that is on a do-not-call list, in the order of lines, in batches. */
  unwanted(): AsyncIterable<readonly Unwanted[]>;
  /** Moves the rows into the list and drops the staging table. */
  finish(progress: ImportProgress): Promise<ImportResult>;
  close(): Promise<void>;
}

/** Text format of COPY: these four would end a value or a row. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r",
};
const escaped = (value: string): string =>
  /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (each) => ESCAPES[each] ?? each) : value;
const orNull = (value: string | undefined): string => value === undefined ? "\\N" : escaped(value);

/** One row as COPY reads it. */
function copyLine(row: LeadRow): string {
  const [phone, ...more] = row.numbers;
  const others = more.length === 0 ? "\\N" : `{${more.join(",")}}`;
  return `${row.line}\t${phone}\t${others}\t${escaped(row.name)}\t${orNull(row.language)}\t`
    + `${orNull(row.timeZone)}\t${escaped(JSON.stringify(row.data))}\n`;
}

/** Rows are handed to the socket in pieces of about this many. */
const COPY_PIECE = 1_000;

function* copyPieces(rows: readonly LeadRow[]): Generator<string> {
  for (let at = 0; at < rows.length; at += COPY_PIECE) {
    yield rows.slice(at, at + COPY_PIECE).map(copyLine).join("");
  }
}

/** The id is a number from our own table, so the name is one the database chose. */
const stagingTable = (id: number): string => `import_rows_${Math.trunc(id)}`;

const toProgress = (row: {
  id: number; list_id: ListId; records: string; staged: string; rejected: string;
  reject_bytes: string;
}): ImportProgress => ({
  id: row.id, list: row.list_id, records: Number(row.records), staged: Number(row.staged),
  rejected: Number(row.rejected), rejectBytes: Number(row.reject_bytes),
});

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw storeFault(error);
  }
}

/** Kept as long as the connection, so that a process that dies lets go of its import. */
const lockImport = "select pg_try_advisory_lock(7464913, $1) as mine";

async function begin(
  client: pg.Client, list: string, fingerprint: string, file: string,
): Promise<ImportProgress | undefined> {
  await client.query("insert into dial_lists (name) values ($1) on conflict do nothing", [list]);
  await client.query(`
    insert into imports (list_id, fingerprint, file)
    select id, $2, $3 from dial_lists where name = $1
    on conflict do nothing`, [list, fingerprint, file]);
  const found = await client.query<Parameters<typeof toProgress>[0]>(`
    select i.* from imports i join dial_lists l on l.id = i.list_id
    where l.name = $1 and i.fingerprint = $2 and i.state = 'reading'`, [list, fingerprint]);
  const row = found.rows[0];
  if (row === undefined) return undefined;
  const progress = toProgress(row);
  const lock = await client.query<{ mine: boolean }>(lockImport, [progress.id]);
  if (lock.rows[0]?.mine !== true) return undefined;
  return await stagedIsWhole(client, progress) ? progress : await startAgain(client, progress);
}

/** Whether the staging table still has every row that was put into it. */
async function stagedIsWhole(client: pg.Client, progress: ImportProgress): Promise<boolean> {
  const table = stagingTable(progress.id);
  const there = await client.query<{ there: boolean }>(
    "select to_regclass($1) is not null as there", [table]);
  if (there.rows[0]?.there !== true) return false;
  const count = await client.query<{ count: string }>(`select count(*) as count from ${table}`);
  return Number(count.rows[0]?.count) === progress.staged;
}

async function startAgain(client: pg.Client, progress: ImportProgress): Promise<ImportProgress> {
  const fresh = { ...progress, records: 0, staged: 0, rejected: 0, rejectBytes: 0 };
  await inTransaction(client, async () => {
    await client.query("select create_import_rows($1)", [progress.id]);
    await saveProgress(client, fresh);
  });
  return fresh;
}

const saveProgress = (client: pg.Client, progress: ImportProgress): Promise<unknown> =>
  client.query(`
    update imports set records = $2, staged = $3, rejected = $4, reject_bytes = $5
    where id = $1`,
  [progress.id, progress.records, progress.staged, progress.rejected, progress.rejectBytes]);

async function stage(
  client: pg.Client, progress: ImportProgress, rows: readonly LeadRow[],
): Promise<void> {
  await inTransaction(client, async () => {
    // A crash of the database empties the staging table anyway, so nothing is worth a wait.
    await client.query("set local synchronous_commit = off");
    if (rows.length > 0) {
      const into = client.query(copyFrom(`copy ${stagingTable(progress.id)} from stdin`));
      await pipeline(Readable.from(copyPieces(rows)), into);
    }
    await saveProgress(client, progress);
  });
}

/** Rows fetched at a time from a cursor. */
const CURSOR_BATCH = 10_000;

/** The rows of a query by a cursor; the connection is in a transaction until it is done. */
async function* byCursor<T>(client: pg.Client, query: string): AsyncGenerator<readonly T[]> {
  await client.query("begin");
  try {
    await client.query(`declare found no scroll cursor for ${query}`);
    for (;;) {
      const batch = await client.query(`fetch ${CURSOR_BATCH} from found`);
      if (batch.rows.length === 0) break;
      yield batch.rows as T[];
    }
  } catch (error) {
    throw storeFault(error);
  } finally {
    await client.query("rollback");
  }
}

/**
 * Sorts the staged rows out in two temporary tables: lines whose number came earlier, and lines
 * with a number that may not be called. Twice gives the same.
 */
async function sortOut(client: pg.Client, table: string): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(ROOM_FOR_HASHES);
    await client.query("drop table if exists pg_temp.import_doubled, pg_temp.import_unwanted");
    await client.query(`analyze ${table}`);
    await client.query(`
      create temporary table import_doubled as
      select line, phone, first_line from ${table} join (
        select phone, min(line) as first_line from ${table} group by phone having count(*) > 1
      ) often using (phone)
      where line <> first_line`);
    await client.query(`
      create temporary table import_unwanted as
      select line, phone from ${table} rows
      where ${listed("rows.phone")}
      union
      select line, rows.phone from ${table} rows cross join lateral unnest(more) as other (phone)
      where more is not null and ${listed("other.phone")}`);
  });
}

/**
 * One look into the index per number, and never a join: reading a do-not-call list of ten million
 * to find a few takes four times as long, and the statistics of what was just written mislead.
 */
const listed = (phone: "rows.phone" | "other.phone"): string =>
  `(select true from do_not_call d where d.phone = ${phone} limit 1)`;

/** The lead of a staged row in the list $1, by its index for the same reason. */
const LEAD_OF_ROW = "(select l.id from leads l where l.list_id = $1 and l.phone = rows.phone)";

/** Enough to hash a million numbers without a file; only this connection has it. */
const ROOM_FOR_HASHES = "set local work_mem = '128MB'";

const doubled = (client: pg.Client): AsyncIterable<readonly Doubled[]> =>
  byCursor(client,
    `select line, phone, first_line as "firstLine" from import_doubled order by line`);

const unwanted = (client: pg.Client): AsyncIterable<readonly Unwanted[]> =>
  byCursor(client, "select line, phone from import_unwanted order by line");

/**
 * Keeps the list from being deleted, and others from adding to it, until the transaction ends. The
 * foreign key of a million leads is then one look instead of a million, where the database's owner
 * may switch off its triggers; elsewhere they run as always.
 */
async function holdList(client: pg.Client, list: ListId): Promise<void> {
  await client.query("select from dial_lists where id = $1 for update", [list]);
  await client.query(`
    select set_config('session_replication_role', 'replica', true)
    where has_parameter_privilege('session_replication_role', 'set')
      and not exists (select from pg_trigger
        where tgrelid in ('leads'::regclass, 'lead_numbers'::regclass) and not tgisinternal)`);
}

const countOf = async (client: pg.Client, query: string, values: unknown[] = []):
Promise<number> => (await client.query(query, values)).rowCount ?? 0;

/** The first line of a number wins; a number that the list has already is left as it is. */
async function finish(client: pg.Client, progress: ImportProgress): Promise<ImportResult> {
  const table = stagingTable(progress.id);
  return inTransaction(client, async () => {
    await holdList(client, progress.list);
    await client.query(ROOM_FOR_HASHES);
    // The rows are read in the order they were staged, which is the order of the file.
    await client.query("set local synchronize_seqscans = off");
    const twice = await countOf(client,
      `delete from ${table} rows using import_doubled d where d.line = rows.line`);
    const refused = await countOf(client,
      `delete from ${table} rows using import_unwanted u where u.line = rows.line`);
    const known = await countOf(client,
      `delete from ${table} rows where ${LEAD_OF_ROW} is not null`, [progress.list]);
    const added = await countOf(client, `
      insert into leads (list_id, phone, name, language, time_zone, data)
      select $1, phone, name, language, time_zone, data from ${table}`, [progress.list]);
    await client.query(`
      insert into lead_numbers (lead_id, position, phone)
      select ${LEAD_OF_ROW}, n.position + 1, n.phone
      from ${table} rows cross join lateral unnest(rows.more) with ordinality as n (phone, position)
      where rows.more is not null`, [progress.list]);
    await client.query(`drop table ${table}, import_doubled, import_unwanted`);
    await client.query(`
      update imports set state = 'finished', added = $2, finished_at = now()
      where id = $1`, [progress.id, added]);
    return { added, known, doubled: twice, unwanted: refused };
  });
}

/** One connection for one import; connects at once. Throws StoreUnavailable. */
export async function openImportStore(url: string): Promise<ImportStore> {
  // Moving ten million rows takes minutes: the time-out of a lease query does not fit here.
  const client = new pg.Client({ ...connectionConfig(url), query_timeout: 0 });
  client.on("error", () => undefined);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw storeFault(error);
    }
  };
  await guarded(client.connect());
  return {
    async sourceMapping(source) {
      const found = await guarded(client.query<{ mapping: readonly string[] }>(
        "select mapping from import_sources where name = $1", [source]));
      return found.rows[0]?.mapping;
    },
    async saveSourceMapping(source, order) {
      await guarded(client.query(`
        insert into import_sources (name, mapping) values ($1, $2)
        on conflict (name) do update set mapping = excluded.mapping, updated_at = now()`,
      [source, JSON.stringify(order)]));
    },
    begin: (list, fingerprint, file) => guarded(begin(client, list, fingerprint, file)),
    startAgain: (progress) => guarded(startAgain(client, progress)),
    stage: (progress, rows) => guarded(stage(client, progress, rows)),
    sortOut: (progress) => sortOut(client, stagingTable(progress.id)),
    doubled: () => doubled(client),
    unwanted: () => unwanted(client),
    finish: (progress) => guarded(finish(client, progress)),
    close: () => client.end(),
  };
}
