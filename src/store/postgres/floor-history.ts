/**
 * Owns what the records say of a campaign's floor, for the simulator to replay: one day of its
 * agents and its figures, and the times that ringing, talking and wrap-up took on all days.
 */
import { DAY_MS } from "../../clock.ts";
import type { Knex } from "knex";
import { UserError } from "../../errors.ts";
import type { AgentId, CampaignId } from "../../ids.ts";
import { text } from "../../language.ts";
import { limits } from "../../limits.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import type { FloorHistory, PredictionRecord, Redials, Standing } from "../../simulation/replay.ts";
import type { CampaignState } from "../store.ts";
import { rowsOf } from "./knex.ts";

const HOUR_MS = 3_600_000;

/** What is replayed, and the ms since 1970 that its day begins at. */
export interface ReplayedDay {
  readonly history: FloorHistory;
  readonly beginsAtMs: number;
  readonly settings: CampaignSettings;
}

/**
 * A day ends in the quietest hour of the campaign's days, whatever its time zone: a floor that
 * dials until midnight is not cut in two.
 */
const quietestHour = `
  select h.hour from generate_series(0, 23) as h (hour)
  left join (
    select extract(hour from placed_at at time zone 'utc')::integer as hour, count(*) as dialed
    from attempts where campaign_id = :campaign group by 1
  ) d on d.hour = h.hour
  order by coalesce(d.dialed, 0), h.hour limit 1`;

const busiestDay = `
  select floor((extract(epoch from placed_at) * 1000 - :shift) / ${DAY_MS})::integer as day
  from attempts where campaign_id = :campaign
  group by 1 order by count(*) desc, 1 desc limit 1`;

const ms = (to: string, from: string): string => `extract(epoch from ${to} - ${from}) * 1000`;

/** The newest of each kind, as many as a distribution needs. */
const sampled = (what: string, where: string): string => `
  array(select (${what})::double precision from (
    select * from attempts where campaign_id = :campaign and ${where}
    order by placed_at desc limit :samples) s)`;

const person = "outcome in ('connected', 'abandoned', 'hung-up-early')";
const rungOut = "outcome = 'no-answer' and reason in ('ring-time-over', 'no-user-response')";
// A line that we gave up says neither how long lines ring nor how they end.
const sooner = `outcome is not null and not ${person} and not (${rungOut})
  and reason is distinct from 'rang-enough'`;

const distributions = `
  select
    (select count(*) from attempts where campaign_id = :campaign and ${rungOut}) as "rungOut",
    (select count(*) from attempts where campaign_id = :campaign and ${sooner}) as "endedSooner",
    (select count(*) from attempts where campaign_id = :campaign and ${person}) as "everAnswered",
    (select count(*) from attempts where campaign_id = :campaign
      and outcome = 'hung-up-early') as "leftEarly",
    ${sampled(ms("answered_at", "placed_at"), `${person} and answered_at is not null`)} as "ringMs",
    ${sampled(ms("ended_at", "placed_at"), `${rungOut} and ended_at is not null`)} as "rungOutMs",
    ${sampled(ms("ended_at", "placed_at"), `${sooner} and ended_at is not null`)}
      as "endedSoonerMs",
    ${sampled(ms("ended_at", "answered_at"),
    "outcome = 'hung-up-early' and ended_at is not null and answered_at is not null")}
      as "leftEarlyMs",
    ${sampled(ms("ended_at", "joined_at"),
    "outcome = 'connected' and joined_at is not null and ended_at is not null")} as "talkMs"`;

/** Over attempts that a model had predicted and that reached the person's line. */
const predictions = `
  select count(*) as lines, avg(answer_probability) as mean,
    var_pop(answer_probability) as variance,
    covar_pop(answer_probability, case when ${person} then 1 else 0 end) as covariance
  from attempts
  where campaign_id = :campaign and predicted_at is not null and outcome is not null
    and outcome <> 'failed'`;

/** Fewer than this many lines say nothing of how far a model is right. */
const PREDICTED_LEAST = 300;

const halfHours = `
  select mod((extract(epoch from placed_at) * 1000 - :shift)::bigint, ${DAY_MS})
      / ${HOUR_MS / 2} * ${HOUR_MS / 2} as "atMs",
    count(*) as dialed, count(*) filter (where ${person}) as answered
  from attempts where campaign_id = :campaign and outcome is not null group by 1 order by 1`;

const figures = `
  select
    min(extract(epoch from placed_at) * 1000)::double precision as "first",
    max(extract(epoch from placed_at) * 1000)::double precision as "last",
    count(*) as dialed, count(*) filter (where ${person}) as answered,
    count(*) filter (where outcome = 'abandoned') as abandoned,
    count(*) filter (where outcome = 'connected') as connected
  from attempts
  where campaign_id = :campaign and placed_at >= to_timestamp(:from) and placed_at < to_timestamp(:to)`;

/** Attempts that reached nobody, and whether and when their lead was dialed again that day. */
const redials = `
  with dials as (
    select lead_id, ended_at, coalesce(${person}, false) as reached,
      lead(placed_at) over (partition by lead_id order by placed_at) as next
    from attempts where campaign_id = :campaign
      and placed_at >= to_timestamp(:from) and placed_at < to_timestamp(:to)
  )
  select count(distinct lead_id) as leads, count(*) filter (where not reached) as missed,
    count(next) filter (where not reached) as again,
    array(select (${ms("next", "ended_at")})::double precision from dials
      where not reached and next > ended_at order by next desc limit :samples) as "afterMs"
  from dials`;

