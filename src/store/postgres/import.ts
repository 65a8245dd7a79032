/**
 * Owns the writing of imported leads. Batches are copied straight into `leads`, each in one
 * transaction with how far the file was read; they count as part of the list only when the import
 * has finished (the view `listed_leads`). An interrupt therefore leaves the list as it was, and
 * the next run goes on where this one stopped. One connection copies, the other looks things up.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { DialNumber, ListId } from "../../ids.ts";
import type { NumberFilter } from "../../leads/number-filter.ts";
import type { LeadRow } from "../../leads/row.ts";
import { connectionConfig, storeFault } from "./database.ts";
import { doNotCallFilter } from "./do-not-call-filter.ts";
import { erasedNumbers, type ErasedNumbers } from "./erased-numbers.ts";
import { inTransaction } from "./transaction.ts";

/** Paths of the list and of its rejected rows. */
export interface ImportFiles {
  readonly file: string;
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
  /** Whether the list has leads, of this import's earlier run too: then rows must be asked for. */
  readonly listHasLeads: boolean;
}

/** Where a number is known from. */
export type Known = "file" | "list" | "elsewhere";

export interface KnownNumbers {
  /** Numbers that are the first ones of leads, and those that are further ones. */
  readonly firsts: ReadonlyMap<DialNumber, Known>;
  readonly further: ReadonlyMap<DialNumber, Known>;
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
  known(
    progress: ImportProgress, rows: readonly LeadRow[], leftOut: readonly ListId[],
  ): Promise<KnownNumbers>;
  /** The lists of these names; throws RangeError naming the first that is not there. */
  listsNamed(names: readonly string[]): Promise<readonly ListId[]>;
  /**
   * Stores rows and how far the file is now, in one transaction. `revalued` are in the list
   * already, and say anew what their people are worth.
   */
  store(
    progress: ImportProgress, rows: readonly LeadRow[], revalued: readonly LeadRow[],
  ): Promise<void>;
  /** Makes the rows part of the list. */
  finish(progress: ImportProgress): Promise<void>;
  close(): Promise<void>;
}

/** Text format of COPY: these four would end a value or a row. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r",
};
const escaped = (value: string): string =>
  /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (each) => ESCAPES[each] ?? each) : value;
const orNull = (value: string | undefined): string => value === undefined ? "\\N" : escaped(value);

/** Rows are handed to the socket in pieces of about this many. */
const COPY_PIECE = 1_000;

function* copyPieces({ list, id }: ImportProgress, rows: readonly LeadRow[]): Generator<string> {
  for (let at = 0; at < rows.length; at += COPY_PIECE) {
    let piece = "";
    for (const row of rows.slice(at, at + COPY_PIECE)) {
      piece += `${list}\t${id}\t${row.numbers[0]}\t${escaped(row.name)}\t${orNull(row.language)}\t`
        + `${orNull(row.timeZone)}\t${escaped(row.data)}\n`;
    }
    yield piece;
  }
}

const COPY_LEADS =
  "copy leads (list_id, import_id, phone, name, language, time_zone, data) from stdin";

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
}

const toProgress = (row: ProgressRow, listHasLeads: boolean): ImportProgress => ({
  id: row.id, list: row.list_id, records: row.records, taken: row.taken, rejected: row.rejected,
  doubled: row.doubled, known: row.known, unwanted: row.unwanted, elsewhere: row.elsewhere,
  rejectBytes: row.reject_bytes, listHasLeads,
});

/** Held until the connection ends; the number keeps it apart from other locks of ours. */
const lockList = "select pg_try_advisory_lock(7464914, $1) as mine";

/** Takes back the rows of an import that did not finish. */
const takeBack = (client: pg.Client, list: ListId, id: number): Promise<unknown> =>
  client.query("delete from leads where list_id = $1 and import_id = $2", [list, id]);

