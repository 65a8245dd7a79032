/** Owns what `campaign report` says, reckoned by the database from the attempts themselves. */
import type { Knex } from "knex";
import { outcomes, type Outcome } from "../../call/outcome.ts";
import type { CampaignId } from "../../ids.ts";
import { abandonRate } from "../../metrics/rates.ts";
import { rowsOf } from "./knex.ts";

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface TrunkCause {
  readonly trunk: string;
  /** ITU-T Q.850 cause and SIP status of the end, when the switch told them. */
  readonly q850: number | null;
  readonly sip: number | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly attempts: number;
}

export interface AgentFigures {
  readonly name: string;
  readonly phone: string;
  readonly calls: number;
  /** From the bridge to the end of the call. */
  readonly talkMs: number;
  /** From the end of the call to being ready, paused or logged out. */
  readonly wrapUpMs: number;
  readonly dispositions: Readonly<Record<string, number>>;
}

/** Leads that agents looked at before the dial, by what came of them. */
export interface PreviewFigures {
  readonly dialed: number;
  readonly skipped: number;
  /** Nobody pressed a key in time, and the agent was paused. */
  readonly timedOut: number;
  /** The agent paused, left or lost the phone meanwhile. */
  readonly left: number;
  /** Chosen, and then not allowed to be dialed, or no line was free. */
  readonly withdrawn: number;
  /** From the offer to the agent's own key: mean and 95th percentile. */
  readonly decideMs: { readonly mean: number | null; readonly p95: number | null };
}

export interface CampaignReport {
  readonly leads: number;
  readonly leadsFinished: number;
  readonly attempts: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly answered: number;
  readonly connected: number;
  readonly abandoned: number;
  readonly abandonRate: number;
  readonly answerToBridgeMs: Percentiles;
  /** Calls whose two files are both whole. */
  readonly recordings: number;
  readonly attemptsWithoutOutcome: number;
  /** Attempts placed before an earlier one of the same lead had ended: always 0. */
  readonly leadsDialedTwiceAtOnce: number;
  readonly previews: PreviewFigures;
  readonly trunks: readonly TrunkCause[];
  readonly agents: readonly AgentFigures[];
}

type Totals = Percentiles & Pick<CampaignReport, "leads" | "leadsFinished" | "attempts"
  | "attemptsWithoutOutcome" | "leadsDialedTwiceAtOnce" | "recordings"> & {
    readonly outcomes: Partial<Record<Outcome, number>>;
  };

const totals = `
  with mine as materialized (
    select id, lead_id, outcome, placed_at, ended_at,
      extract(epoch from joined_at - answered_at) * 1000 as bridge_ms,
      lag(coalesce(ended_at, 'infinity')) over (partition by lead_id order by placed_at) as before
    from attempts where campaign_id = :campaign
  ), per_outcome as (
    select coalesce(jsonb_object_agg(outcome, count), '{}') as counts from (
      select outcome, count(*) from mine where outcome is not null group by outcome
    ) each
  )
  select
    (select count(*) from campaign_leads where campaign_id = :campaign) as leads,
    (select count(*) from campaign_leads where campaign_id = :campaign and state = 'finished')
      as "leadsFinished",
    count(*) as attempts,
    (select counts from per_outcome) as outcomes,
    count(*) filter (where outcome is null) as "attemptsWithoutOutcome",
    count(*) filter (where placed_at < before) as "leadsDialedTwiceAtOnce",
    percentile_cont(0.5) within group (order by bridge_ms)::double precision as p50,
    percentile_cont(0.95) within group (order by bridge_ms)::double precision as p95,
    percentile_cont(0.99) within group (order by bridge_ms)::double precision as p99,
    (select count(*) from (
      select r.attempt from recordings r join mine on mine.id = r.attempt
      where r.state = 'whole' group by r.attempt having count(*) = 2
    ) whole) as recordings
  from mine`;

const causes = `
  select t.name as trunk, a.q850, a.sip, a.outcome, a.reason, count(*) as attempts
  from attempts a join trunks t on t.id = a.trunk_id
  where a.campaign_id = :campaign
  group by t.name, a.q850, a.sip, a.outcome, a.reason
  order by t.name, attempts desc, a.q850, a.sip`;

