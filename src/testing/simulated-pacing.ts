/** Owns what pacing leaves in the simulated store: what floors taught, decisions that dialed. */
import type { CampaignId } from "../ids.ts";
import type { PacingRecord, PacingSave } from "../store/pacing-record.ts";

export class SimulatedPacing {
  /** By campaign, switch and time. */
  readonly #decisions = new Map<string, PacingRecord>();
  /** By campaign, then by switch, the last saved last. */
  readonly #learned = new Map<CampaignId, Map<string, object>>();

  memory(campaign: CampaignId, pbx: string): unknown {
    const floors = this.#learned.get(campaign);
    const learned = floors?.get(pbx) ?? [...floors?.values() ?? []].at(-1);
    // JSON there and back when read, as in Postgres; saved far more often than read.
    return learned && JSON.parse(JSON.stringify(learned)) as unknown;
  }

  save({ campaign, learned, decisions, forgetBefore }: PacingSave, pbx: string): void {
    const floors = this.#learned.get(campaign) ?? new Map<string, object>();
    if (learned) this.#learned.set(campaign, floors.set(pbx, learned));
    for (const each of decisions) {
      const key = `${campaign}/${pbx}/${each.at}`;
      if (!this.#decisions.has(key)) this.#decisions.set(key, each);
    }
    // A map keeps its order, so the old ones are in front.
    for (const [key, { at }] of this.#decisions) {
      if (at >= forgetBefore) break;
      this.#decisions.delete(key);
    }
  }
}
