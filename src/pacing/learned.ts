/**
 * Owns what a campaign's floor has taught the pacer: how long talk, wrap-up and ringing last, how
 * each agent differs, how far answer predictions hold, whether lines fail. `learn` takes one
 * observation and returns the new knowledge; the old is untouched, and all of it is plain data, so
 * that it can be stored with the campaign and read back. Pure.
 */
import type { AgentId } from "../ids.ts";
import { nothingCounted, withLead, type AnswerCells, type LeadCell } from "./answer-cells.ts";
import { RingCurve } from "./curves.ts";
import { unknownOdds, withLine, type AnswerOdds } from "./answer-odds.ts";
import { assumedDurations, meanMs, withDuration, type Durations } from "./durations.ts";
import type { LineType } from "./pacer.ts";

/** Something that ended on the floor. Durations in ms. */
export type FloorObservation =
  /**
   * A line ended ringing `afterMs` after it was placed. `failed`: the lead was never reached;
   * `given-up`: by us, before anybody knew whether they would answer.
   */
  | {
      readonly type: "line-ended";
      readonly how: "answered" | "unanswered" | "failed" | "given-up";
      readonly afterMs: number; readonly answerProbability: number; readonly lineType?: LineType;
      /** What our own estimate counts it under; absent where nobody needs one. */
      readonly cell?: LeadCell;
    }
  | { readonly type: "talk-ended"; readonly agent: AgentId; readonly ms: number }
  | { readonly type: "wrap-up-ended"; readonly agent: AgentId; readonly ms: number }
  /** An agent who was busy is there for the next call, or takes a rest, or has gone. */
  | { readonly type: "agent-back"; readonly back: boolean }
  /** A person who answered got an agent, or was abandoned. */
  | { readonly type: "answer-settled"; readonly abandoned: boolean; readonly limit: number };

export interface RingTimes {
  /** From placing to the answer, of lines that were answered. */
  readonly answered: Durations;
  /** From placing to the end, of lines that were not: busy, no answer, machine-less silence. */
  readonly unanswered: Durations;
}

/** How one agent's times compare with the campaign's. */
export interface AgentPace {
  readonly calls: number;
  /** Sums of the agent's times, and of what the campaign's mean was at the time. */
  readonly talkMs: number;
  readonly talkExpectedMs: number;
  readonly wrapUps: number;
  readonly wrapUpMs: number;
  readonly wrapUpExpectedMs: number;
}

/** How often agents who were busy came back; decayed, so not whole numbers. */
export interface Returns {
  readonly calls: number;
  readonly back: number;
}

export interface LearnedFloor {
  readonly version: 2;
  readonly talk: Durations;
  readonly wrapUp: Durations;
  /** `all` stands in for a type of line of which little was seen. */
  readonly rings: Readonly<Record<"all" | "mobile" | "landline", RingTimes>>;
  readonly agents: Readonly<Record<AgentId, AgentPace>>;
  readonly returns: Returns;
  readonly odds: AnswerOdds;
  /** Who answers, by what is known of them: for leads that nobody predicted. */
  readonly cells: AnswerCells;
  /** Share of lines that failed lately, 0 to 1: above a half, the trunk is taken for dead. */
  readonly failing: number;
  /**
   * Natural logarithm of the marginal risk that has been spending the abandon budget evenly: the
   * chance to be abandoned that the last line placed may have.
   */
  readonly logRisk: number;
}

/** What one more line failing, or not, changes `failing` by: about the last eight count. */
const FAILING_STEP = 0.125;
/** How far one abandoned person lowers the risk; 1 ÷ limit connected ones raise it as much. */
const RISK_STEP = 0.01;
/** 1.4 to 3.2 % at the margin spent 3 % on all floors tried, of 5 to 50 agents. */
const RISK_FIRST = Math.log(0.02);
/** Bounds keep the risk near while it has no say: few leads, a low cap, a governor at work. */
export const RISK_LOWEST = Math.log(0.002);
export const RISK_HIGHEST = Math.log(0.1);

/** Before anything was seen, one agent in a hundred is taken to leave after a call. */
const RETURNS_ASSUMED: Returns = { calls: 20, back: 19.8 };
/** Calls after which half of what was learned about returning is forgotten: some hours. */
const RETURNS_HALF_LIFE = 500;

/** Nothing seen yet: two minutes of talk, half a minute of wrap-up, twelve seconds of ringing. */
export function nothingLearned(): LearnedFloor {
  const ring: RingTimes = {
    answered: assumedDurations({ meanMs: 12_000, weight: 4 }),
    unanswered: assumedDurations({ meanMs: 20_000, weight: 4 }),
  };
  return {
    version: 2,
    talk: assumedDurations({ meanMs: 120_000, weight: 4 }),
    wrapUp: assumedDurations({ meanMs: 30_000, weight: 4 }),
    rings: { all: ring, mobile: ring, landline: ring },
    agents: {},
    returns: RETURNS_ASSUMED,
    odds: unknownOdds,
    cells: nothingCounted,
    failing: 0,
    logRisk: RISK_FIRST,
  };
}

