/**
 * Owns the predictive pacer. It forecasts the floor and places lines for as long as the person
 * behind the next one, should they answer, is abandoned with less than a certain risk. That risk
 * is learned: it is whatever spends the abandon budget evenly. Beneath it the budget's governor
 * counts the worst case and falls back to one line per free agent. Pure.
 */
import { believed } from "./answer-odds.ts";
import { budgetOf, WorstCase } from "./abandon-budget.ts";
import { horizonsOf } from "./curves.ts";
import { floorOf, type Floor } from "./floor.ts";
import { Forecast } from "./forecast.ts";
import { nothingLearned, type LearnedFloor } from "./learned.ts";
import type { FloorForecast, FloorSnapshot, Pacer, PacingDecision } from "./pacer.ts";

/** The rule's own default; see CampaignSettings.connectWithinMs. */
const GRACE_MS = 2_000;
/** Above this share of lines failing lately, the trunk is taken for dead. */
const DEAD = 0.5;

/** Steered below this share of the usual risk, it is the budget that holds the floor back. */
const HELD_BACK = 0.6;

const inexperienced = nothingLearned();

export const predictivePacer: Pacer = {
  name: "predictive",
  decide(snapshot) {
    const decision = dialsOf(snapshot);
    const giveUp = hopeless(snapshot);
    return giveUp.length === 0 ? decision : { ...decision, giveUp };
  },
};

/**
 * Lines that rang for as long as is owed and would be answered into an empty floor. Their persons
 * are spared an abandoned call, and the risk they were is free for lines that just began.
 */
function hopeless({ now, agents, lines, waiting, ringLeastMs }: FloorSnapshot): readonly number[] {
  if (ringLeastMs === undefined || lines.length === 0) return [];
  const ready = agents.filter(({ state }) => state === "ready").length;
  if (ready > waiting.length) return [];
  return lines.flatMap(({ ringingSince }, place) =>
    ringingSince !== undefined && now - ringingSince >= ringLeastMs ? [place] : []);
}

function dialsOf(snapshot: FloorSnapshot): PacingDecision {
  const learned = snapshot.learned ?? inexperienced;
  const floor = floorOf(snapshot);
  if (floor.working === 0) return { dials: 0, why: "no-agents" };
  if (floor.room === 0) return { dials: 0, why: floor.roomWhy };
  if (endsBeforeAnswers(snapshot, learned)) return { dials: 0, why: "window-ends" };
  if (learned.failing > DEAD) {
    // One line at a time tells when it is well again, and wakes nobody who cannot be served.
    const dials = snapshot.lines.length === 0 && floor.ready > 0 ? 1 : 0;
    return { dials, why: "trunk-failing" };
  }
  const forecast = new Forecast(snapshot, learned, snapshot.connectWithinMs ?? GRACE_MS);
  return choose(snapshot, { learned, floor, forecast });
}

/**
 * Whether most answers to a line placed now would come after dialing has ended, when agents go
 * home. A window that ended already, or ends now, only rolls.
 */
function endsBeforeAnswers({ now, window }: FloorSnapshot, learned: LearnedFloor): boolean {
  const leftMs = (window?.until ?? now) - now;
  if (leftMs <= 0) return false;
  const { ms, by } = horizonsOf(learned);
  return leftMs < (ms[by.findIndex((each) => each > 0.5)] ?? 0);
}

function choose(
  snapshot: FloorSnapshot,
  { learned, floor, forecast }: { learned: LearnedFloor; floor: Floor; forecast: Forecast },
): PacingDecision {
  const first = snapshot.next[0] ?? 0;
  const budget = budgetOf(snapshot, learned, {
    working: floor.working, believedNext: believed(forecast.belief, first),
  });
  const worst = new WorstCase({
    ready: floor.ready, waiting: snapshot.waiting.length, answerChances: forecast.answerChances,
    answersHeard: learned.odds.answers,
  });
  // One line per free agent is always right: it risks nobody as long as agents stay.
  const safe = Math.max(0, floor.ready - floor.claims);
  let dials = 0;
  let risk = 0;
  let why = floor.roomWhy as string;
  for (; dials < floor.room; dials++) {
    const probability = snapshot.next[dials] ?? 0;
    const next = forecast.risk();
    worst.add(believed(forecast.belief, probability));
    if (dials >= safe) {
      if (next > budget.riskMax) {
        // Held back by the forecast itself, or only because little of the budget is left?
        why = next > HELD_BACK * Math.exp(learned.logRisk) ? "risk" : "abandon-limit";
        break;
      }
      if (!worst.bearable(budget.people, snapshot.abandonRateMax)) { why = "abandon-limit"; break; }
    }
    risk = next;
    forecast.dial(probability);
  }
  const stated: FloorForecast = {
    inMs: forecast.horizons.ms.at(-1) ?? 0,
    agentsFree: forecast.agentsFree, answers: forecast.answers, risk,
    riskMax: budget.riskMax,
  };
  return { dials, why: reason(why, { dials, safe, floor }), forecast: stated };
}

/** What held the pacer back matters most; else what it dials for. */
function reason(
  bound: string, { dials, safe, floor }: { dials: number; safe: number; floor: Floor },
): string {
  if (bound !== "risk") return bound;
  if (dials > safe) return "agents-soon";
  if (dials > 0) return "agents-free";
  return floor.ready > 0 ? "lines-enough" : "agents-busy";
}
