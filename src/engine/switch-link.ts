/** Owns what the engine knows of one switch: whether it may be commanded, and its lines. */
import type { Pbx } from "../telephony/pbx.ts";

export interface SwitchLink {
  readonly pbx: Pbx;
  /** Most leads' legs at once, as configured. */
  readonly linesMax: number;
  /** Connected, and what it has was compared with what we know. */
  usable: boolean;
  /** Leads' legs of ours on it. */
  lines: number;
}
