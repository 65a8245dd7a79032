/** Owns what a runner asks about the whole of a campaign: its counts, its abandon window. */
import { outcomes, type Outcome } from "../../call/outcome.ts";
import { limits } from "../../limits.ts";
import type { CampaignCounts, Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";

const leadStates: Statement = {
  name: "count-leads",
  text: `
    select state, count(*) as count from campaign_leads where campaign_id = $1 group by state`,
};

const attemptOutcomes: Statement = {
  name: "count-attempts",
  text: `
    select outcome, count(*) as count from attempts where campaign_id = $1 group by outcome`,
};

const window: Statement = {
  name: "abandon-window",
  text: `
    select count(*) as answered, count(*) filter (where outcome = 'abandoned') as abandoned,
      (select count(*) from (
        (select from campaign_leads where campaign_id = $1 and state = 'due' limit $3)
        union all
        (select from campaign_leads where campaign_id = $1 and state in ('retry', 'leased') limit $3)
        limit $3) l) as "leadsLeft"
    from attempts
    where campaign_id = $1 and answered_at >= $2
      and outcome in ('connected', 'abandoned', 'hung-up-early')`,
};

interface CountRow<Key> extends Row {
  readonly count: number;
  readonly state: Key;
  readonly outcome: Key;
}

type LeadState = "due" | "leased" | "dialing" | "retry" | "finished";

type Part = Pick<Store, "counts" | "abandonWindow">;

export const figures = (sql: Sql): Part => ({
  async counts(campaign): Promise<CampaignCounts> {
    const [states, ends] = await Promise.all([
      sql.query<CountRow<LeadState>>(leadStates, [campaign]),
      sql.query<CountRow<Outcome | null>>(attemptOutcomes, [campaign]),
    ]);
    const leads = new Map(states.map((row) => [row.state, row.count]));
    const attempts = new Map(ends.map((row) => [row.outcome, row.count]));
    const lead = (state: LeadState): number => leads.get(state) ?? 0;
    const ended = (outcome: Outcome): number => attempts.get(outcome) ?? 0;
    return {
      leads: [...leads.values()].reduce((sum, count) => sum + count, 0),
      dialable: lead("due") + lead("leased"),
      waitingForRetry: lead("retry"),
      finished: lead("finished"),
      attempts: [...attempts.values()].reduce((sum, count) => sum + count, 0),
      open: attempts.get(null) ?? 0,
      outcomes: Object.fromEntries(
        outcomes.map((outcome) => [outcome, ended(outcome)]),
      ) as Record<Outcome, number>,
      answered: ended("connected") + ended("abandoned") + ended("hung-up-early"),
      abandoned: ended("abandoned"),
    };
  },

  async abandonWindow(campaign, from) {
    const [row] = await sql.query<{ answered: number; abandoned: number; leadsLeft: number }>(
      window, [campaign, timeParameter(from), limits.leadsCounted],
    );
    return row ?? { answered: 0, abandoned: 0, leadsLeft: 0 };
  },
});
