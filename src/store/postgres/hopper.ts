/**
 * Owns the way of leads between the campaign's work and a runner's hopper. One indexed statement
 * takes the next leads; rows another runner has locked are passed over, not waited for.
 */
import { plus, type Instant } from "../../clock.ts";
import type { DialNumber, LeadId } from "../../ids.ts";
import type { Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { fenced } from "./ownership.ts";

/**
 * Leads whose pause is over come first, since their moment was promised; then fresh ones by rank.
 * The update takes an array and no join: the planner guesses a tenth of the table for a `limit`
 * that it cannot see, and would read all of it, 17 s for ten million leads instead of 17 ms.
 * `for share` on the seat makes a controller that takes over wait until this is committed.
 */
const lease: Statement = {
  name: "lease-leads",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), campaign as materialized (
      select id from campaigns where id = $1 and exists (select from seat)
    ), again as materialized (
      select lead_id from campaign_leads
      where campaign_id = (select id from campaign) and state in ('retry', 'leased')
        and not_before <= $3
      order by not_before
      limit $5
      for update skip locked
    ), fresh as materialized (
      select lead_id from campaign_leads
      where campaign_id = (select id from campaign) and state = 'due'
      order by rank
      limit $5 - (select count(*) from again)
      for update skip locked
    ), taken as (
      update campaign_leads l set state = 'leased', not_before = $4
      where l.campaign_id = $1 and l.lead_id = any (array(
        select lead_id from again union all select lead_id from fresh))
      returning l.lead_id, l.spent, l.rank, l.last_outcome is null as fresh
    )
    select seat.epoch, t.lead_id, t.spent, leads.phone, leads.name
    from seat left join (taken t join leads on leads.id = t.lead_id) on true
    order by t.fresh, t.rank`,
};

/** A lead goes back to where it came from: to its rank, or to those whose pause is over. */
const giveBack: Statement = {
  name: "return-leads",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), returned as (
      update campaign_leads l
      set state = case when l.last_outcome is null then 'due' else 'retry' end,
        not_before = case when l.last_outcome is null then null else '-infinity'::timestamptz end
      from seat
      where l.campaign_id = $1 and l.lead_id = any ($3::bigint[]) and l.state = 'leased'
    )
    select epoch from seat`,
};

const skip: Statement = {
  name: "skip-lead",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), skipped as (
      update campaign_leads l
      set skips = l.skips + 1,
        state = case when l.skips + 1 >= $5 then 'finished' else 'retry' end,
        not_before = case when l.skips + 1 >= $5 then null else $4::timestamptz end
      from seat
      where l.campaign_id = $1 and l.lead_id = $3 and l.state = 'leased'
    )
    select epoch from seat`,
};

interface LeadRow extends Row {
  readonly lead_id: LeadId | null;
  readonly phone: DialNumber;
  readonly name: string;
  readonly spent: number;
}

type Part = Pick<Store, "leaseLeads" | "returnLeads" | "skipLead">;

export const hopper = (sql: Sql): Part => ({
  async leaseLeads({ campaign, epoch, count, now, leaseMs }) {
    const leasedUntil: Instant = plus(now, leaseMs);
    const rows = await sql.query<LeadRow>(lease, [
      campaign, epoch, timeParameter(now), timeParameter(leasedUntil), count,
    ]);
    if (rows.length === 0) throw fenced(epoch);
    // A campaign without leads answers with one empty row.
    return rows.flatMap(({ lead_id: lead, phone: number, name, spent }) =>
      lead === null ? [] : [{ lead, number, name, spent, leasedUntil }]);
  },
  async skipLead({ campaign, epoch, lead, notBefore, skipsMax }) {
    const rows = await sql.query(
      skip, [campaign, epoch, lead, timeParameter(notBefore), skipsMax]);
    if (rows.length === 0) throw fenced(epoch);
  },
  async returnLeads(campaign, epoch, leads) {
    const rows = await sql.query(giveBack, [campaign, epoch, leads]);
    if (rows.length === 0) throw fenced(epoch);
  },
});
