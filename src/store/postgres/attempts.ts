/**
 * Owns attempts: the intent before the dial, and those that are open. Each method is one statement,
 * so one round trip and one commit, however many attempts it carries.
 */
import { toIso, type Instant } from "../../clock.ts";
import type { RecordingPolicy } from "../../compliance/pack.ts";
import type { AgentId, AttemptId, CampaignId, DialNumber, Epoch, LeadId, TrunkId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Grade } from "../../leads/value.ts";
import type { FactRow, NewAttempt, OpenAttempt, Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { past, toPast, type PastColumn } from "./lead-past.ts";
import { fenced } from "./ownership.ts";
import { recordCalls } from "./record-calls.ts";

/**
 * Only a leased lead of a running campaign is dialed: who ends a campaign locks its row, so that no
 * attempt slips in behind. An attempt that is stored already under this epoch is answered as
 * placed: the caller lost our first answer and asks again. Ordered by lead against deadlocks.
 *
 * What is said to be true of a row is looked at when its key has found it, and is no way to find
 * it: where the planner takes leased leads or open attempts for few, it would read all of them.
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
        $15::timestamptz[], $16::smallint[], $17::text[], $18::text[], $19::text[], $20::jsonb[])
        as w (attempt, lead, number, trunk, pbx, at, recording, caller_id, company,
          answer_probability, predicted_by, predicted_at, beep_seconds, versions, zones, places,
          moment)
    ), leased as materialized (
      select l.lead_id from campaign_leads l join asked w on w.lead = l.lead_id
      where l.campaign_id = (select id from campaign) and (l.state = 'leased') is true
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
    ), ruled as (
      insert into attempt_rules (attempt, versions, zones, places, moment)
      select placed.id, string_to_array(w.versions, ','), string_to_array(w.zones, ','),
        string_to_array(w.places, ','), w.moment
      from placed join wanted w on w.attempt = placed.id
      where w.versions is not null
    ), unblocked as (
      delete from gate_blocks b using placed
      where b.campaign_id = $1 and b.lead_id = placed.lead_id
    ), dialable as (
      select id from placed
      union
      select a.id from attempts a join asked on asked.attempt = a.id
      where (a.campaign_id = $1 and a.epoch = $2 and a.outcome is null) is true
    )
    select seat.epoch, dialable.id as attempt
    from seat left join dialable on true`,
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
      column((a) => a.allowedBy?.versions.join() ?? null),
      column((a) => a.allowedBy?.zones.join() ?? null),
      column((a) => a.allowedBy?.places.join() ?? null),
      column((a) => a.moment === undefined ? null : JSON.stringify(a.moment)),
    ]);
    if (rows.length === 0) throw fenced(epoch);
    return rows.flatMap((row) => row.attempt ?? []);
  },

  recordCalls: (records) => recordCalls(sql, records),

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
