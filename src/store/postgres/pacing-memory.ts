/**
 * Owns what pacing leaves in the store: what a floor taught it, and each decision that dialed. A
 * save is one statement, which also forgets what is too old.
 */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import type { AttemptId, CampaignId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { PacingRecord } from "../pacing-record.ts";
import type { Store } from "../store.ts";
import { timeParameter, type Sql, type Statement } from "./database.ts";
import { rowsOf } from "./knex.ts";
import { fenced } from "./ownership.ts";

const memory: Statement = {
  name: "pacing-memory",
  // A floor that is new to the campaign begins with what another one of it has learned last.
  text: `
    select learned from pacing_memory where campaign_id = $1
    order by (pbx = $2) desc, saved_at desc limit 1`,
};

const save: Statement = {
  name: "save-pacing",
  text: `
    with seat as materialized (
      select pbx from seats where epoch = $2 for share
    ), kept as (
      insert into pacing_memory (campaign_id, pbx, learned, saved_at)
      select $1, pbx, $3::json, now() from seat where $3 is not null
      on conflict (campaign_id, pbx) do update
        set learned = excluded.learned, saved_at = excluded.saved_at
    ), added as (
      insert into pacing_decisions (campaign_id, pbx, at, pacer, why, dials, placed, agents, ready,
        lines, waiting, answered, abandoned, abandon_rate_max, in_ms, agents_free, answers, risk,
        risk_max)
      select $1, seat.pbx, d.at, d.pacer, d.why, d.dials, d.placed, d.agents, d.ready, d.lines,
        d.waiting, d.answered, d.abandoned, d."abandonRateMax", (d.forecast->>'inMs')::real,
        (d.forecast->>'agentsFree')::real, (d.forecast->>'answers')::real,
        (d.forecast->>'risk')::real, (d.forecast->>'riskMax')::real
      from seat, json_to_recordset($4::json) as d (at timestamptz, pacer text, why text,
        dials integer, placed integer, agents integer, ready integer, lines integer,
        waiting integer, answered integer, abandoned integer, "abandonRateMax" real, forecast json)
      on conflict do nothing
    ), old as (
      select at, campaign_id, pbx from pacing_decisions where at < $5
      order by at limit $6
      for update skip locked
    ), forgotten as (
      delete from pacing_decisions d using old
      where d.at = old.at and d.campaign_id = old.campaign_id and d.pbx = old.pbx
    )
    select pbx from seat`,
};

type Part = Pick<Store, "pacingMemory" | "savePacing">;

export const pacingMemory = (sql: Sql): Part => ({
  async pacingMemory(campaign, pbx) {
    const [row] = await sql.query<{ learned: unknown }>(memory, [campaign, pbx]);
    return row?.learned;
  },
  async savePacing({ campaign, epoch, learned, decisions, forgetBefore }) {
    const seat = await sql.query(save, [
      campaign, epoch, learned === undefined ? null : JSON.stringify(learned),
      JSON.stringify(decisions.map((each) => ({ ...each, at: timeParameter(each.at) }))),
      timeParameter(forgetBefore), limits.pacingForgotten,
    ]);
    if (seat.length === 0) throw fenced(epoch);
  },
});

interface DecisionRow extends Omit<PacingRecord, "forecast"> {
  readonly inMs: number | null;
  readonly agentsFree: number;
  readonly answers: number;
  readonly risk: number;
  readonly riskMax: number;
}

/**
 * The decision that dialed an attempt; undefined when it is forgotten, or was never stored since
 * its controller died first.
 */
export async function decisionOf(
  sql: Knex, attempt: AttemptId,
): Promise<PacingRecord & { readonly campaign: CampaignId } | undefined> {
  const [row] = await rowsOf<DecisionRow & { campaign: CampaignId; at: Instant }>(sql, `
    select d.campaign_id as campaign, d.at, d.pacer, d.why, d.dials, d.placed, d.agents, d.ready,
      d.lines, d.waiting, d.answered, d.abandoned, d.abandon_rate_max as "abandonRateMax",
      d.in_ms as "inMs", d.agents_free as "agentsFree", d.answers, d.risk, d.risk_max as "riskMax"
    from attempts a
    join pacing_decisions d on d.at = a.placed_at and d.campaign_id = a.campaign_id
      and d.pbx in (a.pbx, '')
    where a.id = :attempt`, { attempt });
  if (row === undefined) return undefined;
  const { inMs, agentsFree, answers, risk, riskMax, ...decision } = row;
  return inMs === null
    ? decision : { ...decision, forecast: { inMs, agentsFree, answers, risk, riskMax } };
}
