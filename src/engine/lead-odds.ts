/**
 * Owns what pacing is told of each lead: the chance that it answers, by whom that was predicted,
 * and the kind of its line. A prediction that was loaded is taken as it is; without one the
 * campaign's own counts are asked.
 */
import type { Instant } from "../clock.ts";
import { localTime } from "../compliance/zone.ts";
import type { DialNumber } from "../ids.ts";
import { lineOf, type Line } from "../leads/line.ts";
import {
  estimated, type AnswerCells, type LeadCell, type LeadPastCell,
} from "../pacing/answer-cells.ts";
import type { LineType } from "../pacing/pacer.ts";
import type { HopperLead, LeadPast, LeadPrediction } from "../store/store.ts";
import type { CallSession } from "./call-session.ts";

const types: Partial<Readonly<Record<Line["type"], LineType>>> = {
  mobile: "mobile", fixed: "landline",
};

const pastCells = {
  "connected": "spoke", "abandoned": "left", "hung-up-early": "left", "machine": "machine",
  "busy": "busy", "no-answer": "silent", "failed": "failed",
} as const satisfies Record<LeadPast["tried"][number]["outcome"], LeadPastCell>;

function pastOf(past: LeadPast | undefined): LeadPastCell {
  const [last, before] = past?.tried ?? [];
  if (last === undefined) return "fresh";
  const cell = pastCells[last.outcome];
  return cell === "silent" && before?.outcome === "no-answer" ? "silent-often" : cell;
}

/** The hour at the person's place; undefined where the zones it may be in differ. */
function hourOf(zones: readonly string[], at: Instant): number | undefined {
  const hours = new Set(zones.map((zone) => Math.floor(localTime(zone, at).minute / 60)));
  return hours.size === 1 ? [...hours][0] : undefined;
}

const cells = new Map<string, LeadCell>();

/** One object for all leads of a kind, of which there are some hundred. */
function alike(cell: LeadCell): LeadCell {
  const name = `${cell.past} ${cell.hour} ${cell.lineType}`;
  const known = cells.get(name);
  if (known === undefined) cells.set(name, cell);
  return known ?? cell;
}

function cellOf(
  { number, past }: { readonly number: DialNumber; readonly past?: LeadPast | undefined },
  at: Instant,
): LeadCell {
  const { type, zones } = lineOf(number);
  const own = past?.timeZone;
  const hour = hourOf(own === undefined ? zones : [own], at);
  return alike({ past: pastOf(past), hour, lineType: types[type] ?? "unknown" });
}

// A lead is in the hopper for a minute at most and a line rings as long: neither its hour nor its
// past changes, and both are asked for at every look at the floor.
const leadCells = new WeakMap<HopperLead, LeadCell>();
const callCells = new WeakMap<CallSession, LeadCell>();

/** As of the first time that it is asked for: soon after the lead came into the hopper. */
export function cellOfLead(lead: HopperLead, now: Instant): LeadCell {
  let cell = leadCells.get(lead);
  if (cell === undefined) leadCells.set(lead, cell = cellOf(lead, now));
  return cell;
}

export function cellOfCall(call: CallSession): LeadCell {
  let cell = callCells.get(call);
  if (cell === undefined) {
    const { attempt: { number, at }, past } = call.order;
    callCells.set(call, cell = cellOf({ number, past }, at));
  }
  return cell;
}

/** What an attempt keeps of the prediction by which it was dialed. */
export const predictionOf = (lead: HopperLead, cells: AnswerCells, now: Instant): LeadPrediction =>
  lead.prediction ?? { answerProbability: estimated(cells, cellOfLead(lead, now)), by: "own" };

interface Odds {
  readonly cells: AnswerCells;
  readonly madeAt: Instant;
  readonly odds: readonly number[];
}
const oddsKept = new WeakMap<readonly HopperLead[], Odds>();
/** An hour of the day ends no later than this before it is noticed. */
const oddsKeptMs = 60_000;

/** The chance of each lead to answer; kept a while as long as leads and counts are the same. */
export function oddsOfLeads(
  leads: readonly HopperLead[], cells: AnswerCells, now: Instant,
): readonly number[] {
  const kept = oddsKept.get(leads);
  if (kept?.cells === cells && now - kept.madeAt < oddsKeptMs) return kept.odds;
  const odds = leads.map((lead) => predictionOf(lead, cells, now).answerProbability);
  oddsKept.set(leads, { cells, madeAt: now, odds });
  return odds;
}

/**
 * What a model said of a line's lead, or what is estimated of it now: in a campaign's first seconds
 * our own estimate moves far while the first lines still ring, and is wrong for all of them alike.
 */
export function oddsOfCall(call: CallSession, cells: AnswerCells): number {
  const { prediction } = call.order.attempt;
  return prediction?.madeAt === undefined
    ? estimated(cells, cellOfCall(call)) : prediction.answerProbability;
}
