/**
 * Owns one simulated call: the production call machine, and what the person behind it will do, as
 * the switch would tell it.
 */
import { plus, type Instant } from "../clock.ts";
import type { AttemptId, LegId } from "../ids.ts";
import { evolve, placed, type CallState, type CallTerms } from "../call/call.ts";
import { limits } from "../limits.ts";
import type { HangUpCause } from "../telephony/cause.ts";
import { answerProbability, type Person } from "./people.ts";
import type { Scenario } from "./scenario.ts";
import { theCampaign, wrapUpLongestMs } from "./seat.ts";

export interface VirtualLine {
  readonly terms: CallTerms;
  readonly person: Person;
  /** What the pacer was told of the lead. */
  readonly told: number;
  /** A machine answers, which no person counts for. */
  readonly machine: boolean;
  state: CallState;
  /** Where it is among the lines that ring; -1 once it does not. */
  place: number;
}

/** How a line that was placed comes to its answer or its end. */
export type Fate =
  | { readonly does: "answers"; readonly afterMs: number; readonly machine: boolean }
  | { readonly does: "ends"; readonly afterMs: number; readonly cause: HangUpCause };

/** A trunk that refuses does so after this. */
const refusedMs = 200;
const causes = {
  busy: { q850: 17, sip: 486, by: "far-end" },
  rungOut: { q850: 16, sip: undefined, by: "switch" },
  congested: { q850: 34, sip: 503, by: "far-end" },
  hungUp: { q850: 16, sip: undefined, by: "far-end" },
} as const satisfies Record<string, HangUpCause>;
/** The person, or the machine, has had enough. */
export const leaves: HangUpCause = causes.hungUp;

export function fateOf(scenario: Scenario, person: Person, atMs: number): Fate {
  const fault = scenario.trunkFaults.find((each) => each.fromMs <= atMs && atMs < each.toMs);
  if (fault?.kind === "refuses") {
    return { does: "ends", afterMs: refusedMs, cause: causes.congested };
  }
  const { otherwise, otherwiseMs, ringMs } = person;
  if (!fault && person.reluctance < answerProbability(scenario, person, atMs)) {
    return { does: "answers", afterMs: ringMs, machine: false };
  }
  if (!fault && otherwise === "machine") {
    return { does: "answers", afterMs: otherwiseMs, machine: true };
  }
  return {
    does: "ends", afterMs: otherwiseMs, cause: otherwise === "busy" ? causes.busy : causes.rungOut,
  };
}

export function placeLine(
  number: number, at: Instant, { person, told }: Pick<VirtualLine, "person" | "told">, fate: Fate,
): VirtualLine {
  const attempt = String(number) as AttemptId;
  const terms: CallTerms = {
    attempt, campaign: theCampaign, leg: attempt as string as LegId, placedAt: at,
    ringMs: limits.ringLongestMs, connectWithinMs: person.patienceMs, measureFrom: "answer",
    wrapUpMs: wrapUpLongestMs, dispositionDefault: "none", recording: "do-not-record", stopKey: undefined,
    beepMs: undefined, hearTones: false,
  };
  const machine = fate.does === "answers" && fate.machine;
  // A scenario's ring is counted from the dial: it rings at once.
  const state = evolve(placed(terms), { type: "ringing", at });
  return { terms, person, told, machine, state, place: -1 };
}

/** How long the conversation lasts, counted from the answer, if there is one. */
export function stayOf({ person, machine }: VirtualLine, talkPace: number): number {
  return machine ? person.machineTalkMs : person.talkMs * talkPace;
}

/** When a person who answered leaves by themselves, whoever is there; undefined for never. */
export const earlyEndOf = ({ person, machine, state }: VirtualLine): Instant | undefined =>
  machine || person.earlyMs === undefined || state.at !== "waiting"
    ? undefined : plus(state.answeredAt, person.earlyMs);
