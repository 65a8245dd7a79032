/** Owns the way out of a line: a trunk with room for it, by a switch that can take it. */
import type { Instant } from "../clock.ts";
import type { SwitchLink } from "./switch-link.ts";
import { pickTrunk, type TrunkBudget } from "./trunk-budget.ts";

export interface Roads {
  readonly link: SwitchLink;
  /** The switch's budgets of all trunks, by name. */
  readonly trunks: ReadonlyMap<string, TrunkBudget>;
}

/** Why a line finds no way out. */
export type Lack = "trunks-full" | "switch-away" | "switch-full";

export function budgetsOf(roads: Roads, names: readonly string[]): TrunkBudget[] {
  const budgets: TrunkBudget[] = [];
  for (const name of names) {
    const budget = roads.trunks.get(name);
    if (budget) budgets.push(budget);
  }
  return budgets;
}

/** The trunk that a line takes now, or why there is none. */
export function wayOut(
  { link }: Roads, budgets: readonly TrunkBudget[], now: Instant,
): TrunkBudget | Lack {
  if (!link.usable) return "switch-away";
  if (link.lines >= link.linesMax) return "switch-full";
  return pickTrunk(budgets, now) ?? "trunks-full";
}
