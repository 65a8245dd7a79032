/**
 * Owns the run of an import in the database. Batches are stored each in one transaction with how
 * far the file was read; they count as part of the list only when the import has finished (the view
 * `listed_leads`, or the table of their own that becomes a part of `leads`). An interrupt therefore
 * leaves the list as it was, and the next run goes on where this one stopped. One connection
 * copies, the other looks things up.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import pg from "pg";
import type { DialNumber, ListId } from "../../ids.ts";
import type { NumberFilter } from "../../leads/number-filter.ts";
import type { LeadRow } from "../../leads/row.ts";
import { connectionConfig, storeFault } from "./database.ts";
import { doNotCallFilter } from "./do-not-call-filter.ts";
import { erasedNumbers, type ErasedNumbers } from "./erased-numbers.ts";
import { saveProgress, storeRows, type RowsToStore } from "./import-rows.ts";
import { attach, buildIndexes, dropOrphans, dropTables, indexNumbers, leadsOf, makeTables,
  mayHaveOwn, numbersOf, ownTables, type OwnTables } from "./import-table.ts";
import { inTransaction } from "./transaction.ts";

/** Paths of the list and of its rejected rows, and how long the list is. */
export interface ImportFiles {
  readonly file: string;
  readonly bytes: number;
  readonly rejects: string;
}

/** What became of the rows read so far; those that were good and new are `taken`. */
export interface ImportCounts {
  readonly records: number;
  readonly taken: number;
  readonly rejected: number;
  /** A number of the row came in an earlier line of the same file. */
  readonly doubled: number;
  /** A number of the row was in the list before. */
  readonly known: number;
  /** A number of the row is on a do-not-call list. */
  readonly unwanted: number;
  /** A number of the row is on one of the lists to be left out. */
  readonly elsewhere: number;
}

export interface ImportProgress extends ImportCounts {
  readonly id: number;
  readonly list: ListId;
  /** Length of the reject file up to `records`. */
  readonly rejectBytes: number;
  /** Whether the list has leads from before: then rows must be asked for. */
  readonly listHasLeads: boolean;
  /** Its rows wait in a table of their own. */
  readonly own: boolean;
}

/** Where a number is known from. */
export type Known = "file" | "list" | "elsewhere";

export interface KnownNumbers {
  /** Numbers that are the first ones of leads, and those that are further ones. */
  readonly firsts: ReadonlyMap<DialNumber, Known>;
  readonly further: ReadonlyMap<DialNumber, Known>;
}

export interface KnownQuestion {
  readonly rows: readonly LeadRow[];
  readonly leftOut: readonly ListId[];
  /** Rows that this import stored are asked for too: not all of them are remembered. */
  readonly ours: boolean;
}

export interface ImportStore {
  /** The mapping saved for a source; undefined for a new one. */
  sourceMapping(source: string): Promise<readonly string[] | undefined>;
  saveSourceMapping(source: string, order: readonly string[]): Promise<void>;
  /**
   * Begins an import, or finds the unfinished one of the same file; the list is made when there is
   * none of that name. Undefined when the list is being imported into by another process.
   */
  begin(
    list: string, fingerprint: string, files: ImportFiles,
  ): Promise<ImportProgress | undefined>;
  /** Takes back what was brought in, for when the reject file that belongs to it is gone. */
  startAgain(progress: ImportProgress): Promise<ImportProgress>;
  /** A filter over all numbers that may not be called; what it passes is asked for. */
  doNotCall(): Promise<NumberFilter>;
  /** People who were erased and must not be called. */
  erased(): Promise<ErasedNumbers>;
  /** Those of the numbers that may not be called. */
  unwanted(numbers: readonly DialNumber[]): Promise<ReadonlySet<DialNumber>>;
  /** Of the numbers of some rows those that leads have; of further ones those others have first. */
  known(progress: ImportProgress, question: KnownQuestion): Promise<KnownNumbers>;
  /** The lists of these names; throws RangeError naming the first that is not there. */
  listsNamed(names: readonly string[]): Promise<readonly ListId[]>;
  /**
   * Stores rows and how far the file is now, in one transaction. `revalued` are in the list
   * already, and say anew what their people are worth.
   */
  store(
    progress: ImportProgress, rows: RowsToStore, revalued: readonly LeadRow[],
  ): Promise<void>;
  /** Makes the rows part of the list; interrupted, it changes nothing and may be repeated. */
  finish(progress: ImportProgress): Promise<void>;
  close(): Promise<void>;
}

interface ProgressRow {
  readonly id: number;
  readonly list_id: ListId;
  readonly records: number;
  readonly taken: number;
  readonly rejected: number;
  readonly doubled: number;
  readonly known: number;
  readonly unwanted: number;
  readonly elsewhere: number;
  readonly reject_bytes: number;
  readonly own_table: boolean;
}

