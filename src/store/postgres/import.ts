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
  /** Lines whose number came in an earlier line, in the order of lines, in batches. */
  doubled(progress: ImportProgress): AsyncIterable<readonly Doubled[]>;
  /** Lines with a number that is on a do-not-call list, in the order of lines, in batches. */
  unwanted(progress: ImportProgress): AsyncIterable<readonly Unwanted[]>;
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

const doubled = (client: pg.Client, { id }: ImportProgress): AsyncIterable<readonly Doubled[]> =>
  byCursor(client, `
    select line, phone, first_line as "firstLine" from (
      select line, phone, min(line) over (partition by phone) as first_line
      from ${stagingTable(id)}) rows
    where line <> first_line order by line`);

/** Whether one of the numbers of a staged row may not be called. */
const isUnwanted = `(exists (select from do_not_call d where d.phone = rows.phone)
  or rows.more is not null
    and exists (select from do_not_call d where d.phone = any (rows.more)))`;

const unwanted = (client: pg.Client, { id }: ImportProgress): AsyncIterable<readonly Unwanted[]> =>
  byCursor(client, `
    select line, phone from ${stagingTable(id)} rows where ${isUnwanted} order by line`);

/** The first line of a number wins; a number that the list has already is left as it is. */
async function finish(client: pg.Client, progress: ImportProgress): Promise<ImportResult> {
  const table = stagingTable(progress.id);
  return inTransaction(client, async () => {
    await client.query(`analyze ${table}`);
    const moved = await client.query<{ distinct_rows: number; wanted: number; added: number }>(`
      with first as materialized (
        select distinct on (phone) line, phone, more, name, language, time_zone, data
        from ${table} order by phone, line
      ), wanted as materialized (
        select * from first rows where not ${isUnwanted}
      ), added as (
        insert into leads (list_id, phone, name, language, time_zone, data)
        select $1, phone, name, language, time_zone, data from wanted order by line
        on conflict (list_id, phone) do nothing
        returning id, phone
      ), numbers as (
        insert into lead_numbers (lead_id, position, phone)
        select added.id, n.position + 1, n.phone
        from added join wanted using (phone)
          cross join lateral unnest(wanted.more) with ordinality as n (phone, position)
        where wanted.more is not null
      )
      select (select count(*) from first) as distinct_rows,
        (select count(*) from wanted) as wanted, (select count(*) from added) as added`,
    [progress.list]);
    const { distinct_rows: distinct = 0, wanted = 0, added = 0 } = moved.rows[0] ?? {};
    await client.query(`drop table ${table}`);
    await client.query(`
      update imports set state = 'finished', added = $2, finished_at = now()
      where id = $1`, [progress.id, added]);
    return {
      added, known: wanted - added, doubled: progress.staged - distinct,
      unwanted: distinct - wanted,
    };
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
    doubled: (progress) => doubled(client, progress),
    unwanted: (progress) => unwanted(client, progress),
    finish: (progress) => guarded(finish(client, progress)),
    close: () => client.end(),
  };
}
