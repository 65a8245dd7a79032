/**
 * Owns the previews of one campaign: which lead is shown to which agent, from the offer until the
 * lead is dialed, skipped or back in the list.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { LeadId, LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { DialMode } from "../campaign/settings.ts";
import type { HopperLead, OwnedCampaign, Store } from "../store/store.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { AgentSession, PreviewNews } from "./agent-session.ts";
import type { Hopper } from "./hopper.ts";

export type PreviewMode = Extract<DialMode, { readonly kind: "preview" }>;

export interface PreviewWorld {
  readonly clock: Clock;
  readonly store: Pick<Store, "returnLeads" | "skipLead">;
  readonly desk: AgentDesk;
  readonly hopper: Hopper;
  newId(): string;
  owned(): OwnedCampaign;
  /** Why nothing may be dialed now; undefined when it may. */
  heldBack(): string | undefined;
  /** Dials `lead` for the agent who chose it; false when the lead may not be dialed after all. */
  dial(lead: HopperLead, agent: AgentSession): Promise<boolean>;
  failed(error: unknown): void;
}

interface Shown {
  readonly lead: HopperLead;
  readonly agent: AgentSession;
  /** The agent has chosen it, and its attempt is being stored. */
  dialing: boolean;
}

/** How long a lead must stay leased from its offer until its attempt is stored. */
export const leaseOf = ({ decideWithinMs }: PreviewMode): number =>
  limits.agentRingMs + limits.eventGraceMs + decideWithinMs + limits.previewDialMs
  + limits.switchRequestMs;

export class Previews {
  readonly #world: PreviewWorld;
  readonly #shown = new Map<LeadId, Shown>();

  constructor(world: PreviewWorld) {
    this.#world = world;
  }

  /** Leads that are with an agent now. */
  get size(): number {
    return this.#shown.size;
  }

  /** Shows a lead to each free agent of the campaign; the answer says what held it back. */
  offer(mode: PreviewMode, now: Instant): string {
    const { desk, hopper, newId } = this.#world;
    const { id } = this.#world.owned();
    let why = this.#shown.size > 0 ? "previewing" : "no-agents";
    for (const agent of desk.free(id)) {
      if (now < plus(agent.state.since, limits.previewPauseMs)) {
        why = "previewing";
        continue;
      }
      const lead = hopper.next(now, leaseOf(mode));
      if (!lead) return this.#shown.size > 0 ? "previewing" : "no-leads";
      why = "previewing";
      this.#shown.set(lead.lead, { lead, agent, dialing: false });
      const { decideWithinMs, atTimeOver } = mode;
      agent.offer({ lead: lead.lead, campaign: id, decideWithinMs, atTimeOver },
        { number: lead.number, name: lead.name }, newId() as LegId);
    }
    return why;
  }

  /** An agent has chosen, or can choose no more. */
  told(agent: AgentSession, { lead, news }: PreviewNews): void {
    const shown = this.#shown.get(lead);
    if (shown?.agent !== agent) {
      // Shown by a runner before this one: its lease runs out by itself.
      if (news === "dial") this.#withdraw(agent, lead, "not-known");
      return;
    }
    if (news === "dial") {
      this.#dial(shown);
      return;
    }
    // What is being stored already is let go when the store has answered.
    if (shown.dialing) return;
    this.#shown.delete(lead);
    const gone = news === "skip" ? this.#skip(shown.lead) : this.#giveBack(shown.lead);
    gone.catch(this.#world.failed);
  }

  /** Takes back what was not chosen yet: the campaign no longer previews, or no longer dials. */
  withdraw(why: string): void {
    for (const { lead, agent, dialing } of [...this.#shown.values()]) {
      if (!dialing) this.#withdraw(agent, lead.lead, why);
    }
  }

  #withdraw(agent: AgentSession, lead: LeadId, why: string): void {
    agent.receive({ type: "preview-withdrawn", at: this.#world.clock.now(), lead, why });
  }

  #dial(shown: Shown): void {
    const { lead, agent } = shown;
    const why = this.#world.heldBack();
    if (why !== undefined) {
      this.#withdraw(agent, lead.lead, why);
      return;
    }
    shown.dialing = true;
    this.#world.dial(lead, agent).then((dialed) => {
      this.#shown.delete(lead.lead);
      if (!dialed) this.#withdraw(agent, lead.lead, "not-dialable");
    }).catch((error: unknown) => {
      this.#shown.delete(lead.lead);
      this.#world.failed(error);
    });
  }

  async #skip({ lead }: HopperLead): Promise<void> {
    const { id, epoch, settings: { retry: { skipped } } } = this.#world.owned();
    // A campaign of before there was preview has no rule for it: the lead waits for an hour.
    const { afterMs, attemptsMax } = skipped ?? { afterMs: 3_600_000, attemptsMax: 3 };
    await this.#world.store.skipLead({
      campaign: id, epoch, lead, notBefore: plus(this.#world.clock.now(), afterMs),
      skipsMax: attemptsMax,
    });
  }

  async #giveBack({ lead }: HopperLead): Promise<void> {
    const { id, epoch } = this.#world.owned();
    await this.#world.store.returnLeads(id, epoch, [lead]);
  }
}