const previews = `
  select count(*) filter (where how = 'dial') as dialed,
    count(*) filter (where how = 'skip') as skipped,
    count(*) filter (where how = 'timed-out') as "timedOut",
    count(*) filter (where how = 'left') as "left",
    count(*) filter (where how = 'withdrawn') as withdrawn,
    avg(ms) filter (where by = 'key') as mean,
    percentile_cont(0.95) within group (order by ms) filter (where by = 'key') as p95
  from (
    select data ->> 'how' as how, data ->> 'by' as by,
      (data ->> 'afterMs')::double precision as ms
    from agent_facts
    where type = 'preview-decided' and (data ->> 'campaign')::integer = :campaign
  ) each`;

/** A wrap-up belongs to the call it follows; one that is still going on is not counted. */
const agents = `
  with talks as (
    select agent_id, count(*) as calls,
      coalesce(sum(extract(epoch from ended_at - joined_at)), 0) * 1000 as talk_ms
    from attempts
    where campaign_id = :campaign and joined_at is not null and agent_id is not null
    group by agent_id
  ), wraps as (
    select w.agent_id, sum(extract(epoch from over.at - w.at)) * 1000 as wrap_ms
    from agent_facts w
    join attempts a on a.id::text = w.data ->> 'call' and a.campaign_id = :campaign
    join lateral (
      select min(f.at) as at from agent_facts f
      where f.agent_id = w.agent_id and f.at >= w.at
        and f.type in ('became-ready', 'paused', 'logged-out')
    ) over on true
    where w.type = 'wrap-up-began'
    group by w.agent_id
  ), chosen as (
    select agent_id, jsonb_object_agg(disposition, count) as dispositions
    from (
      select agent_id, disposition, count(*) from attempts
      where campaign_id = :campaign and agent_id is not null and disposition is not null
      group by agent_id, disposition
    ) each group by agent_id
  )
  select g.name, g.phone, t.calls, round(t.talk_ms)::bigint as "talkMs",
    round(coalesce(w.wrap_ms, 0))::bigint as "wrapUpMs",
    coalesce(c.dispositions, '{}') as dispositions
  from talks t join agents g on g.id = t.agent_id
  left join wraps w on w.agent_id = t.agent_id
  left join chosen c on c.agent_id = t.agent_id
  order by g.phone`;

const whole = (ms: number | null): number | null => ms === null ? null : Math.round(ms);

async function previewsOf(sql: Knex, campaign: CampaignId): Promise<PreviewFigures> {
  const [row] = await rowsOf<Omit<PreviewFigures, "decideMs"> & PreviewFigures["decideMs"]>(
    sql, previews, { campaign });
  if (!row) throw new Error("an aggregate answers with one row");
  const { mean, p95, ...counts } = row;
  return { ...counts, decideMs: { mean: whole(mean), p95: whole(p95) } };
}

export const reports = (sql: Knex) => ({
  async campaign(campaign: CampaignId): Promise<CampaignReport> {
    const bindings = { campaign };
    const [sums] = await rowsOf<Totals>(sql, totals, bindings);
    if (!sums) throw new Error("an aggregate answers with one row");
    const { p50, p95, p99, outcomes: counted, ...rest } = sums;
    const ended = (outcome: Outcome): number => counted[outcome] ?? 0;
    const answered = ended("connected") + ended("abandoned") + ended("hung-up-early");
    const abandoned = ended("abandoned");
    return {
      ...rest,
      outcomes: Object.fromEntries(
        outcomes.map((outcome) => [outcome, ended(outcome)]),
      ) as Record<Outcome, number>,
      answered, connected: ended("connected"), abandoned,
      abandonRate: abandonRate({ answered, abandoned }),
      answerToBridgeMs: { p50: whole(p50), p95: whole(p95), p99: whole(p99) },
      previews: await previewsOf(sql, campaign),
      trunks: await rowsOf<TrunkCause>(sql, causes, bindings),
      agents: await rowsOf<AgentFigures>(sql, agents, bindings),
    };
  },
});
