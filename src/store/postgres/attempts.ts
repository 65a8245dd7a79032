/**
 * Owns what becomes of attempts: the intent before the dial, the facts while it lasts, and its one
 * outcome with what that means for the lead. Each method is one statement, so one round trip and
 * one commit, however many attempts it carries.
 */
import { toIso, type Instant } from "../../clock.ts";
import type { RecordingPolicy } from "../../compliance/pack.ts";
import type { AgentId, AttemptId, CampaignId, DialNumber, Epoch, LeadId, TrunkId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { callPoints, eventPoints, type Grade } from "../../leads/value.ts";
import type { FactRow, NewAttempt, OpenAttempt, Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { mergeRecords } from "./merge-records.ts";
import { past, toPast, type PastColumn } from "./lead-past.ts";
import { fenced, heldSeats } from "./ownership.ts";

/**
 * Only a leased lead of a running campaign is dialed: who ends a campaign locks its row, so that no
 * attempt slips in behind. An attempt that is stored already under this epoch is answered as
 * placed: the caller lost our first answer and asks again. Ordered by lead against deadlocks.
 */
const place: Statement = {
  name: "place-attempts",
  text: `
    with seat as materialized (
      select epoch from seats where epoch = $2 for share
    ), campaign as materialized (
      select c.id from campaigns c where c.id = $1 and c.state = 'running'
        and exists (select from seat)
      for share
    ), asked as materialized (
      select * from unnest($3::uuid[], $4::bigint[], $5::text[], $6::integer[], $7::text[],
        $8::timestamptz[], $9::text[], $10::text[], $11::text[], $13::real[], $14::text[],
        $15::timestamptz[], $16::smallint[])
        as w (attempt, lead, number, trunk, pbx, at, recording, caller_id, company,
          answer_probability, predicted_by, predicted_at, beep_seconds)
    ), leased as materialized (
      select l.lead_id from campaign_leads l join asked w on w.lead = l.lead_id
      where l.campaign_id = (select id from campaign) and l.state = 'leased'
      order by l.lead_id
      for update of l
    ), wanted as materialized (
      select * from asked
      where $12::json is null or attempt in (select reserve_dials($12,
        array(select a.attempt from asked a join leased on leased.lead_id = a.lead)))
    ), placed as (
      insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
        recording, caller_id, company, answer_probability, predicted_by, predicted_at,
        beep_seconds)
      select w.attempt, $1, w.lead, w.number, w.trunk, w.pbx, $2, w.at, w.recording, w.caller_id,
        w.company, w.answer_probability, w.predicted_by, w.predicted_at, w.beep_seconds
      from wanted w join leased on leased.lead_id = w.lead
      order by w.lead
      on conflict do nothing
      returning id, lead_id
    ), dialing as (
      update campaign_leads l set state = 'dialing', not_before = null, attempt = placed.id
      from placed
      where l.campaign_id = $1 and l.lead_id = placed.lead_id
    ), dialable as (
      select id from placed
      union
      select a.id from attempts a join asked on asked.attempt = a.id
      where a.campaign_id = $1 and a.epoch = $2 and a.outcome is null
    )
    select seat.epoch, dialable.id as attempt
    from seat left join dialable on true`,
};

/**
 * What a call says of the person's interest, each once: that they answered, how long they talked,
 * what the agent made of it. As `callPoints` in leads/value.ts has it.
 */
const signsOfInterest = `
  select before.lead_id, coalesce(n.ended, n.joined, n.answered, now()) as at,
    case n.outcome when 'hung-up-early' then 0 else ${eventPoints.answered} end::real as points
  from news n join before on before.id = n.attempt
  where before.outcome is null and n.outcome in ('connected', 'abandoned', 'hung-up-early')
  union all
  select before.lead_id, n.ended, (${callPoints.talk} * least(1, extract(epoch from n.ended
    - coalesce(before.joined_at, n.joined)) * 1000 / ${callPoints.talkFullMs}))::real
  from news n join before on before.id = n.attempt
  where before.ended_at is null and n.ended > coalesce(before.joined_at, n.joined)
  union all
  select before.lead_id, now(), coalesce(interest,
    case when n.lead_callback then ${callPoints.callback} end)::real
  from news n join before on before.id = n.attempt
    join campaigns c on c.id = before.campaign_id
    left join lateral (
      select (d->>'interest')::real as interest from jsonb_array_elements(c.settings->'dispositions') d
      where d->>'code' = n.disposition
    ) said on true
  where before.disposition is null and n.disposition is not null
    and (interest is not null or n.lead_callback)
  order by 1`;

/**
 * The facts come as one JSON document: one parameter is cheaper to send than five arrays. Times
 * once set stay, and so does the first outcome with what it did to the lead; `then` of a later
 * record (a disposition) still acts, as long as the lead has not been dialed again.
 */
const record: Statement = {
  name: "record-calls",
  text: `
    with ${heldSeats}, ours as materialized (
      select (select count(*) from held) = (select count(*) from claimed) as all_held
    ), news as materialized (
      select * from json_to_recordset($2::json) as n (attempt uuid, facts json,
        ringing timestamptz, answered timestamptz, joined timestamptz, ended timestamptz,
        agent integer, disposition text, outcome text, reason text, spent boolean,
        q850 smallint, sip smallint, lead_then text, lead_not_before timestamptz,
        lead_next boolean, lead_callback boolean, number_quality text, number_what text)
      where (select all_held from ours)
    ), before as materialized (
      select a.id, a.campaign_id, a.lead_id, a.outcome, a.number, a.agent_id, a.joined_at,
        a.ended_at, a.disposition
      from attempts a
      join news on news.attempt = a.id
      order by a.id
      for update of a
    ), added as (
      insert into call_facts (attempt, seq, at, type, data)
      select news.attempt, f.seq, f.at, f.type, f.data
      from news, json_to_recordset(news.facts) as f (seq integer, at timestamptz, type text,
        data jsonb)
      on conflict do nothing
    ), changed as (
      update attempts a set
        ringing_at = coalesce(a.ringing_at, n.ringing),
        answered_at = coalesce(a.answered_at, n.answered),
        joined_at = coalesce(a.joined_at, n.joined),
        ended_at = coalesce(a.ended_at, n.ended),
        agent_id = coalesce(n.agent, a.agent_id),
        disposition = coalesce(n.disposition, a.disposition),
        outcome = coalesce(a.outcome, n.outcome),
        reason = case when a.outcome is null then n.reason else a.reason end,
        spent = case when a.outcome is null then n.spent else a.spent end,
        q850 = coalesce(a.q850, n.q850),
        sip = coalesce(a.sip, n.sip)
      from news n join before on before.id = n.attempt
      where a.id = before.id
    ), followed as (
      update campaign_leads l set
        spent = l.spent + case when n.spent and before.outcome is null then 1 else 0 end,
        last_outcome = coalesce(n.outcome, l.last_outcome),
        state = coalesce(n.lead_then, l.state),
        not_before = case when n.lead_then is null then l.not_before else n.lead_not_before end,
        number = case when n.lead_next then coalesce((
            select min(m.position) from lead_numbers m
            where m.lead_id = l.lead_id and m.position > l.number), 1)
          else l.number end,
        -- A promise holds until the person was spoken to.
        promised_at = case when n.lead_callback then n.lead_not_before
          when coalesce(n.outcome, l.last_outcome) <> 'connected' then l.promised_at end,
        promised_to = case when n.lead_callback then coalesce(n.agent, before.agent_id)
          when coalesce(n.outcome, l.last_outcome) <> 'connected' then l.promised_to end,
        retired = coalesce(n.lead_then = 'finished' and n.number_quality = 'dead', false)
      from news n join before on before.id = n.attempt
      where l.campaign_id = before.campaign_id and l.lead_id = before.lead_id
        and l.attempt = n.attempt
        and (n.outcome is not null or n.lead_then is not null)
        and (n.outcome is null or before.outcome is null)
    ), heard as (
      -- That a number is alive is only worth a row where something else was said before.
      insert into number_evidence (phone, at, quality, source, what, attempt)
      select before.number, coalesce(n.answered, n.ended, now()), n.number_quality, 'line',
        n.number_what, n.attempt
      from news n join before on before.id = n.attempt
      where n.number_quality is not null and (n.number_quality <> 'valid'
        or exists (select from number_quality q where q.phone = before.number))
      on conflict do nothing
    ), signs as materialized (${signsOfInterest})
    select (select min(epoch) from claimed where epoch not in (select epoch from held)) as lost,
      (select count(lead_event(lead_id, at, points, null)) from signs) as noted`,
};

/**
 * Of one switch; and of one that nobody commands any more, once no call of it can still be up. Such
 * an attempt would keep its lead and its campaign for ever.
 */
const open: Statement = {
  name: "open-attempts",
  text: `
    select a.id, a.campaign_id, a.lead_id, a.number, a.trunk_id, a.pbx, a.epoch, a.placed_at,
      a.recording, a.answer_probability, a.predicted_by, a.predicted_at, a.beep_seconds,
      l.promised_to,
      ${past({
        lead: "a.lead_id", campaign: "a.campaign_id", zone: "leads.time_zone", spent: "l.spent",
      })} as past,
      (select lead_grade(s.lifetime_value, c.settings->'valueBands')
        from lead_scores s, campaigns c where s.lead_id = a.lead_id and c.id = a.campaign_id) as grade,
      coalesce(l.spent, 0) as spent, coalesce(f.facts, '[]') as facts
    from attempts a
    join leads on leads.id = a.lead_id
    left join campaign_leads l on l.campaign_id = a.campaign_id and l.lead_id = a.lead_id
    left join lateral (
      select json_agg(json_build_object('seq', seq, 'type', type, 'data', data,
        'at', round(extract(epoch from at) * 1000)) order by seq) as facts
      from call_facts where attempt = a.id
    ) f on true
    where a.outcome is null and (a.pbx = $1 or (
      a.placed_at < now() - $2 * interval '1 millisecond' and not exists (
        select from seats s where s.pbx = a.pbx and s.leased_until > now())))
    order by a.placed_at, a.id`,
};

interface OpenRow extends Row {
  readonly id: AttemptId;
  readonly campaign_id: CampaignId;
  readonly lead_id: LeadId;
  readonly number: DialNumber;
  readonly trunk_id: TrunkId;
  readonly pbx: string;
  readonly epoch: Epoch;
  readonly placed_at: Instant;
  readonly spent: number;
  readonly facts: readonly FactRow[];
  readonly recording: RecordingPolicy | null;
  readonly beep_seconds: number | null;
  readonly past: PastColumn;
  readonly promised_to: AgentId | null;
  readonly grade: Grade | null;
  readonly answer_probability: number | null;
  readonly predicted_by: string | null;
  readonly predicted_at: Instant | null;
}

/** What must still hold for each attempt, as `reserve_dials` reads it; null where nothing must. */
function reserves(wanted: readonly NewAttempt[]): string | null {
  if (wanted.every(({ reserve }) => reserve === undefined)) return null;
  return JSON.stringify(wanted.map(({ attempt, at, number, callerId, reserve }) => ({
    attempt, at: toIso(at), number, numbers: reserve?.numbers ?? [], company: reserve?.company,
    limits: (reserve?.limits ?? []).map((each) => ({ ...each, since: toIso(each.since) })),
    callerId, callerIdMax: reserve?.callerIdMax,
  })));
}

function predictionIn(row: OpenRow): Pick<OpenAttempt, "prediction"> {
  const { answer_probability: answerProbability, predicted_by: by, predicted_at: madeAt } = row;
  if (answerProbability === null || by === null) return {};
  return { prediction: { answerProbability, by, ...madeAt !== null && { madeAt } } };
}

type Part = Pick<Store, "placeAttempts" | "recordCalls" | "openAttempts">;

export const attempts = (sql: Sql): Part => ({
  async placeAttempts(campaign, epoch, wanted) {
    const column = <T>(of: (each: (typeof wanted)[number]) => T): T[] => wanted.map(of);
    const rows = await sql.query<{ attempt: AttemptId | null }>(place, [
      campaign, epoch, column((a) => a.attempt), column((a) => a.lead), column((a) => a.number),
      column((a) => a.trunk), column((a) => a.pbx), column((a) => timeParameter(a.at)),
      column((a) => a.recording ?? null), column((a) => a.callerId ?? null),
      column((a) => a.reserve?.company ?? null), reserves(wanted),
      column((a) => a.prediction?.answerProbability ?? null),
      column((a) => a.prediction?.by ?? null),
      column((a) => a.prediction?.madeAt === undefined ? null : timeParameter(a.prediction.madeAt)),
      column((a) => a.beepSeconds ?? null),
    ]);
    if (rows.length === 0) throw fenced(epoch);
    return rows.flatMap((row) => row.attempt ?? []);
  },

  async recordCalls(records) {
    if (records.length === 0) return;
    const epochs = [...new Set(records.map(({ epoch }) => epoch))];
    const [answer] = await sql.query<{ lost: Epoch | null }>(record, [
      epochs, JSON.stringify(mergeRecords(records)),
    ]);
    const lost = answer?.lost ?? undefined;
    if (lost !== undefined) throw fenced(lost);
  },

  async openAttempts(pbx) {
    const rows = await sql.query<OpenRow>(open, [pbx, limits.callLongestMs]);
    return rows.map((row) => ({
      attempt: row.id, campaign: row.campaign_id, lead: row.lead_id, number: row.number,
      trunk: row.trunk_id, pbx: row.pbx, at: row.placed_at, epoch: row.epoch, spent: row.spent,
      facts: row.facts, past: toPast(row.past), ...(row.recording && { recording: row.recording }),
      ...(row.beep_seconds !== null && { beepSeconds: row.beep_seconds }),
      ...(row.promised_to !== null && { promisedTo: row.promised_to }),
      ...(row.grade !== null && { grade: row.grade }),
      ...predictionIn(row),
    }));
  },
});
