/** Owns what a runner asks about the whole of a campaign: its counts, its abandon window. */
import { DAY_MS } from "../../clock.ts";
import { outcomes, type Outcome } from "../../call/outcome.ts";
import { limits } from "../../limits.ts";
import type { CampaignCounts, Store } from "../store.ts";
import type { CampaignId } from "../../ids.ts";
import { abandonCounts, keepDays } from "./abandon-window.ts";
import { type Row, type Sql, type Statement } from "./database.ts";

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

const leadsLeft: Statement = {
  name: "leads-left",
  text: `
    select count(*) as "leadsLeft" from (
      (select from campaign_leads where campaign_id = $1 and state = 'due' limit $2)
      union all
      (select from campaign_leads where campaign_id = $1 and state in ('retry', 'leased') limit $2)
      limit $2) l`,
};

interface CountRow<Key> extends Row {
  readonly count: number;
  readonly state: Key;
  readonly outcome: Key;
}

type LeadState = "due" | "leased" | "dialing" | "retry" | "finished";

type Part = Pick<Store, "counts" | "abandonWindow">;

export const figures = (sql: Sql): Part => {
  /** Of each campaign, the day up to which its days are kept. */
  const kept = new Map<CampaignId, string>();
  return {
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

    async abandonWindow(campaign, at) {
      // A day that is over is counted once by each process, and found by the others.
      const today = `${at.days} ${Math.floor(at.now / DAY_MS)}`;
      if (at.days > 1 && kept.get(campaign) !== today) {
        await keepDays(sql, campaign, at);
        kept.set(campaign, today);
      }
      const [counts, [left]] = await Promise.all([
        abandonCounts(sql, campaign, at),
        sql.query<{ leadsLeft: number }>(leadsLeft, [campaign, limits.leadsCounted]),
      ]);
      return { ...counts, leadsLeft: left?.leadsLeft ?? 0 };
    },
  };
};
