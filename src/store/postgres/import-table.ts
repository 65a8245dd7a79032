/**
 * Owns the table that a large file's leads come in as. It has no index while rows come, so that a
 * row costs a third of what it costs in `leads`, and the less its numbers are in order the more is
 * saved; the indexes are built at the end, and then the table becomes a part of `leads`.
 */
import type pg from "pg";
import type { ListId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { inTransaction } from "./transaction.ts";

/** Ids that each such import has for its leads, as sql/0435 says. */
const IDS = 1_000_000_000;

/** Which imports have a table of their own. */
export interface OwnTables {
  readonly fromBytes: number;
  readonly most: number;
}

export const ownTables: OwnTables = {
  fromBytes: limits.importOwnTableBytes, most: limits.importOwnTables,
};

/** Where the rows of an import wait. Further numbers and values need leads that are there. */
export const leadsOf = (id: number): string => `import_leads_${id}`;
export const numbersOf = (id: number): string => `import_numbers_${id}`;
export const valuesOf = (id: number): string => `import_values_${id}`;

/** The id of the lead that was the nth to be taken, from 1. */
export const leadId = (id: number, nth: number): number => id * IDS + nth;

/**
 * Whether another list may have a table of its own: each costs everything that refers to leads
 * some half microsecond a row, so that there are at most some, and later imports take longer.
 */
export async function mayHaveOwn(
  client: pg.Client, bytes: number, { fromBytes, most }: OwnTables,
): Promise<boolean> {
  if (bytes < fromBytes) return false;
  const { rows } = await client.query<{ may: boolean }>(`
    select (select count(*) from pg_inherits where inhparent = 'leads'::regclass) <= $1
      and pg_has_role(c.relowner, 'usage')
      and has_schema_privilege(c.relnamespace, 'create') as may
    from pg_class c where c.oid = 'leads'::regclass`, [most]);
  return rows[0]?.may === true;
}

/** All ids are ours: numbers from the database, and nothing that a person wrote. */
export async function makeTables(client: pg.Client, list: ListId, id: number): Promise<void> {
  await client.query(`
    create table ${leadsOf(id)} (
      like leads including defaults including constraints,
      check (id > ${id * IDS} and id < ${(id + 1) * IDS} and list_id = ${list}),
      foreign key (list_id) references dial_lists on delete cascade
    ) with (autovacuum_enabled = off);
    alter table ${leadsOf(id)} alter id drop default, alter list_id set default ${list},
      alter import_id set default ${id};
    create table ${numbersOf(id)}
      (lead_id bigint not null, position smallint not null, phone text not null);
    create table ${valuesOf(id)}
      (lead_id bigint not null, lifetime_value double precision not null)`);
}

export async function dropTables(client: pg.Client, id: number): Promise<void> {
  await client.query(
    `drop table if exists ${leadsOf(id)}, ${numbersOf(id)}, ${valuesOf(id)}`);
}

/** Tables of imports that are not there any more: their list was deleted before they finished. */
export async function dropOrphans(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ id: number }>(`
    select substring(c.relname from 16)::integer as id from pg_class c
    where c.relname ~ '^import_numbers_[0-9]+$' and c.relkind = 'r'
      and c.relnamespace = (select relnamespace from pg_class where oid = 'leads'::regclass)
      and not exists (
        select from imports where state = 'reading' and own_table
          and id = substring(c.relname from 16)::integer)`);
  for (const { id } of rows) await dropTables(client, id);
}

const phoneIndex = (id: number): string =>
  `create unique index if not exists ${leadsOf(id)}_phone on ${leadsOf(id)} (phone)`;
const idIndex = (id: number): string =>
  `create unique index if not exists ${leadsOf(id)}_id on ${leadsOf(id)} (id)`;

/** For when the rows that are in the table have to be asked for before all are. */
export async function indexNumbers(client: pg.Client, id: number): Promise<void> {
  await client.query(`${phoneIndex(id)};
    create index if not exists ${numbersOf(id)}_phone on ${numbersOf(id)} (phone)`);
}

/**
 * Builds what a part of `leads` needs, on two connections at once. Interrupted, it is repeated
 * with what is there; until `attach` nobody sees anything of it.
 */
export async function buildIndexes(
  [one, other]: readonly [pg.Client, pg.Client], id: number,
): Promise<void> {
  // One process each: two cores are busy with that, and helpers have to be started.
  const build = (client: pg.Client, index: string): Promise<unknown> =>
    inTransaction(client, async () => {
      await client.query("set local max_parallel_maintenance_workers = 0");
      // A million numbers are sorted in that without a file.
      await client.query("set local maintenance_work_mem = '128MB'");
      await client.query(index);
    });
  await Promise.all([build(one, idIndex(id)), build(other, phoneIndex(id))]);
}

/** Makes the table a part of `leads`, with all that belongs to it; a transaction must be open. */
export async function attach(client: pg.Client, list: ListId, id: number): Promise<void> {
  const table = leadsOf(id);
  const doubled = await client.query(`
    select from ${table} n join leads l on l.list_id = $1 and l.phone = n.phone limit 1`, [list]);
  if (doubled.rowCount !== 0) {
    throw new RangeError(`import ${id} holds a number that its list has already`);
  }
  await client.query(`
    alter table ${table} add constraint ${table}_pkey primary key using index ${table}_id;
    alter table ${table} reset (autovacuum_enabled);
    alter table leads attach partition ${table}
      for values from (${id * IDS}) to (${(id + 1) * IDS});
    insert into lead_numbers (lead_id, position, phone)
      select lead_id, position, phone from ${numbersOf(id)} order by lead_id, position;
    insert into lead_scores (lead_id, lifetime_value)
      select lead_id, lifetime_value from ${valuesOf(id)} order by lead_id;
    drop table ${numbersOf(id)}, ${valuesOf(id)}`);
}
