/**
 * Owns counting who answered and who was abandoned in the window of a campaign's abandon limit.
 * Days that are over are counted once and kept in `answer_days`; the rest is counted from the
 * attempts, which stay the truth: a day without its row is counted there.
 */
import { DAY_MS, plus, type Instant } from "../../clock.ts";
import type { CampaignId } from "../../ids.ts";
import type { AbandonCounts } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";

const answered = "outcome in ('connected', 'abandoned', 'hung-up-early')";

/**
 * $1 campaign, $2 now, $3 days. The period of a long window begins with the day (UTC) of the
 * campaign's start, and again every $3 days: the law speaks of successive periods (16 CFR
 * 310.4(b)(4)(i)). `fresh` days, which are counted anew each time, hold the last 24 hours.
 */
const period = `
    period as (
      select date_trunc('day', $2::timestamptz) - interval '24 hours' as fresh,
        case when $3::int = 1 then $2 - interval '24 hours'
        else first + floor(extract(epoch from $2 - first) / 86400 / $3) * $3 * interval '24 hours'
        end as since
      from (select date_trunc('day', coalesce(started_at, created_at)) as first
        from campaigns where id = $1) f
    ), days as (
      select day from period, generate_series(since, fresh - interval '24 hours',
        interval '24 hours') as day where $3 > 1
    )`;

/** The days of the period that are over, and of which no call is open, each counted once. */
const rollUp: Statement = {
  name: "abandon-roll-up",
  text: `
    with ${period}
    insert into answer_days (campaign_id, day, answered, abandoned)
    select $1, day, n.answered, n.abandoned
    from days cross join lateral (
      select count(*) as answered, count(*) filter (where outcome = 'abandoned') as abandoned
      from attempts where campaign_id = $1 and answered_at >= day
        and answered_at < day + interval '24 hours' and ${answered}
    ) n
    where not exists (select from answer_days r where r.campaign_id = $1 and r.day = days.day::date)
      and not exists (select from attempts where campaign_id = $1 and outcome is null
        and placed_at < days.day + interval '24 hours')
    on conflict do nothing`,
};

const counts: Statement = {
  name: "abandon-counts",
  text: `
    with ${period}, before as (
      select coalesce(sum(coalesce(r.answered, n.answered)), 0) as answered,
        coalesce(sum(coalesce(r.abandoned, n.abandoned)), 0) as abandoned
      from days left join answer_days r on r.campaign_id = $1 and r.day = days.day::date
      left join lateral (
        select count(*) as answered, count(*) filter (where outcome = 'abandoned') as abandoned
        from attempts where r.day is null and campaign_id = $1 and answered_at >= days.day
          and answered_at < days.day + interval '24 hours' and ${answered}
      ) n on true
    ), late as (
      select count(*) filter (where answered_at >= since) as answered,
        count(*) filter (where answered_at >= since and outcome = 'abandoned') as abandoned,
        count(*) filter (where answered_at >= $2 - interval '24 hours') as day_answered,
        count(*) filter (where answered_at >= $2 - interval '24 hours'
          and outcome = 'abandoned') as day_abandoned
      from period, attempts
      where campaign_id = $1 and answered_at >= fresh and ${answered}
    )
    select since, (before.answered + late.answered)::int as answered,
      (before.abandoned + late.abandoned)::int as abandoned,
      day_answered as "dayAnswered", day_abandoned as "dayAbandoned"
    from period, before, late`,
};

interface CountsRow extends Row {
  readonly since: Instant;
  readonly answered: number;
  readonly abandoned: number;
  readonly dayAnswered: number;
  readonly dayAbandoned: number;
}

/** Changes nothing, so that commands may ask too. */
export async function abandonCounts(
  sql: Sql, campaign: CampaignId, { now, days }: { now: Instant; days: number },
): Promise<AbandonCounts> {
  const [row] = await sql.query<CountsRow>(counts, [campaign, timeParameter(now), days]);
  const from = row?.since ?? now;
  return {
    from, until: days === 1 ? plus(now, DAY_MS) : plus(from, days * DAY_MS),
    answered: row?.answered ?? 0, abandoned: row?.abandoned ?? 0,
    day: { answered: row?.dayAnswered ?? 0, abandoned: row?.dayAbandoned ?? 0 },
  };
}

/** Keeps the counts of the days that are over, so that the next question need not count them. */
export const keepDays = (
  sql: Sql, campaign: CampaignId, { now, days }: { now: Instant; days: number },
): Promise<unknown> => sql.query(rollUp, [campaign, timeParameter(now), days]);
