/**
 * Owns one switch's share of every trunk: a trunk's channels and calls per second hold over all
 * switches and controllers, so each switch has a part of them, asked of the store again with every
 * renewal of its seat.
 */
import type { Clock } from "../clock.ts";
import type { Epoch, TrunkId } from "../ids.ts";
import type { Store, Trunk } from "../store/store.ts";
import { TrunkBudget } from "./trunk-budget.ts";

export class TrunkShares {
  readonly budgets = new Map<string, TrunkBudget>();
  readonly #store: Pick<Store, "shareTrunks">;
  readonly #clock: Clock;
  readonly #epoch: Epoch;

  constructor(store: Pick<Store, "shareTrunks">, clock: Clock, epoch: Epoch) {
    this.#store = store;
    this.#clock = clock;
    this.#epoch = epoch;
  }

  /** Takes over the trunks as they are in the store. */
  update(trunks: readonly Trunk[]): void {
    for (const trunk of trunks) {
      const known = this.budgets.get(trunk.name);
      if (known) known.update(trunk);
      else this.budgets.set(trunk.name, new TrunkBudget(trunk, this.#clock.now()));
    }
  }

  byId(id: TrunkId): Trunk | undefined {
    for (const { trunk } of this.budgets.values()) if (trunk.id === id) return trunk;
    return undefined;
  }

  /**
   * Asks for channels: `wanted` more than are in use, of the trunks in `names`, and of others none.
   * When there is no answer we keep what is in use and no more.
   */
  async ask(wanted: number, names: ReadonlySet<string>): Promise<void> {
    const budgets = [...this.budgets.values()];
    if (budgets.length === 0) return;
    const granted = await this.#store.shareTrunks(this.#epoch, budgets.map((budget) => {
      const { name, channelsMax } = budget.trunk;
      const lines = wanted > 0 && names.has(name) ? budget.inUse + wanted : 0;
      return budget.ask(Math.min(channelsMax, lines));
    }));
    for (const budget of budgets) budget.grant(granted.get(budget.trunk.id) ?? 0);
  }
}
