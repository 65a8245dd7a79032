/** Owns the form in which a store keeps what pacing leaves behind. */
import type { Instant } from "../clock.ts";
import type { CampaignId, Epoch } from "../ids.ts";
import type { FloorForecast } from "../pacing/pacer.ts";

/** One decision of the pacer that dialed, and the floor it was taken on. */
export interface PacingRecord {
  /** Also the `at` of the attempts it dialed, by which they find it. */
  readonly at: Instant;
  readonly pacer: string;
  readonly why: string;
  /** Lines asked for, and those of them that found a way out. */
  readonly dials: number;
  readonly placed: number;
  /** Agents on the floor in any state, and those ready. */
  readonly agents: number;
  readonly ready: number;
  readonly lines: number;
  readonly waiting: number;
  /** The abandon budget's basis: people of the limit's window, and the limit, 0 to 1. */
  readonly answered: number;
  readonly abandoned: number;
  readonly abandonRateMax: number;
  /** Kept to about seven digits. */
  readonly forecast?: FloorForecast;
}

/** What pacing has to keep since the last save. */
export interface PacingSave {
  readonly campaign: CampaignId;
  readonly epoch: Epoch;
  /** Plain data, stored as JSON; absent when it is as it was. */
  readonly learned?: object;
  readonly decisions: readonly PacingRecord[];
  /** Decisions older than this, of any campaign, may be forgotten. */
  readonly forgetBefore: Instant;
}