async function begin(
  client: pg.Client, name: string, fingerprint: string, { file, rejects }: ImportFiles,
): Promise<ImportProgress | undefined> {
  await client.query(
    "insert into dial_lists (name) values ($1) on conflict (name) do nothing", [name]);
  const list = (await client.query<{ id: ListId }>(
    "select id from dial_lists where name = $1", [name])).rows[0]?.id as ListId;
  const lock = await client.query<{ mine: boolean }>(lockList, [list]);
  if (lock.rows[0]?.mine !== true) return undefined;
  // Another file's unfinished import would keep its numbers out of this one.
  const others = await client.query<{ id: number }>(`
    update imports set state = 'cancelled', finished_at = now()
    where list_id = $1 and state = 'reading' and fingerprint <> $2 returning id`,
  [list, fingerprint]);
  for (const { id } of others.rows) await takeBack(client, list, id);
  const found = await client.query<ProgressRow>(`
    with started as (
      insert into imports (list_id, fingerprint, file)
      select $1, $2, $3 where not exists (
        select from imports where list_id = $1 and fingerprint = $2 and state = 'reading')
      returning *
    )
    select * from started
    union all
    select * from imports where list_id = $1 and fingerprint = $2 and state = 'reading'`,
  [list, fingerprint, file]);
  // Who is erased later is looked for there.
  await client.query("update imports set reject_file = $2, reject_host = $3 where id = $1",
    [found.rows[0]?.id, resolve(rejects), hostname()]);
  const some = await client.query<{ some: boolean }>(
    "select exists (select from leads where list_id = $1) as some", [list]);
  return toProgress(found.rows[0] as ProgressRow, some.rows[0]?.some ?? true);
}

const saveProgress = (client: pg.Client, at: ImportProgress): Promise<unknown> =>
  client.query(`
    update imports set records = $2, taken = $3, rejected = $4, doubled = $5, known = $6,
      unwanted = $7, elsewhere = $8, reject_bytes = $9
    where id = $1`,
  [at.id, at.records, at.taken, at.rejected, at.doubled, at.known, at.unwanted, at.elsewhere,
    at.rejectBytes]);

async function startAgain(client: pg.Client, progress: ImportProgress): Promise<ImportProgress> {
  const none = {
    records: 0, taken: 0, rejected: 0, doubled: 0, known: 0, unwanted: 0, elsewhere: 0,
  };
  const fresh = { ...progress, ...none, rejectBytes: 0 };
  await inTransaction(client, async () => {
    await takeBack(client, progress.list, progress.id);
    await saveProgress(client, fresh);
  });
  return fresh;
}

/**
 * Keeps the list from being deleted until the transaction ends. The foreign key of the rows is
 * then one look instead of thousands, where the database's owner may switch off its triggers;
 * elsewhere they run as always.
 */
async function holdList(client: pg.Client, list: ListId): Promise<void> {
  const held = await client.query("select from dial_lists where id = $1 for key share", [list]);
  if (held.rowCount === 0) throw new RangeError("the list was deleted while rows were coming in");
  await client.query(`
    select set_config('session_replication_role', 'replica', true)
    where has_parameter_privilege('session_replication_role', 'set')
      and not exists (select from pg_trigger
        where tgrelid in ('leads'::regclass, 'lead_numbers'::regclass) and not tgisinternal)`);
}

async function copyRows(
  client: pg.Client, progress: ImportProgress, rows: readonly LeadRow[],
): Promise<void> {
  await holdList(client, progress.list);
  await pipeline(Readable.from(copyPieces(progress, rows)), client.query(copyFrom(COPY_LEADS)));
  await addValues(client, progress, rows);
  const more = rows.flatMap(({ numbers: [first, ...others] }) =>
    others.map((phone, i) => ({ first, position: i + 2, phone })));
  if (more.length === 0) return;
  await client.query(`
    insert into lead_numbers (lead_id, position, phone)
    select l.id, n.position, n.phone
    from unnest($2::text[], $3::smallint[], $4::text[]) as n (first, position, phone)
    join leads l on l.list_id = $1 and l.phone = n.first`,
  [progress.list, more.map((each) => each.first), more.map((each) => each.position),
    more.map((each) => each.phone)]);
}

const valued = (rows: readonly LeadRow[]): readonly LeadRow[] =>
  rows.filter(({ value }) => value !== undefined);

