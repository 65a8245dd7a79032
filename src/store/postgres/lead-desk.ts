/** Owns what commands do to single leads: callbacks, events, values, and the word on a number. */
import type { Knex } from "knex";
import { toIso, type Instant } from "../../clock.ts";
import { UserError } from "../../errors.ts";
import type { DialNumber, LeadId } from "../../ids.ts";
import { text } from "../../language.ts";
import type { Quality } from "../../leads/quality.ts";
import type { LeadScore, ValueBands } from "../../leads/value.ts";
import { rowsOf } from "./knex.ts";

export interface EvidenceRow {
  readonly phone: string;
  readonly at: Instant;
  readonly quality: Quality;
  readonly source: string;
  readonly what: string;
}

export interface NumberRow {
  readonly position: number;
  readonly phone: DialNumber;
  readonly quality: Quality;
  /** What a lookup service said last; null when none was asked. */
  readonly lookedUpAt: Instant | null;
  readonly lookedUp: string | null;
  readonly carrier: string | null;
}

/** Everything that is kept of one lead's numbers and worth. */
export interface LeadStanding {
  readonly numbers: readonly NumberRow[];
  readonly evidence: readonly EvidenceRow[];
  readonly score: LeadScore | undefined;
}

const numbersOfLead = `
  select 1 as position, phone from leads where id = :lead
  union all select position, phone from lead_numbers where lead_id = :lead`;

async function standing(sql: Knex, lead: LeadId): Promise<LeadStanding> {
  const numbers = await rowsOf<NumberRow>(sql, `
    select n.position, n.phone, coalesce(q.quality, 'valid') as quality,
      k.at as "lookedUpAt", coalesce(nullif(k.word, ''), k.state) as "lookedUp", k.carrier
    from (${numbersOfLead}) n left join number_quality q on q.phone = n.phone
      left join number_lookups k on k.phone = n.phone
    order by n.position`, { lead });
  const evidence = await rowsOf<EvidenceRow>(sql, `
    select e.phone, e.at, e.quality, e.source, e.what
    from number_evidence e join (${numbersOfLead}) n on n.phone = e.phone
    order by e.at`, { lead });
  const [score] = await rowsOf<{
    lifetimeValue: number | null; engagement: number; engagedAt: Instant; timelyAt: Instant | null;
  }>(sql, `
    select lifetime_value as "lifetimeValue", engagement, engaged_at as "engagedAt",
      timely_at as "timelyAt"
    from lead_scores where lead_id = :lead`, { lead });
  return {
    numbers, evidence,
    score: score && {
      ...score, lifetimeValue: score.lifetimeValue ?? undefined,
      timelyAt: score.timelyAt ?? undefined,
    },
  };
}

export interface PromisedCall {
  readonly lead: LeadId;
  readonly campaign: string;
  readonly at: Instant;
  /** The phone of the agent who calls; undefined when any may. */
  readonly agent: string | undefined;
}

/** Throws UserError when the campaign has no such lead, or it is being dialed now. */
async function callBack(sql: Knex, promise: PromisedCall): Promise<void> {
  const { lead, campaign, at, agent } = promise;
  const agents = agent === undefined ? [] : await rowsOf<{ id: number }>(
    sql, "select id from agents where phone = :agent", { agent });
  if (agent !== undefined && agents.length === 0) {
    throw new UserError(
      text(`there is no agent with the phone ${agent}`, `没有话机为 ${agent} 的座席`),
      text("`ringwright agent list` shows them", "可用 `ringwright agent list` 查看"));
  }
  const moved = await rowsOf(sql, `
    update campaign_leads l
    set state = 'retry', not_before = :at, promised_at = :at, promised_to = :agent, retired = false
    from campaigns c
    where c.id = l.campaign_id and c.name = :campaign and l.lead_id = :lead
      and c.state <> 'finished' and l.state in ('due', 'retry', 'finished')
    returning l.lead_id`, { at: toIso(at), agent: agents[0]?.id ?? null, campaign, lead });
  if (moved.length > 0) return;
  throw new UserError(
    text(`campaign ${campaign} has no lead ${lead} that could be called back`,
      `活动 ${campaign} 中没有可回拨的线索 ${lead}`),
    text("it is being dialed now, or the campaign is over; `ringwright lead show` says which",
      "该线索正在呼叫中，或活动已结束；可用 `ringwright lead show` 查看"));
}

async function bands(sql: Knex): Promise<ValueBands> {
  const rows = await rowsOf<{ grade: keyof ValueBands; from: number }>(
    sql, `select grade, from_value as "from" from value_bands`);
  return Object.fromEntries(rows.map(({ grade, from }) => [grade, from])) as unknown as ValueBands;
}

export const leadDesk = (sql: Knex) => ({
  standing: (lead: LeadId) => standing(sql, lead),
  callBack: (promise: PromisedCall) => callBack(sql, promise),
  bands: () => bands(sql),
  /** The company's bands; campaigns that dial by them take it up at once. */
  setBands: (wanted: ValueBands, who: string): Promise<void> => sql.transaction(async (change) => {
    for (const [grade, from] of Object.entries(wanted)) {
      await rowsOf(change, "update value_bands set from_value = :from where grade = :grade",
        { grade, from });
    }
    await rowsOf(change, "select audit(:who, 'value-bands', '', :bands)",
      { who, bands: JSON.stringify(wanted) });
    await rowsOf(change, "select rank_by_value(null)");
  }),
  /**
   * Something happened, or, without points, the value became known: dialing by value takes it up
   * at once.
   */
  event: (
    { lead, at, what, points, value }: {
      lead: LeadId; at: Instant; what: string; points: number | undefined;
      value: number | undefined;
    },
    who: string,
  ): Promise<void> => sql.transaction(async (change) => {
    await rowsOf(change, `select lead_events(array[:lead]::bigint[], array[:at]::timestamptz[],
        array[:points]::real[], array[:value]::float8[])`,
    { lead, at: toIso(at), points: points ?? null, value: value ?? null });
    await rowsOf(change, "select audit(:who, 'lead event', :what, :data)",
      { who, what, data: JSON.stringify({ lead, ...value !== undefined && { value } }) });
  }),
  /** A person's word on a number, or a lookup's. */
  say: async (
    { phone, quality, source, what, at }: {
      phone: DialNumber; quality: Quality; source: "person" | "lookup"; what: string; at: Instant;
    },
  ): Promise<void> => {
    await rowsOf(sql, `
      insert into number_evidence (phone, at, quality, source, what)
      values (:phone, :at, :quality, :source, :what) on conflict do nothing`,
    { phone, quality, source, what, at: toIso(at) });
  },
});
