/**
 * Owns the facts of calls: what they change in the attempt while it lasts, and its one outcome with
 * what that means for the lead. A batch is one statement, so one round trip and one commit.
 *
 * Most batches only say how far their calls came. They have a statement of their own, since what
 * Postgres takes for a statement grows with its length, used or not.
 */
import { callPoints, eventPoints } from "../../leads/value.ts";
import type { CallRecord } from "../store.ts";
import type { Epoch } from "../../ids.ts";
import type { Sql, Statement } from "./database.ts";
import { mergeRecords } from "./merge-records.ts";
import { allHeld, fenced, heldSeats, lostEpoch } from "./ownership.ts";

/**
 * The facts come as one JSON document: one parameter is cheaper to send than five arrays. In the
 * order of the attempts' ids, so that two batches never wait for each other in a circle.
 */
const newsOf = (columns: string): string => `
    with ${heldSeats}, news as materialized (
      select * from json_to_recordset($2::json) as n (attempt uuid, facts json,
        ringing timestamptz, answered timestamptz, joined timestamptz, agent integer,
        number_quality text, number_what text${columns})
      where ${allHeld}
    ), added as (
      insert into call_facts (attempt, seq, at, type, data)
      select news.attempt, f.seq, f.at, f.type, f.data
      from news, json_to_recordset(news.facts) as f (seq integer, at timestamptz, type text,
        data jsonb)
      on conflict do nothing
    )`;

/** Times once set stay. */
const passage = `
        ringing_at = coalesce(a.ringing_at, n.ringing),
        answered_at = coalesce(a.answered_at, n.answered),
        joined_at = coalesce(a.joined_at, n.joined),
        agent_id = coalesce(n.agent, a.agent_id)`;

/** That a number is alive is only worth a row where something else was said before. */
const heardOf = (at: string): string => `
      insert into number_evidence (phone, at, quality, source, what, attempt)
      select c.number, ${at}, c.number_quality, 'line', c.number_what, c.id
      from changed c
      where c.number_quality is not null and (c.number_quality <> 'valid'
        or exists (select from number_quality q where q.phone = c.number))
      on conflict do nothing`;

const progress: Statement = {
  name: "record-progress",
  text: `
    ${newsOf("")}, changed as (
      update attempts a set ${passage}
      from news n
      where a.id = n.attempt
        and (coalesce(n.ringing, n.answered, n.joined) is not null or n.agent is not null)
      returning a.id, a.number, n.answered, n.number_quality, n.number_what
    ), heard as (${heardOf("coalesce(c.answered, now())")}
    )
    select ${lostEpoch} as lost`,
};

/**
 * What a call says of the person's interest, each once: that they answered, how long they talked,
 * what the agent made of it. As `callPoints` in leads/value.ts has it.
 */
const signsOfInterest = `
  select c.lead_id, coalesce(c.ended, c.joined, c.answered, now()) as at,
    case c.outcome when 'hung-up-early' then 0 else ${eventPoints.answered} end::real as points,
    1 as nth
  from changed c
  where c.outcome_before is null and c.outcome in ('connected', 'abandoned', 'hung-up-early')
  union all
  select c.lead_id, c.ended, (${callPoints.talk} * least(1, extract(epoch from c.ended
    - coalesce(c.joined_before, c.joined)) * 1000 / ${callPoints.talkFullMs}))::real, 2
  from changed c
  where c.ended_before is null and c.ended > coalesce(c.joined_before, c.joined)
  union all
  select c.lead_id, now(), coalesce(interest,
    case when c.lead_callback then ${callPoints.callback} end)::real, 3
  from changed c join campaigns on campaigns.id = c.campaign_id
    left join lateral (
      select (d->>'interest')::real as interest
      from jsonb_array_elements(campaigns.settings->'dispositions') d
      where d->>'code' = c.disposition
    ) said on true
  where c.disposition_before is null and c.disposition is not null
    and (interest is not null or c.lead_callback)`;

/**
 * The first outcome stays, with what it did to the lead; `then` of a later record (a disposition)
 * still acts, as long as the lead has not been dialed again.
 */
const end: Statement = {
  name: "record-calls",
  text: `
    ${newsOf(`, ended timestamptz, disposition text, outcome text, reason text, spent boolean,
        q850 smallint, sip smallint, lead_then text, lead_not_before timestamptz,
        lead_next boolean, lead_callback boolean`)}, changed as (
      update attempts a set ${passage},
        ended_at = coalesce(a.ended_at, n.ended),
        disposition = coalesce(n.disposition, a.disposition),
        outcome = coalesce(a.outcome, n.outcome),
        reason = case when a.outcome is null then n.reason else a.reason end,
        spent = case when a.outcome is null then n.spent else a.spent end,
        q850 = coalesce(a.q850, n.q850),
        sip = coalesce(a.sip, n.sip)
      from news n
      where a.id = n.attempt
      returning a.id, a.campaign_id, a.lead_id, a.number, a.agent_id, old.outcome as outcome_before,
        old.joined_at as joined_before, old.ended_at as ended_before,
        old.disposition as disposition_before,
        n.answered, n.joined, n.ended, n.disposition, n.outcome, n.spent, n.lead_then,
        n.lead_not_before, n.lead_next, n.lead_callback, n.number_quality, n.number_what
    ), followed as (
      update campaign_leads l set
        spent = l.spent + case when c.spent and c.outcome_before is null then 1 else 0 end,
        last_outcome = coalesce(c.outcome, l.last_outcome),
        state = coalesce(c.lead_then, l.state),
        not_before = case when c.lead_then is null then l.not_before else c.lead_not_before end,
        number = case when c.lead_next then coalesce((
            select min(m.position) from lead_numbers m
            where m.lead_id = l.lead_id and m.position > l.number), 1)
          else l.number end,
        -- A promise holds until the person was spoken to.
        promised_at = case when c.lead_callback then c.lead_not_before
          when coalesce(c.outcome, l.last_outcome) <> 'connected' then l.promised_at end,
        promised_to = case when c.lead_callback then c.agent_id
          when coalesce(c.outcome, l.last_outcome) <> 'connected' then l.promised_to end,
        retired = coalesce(c.lead_then = 'finished' and c.number_quality = 'dead', false)
      from changed c
      where l.campaign_id = c.campaign_id and l.lead_id = c.lead_id and l.attempt = c.id
        and (c.outcome is not null or c.lead_then is not null)
        and (c.outcome is null or c.outcome_before is null)
    ), heard as (${heardOf("coalesce(c.answered, c.ended, now())")}
    ), signs as materialized (${signsOfInterest})
    select ${lostEpoch} as lost,
      (select lead_events(array_agg(lead_id order by lead_id, nth),
          array_agg(at order by lead_id, nth), array_agg(points order by lead_id, nth), null)
        from signs having count(*) > 0) as noted`,
};

const isEnding = ({ changes, lead }: CallRecord): boolean =>
  lead !== undefined || changes.endedAt !== undefined || changes.outcome !== undefined
  || changes.disposition !== undefined || changes.q850 !== undefined || changes.sip !== undefined;

export async function recordCalls(sql: Sql, records: readonly CallRecord[]): Promise<void> {
  if (records.length === 0) return;
  const epochs = [...new Set(records.map(({ epoch }) => epoch))];
  const [answer] = await sql.query<{ lost: Epoch | null }>(
    records.some(isEnding) ? end : progress, [epochs, JSON.stringify(mergeRecords(records))]);
  const lost = answer?.lost ?? undefined;
  if (lost !== undefined) throw fenced(lost);
}