async function addValues(
  client: pg.Client, { list }: ImportProgress, rows: readonly LeadRow[],
): Promise<void> {
  const worth = valued(rows);
  if (worth.length === 0) return;
  await client.query(`
    insert into lead_scores (lead_id, lifetime_value)
    select l.id, n.value from unnest($2::text[], $3::float8[]) as n (first, value)
    join leads l on l.list_id = $1 and l.phone = n.first`,
  [list, worth.map(({ numbers: [first] }) => first), worth.map(({ value }) => value)]);
}

/** What has changed alone: campaigns that dial by value move each such lead. */
async function changeValues(
  client: pg.Client, { list }: ImportProgress, rows: readonly LeadRow[],
): Promise<void> {
  const worth = valued(rows);
  if (worth.length === 0) return;
  await client.query(`
    select lead_event(l.id, now(), null, n.value)
    from unnest($2::text[], $3::float8[]) as n (first, value)
    join leads l on l.list_id = $1 and l.phone = n.first
    left join lead_scores s on s.lead_id = l.id
    where s.lifetime_value is distinct from n.value
    order by l.id`,
  [list, worth.map(({ numbers: [first] }) => first), worth.map(({ value }) => value)]);
}

const storeRows = (
  client: pg.Client, progress: ImportProgress,
  { rows, revalued }: { readonly rows: readonly LeadRow[]; readonly revalued: readonly LeadRow[] },
): Promise<void> => inTransaction(client, async () => {
  await changeValues(client, progress, revalued);
  if (rows.length > 0) await copyRows(client, progress, rows);
  await saveProgress(client, progress);
});

const FIRSTS = `
  select l.phone, l.list_id = $1 as here, l.import_id is not distinct from $2 as ours
  from leads l where l.list_id = any ($3) and l.phone = any ($4::text[])`;

const FURTHER = `
  select n.phone, l.list_id = $1 as here, l.import_id is not distinct from $2 as ours
  from lead_numbers n join leads l on l.id = n.lead_id
  where n.phone = any ($4::text[]) and l.list_id = any ($3)`;

async function known(
  client: pg.Client, progress: ImportProgress, rows: readonly LeadRow[],
  leftOut: readonly ListId[],
): Promise<KnownNumbers> {
  const lists = [progress.list, ...leftOut];
  const ask = async (query: string, numbers: readonly DialNumber[]) => {
    const found = await client.query<{ phone: DialNumber; here: boolean; ours: boolean }>(
      query, [progress.list, progress.id, lists, numbers]);
    return new Map(found.rows.map(({ phone, here, ours }): [DialNumber, Known] =>
      [phone, ours ? "file" : here ? "list" : "elsewhere"]));
  };
  return {
    firsts: await ask(FIRSTS, rows.flatMap(({ numbers }) => numbers)),
    further: await ask(FURTHER, rows.map(({ numbers: [first] }) => first)),
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
export async function openImportStore(url: string): Promise<ImportStore> {
  // Copying may wait for a checkpoint: the time-out of a lease query does not fit here.
  const connection = (): pg.Client => {
    const client = new pg.Client({ ...connectionConfig(url), query_timeout: 0 });
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
    begin: (list, fingerprint, files) => guarded(begin(copying, list, fingerprint, files)),
    startAgain: (progress) => guarded(startAgain(copying, progress)),
    doNotCall: () => guarded(doNotCallFilter(asking)),
    erased: () => guarded(erasedNumbers(asking)),
    unwanted: (numbers) => guarded(unwanted(asking, numbers)),
    known: (progress, rows, leftOut) => guarded(known(asking, progress, rows, leftOut)),
    listsNamed: (names) => guarded(listsNamed(asking, names)),
    store: (progress, rows, revalued) =>
      guarded(storeRows(copying, progress, { rows, revalued })),
    finish: async (progress) => {
      await guarded(copying.query(`
        update imports set state = 'finished', added = taken, finished_at = now()
        where id = $1`, [progress.id]));
    },
    close: async () => {
      await Promise.all([copying.end(), asking.end()]);
    },
  };
}