const toProgress = (row: ProgressRow, listHasLeads: boolean): ImportProgress => ({
  id: row.id, list: row.list_id, records: row.records, taken: row.taken, rejected: row.rejected,
  doubled: row.doubled, known: row.known, unwanted: row.unwanted, elsewhere: row.elsewhere,
  rejectBytes: row.reject_bytes, listHasLeads, own: row.own_table,
});

/** Held until the connection ends; the number keeps it apart from other locks of ours. */
const lockList = "select pg_try_advisory_lock(7464914, $1) as mine";

/** Takes back the rows of an import that did not finish. */
async function takeBack(
  client: pg.Client, list: ListId, { id, own }: { readonly id: number; readonly own: boolean },
): Promise<void> {
  if (own) await dropTables(client, id);
  else await client.query("delete from leads where list_id = $1 and import_id = $2", [list, id]);
}

/** Another file's unfinished import would keep its numbers out of this one. */
const cancelOthers = (client: pg.Client, list: ListId, fingerprint: string): Promise<void> =>
  inTransaction(client, async () => {
    const others = await client.query<{ id: number; own: boolean }>(`
      update imports set state = 'cancelled', finished_at = now()
      where list_id = $1 and state = 'reading' and fingerprint <> $2
      returning id, own_table as own`, [list, fingerprint]);
    for (const other of others.rows) await takeBack(client, list, other);
    await dropOrphans(client);
  });

/** The unfinished import of the same file, or a new one, with tables of its own if it is large. */
const startedOrFound = (
  client: pg.Client, list: ListId, fingerprint: string,
  { file, bytes, tables }: ImportFiles & { readonly tables: OwnTables },
): Promise<ProgressRow> => inTransaction(client, async () => {
  const found = await client.query<ProgressRow>(`
    select * from imports where list_id = $1 and fingerprint = $2 and state = 'reading'`,
  [list, fingerprint]);
  if (found.rows[0] !== undefined) return found.rows[0];
  const own = await mayHaveOwn(client, bytes, tables);
  const started = await client.query<ProgressRow>(`
    insert into imports (list_id, fingerprint, file, own_table) values ($1, $2, $3, $4)
    returning *`, [list, fingerprint, file, own]);
  const row = started.rows[0] as ProgressRow;
  if (own) await makeTables(client, list, row.id);
  return row;
});

async function begin(
  client: pg.Client, name: string, fingerprint: string,
  files: ImportFiles & { readonly tables: OwnTables },
): Promise<ImportProgress | undefined> {
  await client.query(
    "insert into dial_lists (name) values ($1) on conflict (name) do nothing", [name]);
  const list = (await client.query<{ id: ListId }>(
    "select id from dial_lists where name = $1", [name])).rows[0]?.id as ListId;
  const lock = await client.query<{ mine: boolean }>(lockList, [list]);
  if (lock.rows[0]?.mine !== true) return undefined;
  await cancelOthers(client, list, fingerprint);
  const row = await startedOrFound(client, list, fingerprint, files);
  // Who is erased later is looked for there.
  await client.query("update imports set reject_file = $2, reject_host = $3 where id = $1",
    [row.id, resolve(files.rejects), hostname()]);
  const some = await client.query<{ some: boolean }>(`
    select exists (
      select from leads where list_id = $1 and import_id is distinct from $2) as some`,
  [list, row.id]);
  return toProgress(row, some.rows[0]?.some ?? true);
}

async function startAgain(client: pg.Client, progress: ImportProgress): Promise<ImportProgress> {
  const none = {
    records: 0, taken: 0, rejected: 0, doubled: 0, known: 0, unwanted: 0, elsewhere: 0,
  };
  const fresh = { ...progress, ...none, rejectBytes: 0 };
  await inTransaction(client, async () => {
    await takeBack(client, progress.list, progress);
    if (progress.own) await makeTables(client, progress.list, progress.id);
    await saveProgress(client, fresh);
  });
  return fresh;
}

const finish = (client: pg.Client, { id, list, own }: ImportProgress): Promise<void> =>
  inTransaction(client, async () => {
    if (own) await attach(client, list, id);
    await client.query(`
      update imports set state = 'finished', added = taken, finished_at = now()
      where id = $1`, [id]);
  });

const FIRSTS = `
  select l.phone, l.list_id = $1 as here, l.import_id is not distinct from $2 as ours
  from leads l where l.list_id = any ($3) and l.phone = any ($4::text[])`;

const FURTHER = `
  select n.phone, l.list_id = $1 as here, l.import_id is not distinct from $2 as ours
  from lead_numbers n join leads l on l.id = n.lead_id
  where n.phone = any ($4::text[]) and l.list_id = any ($3)`;

