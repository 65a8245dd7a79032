/** Owns the two pictures of a campaign's floor: the pacer's snapshot, and the live figures. */
import type { Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { estimated } from "../pacing/answer-cells.ts";
import { isWorking } from "../pacing/floor.ts";
import type { LearnedFloor } from "../pacing/learned.ts";
import type { FloorAgent, FloorLine, FloorSnapshot, PacingDecision } from "../pacing/pacer.ts";
import type { LiveFigures } from "../store/redis/live-figures.ts";
import type { AbandonWindow } from "./abandon-window.ts";
import type { CallSession } from "./call-session.ts";
import type { Hopper } from "./hopper.ts";
import { cellOfCall, oddsOfCall, oddsOfLeads } from "./lead-odds.ts";
import type { LiveCalls } from "./live-calls.ts";
import type { SwitchLink } from "./switch-link.ts";

export function snapshotOf(seen: {
  readonly now: Instant;
  readonly settings: CampaignSettings;
  readonly calls: Pick<LiveCalls, "lines" | "waiting">;
  /** Intents on their way to the store: lines already. */
  readonly intents: number;
  readonly agents: readonly FloorAgent[];
  /** Leads at hand, in the order they would be dialed. */
  readonly leads: Pick<Hopper, "size" | "first">;
  readonly window: AbandonWindow;
  readonly learned: LearnedFloor;
  /** Whether the leads at hand are the last that are due. */
  readonly listEnds: boolean;
  /** Free channels of the campaign's trunks. */
  readonly room: number;
}): FloorSnapshot {
  const { now, settings, window, agents, learned: { cells } } = seen;
  const lines: FloorLine[] = [];
  if (seen.intents > 0) {
    const intent = { placedAt: now, ringingSince: undefined, answerProbability: estimated(cells) };
    for (let i = 0; i < seen.intents; i++) lines.push(intent);
  }
  for (const call of seen.calls.lines) {
    const { state, terms: { placedAt } } = call;
    const ringingSince = state.at === "ringing" && !state.givenUp ? state.since : undefined;
    lines.push({
      placedAt, ringingSince, answerProbability: oddsOfCall(call, cells),
      lineType: cellOfCall(call).lineType,
    });
  }
  const leadsLeft = seen.listEnds ? seen.leads.size : window.leadsLeft;
  const waiting: Instant[] = [];
  for (const { state } of seen.calls.waiting) {
    if (state.at === "waiting" && state.reserved === undefined) waiting.push(state.answeredAt);
  }
  const day = window.day(settings.abandonRateMax);
  return {
    now, lines, waiting, agents,
    // What there is no channel for need not be shown; one more tells that leads are not the bound.
    next: oddsOfLeads(seen.leads.first(seen.room + 1), cells, now),
    answered: window.answered, abandoned: window.abandoned,
    abandonRateMax: settings.abandonRateMax, connectWithinMs: settings.connectWithinMs,
    ringMs: settings.ringMs,
    ringLeastMs: settings.ringLeastMs ?? limits.ringShortestMs, learned: seen.learned,
    window: window.span,
    ...day && { day },
    ...leadsLeft !== undefined && { leadsLeft },
    linesMax: Math.min(limits.linesPerCampaign, lines.length + seen.room,
      linesAllowed(settings, agents)),
  };
}

/** Lines that the campaign's author allows on this floor. */
function linesAllowed(
  { lines }: CampaignSettings, agents: readonly FloorAgent[],
): number {
  if (!lines) return Infinity;
  const working = agents.filter(isWorking).length;
  return Math.min(lines.max, Math.floor(lines.perAgentMax * working));
}

export function figuresOf(seen: {
  readonly at: Instant;
  readonly controller: string;
  readonly link: SwitchLink;
  readonly calls: Iterable<CallSession>;
  readonly floor: readonly FloorAgent[];
  readonly pacing: PacingDecision;
}): LiveFigures {
  const { at, controller, pacing, link } = seen;
  const agents: Record<string, number> = {};
  for (const { state } of seen.floor) agents[state] = (agents[state] ?? 0) + 1;
  let lines = 0;
  let waiting = 0;
  let talking = 0;
  for (const { state } of seen.calls) {
    if (state.at === "placing" || state.at === "ringing") lines += 1;
    else if (state.at === "waiting" || state.at === "connecting") waiting += 1;
    else if (state.at === "connected") talking += 1;
  }
  return {
    at, controller, pbx: link.pbx.name, usable: link.usable, agents, lines, waiting, talking,
    pacing,
  };
}
