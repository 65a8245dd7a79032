/** Owns what a person sees of the switches: which controller commands each, and how it is. */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import { rowsOf } from "./knex.ts";

export interface SwitchRow {
  readonly name: string;
  /** Null when no controller has it. */
  readonly controller: string | null;
  /** In use: connected, and what it has was compared with what is stored. */
  readonly usable: boolean;
  readonly leasedUntil: Instant | null;
}

export const switchDesk = (sql: Knex) => ({
  /** Every switch that a controller ever had, by name. */
  list: () => rowsOf<SwitchRow>(sql, `
    select pbx as name, case when leased_until > now() then controller end as controller,
      coalesce(usable and leased_until > now(), false) as usable, leased_until as "leasedUntil"
    from seats order by pbx`),
});