/** The same of rows that are no part of `leads` yet. */
const ownFirsts = (id: number): string => `${FIRSTS}
  union all select phone, true, true from ${leadsOf(id)} where phone = any ($4::text[])`;
const ownFurther = (id: number): string => `${FURTHER}
  union all select phone, true, true from ${numbersOf(id)} where phone = any ($4::text[])`;

async function known(
  client: pg.Client, progress: ImportProgress, { rows, leftOut, ours }: KnownQuestion,
): Promise<KnownNumbers> {
  const lists = [progress.list, ...leftOut];
  const inOwn = ours && progress.own;
  if (inOwn) await indexNumbers(client, progress.id);
  const ask = async (query: string, numbers: readonly DialNumber[]) => {
    const found = await client.query<{ phone: DialNumber; here: boolean; ours: boolean }>(
      query, [progress.list, progress.id, lists, numbers]);
    return new Map(found.rows.map(({ phone, here, ours: mine }): [DialNumber, Known] =>
      [phone, mine ? "file" : here ? "list" : "elsewhere"]));
  };
  return {
    firsts: await ask(inOwn ? ownFirsts(progress.id) : FIRSTS,
      rows.flatMap(({ numbers }) => numbers)),
    further: await ask(inOwn ? ownFurther(progress.id) : FURTHER,
      rows.map(({ numbers: [first] }) => first)),
  };
}

async function unwanted(
  client: pg.Client, numbers: readonly DialNumber[],
): Promise<ReadonlySet<DialNumber>> {
  const found = await client.query<{ phone: DialNumber }>(
    `select phone from do_not_call where phone = any ($1::text[])
    union all
    select phone from unnest($1::text[]) as phone
    where exists (select from erased_numbers)
      and erasure_hash(phone) in (select hash from erased_numbers)`, [numbers]);
  return new Set(found.rows.map(({ phone }) => phone));
}

async function listsNamed(
  client: pg.Client, names: readonly string[],
): Promise<readonly ListId[]> {
  const found = await client.query<{ id: ListId; name: string }>(
    "select id, name from dial_lists where name = any ($1::text[])", [names]);
  return names.map((name) => {
    const list = found.rows.find((row) => row.name === name);
    if (list === undefined) throw new RangeError(name);
    return list.id;
  });
}

async function sourceMapping(
  client: pg.Client, source: string,
): Promise<readonly string[] | undefined> {
  const found = await client.query<{ mapping: readonly string[] }>(
    "select mapping from import_sources where name = $1", [source]);
  return found.rows[0]?.mapping;
}

const saveSourceMapping = async (
  client: pg.Client, source: string, order: readonly string[],
): Promise<void> => {
  await client.query(`
    insert into import_sources (name, mapping) values ($1, $2)
    on conflict (name) do update set mapping = excluded.mapping, updated_at = now()`,
  [source, JSON.stringify(order)]);
};

/** Two connections for one import; connects at once. Throws StoreUnavailable. */
export async function openImportStore(
  url: string, { tables = ownTables, who }: {
    readonly tables?: OwnTables;
    /** For the audit log, where it is not the person at this machine. */
    readonly who?: string;
  } = {},
): Promise<ImportStore> {
  // Copying may wait for a checkpoint: the time-out of a lease query does not fit here.
  const connection = (): pg.Client => {
    const client = new pg.Client({ ...connectionConfig(url, who), query_timeout: 0 });
    client.on("error", () => undefined);
    return client;
  };
  const copying = connection();
  const asking = connection();
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw storeFault(error);
    }
  };
  await guarded(Promise.all([copying.connect(), asking.connect()]));
  return {
    sourceMapping: (source) => guarded(sourceMapping(asking, source)),
    saveSourceMapping: (source, order) => guarded(saveSourceMapping(asking, source, order)),
    begin: (list, fingerprint, files) =>
      guarded(begin(copying, list, fingerprint, { ...files, tables })),
    startAgain: (progress) => guarded(startAgain(copying, progress)),
    doNotCall: () => guarded(doNotCallFilter(asking)),
    erased: () => guarded(erasedNumbers(asking)),
    unwanted: (numbers) => guarded(unwanted(asking, numbers)),
    known: (progress, question) => guarded(known(asking, progress, question)),
    listsNamed: (names) => guarded(listsNamed(asking, names)),
    store: (progress, rows, revalued) =>
      guarded(storeRows(copying, progress, { rows, revalued })),
    finish: async (progress) => {
      if (progress.own) await guarded(buildIndexes([copying, asking], progress.id));
      await guarded(finish(copying, progress));
    },
    close: async () => {
      await Promise.all([copying.end(), asking.end()]);
    },
  };
}
