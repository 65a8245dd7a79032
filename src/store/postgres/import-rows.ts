/**
 * Owns the storing of a batch of imported rows, with how far the file was read, in one
 * transaction: into `leads`, or into the import's own table, which becomes a part of it.
 */
import assert from "node:assert/strict";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ListId } from "../../ids.ts";
import { countKept, numberedTuples, type PlainRows } from "../../leads/plain-rows.ts";
import type { LeadRow } from "../../leads/row.ts";
import { TupleWriter, TUPLES_BEGIN, TUPLES_END } from "./copy-tuples.ts";
import type { ImportProgress } from "./import.ts";
import { leadId, leadsOf, numbersOf, valuesOf } from "./import-table.ts";
import { inTransaction } from "./transaction.ts";

/** Text format of COPY: these four would end a value or a row. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r",
};
const escaped = (value: string): string =>
  /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (each) => ESCAPES[each] ?? each) : value;
const orNull = (value: string | undefined): string => value === undefined ? "\\N" : escaped(value);

/** Rows are handed to the socket in pieces of about this many. */
const COPY_PIECE = 1_000;

const leadCells = (row: LeadRow): string =>
  `${row.numbers[0]}\t${escaped(row.name)}\t${orNull(row.language)}\t${orNull(row.timeZone)}\t`
  + `${escaped(row.data)}\n`;

/** `head` is what each row has in front of what is its own. */
function* copyPieces(rows: readonly LeadRow[], head: string): Generator<string> {
  for (let at = 0; at < rows.length; at += COPY_PIECE) {
    let piece = "";
    for (let i = at; i < Math.min(rows.length, at + COPY_PIECE); i++) {
      piece += head + leadCells(rows[i] as LeadRow);
    }
    yield piece;
  }
}

const CELLS = "phone, name, language, time_zone, data";

const copy = (
  client: pg.Client, table: string, pieces: Iterable<string>,
): Promise<void> =>
  pipeline(Readable.from(pieces), client.query(copyFrom(`copy ${table} from stdin`)));

/**
 * Keeps the list from being deleted until the transaction ends. The foreign key of the rows is
 * then one look instead of thousands, where the database's owner may switch off its triggers;
 * elsewhere they run as always.
 */
async function holdList(client: pg.Client, list: ListId): Promise<void> {
  // Without parameters these go in one round trip, and come back as one result each.
  const [held] = await client.query(`
    select from dial_lists where id = ${Number(list)} for key share;
    select set_config('session_replication_role', 'replica', true)
    where has_parameter_privilege('session_replication_role', 'set')
      and not exists (select from pg_trigger where not tgisinternal
        and tgrelid in ('leads'::regclass, 'leads_together'::regclass, 'lead_numbers'::regclass));
    -- What a crash of the server takes from the end is read from the file again: how far it was
    -- read goes with the rows. That the import has finished is waited for, and all before it.
    set local synchronous_commit = off`) as unknown as readonly pg.QueryResult[];
  if (held?.rowCount !== 1) {
    throw new RangeError("the list was deleted while rows were coming in");
  }
}

interface Further {
  readonly first: string;
  readonly position: number;
  readonly phone: string;
}

const furtherOf = (rows: readonly LeadRow[]): readonly Further[] =>
  rows.flatMap(({ numbers: [first, ...others] }) =>
    others.map((phone, i) => ({ first, position: i + 2, phone })));

async function copyRows(
  client: pg.Client, { list, id }: ImportProgress, rows: readonly LeadRow[],
): Promise<void> {
  await copy(client, `leads_together (list_id, import_id, ${CELLS})`,
    copyPieces(rows, `${list}\t${id}\t`));
  await addValues(client, list, rows);
  const more = furtherOf(rows);
  if (more.length === 0) return;
  await client.query(`
    insert into lead_numbers (lead_id, position, phone)
    select l.id, n.position, n.phone
    from unnest($2::text[], $3::smallint[], $4::text[]) as n (first, position, phone)
    join leads_together l on l.list_id = $1 and l.phone = n.first`,
  [list, more.map((each) => each.first), more.map((each) => each.position),
    more.map((each) => each.phone)]);
}

/** Rows in the order of their file; plain ones are as many as are kept of them. */
export type RowsToStore = readonly (LeadRow | PlainRows)[];

const isPlain = (rows: LeadRow | PlainRows): rows is PlainRows => "copy" in rows;

export const countRows = (rows: RowsToStore): number => rows.reduce((sum, each) =>
  sum + (isPlain(each) ? countKept(each) : 1), 0);

