/** Owns the pacers by name: for a campaign's mode, and for `ringwright simulate --pacer`. */
import type { DialMode } from "../campaign/settings.ts";
import { unreachable } from "../errors.ts";
import { governed } from "./governed.ts";
import type { Pacer } from "./pacer.ts";
import { adaptiveLevelPacer, type LevelMethod } from "./peers/adaptive-level.ts";
import { issabelPacer } from "./peers/issabel.ts";
import { simulatedRatioPacer } from "./peers/simulated-ratio.ts";
import { wombatPacer } from "./peers/wombat.ts";
import { powerPacer } from "./power.ts";
import { predictivePacer } from "./predictive.ts";
import { progressivePacer } from "./progressive.ts";
import { carefulBelow } from "./small-team.ts";

export function pacerFor(mode: DialMode): Pacer {
  switch (mode.kind) {
    case "progressive": return progressivePacer;
    case "power": return governed(powerPacer(mode.linesPerAgent));
    case "predictive": return carefulBelow(mode.progressiveBelow ?? 0, predictivePacer);
    // Agents choose each lead by themselves; whoever asks all the same gets one line per agent.
    case "preview": return progressivePacer;
    default: return unreachable(mode);
  }
}

const level = (method: LevelMethod, readyOnly: boolean) =>
  (levelMax: number): Pacer => adaptiveLevelPacer({ method, readyOnly, levelMax });

/** What each makes of the number after its name, and the number it has without one. */
const makers: Readonly<Record<string, readonly [make: (value: number) => Pacer, usual: number]>> = {
  predictive: [() => predictivePacer, 0],
  progressive: [() => progressivePacer, 0],
  power: [powerPacer, 2],
  wombat: [(boost) => wombatPacer({ boost, waitingMax: 2 }), 1.3],
  issabel: [issabelPacer, 0],
  "simulated-ratio": [simulatedRatioPacer, 0],
  "vicidial-hard-limit": [level("hard-limit", false), 3],
  "vicidial-average": [level("average", false), 3],
  "vicidial-tapered": [level("tapered", false), 3],
  "vicidial-hard-limit-tally": [level("hard-limit", true), 3],
  "vicidial-average-tally": [level("average", true), 3],
  "vicidial-tapered-tally": [level("tapered", true), 3],
  "osdial-hard-limit": [level("osdial-hard-limit", false), 3],
  "osdial-average": [level("osdial-average", false), 3],
};

export const pacerNames: readonly string[] = Object.keys(makers);

/**
 * A pacer by its name, and after a colon its number: `power:2.5` lines per agent, `wombat:1.3`,
 * `vicidial-average:10` levels at most. Undefined when there is none of that name. Peers remember,
 * so each campaign and each simulated day needs its own.
 */
export function pacerNamed(words: string): Pacer | undefined {
  const match = /^([a-z-]+)(?::(\d+(?:\.\d+)?))?$/.exec(words);
  const [make, usual] = makers[match?.[1] ?? ""] ?? [];
  const value = match?.[2] === undefined ? usual : Number(match[2]);
  return make === undefined || value === undefined ? undefined : make(value);
}
