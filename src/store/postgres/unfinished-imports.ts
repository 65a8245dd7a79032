/**
 * Owns looking for a person among the rows of large imports that were interrupted: they are no part
 * of `leads` yet, and what is known of a person, and forgotten, is to be found there too.
 */
import type { DialNumber } from "../../ids.ts";
import type { Sql } from "./database.ts";
import { leadsOf, numbersOf, valuesOf } from "./import-table.ts";

const openOnes = {
  name: "unfinished-imports",
  text: `
    select i.id, d.name as list from imports i join dial_lists d on d.id = i.list_id
    where i.state = 'reading' and i.own_table order by i.id`,
};

const withNumber = (id: number): string => `
  l.phone = any ($1) or l.id in (select lead_id from ${numbersOf(id)} where phone = any ($1))`;

/** The leads of these numbers, as those of `leads` are given. */
export async function unfinishedLeads<T>(
  sql: Sql, numbers: readonly DialNumber[],
): Promise<readonly T[]> {
  const found: T[] = [];
  for (const { id, list } of await sql.query<{ id: number; list: string }>(openOnes)) {
    found.push(...await sql.query<T>({
      name: `unfinished-leads-${id}`,
      text: `
        select l.id as lead, $2::text as list, l.phone, l.name, l.language,
          l.time_zone as "timeZone", l.data, array(
            select phone from ${numbersOf(id)} where lead_id = l.id order by position) as more
        from ${leadsOf(id)} l where ${withNumber(id)} order by l.id`,
    }, [numbers, list]));
  }
  return found;
}

/** Takes them out: their import goes on without them, and leaves them out if it comes to them. */
export async function forgetUnfinished(sql: Sql, numbers: readonly DialNumber[]): Promise<void> {
  for (const { id } of await sql.query<{ id: number }>(openOnes)) {
    await sql.query({
      name: `unfinished-forget-${id}`,
      text: `
        with gone as (
          delete from ${leadsOf(id)} l where ${withNumber(id)} returning id
        ), further as (
          delete from ${numbersOf(id)} where lead_id in (select id from gone)
        )
        delete from ${valuesOf(id)} where lead_id in (select id from gone)`,
    }, [numbers]);
  }
}