interface NumberedLead {
  readonly id: number;
  readonly lead: LeadRow;
}

/** For COPY's binary format, with ids from `id` on; those not plain are noted in `others`. */
function* tuplesOf(
  rows: RowsToStore, id: number, others: NumberedLead[],
): Generator<Uint8Array> {
  yield TUPLES_BEGIN;
  const writer = new TupleWriter();
  let next = id;
  for (const each of rows) {
    if (isPlain(each)) {
      if (writer.bytes > 0) yield writer.take();
      yield numberedTuples(each, next);
      next += countKept(each);
      continue;
    }
    others.push({ id: next, lead: each });
    const { numbers: [first], name, language, timeZone, data } = each;
    writer.tuple(next++, [first, name, language, timeZone, data]);
    if (writer.bytes >= COPY_PIECE * 100) yield writer.take();
  }
  if (writer.bytes > 0) yield writer.take();
  yield TUPLES_END;
}

/** Into the import's own tables, with ids that tell which of its leads a row is. */
async function copyOwnRows(
  client: pg.Client, { id, taken }: ImportProgress, rows: RowsToStore,
): Promise<void> {
  const others: NumberedLead[] = [];
  const first = leadId(id, taken - countRows(rows) + 1);
  await pipeline(Readable.from(tuplesOf(rows, first, others)),
    client.query(copyFrom(`copy ${leadsOf(id)} (id, ${CELLS}) from stdin (format binary)`)));
  const more = others.flatMap(({ id: lead, lead: { numbers: [, ...further] } }) =>
    further.map((phone, i) => `${lead}\t${i + 2}\t${phone}\n`));
  if (more.length > 0) await copy(client, numbersOf(id), more);
  const worth = others.flatMap(({ id: lead, lead: { value } }) =>
    value === undefined ? [] : [`${lead}\t${value}\n`]);
  if (worth.length > 0) await copy(client, valuesOf(id), worth);
}

const valued = (rows: readonly LeadRow[]): readonly LeadRow[] =>
  rows.filter(({ value }) => value !== undefined);

async function addValues(
  client: pg.Client, list: ListId, rows: readonly LeadRow[],
): Promise<void> {
  const worth = valued(rows);
  if (worth.length === 0) return;
  await client.query(`
    insert into lead_scores (lead_id, lifetime_value)
    select l.id, n.value from unnest($2::text[], $3::float8[]) as n (first, value)
    join leads_together l on l.list_id = $1 and l.phone = n.first`,
  [list, worth.map(({ numbers: [first] }) => first), worth.map(({ value }) => value)]);
}

/** What has changed alone: campaigns that dial by value move each such lead. */
async function changeValues(
  client: pg.Client, list: ListId, rows: readonly LeadRow[],
): Promise<void> {
  const worth = valued(rows);
  if (worth.length === 0) return;
  await client.query(`
    select lead_events(array_agg(l.id), array_agg(now()), null, array_agg(n.value))
    from unnest($2::text[], $3::float8[]) as n (first, value)
    join leads l on l.list_id = $1 and l.phone = n.first
    left join lead_scores s on s.lead_id = l.id
    where s.lifetime_value is distinct from n.value`,
  [list, worth.map(({ numbers: [first] }) => first), worth.map(({ value }) => value)]);
}

export const saveProgress = (client: pg.Client, at: ImportProgress): Promise<unknown> =>
  client.query(`
    update imports set records = $2, taken = $3, rejected = $4, doubled = $5, known = $6,
      unwanted = $7, elsewhere = $8, reject_bytes = $9
    where id = $1`,
  [at.id, at.records, at.taken, at.rejected, at.doubled, at.known, at.unwanted, at.elsewhere,
    at.rejectBytes]);

/** Plain rows are only made for an import with tables of its own. */
function leadOf(row: LeadRow | PlainRows): LeadRow {
  assert(!isPlain(row), "no plain rows among all others");
  return row;
}

export interface StoredRows {
  readonly rows: RowsToStore;
  /** Of leads that the list has already, with what they are worth now. */
  readonly revalued: readonly LeadRow[];
}

export const storeRows = (
  client: pg.Client, progress: ImportProgress, { rows, revalued }: StoredRows,
): Promise<void> => inTransaction(client, async () => {
  await changeValues(client, progress.list, revalued);
  if (rows.length > 0) {
    await holdList(client, progress.list);
    if (progress.own) await copyOwnRows(client, progress, rows);
    else await copyRows(client, progress, rows.map(leadOf));
  }
  await saveProgress(client, progress);
});
