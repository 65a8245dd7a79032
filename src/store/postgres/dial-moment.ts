/**
 * Owns what the gate is told of trunks and abandon limit when nobody is dialing: for `why` and
 * `campaign preflight`. A real dial brings the counts of the controller that chose its line.
 */
import type { Instant } from "../../clock.ts";
import type { DialMode } from "../../campaign/settings.ts";
import type { AbandonLimit } from "../../compliance/abandon-limit.ts";
import type { DialMoment } from "../../compliance/gate.ts";
import type { CampaignId } from "../../ids.ts";
import { dayRateMax, loanMax } from "../../pacing/abandon-budget.ts";
import type { AbandonCounts } from "../store.ts";
import { abandonCounts } from "./abandon-window.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";

const standing: Statement = {
  name: "dial-moment",
  text: `
    select c.settings->'mode' as mode,
      (select coalesce(json_agg(json_build_object('channels', t.channels_max,
          'perSecond', t.calls_per_second,
          'inUse', (select count(*) from attempts a where a.trunk_id = t.id and a.outcome is null),
          'justPlaced', (select count(*) from attempts a where a.trunk_id = t.id
            and a.placed_at > $2::timestamptz - interval '1 second' and a.outcome is null))), '[]')
        from trunks t where t.enabled
          and t.name in (select jsonb_array_elements_text(c.settings->'trunks'))) as trunks,
      (select count(*) from agent_states s where s.state in ('ready', 'connecting', 'talking',
          'wrap-up') and (exists (select from agent_campaigns m where m.agent_id = s.agent_id
            and m.campaign_id = c.id)
          or not exists (select from agent_campaigns m where m.agent_id = s.agent_id))) as working
    from campaigns c where c.id = $1`,
};

interface StandingRow extends Row {
  readonly mode: DialMode | null;
  readonly trunks: readonly {
    readonly channels: number; readonly perSecond: number;
    readonly inUse: number; readonly justPlaced: number;
  }[];
  readonly working: number;
}

function momentOf(
  { mode, trunks, working }: StandingRow,
  { answered, abandoned, day }: AbandonCounts, { now: readAt, limit }: Asked,
): DialMoment {
  const lent = (of: number): number => mode?.kind === "predictive" ? loanMax(working, of) : 0;
  const free = trunks.map(({ channels, perSecond, inUse, justPlaced }) => ({
    channels, channelsFree: Math.max(0, channels - inUse),
    // A bucket holds one call at the least, however slow it fills.
    tokens: Math.max(1, perSecond) - justPlaced,
  }));
  const best = free.filter(({ tokens }) => tokens >= 1)
    .concat(free).reduce<(typeof free)[number] | undefined>((most, each) =>
      most === undefined || each.channelsFree > most.channelsFree ? each : most, undefined);
  return {
    trunk: { readAt, ...best ?? { channels: 0, channelsFree: 0, tokens: 0 } },
    abandon: {
      readAt, answered, abandoned, rateMax: limit.rateMax, lent: lent(answered),
      ...limit.withinDays > 1 && {
        day: { ...day, rateMax: dayRateMax(limit.rateMax), lent: lent(day.answered) },
      },
      agentReserved: mode?.kind === "progressive" || mode?.kind === "preview",
    },
  };
}

interface Asked {
  readonly now: Instant;
  readonly limit: Pick<AbandonLimit, "rateMax" | "withinDays">;
}

/** Undefined when there is no such campaign. */
export async function dialMoment(
  sql: Sql, campaign: CampaignId, asked: Asked,
): Promise<DialMoment | undefined> {
  const { now, limit: { withinDays: days } } = asked;
  const [row] = await sql.query<StandingRow>(standing, [campaign, timeParameter(now)]);
  return row && momentOf(row, await abandonCounts(sql, campaign, { now, days }), asked);
}