/** Agents who may work for the campaign, from half a day before: who logged in early is there. */
const standings = `
  select f.agent_id as agent, f.type,
    (extract(epoch from f.at) * 1000)::double precision as at
  from agent_facts f
  where f.at >= to_timestamp(:from) - interval '14 hours' and f.at < to_timestamp(:to)
    and f.type in ('logged-in', 'became-ready', 'paused', 'logged-out', 'reserved',
      'preview-began', 'wrap-up-began')
    and f.agent_id in (
      select g.id from agents g
      where not exists (select from agent_campaigns c where c.agent_id = g.id)
        or exists (select from agent_campaigns c
          where c.agent_id = g.id and c.campaign_id = :campaign))
  order by f.agent_id, f.at, f.seq`;

const meaning: Readonly<Record<string, Standing["is"]>> = {
  "logged-in": "ready", "became-ready": "ready", "paused": "paused", "logged-out": "out",
  "reserved": "busy", "preview-began": "busy", "wrap-up-began": "wrap-up",
};

const channels = `
  select coalesce(sum(channels_max), 1) as channels,
    coalesce(sum(calls_per_second), 1)::double precision as "perSecond"
  from trunks where name = any (:names)`;

const dialedLater = `
  select exists (select from attempts
    where campaign_id = :campaign and placed_at >= to_timestamp(:to)) as more`;

interface Figures {
  readonly first: number | null;
  readonly last: number | null;
  readonly dialed: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly connected: number;
}

type Distributions = Pick<FloorHistory, "rungOut" | "endedSooner" | "everAnswered" | "leftEarly"
  | "ringMs" | "rungOutMs" | "endedSoonerMs" | "leftEarlyMs" | "talkMs">;

/** Throws UserError when the campaign never dialed. */
export async function floorHistory(
  sql: Knex, { id, name, settings, state }: {
    readonly id: CampaignId; readonly name: string; readonly settings: CampaignSettings;
    readonly state: CampaignState;
  },
): Promise<ReplayedDay> {
  const campaign = { campaign: id };
  const [quiet] = await rowsOf<{ hour: number }>(sql, quietestHour, campaign);
  const shift = (quiet?.hour ?? 0) * HOUR_MS;
  const [busiest] = await rowsOf<{ day: number }>(sql, busiestDay, { ...campaign, shift });
  if (!busiest) throw neverDialed(name);
  const beginsAtMs = busiest.day * DAY_MS + shift;
  const span = { ...campaign, from: beginsAtMs / 1_000, to: (beginsAtMs + DAY_MS) / 1_000 };
  const [day] = await rowsOf<Figures>(sql, figures, span);
  const [after] = await rowsOf<{ more: boolean }>(sql, dialedLater, span);
  const [spread] = await rowsOf<Distributions>(sql, distributions,
    { ...campaign, samples: limits.replaySamples });
  const [trunks] = await rowsOf<{ channels: number; perSecond: number }>(
    sql, channels, { names: settings.trunks });
  const [dialedAgain] = await rowsOf<Redials>(
    sql, redials, { ...span, samples: limits.replaySamples });
  if (!day || !spread || day.first === null || day.last === null) throw neverDialed(name);
  const [told] = await rowsOf<PredictionRecord & { lines: number }>(sql, predictions, campaign);
  const { lines = 0, ...record } = told ?? {};
  const rows = await rowsOf<{ agent: AgentId; type: string; at: number }>(sql, standings, span);
  const known = rows.map(({ agent, type, at }): Standing =>
    ({ agent, atMs: at - beginsAtMs, is: meaning[type] ?? "out" }));
  const { dialed, answered, abandoned, connected } = day;
  return {
    beginsAtMs, settings,
    history: {
      name, dialed, answered, abandoned, connected, ...spread,
      listEnded: state === "finished" && after?.more === false,
      fromMs: day.first - beginsAtMs, toMs: day.last - beginsAtMs,
      halfHours: await rowsOf(sql, halfHours, { ...campaign, shift }),
      wrapUpMs: wrapUpsOf(known), standings: known,
      predictions: lines < PREDICTED_LEAST ? undefined : record as PredictionRecord,
      connectWithinMs: settings.connectWithinMs, abandonRateMax: settings.abandonRateMax,
      callsPerSecond: trunks?.perSecond ?? 1,
      redials: dialedAgain ?? { leads: dialed, missed: 0, again: 0, afterMs: [] },
      linesMax: Math.min(trunks?.channels ?? 1, settings.lines?.max ?? Infinity),
    },
  };
}

/** From the end of the call to whatever came next; one that goes on is not counted. */
function wrapUpsOf(known: readonly Standing[]): readonly number[] {
  return known.flatMap(({ agent, atMs, is }, i) => {
    const next = known[i + 1];
    return is === "wrap-up" && next?.agent === agent ? [next.atMs - atMs] : [];
  });
}

const neverDialed = (name: string): UserError => new UserError(
  text(`campaign ${name} has not dialed yet: there is nothing to replay`,
    `活动 ${name} 尚未外呼，没有可重放的数据`),
  text("write a scenario instead: docs/examples/scenario.yaml",
    "请改用场景文件：docs/examples/scenario.yaml"),
);
