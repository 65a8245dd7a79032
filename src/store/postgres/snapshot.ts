/**
 * Owns the picture of the schema that is kept in `sql/schema.snapshot.sql`, read from the
 * catalogue in a stable order: what the migrations add up to, for a reviewer to read in one piece.
 */
import type { Sql, Statement } from "./database.ts";

/** Constraints come with their own text; not-null ones stand with their columns. */
const tables: Statement = {
  name: "snapshot-tables",
  text: `
    select c.relname as name, coalesce(' with (' || nullif(array_to_string(array(
        select unnest(c.reloptions) order by 1), ', '), '') || ')', '')
        || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
        || coalesce(' part of ' || (select inhparent::regclass from pg_inherits
          where inhrelid = c.oid) || ' ' || pg_get_expr(c.relpartbound, c.oid), '') as options,
      array(
        select format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attidentity <> '' then ' generated always as identity'
            else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end,
          case when a.attnotnull then ' not null' else '' end)
        from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
      ) || array(
        select format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint k
        where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')
          -- Of a foreign key to a table in parts there is one more for each part.
          and (k.contype <> 'f' or k.conparentid = 0)
        order by k.conname
      ) as lines
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'schema_migrations'
    order by c.relname`,
};

const others: Statement = {
  name: "snapshot-others",
  text: `
    select text from (
      select 1 as kind, i.indexname::text as name, i.indexdef as text from pg_indexes i
      where i.schemaname = 'public' and i.tablename <> 'schema_migrations' and not exists (
        select from pg_constraint k where k.conname = i.indexname and k.contype in ('p', 'u'))
      union all
      select 2, p.proname::text, pg_get_functiondef(p.oid) from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
      union all
      select 3, t.tgname::text, pg_get_triggerdef(t.oid) from pg_trigger t
      where not t.tgisinternal
    ) each
    order by kind, name`,
};

export const snapshotHead = `-- What the migrations in this folder add up to, written by \`npm run schema\`.
-- Nothing reads it but people and the test that holds it to a fresh migration.
`;

/** The same text for the same schema, on any Postgres from 15 on. */
export async function schemaSnapshot(sql: Sql): Promise<string> {
  const created = (await sql.query<{ name: string; options: string; lines: string[] }>(tables))
    .map(({ name, options, lines }) => `create table ${name} (\n  ${lines.join(",\n  ")}\n)${options};`);
  const rest = (await sql.query<{ text: string }>(others)).map(({ text }) => `${text.trimEnd()};`);
  return `${snapshotHead}\n${[...created, ...rest].join("\n\n")}\n`;
}
