/** Owns what is seen of a running campaign: its counts from Postgres, the floor from Redis. */
import { systemClock } from "../clock.ts";
import { abandonRate } from "../metrics/rates.ts";
import type { CampaignRow } from "../store/postgres/campaign-desk.ts";
import { createStore } from "../store/postgres/store.ts";
import { openLiveBoard, type LiveFigures } from "../store/redis/live-figures.ts";
import type { CampaignCounts } from "../store/store.ts";
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
  readonly abandonRate: number;
  readonly abandonRateMax: number;
  /** Null when no controller publishes, or Redis is away. */
  readonly live: LiveFigures | null;
}

export interface LiveSource {
  look(): Promise<CampaignView>;
  close(): Promise<void>;
}

/** Throws UserError when there is no such campaign. */
export async function createLiveSource(name: string, context: CliContext): Promise<LiveSource> {
  const campaignNow = () => atDesk(context, (desk) => desk.campaigns.get(name));
  const { id } = await campaignNow();
  const store = createStore(databaseUrl(context));
  const board = openLiveBoard(context.config().redisUrl);
  return {
    async look() {
      const [campaign, counts, live] =
        await Promise.all([campaignNow(), store.counts(id), board.read(id)]);
      return {
        name, state: campaign.state, controller: campaign.controller, at: systemClock.now(),
        counts, abandonRate: abandonRate(counts), abandonRateMax: campaign.settings.abandonRateMax,
        live: live ?? null,
      };
    },
    async close() {
      board.close();
      await store.close();
    },
  };
}