export function learn(known: LearnedFloor, seen: FloorObservation): LearnedFloor {
  switch (seen.type) {
    case "line-ended": return learnLine(known, seen);
    case "talk-ended": {
      const pace = known.agents[seen.agent] ?? newPace;
      const changed = {
        ...pace, calls: pace.calls + 1, talkMs: pace.talkMs + seen.ms,
        talkExpectedMs: pace.talkExpectedMs + meanMs(known.talk),
      };
      return {
        ...known, talk: withDuration(known.talk, seen.ms),
        agents: { ...known.agents, [seen.agent]: changed },
      };
    }
    case "wrap-up-ended": {
      const pace = known.agents[seen.agent] ?? newPace;
      const changed = {
        ...pace, wrapUps: pace.wrapUps + 1, wrapUpMs: pace.wrapUpMs + seen.ms,
        wrapUpExpectedMs: pace.wrapUpExpectedMs + meanMs(known.wrapUp),
      };
      return {
        ...known, wrapUp: withDuration(known.wrapUp, seen.ms),
        agents: { ...known.agents, [seen.agent]: changed },
      };
    }
    case "agent-back": {
      const keep = 0.5 ** (1 / RETURNS_HALF_LIFE);
      const { calls, back } = known.returns;
      const returns = { calls: calls * keep + 1, back: back * keep + (seen.back ? 1 : 0) };
      return { ...known, returns };
    }
    case "answer-settled": {
      // Robbins and Monro (1951): it stands still where abandons come at the limit's rate.
      const step = RISK_STEP * (seen.limit - (seen.abandoned ? 1 : 0));
      const logRisk = Math.min(RISK_HIGHEST, Math.max(RISK_LOWEST, known.logRisk + step));
      return { ...known, logRisk };
    }
  }
}

function learnLine(
  known: LearnedFloor, seen: Extract<FloorObservation, { type: "line-ended" }>,
): LearnedFloor {
  const failed = seen.how === "failed";
  const failing = known.failing + FAILING_STEP * ((failed ? 1 : 0) - known.failing);
  // A line that failed says something of the trunk, and nothing of the person.
  if (failed) return { ...known, failing };
  if (seen.how === "given-up") {
    // It tells of the answers that would have come by now, and of how long lines ring, nothing.
    const share = new RingCurve(known.rings.all).share(RingCurve.stepsOf(seen.afterMs));
    return { ...known, failing, odds: withLine(known.odds, share * seen.answerProbability, false) };
  }
  const answered = seen.how === "answered";
  const type = seen.lineType ?? "unknown";
  const rings = { ...known.rings, all: withLineHeard(known.rings.all, answered, seen.afterMs) };
  if (type !== "unknown") rings[type] = withLineHeard(known.rings[type], answered, seen.afterMs);
  const odds = withLine(known.odds, seen.answerProbability, answered);
  const cells = seen.cell ? withLead(known.cells, seen.cell, answered) : known.cells;
  return { ...known, failing, rings, odds, cells };
}

const withLineHeard = (ring: RingTimes, answered: boolean, ms: number): RingTimes => answered
  ? { answered: withDuration(ring.answered, ms), unanswered: ring.unanswered }
  : { answered: ring.answered, unanswered: withDuration(ring.unanswered, ms) };

const newPace: AgentPace = {
  calls: 0, talkMs: 0, talkExpectedMs: 0, wrapUps: 0, wrapUpMs: 0, wrapUpExpectedMs: 0,
};

/** An agent's own pace holds against the campaign's as soon as it has about this many calls. */
const PACE_PRIOR = 12;

/** How much longer (above 1) or shorter an agent's talks and wrap-ups are; shrunk when few. */
export function paceOf(known: LearnedFloor, agent: AgentId): { talk: number; wrapUp: number } {
  const pace = known.agents[agent];
  if (pace === undefined) return { talk: 1, wrapUp: 1 };
  const talkPrior = PACE_PRIOR * meanMs(known.talk);
  const wrapUpPrior = PACE_PRIOR * meanMs(known.wrapUp);
  return {
    talk: within3((pace.talkMs + talkPrior) / (pace.talkExpectedMs + talkPrior)),
    wrapUp: within3((pace.wrapUpMs + wrapUpPrior) / (pace.wrapUpExpectedMs + wrapUpPrior)),
  };
}

const within3 = (factor: number): number => Math.min(3, Math.max(1 / 3, factor));
