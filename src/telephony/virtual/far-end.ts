/** Owns what a called number and its network do before anybody answers, as a plan in time. Pure. */
import type { SpecialInformation } from "../../leads/special-information.ts";
import type { HangUpCause } from "../cause.ts";
import type { Callee } from "./world.ts";

interface Step {
  readonly afterMs: number;
  readonly does: "rings" | "sounds" | "answers" | "ends";
}

const step = (afterMs: number | undefined, does: Step["does"]): readonly Step[] =>
  afterMs === undefined ? [] : [{ afterMs, does }];

export function planOf(callee: Callee): readonly Step[] {
  switch (callee.does) {
    case "answers":
      return [
        ...step(callee.ringsAfterMs, "rings"), ...step(callee.earlyMediaAfterMs, "sounds"),
        ...step(callee.answersAfterMs, "answers"),
      ];
    case "refuses":
      return [
        ...callee.rings ? step(callee.afterMs / 2, "rings") : [],
        ...callee.tones ? step(callee.afterMs / 2, "sounds") : [],
        ...step(callee.afterMs, "ends"),
      ];
    case "rings":
      return [
        ...step(callee.ringsAfterMs, "rings"),
        ...callee.earlyMedia ? step(callee.ringsAfterMs, "sounds") : [],
      ];
  }
}

/** Of one that refuses; the others end by somebody else. */
export const endOf = (callee: Callee): HangUpCause =>
  callee.does === "refuses" ? callee.cause : { q850: 16, sip: undefined, by: "far-end" };

export const tonesOf = (callee: Callee): SpecialInformation | undefined =>
  callee.does === "answers" ? undefined : callee.tones;
