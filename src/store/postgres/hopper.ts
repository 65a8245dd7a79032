/**
 * Owns the way of leads between the campaign's work and a runner's hopper. One indexed statement
 * takes the next leads; rows another runner has locked are passed over, not waited for.
 */
import { plus, type Instant } from "../../clock.ts";
import type { AgentId, DialNumber, LeadId } from "../../ids.ts";
import type { Grade } from "../../leads/value.ts";
import type { HopperLead, Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { past, toPast, type PastColumn } from "./lead-past.ts";
import { fenced } from "./ownership.ts";

/** The person's next number that is not dead, beginning with the one whose turn it is. */
const NEXT_NUMBER = `
  select m.phone from (
    select 1 as position, leads.phone
    union all select position, phone from lead_numbers where lead_id = t.lead_id
  ) m
  where not exists (
    select from number_quality q where q.phone = m.phone and q.quality = 'dead')
  order by m.position < t.number, m.position
  limit 1`;

/**
 * Calls that were promised come first, then leads whose pause is over, then fresh ones by rank.
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
    ), promised as materialized (
      select lead_id from campaign_leads
      where campaign_id = (select id from campaign) and promised_at is not null
        and state in ('retry', 'leased') and not_before <= $3
      order by not_before
      limit $5
      for update skip locked
    ), again as materialized (
      select lead_id from campaign_leads
      where campaign_id = (select id from campaign) and state in ('retry', 'leased')
        and not_before <= $3 and promised_at is null
      order by not_before
      limit $5 - (select count(*) from promised)
      for update skip locked
    ), fresh as materialized (
      select lead_id from campaign_leads
      where campaign_id = (select id from campaign) and state = 'due'
      order by rank
      limit $5 - (select count(*) from promised) - (select count(*) from again)
      for update skip locked
    ), taken as (
      update campaign_leads l set state = 'leased', not_before = $4
      where l.campaign_id = $1 and l.lead_id = any (array(
        select lead_id from promised union all select lead_id from again
        union all select lead_id from fresh))
      returning l.lead_id, l.spent, l.rank, l.last_outcome is null as fresh, l.number,
        l.promised_at, l.promised_to
    )
    select seat.epoch, t.lead_id, t.spent, n.phone, leads.name,
      t.promised_at, t.promised_to,
      case when t.spent > 0 then ${past("t.lead_id")} else ${past("null::bigint")} end as past,
      s.lifetime_value, s.engagement, s.engaged_at, s.timely_at,
      case when s.lifetime_value is not null then lead_grade(s.lifetime_value,
        (select settings->'valueBands' from campaigns where id = $1)) end as grade
    from seat
    left join (taken t join leads on leads.id = t.lead_id) on true
    left join lateral (${NEXT_NUMBER}) n on true
    left join lead_scores s on s.lead_id = t.lead_id
    order by t.promised_at, t.fresh, t.rank`,
};

/** Leads whose every number is dead: finished, until one of them is alive again. */
const retire: Statement = {
  name: "retire-leads",
  text: `
    update campaign_leads l set state = 'finished', retired = true, not_before = null
    where l.campaign_id = $1 and l.lead_id = any ($2::bigint[]) and l.state = 'leased'
      and exists (select from seats where epoch = $3)`,
};

/** A lead goes back to where it came from: to its rank, or to those whose pause is over. */
const giveBack: Statement = {
  name: "return-leads",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), returned as (
      update campaign_leads l
      set state = case when l.last_outcome is null and l.promised_at is null
          then 'due' else 'retry' end,
        not_before = case when l.last_outcome is null and l.promised_at is null
          then null else '-infinity'::timestamptz end
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
  /** Null when every number of the person is dead. */
  readonly phone: DialNumber | null;
  readonly name: string;
  readonly spent: number;
  readonly promised_at: Instant | null;
  readonly promised_to: AgentId | null;
  readonly past: PastColumn;
  readonly lifetime_value: number | null;
  readonly engagement: number | null;
  readonly engaged_at: Instant | null;
  readonly timely_at: Instant | null;
  readonly grade: Grade | null;
}

function toLead(row: LeadRow, leasedUntil: Instant): HopperLead | undefined {
  const { lead_id: lead, phone: number, name, spent, engagement, engaged_at: engagedAt } = row;
  if (lead === null || number === null) return undefined;
  return {
    lead, number, name, spent, leasedUntil, past: toPast(row.past),
    ...(row.promised_at !== null
      && { callback: { at: row.promised_at, agent: row.promised_to ?? undefined } }),
    ...(engagement !== null && engagedAt !== null && {
      score: {
        lifetimeValue: row.lifetime_value ?? undefined, engagement, engagedAt,
        timelyAt: row.timely_at ?? undefined,
      },
    }),
    ...(row.grade !== null && { grade: row.grade }),
  };
}

type Part = Pick<Store, "leaseLeads" | "returnLeads" | "skipLead">;

export const hopper = (sql: Sql): Part => ({
  async leaseLeads({ campaign, epoch, count, now, leaseMs }) {
    const leasedUntil: Instant = plus(now, leaseMs);
    const rows = await sql.query<LeadRow>(lease, [
      campaign, epoch, timeParameter(now), timeParameter(leasedUntil), count,
    ]);
    if (rows.length === 0) throw fenced(epoch);
    const dead = rows.flatMap(({ lead_id: lead, phone }) =>
      lead !== null && phone === null ? [lead] : []);
    if (dead.length > 0) await sql.query(retire, [campaign, dead, epoch]);
    // A campaign without leads answers with one empty row.
    return rows.flatMap((row) => toLead(row, leasedUntil) ?? []);
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
