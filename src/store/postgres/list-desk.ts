/** Owns what commands ask of dial lists: which there are, how long, and how they came in. */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import { rowsOf } from "./knex.ts";

export interface ListRow {
  readonly name: string;
  readonly leads: number;
  readonly createdAt: Instant;
  /** The file of the last import, when it ended, and whether it did. */
  readonly file: string | null;
  readonly importedAt: Instant | null;
  readonly importState: "reading" | "finished" | "cancelled" | null;
}

export interface SourceRow {
  readonly name: string;
  /** As `--map` would say it. */
  readonly mapping: readonly string[];
  readonly updatedAt: Instant;
}

const listRows = `
  select d.name, d.created_at as "createdAt",
    (select count(*) from listed_leads l where l.list_id = d.id) as leads,
    i.file, i.finished_at as "importedAt", i.state as "importState"
  from dial_lists d
  left join lateral (
    select file, state, finished_at from imports where list_id = d.id order by id desc limit 1
  ) i on true
  order by d.name`;

export const listDesk = (sql: Knex) => ({
  lists: () => rowsOf<ListRow>(sql, listRows),
  sources: () => rowsOf<SourceRow>(sql, `
    select name, mapping, updated_at as "updatedAt" from import_sources order by name`),
});
