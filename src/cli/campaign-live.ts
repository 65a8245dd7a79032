/** Owns what is seen of a running campaign: its counts from Postgres, the floor from Redis. */
import { systemClock } from "../clock.ts";
import { limitOfTerms } from "../engine/judge.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import { abandonRate } from "../metrics/rates.ts";
import { dayRateMax } from "../pacing/abandon-budget.ts";
import { abandonCounts } from "../store/postgres/abandon-window.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { openDatabase } from "../store/postgres/database.ts";
import type { CampaignRow } from "../store/postgres/campaign-desk.ts";
import type { SwitchRow } from "../store/postgres/switch-desk.ts";
import { createStore } from "../store/postgres/store.ts";
import { openLiveBoard, type LiveFigures } from "../store/redis/live-figures.ts";
import type { AbandonCounts, CampaignCounts } from "../store/store.ts";
import type { Instant } from "../clock.ts";
import type { CliContext } from "./command.ts";
import { atDesk, databaseUrl } from "./database.ts";

export interface CampaignView {
  readonly name: string;
  readonly state: CampaignRow["state"];
  /** Null when no controller runs it. */
  readonly controller: string | null;
  readonly at: Instant;
  readonly counts: CampaignCounts;
  /** In the window of the limit, and the limit. */
  readonly abandonRate: number;
  readonly abandonRateMax: number;
  readonly abandonWindow: AbandonCounts & { readonly withinDays: number };
  /** Of the last 24 hours; null where they are the window. */
  readonly abandonDay: { readonly rate: number; readonly rateMax: number } | null;
  /** Over all switches; null when no controller publishes, or Redis is away. */
  readonly live: Live | null;
  /** Each switch that any controller ever had, in the order of their names. */
  readonly switches: readonly (SwitchRow & { readonly live: LiveFigures | null })[];
}

export type Live = Pick<LiveFigures, "agents" | "lines" | "waiting" | "talking" | "pacing">;

/** Sums what the switches publish. Of the pacers the one with most agents speaks. */
export function together(figures: readonly LiveFigures[]): Live | null {
  const sizeOf = ({ agents }: LiveFigures): number =>
    Object.values(agents).reduce((sum, count) => sum + count, 0);
  const [first] = [...figures].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (!first) return null;
  const agents: Record<string, number> = {};
  for (const each of figures) {
    for (const [state, count] of Object.entries(each.agents)) {
      agents[state] = (agents[state] ?? 0) + count;
    }
  }
  const sum = (of: (each: LiveFigures) => number): number =>
    figures.reduce((total, each) => total + of(each), 0);
  return {
    agents, lines: sum((each) => each.lines), waiting: sum((each) => each.waiting),
    talking: sum((each) => each.talking),
    pacing: { ...first.pacing, dials: sum((each) => each.pacing.dials) },
  };
}

export interface LiveSource {
  look(): Promise<CampaignView>;
  close(): Promise<void>;
}

/** Throws UserError when there is no such campaign. */
export async function createLiveSource(name: string, context: CliContext): Promise<LiveSource> {
  const now = () => atDesk(context, async (desk) =>
    ({ campaign: await desk.campaigns.get(name), switches: await desk.switches.list() }));
  const { campaign: { id } } = await now();
  const store = createStore(databaseUrl(context));
  const database = openDatabase(databaseUrl(context));
  const rulebook = await loadRulebook(context.config().packsDir);
  const board = openLiveBoard(context.config().redisUrl);
  const abandons = async () => {
    const at = systemClock.now();
    const terms = await compliance(database).termsOf(id, at);
    // A campaign that is gone has no limit to show; the desk says so in its words.
    const limit = terms ? limitOfTerms(rulebook, terms) : { rateMax: 0, withinDays: 1 };
    const days = limit.withinDays;
    return { limit, counts: await abandonCounts(database, id, { now: at, days }) };
  };
  return {
    async look() {
      const [{ campaign, switches }, counts, { limit, counts: inWindow }] =
        await Promise.all([now(), store.counts(id), abandons()]);
      const figures = await board.read(id, switches.map((each) => each.name));
      return {
        name, state: campaign.state, controller: campaign.controller, at: systemClock.now(),
        counts, abandonRate: abandonRate(inWindow), abandonRateMax: limit.rateMax,
        abandonWindow: { ...inWindow, withinDays: limit.withinDays },
        abandonDay: limit.withinDays === 1 ? null
          : { rate: abandonRate(inWindow.day), rateMax: dayRateMax(limit.rateMax) },
        live: together(figures),
        switches: switches.map((each) =>
          ({ ...each, live: figures.find(({ pbx }) => pbx === each.name) ?? null })),
      };
    },
    async close() {
      board.close();
      await Promise.all([store.close(), database.close()]);
    },
  };
}
