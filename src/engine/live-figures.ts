/** Owns the live figures of a campaign and the port by which they are shown; they may be lost. */
import type { Instant } from "../clock.ts";
import type { CampaignId } from "../ids.ts";
import type { CampaignState } from "../store/store.ts";
import type { FloorAgent } from "../pacing/pacer.ts";

export interface LiveFigures {
  readonly campaign: CampaignId;
  readonly name: string;
  readonly state: CampaignState;
  readonly at: Instant;
  /** Lines by what they do now. */
  readonly dialing: number;
  readonly ringing: number;
  readonly waiting: number;
  readonly connected: number;
  readonly agents: Readonly<Record<FloorAgent["state"], number>>;
  /** Leads leased and ready to dial. */
  readonly hopper: number;
  /** Why the pacer last placed as many lines as it did. */
  readonly why: string;
  /** Answered by a person, and of those abandoned, in the window of the limit. */
  readonly answered: number;
  readonly abandoned: number;
  readonly trunks: readonly {
    readonly name: string;
    readonly inUse: number;
    readonly channelsMax: number;
    readonly circuit: "closed" | "open" | "half-open";
  }[];
}

export interface LiveBoard {
  /** Shows these in place of the last ones. A board that is away is nobody's trouble. */
  publish(figures: readonly LiveFigures[]): Promise<void>;
}
