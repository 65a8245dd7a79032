/** Owns the way out of a line: a trunk with room for it, by a switch with an agent free. */
import type { Instant } from "../clock.ts";
import type { CampaignId } from "../ids.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { SwitchLink } from "./switch-link.ts";
import { pickTrunk, type TrunkBudget } from "./trunk-budget.ts";

export interface Roads {
  readonly desk: AgentDesk;
  readonly links: readonly SwitchLink[];
  /** The budgets of all trunks, by name. */
  readonly trunks: ReadonlyMap<string, TrunkBudget>;
}

export interface WayOut {
  readonly budget: TrunkBudget;
  readonly link: SwitchLink;
}

export function budgetsOf(roads: Roads, names: readonly string[]): TrunkBudget[] {
  const budgets: TrunkBudget[] = [];
  for (const name of names) {
    const budget = roads.trunks.get(name);
    if (budget) budgets.push(budget);
  }
  return budgets;
}

/** The way that a line of `campaign` takes now, or why there is none. */
export function wayOut(
  roads: Roads, campaign: CampaignId, budgets: readonly TrunkBudget[], now: Instant,
): WayOut | "trunks-full" | "switch-away" {
  const budget = pickTrunk(budgets, now);
  if (!budget) return "trunks-full";
  const link = pickLink(roads, campaign);
  return link ? { budget, link } : "switch-away";
}

/** The switch with the most ready agents that no line is for yet; a lead needs one there. */
function pickLink({ desk, links }: Roads, campaign: CampaignId): SwitchLink | undefined {
  const usable = links.filter((each) => each.usable);
  // To count agents for every line of a single switch would cost more than the line.
  if (usable.length < 2) return usable[0];
  let best: { readonly link: SwitchLink; readonly free: number } | undefined;
  for (const link of usable) {
    let free = -link.lines;
    for (const _ of desk.ready(campaign, link.pbx)) free += 1;
    if (best === undefined || free > best.free) best = { link, free };
  }
  return best?.link;
}
