/**
 * Owns what the commands of the command line do to the facts: one connection for the length of a
 * command, and the parts that speak to it.
 */
import { commandFault, openKnex } from "./knex.ts";
import { agentDesk } from "./agent-desk.ts";
import { campaignDesk, type CampaignRow } from "./campaign-desk.ts";
import { floorHistory } from "./floor-history.ts";
import { histories } from "./histories.ts";
import { leadDesk } from "./lead-desk.ts";
import { listDesk } from "./list-desk.ts";
import { reports } from "./reports.ts";
import { switchDesk } from "./switch-desk.ts";
import { trunkDesk } from "./trunk-desk.ts";

const desks = (url: string) => {
  const sql = openKnex(url);
  return {
    trunks: trunkDesk(sql),
    agents: agentDesk(sql),
    campaigns: campaignDesk(sql),
    lists: listDesk(sql),
    leads: leadDesk(sql),
    histories: histories(sql),
    reports: reports(sql),
    switches: switchDesk(sql),
    replay: (campaign: CampaignRow) => floorHistory(sql, campaign),
    close: () => sql.destroy(),
  };
};

export type Administration = Omit<ReturnType<typeof desks>, "close">;

/**
 * Runs `work` against the database and closes it. Throws UserError for what a person can mend,
 * StoreUnavailable when the database is away.
 */
export async function administer<T>(
  url: string, work: (desk: Administration) => Promise<T>,
): Promise<T> {
  const { close, ...desk } = desks(url);
  try {
    return await work(desk);
  } catch (error) {
    throw commandFault(error);
  } finally {
    await close();
  }
}
