/**
 * Owns the way of leads between the campaign's work and a runner's hopper. One indexed statement
 * takes the next leads; rows another runner has locked are passed over, not waited for.
 */
import { plus, type Instant } from "../../clock.ts";
import type { AgentId, DialNumber, LeadId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Grade } from "../../leads/value.ts";
import type { HopperLead, LeadPrediction, Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { toPast, tried, type PastColumn } from "./lead-past.ts";
import { fenced } from "./ownership.ts";

/**
 * Calls that were promised come first, then leads whose pause is over, then fresh ones by rank. A
 * call that an agent promised waits for the switch where that agent is at work, until it has waited
 * as long as the campaign lets it; then any may have it. Each person gets the number whose turn it
 * is, or the next that is not dead; who has none is retired.
 *
 * What was found is carried on in arrays: the planner guesses a tenth of the table for a `limit`
 * that it cannot see, and would read all of it, 17 s for ten million leads; for an array it guesses
 * ten rows, and looks each of them up. `for share` on the seat makes a controller that takes over
 * wait until this is committed.
 */
const lease: Statement = {
  name: "lease-leads",
  text: `
    with seat as materialized (
      select epoch, pbx from seats where epoch = $2 for share
    ), campaign as materialized (
      select id, settings->'valueBands' as bands,
        $3::timestamptz - interval '1 millisecond'
          * coalesce((settings->>'callbackHoldMs')::double precision, $6) as held_since
      from campaigns where id = $1 and exists (select from seat)
    ), promised as materialized (
      select lead_id, number, l.ctid as row from campaign_leads l
      where campaign_id = (select id from campaign) and promised_at is not null
        and state in ('retry', 'leased') and not_before <= $3
        and (promised_to is null or promised_at <= (select held_since from campaign)
          or exists (select from agent_states s where s.agent_id = l.promised_to
            and s.pbx = (select pbx from seat) and s.state <> 'logged-out'))
      order by not_before
      limit $5
      for update of l skip locked
    ), again as materialized (
      select lead_id, number, ctid as row from campaign_leads
      where campaign_id = (select id from campaign) and state in ('retry', 'leased')
        and not_before <= $3 and promised_at is null
      order by not_before
      limit $5 - (select count(*) from promised)
      for update skip locked
    ), fresh as materialized (
      select lead_id, number, ctid as row from campaign_leads
      where campaign_id = (select id from campaign) and state = 'due'
      order by rank
      limit $5 - (select count(*) from promised) - (select count(*) from again)
      for update skip locked
    ), due as materialized (
      select array_agg(lead_id) as leads, array_agg(number) as turns, array_agg(row) as rows from (
        select * from promised union all select * from again union all select * from fresh
      ) found
    ), numbers as materialized (
      select d.lead_id, d.row, n.position < d.turn as passed, n.position, n.phone, p.name,
        p.time_zone, count(*) over (partition by d.lead_id) as numbers
      from unnest((select leads from due), (select turns from due), (select rows from due))
        as d (lead_id, turn, row)
      join leads p on p.id = d.lead_id
      cross join lateral (
        select 1 as position, p.phone
        union all select position, phone from lead_numbers where lead_id = d.lead_id
      ) n
    ), dead as materialized (
      select phone from number_quality
      where phone = any ((select array_agg(phone) from numbers)::text[]) and quality = 'dead'
    ), picked as materialized (
      select distinct on (lead_id) lead_id, row, phone, name, time_zone, numbers from numbers
      where phone not in (select phone from dead)
      order by lead_id, passed, position
    ), taken as (
      update campaign_leads l set state = 'leased', not_before = $4, lease_epoch = $2
      from picked p
      -- The rows are locked: they are where they were found.
      where l.campaign_id = $1 and l.ctid = p.row
      returning l.lead_id, l.spent, l.rank, l.last_outcome is null as fresh, l.promised_at,
        l.promised_to, p.phone, p.name, p.time_zone, p.numbers
    ), retired as (
      update campaign_leads l set state = 'finished', retired = true, not_before = null
      where l.campaign_id = $1 and l.lead_id = any (array(
        select lead from unnest((select leads from due)) lead
        where lead not in (select lead_id from picked)))
    )
    select seat.epoch, t.lead_id, t.spent, t.phone, t.name, t.promised_at, t.promised_to,
      t.time_zone, t.numbers, ${tried({
        lead: "t.lead_id", campaign: "$1", spent: "t.spent",
      })} as tried,
      s.lifetime_value, s.engagement, s.engaged_at, s.timely_at,
      case when s.lifetime_value is not null
        then lead_grade(s.lifetime_value, (select bands from campaign)) end as grade,
      (select json_build_object('answerProbability', p.answer_probability, 'by', m.name,
          'madeAt', round(extract(epoch from m.made_at) * 1000))
        from lead_predictions p join prediction_models m on m.id = p.model_id
        where p.lead_id = t.lead_id) as prediction
    from seat
    left join taken t on true
    left join lead_scores s on s.lead_id = t.lead_id
    order by t.promised_at, t.fresh, t.rank`,
};

/** A lead goes back to where it came from: to its rank, or to those whose pause is over. */
const backToItsPlace = `
      set state = case when l.last_outcome is null and l.promised_at is null
          then 'due' else 'retry' end,
        not_before = case when l.last_outcome is null and l.promised_at is null
          then null else '-infinity'::timestamptz end`;

/**
 * What was leased under epochs that are over. Their leases end within the time that a lease lasts,
 * by which they are found: others that wait until then are few beside all that wait.
 */
export const freeLeases: Statement = {
  name: "free-leases",
  text: `
    with found as materialized (
      select leased.* from campaigns c cross join lateral (
        select campaign_id, lead_id from campaign_leads
        where campaign_id = c.id and not_before > now()
          and not_before <= now() + $2 * interval '1 millisecond'
          and state = 'leased' and lease_epoch = any ($1::bigint[])
        offset 0) leased
      where c.state in ('running', 'paused', 'stopping')
    )
    update campaign_leads l${backToItsPlace}
    from found
    where l.campaign_id = found.campaign_id and l.lead_id = found.lead_id
      -- Looked at when its key has found the row, and no way to find it.
      and (l.state = 'leased' and l.lease_epoch = any ($1::bigint[])) is true`,
};

const giveBack: Statement = {
  name: "return-leads",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), returned as (
      update campaign_leads l${backToItsPlace}
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
  readonly lead_id: LeadId;
  readonly phone: DialNumber;
  readonly name: string;
  readonly spent: number;
  readonly promised_at: Instant | null;
  readonly promised_to: AgentId | null;
  readonly time_zone: string | null;
  readonly numbers: number;
  readonly tried: PastColumn["tried"];
  readonly lifetime_value: number | null;
  readonly engagement: number | null;
  readonly engaged_at: Instant | null;
  readonly timely_at: Instant | null;
  readonly grade: Grade | null;
  readonly prediction: LeadPrediction | null;
}

/** That the seat is ours, and nobody is due. */
interface NoLead extends Row {
  readonly lead_id: null;
}

function toLead(row: LeadRow, leasedUntil: Instant): HopperLead {
  const { engagement, engaged_at: engagedAt } = row;
  return {
    lead: row.lead_id, number: row.phone, name: row.name, spent: row.spent, leasedUntil,
    past: toPast({ timeZone: row.time_zone, numbers: row.numbers, tried: row.tried }),
    ...(row.promised_at !== null
      && { callback: { at: row.promised_at, agent: row.promised_to ?? undefined } }),
    ...(engagement !== null && engagedAt !== null && {
      score: {
        lifetimeValue: row.lifetime_value ?? undefined, engagement, engagedAt,
        timelyAt: row.timely_at ?? undefined,
      },
    }),
    ...(row.grade !== null && { grade: row.grade }),
    ...(row.prediction !== null && { prediction: row.prediction }),
  };
}

type Part = Pick<Store, "leaseLeads" | "returnLeads" | "skipLead">;

export const hopper = (sql: Sql): Part => ({
  async leaseLeads({ campaign, epoch, count, now, leaseMs }) {
    const leasedUntil: Instant = plus(now, leaseMs);
    const rows = await sql.query<LeadRow | NoLead>(lease, [
      campaign, epoch, timeParameter(now), timeParameter(leasedUntil), count,
      limits.callbackHoldMs,
    ]);
    if (rows.length === 0) throw fenced(epoch);
    return rows.flatMap((row) => row.lead_id === null ? [] : [toLead(row, leasedUntil)]);
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
