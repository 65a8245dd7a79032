/**
 * Owns the replay of a real campaign: what was measured of one of its days becomes a scenario, and
 * the figures of that day stand beside what a simulation makes of it. Pure.
 */
import type { AgentId } from "../ids.ts";
import { ordinaryDay, type Scenario, type Shift } from "./scenario.ts";
import type { TimeShape } from "./time-shape.ts";

/** An agent's standing from `atMs` on. */
export interface Standing {
  readonly agent: AgentId;
  readonly atMs: number;
  readonly is: "out" | "ready" | "busy" | "wrap-up" | "paused";
}

/** How predictions and answers went together, over attempts that a model had predicted. */
export interface PredictionRecord {
  readonly mean: number;
  readonly variance: number;
  /** Of prediction and answer. */
  readonly covariance: number;
}

/** What the records say of one day of a campaign; times are ms after the day's beginning. */
export interface FloorHistory {
  readonly name: string;
  /** From the first dial of the day to the last. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The campaign came to the end of its list on this day. */
  readonly listEnded: boolean;
  /** Of the day: attempts, people who answered, and of those abandoned and connected. */
  readonly dialed: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly connected: number;
  /** Dials and answers of each half hour of the day, over all days of the campaign. */
  readonly halfHours: readonly {
    readonly atMs: number; readonly dialed: number; readonly answered: number;
  }[];
  /** Dials of the campaign that nobody answered, by whether they rang to their end. */
  readonly rungOut: number;
  readonly endedSooner: number;
  /** People of the campaign who hung up before an agent, or as one came. */
  readonly leftEarly: number;
  readonly everAnswered: number;
  /** Samples in ms, each as likely as the others. */
  readonly ringMs: readonly number[];
  readonly rungOutMs: readonly number[];
  readonly endedSoonerMs: readonly number[];
  readonly leftEarlyMs: readonly number[];
  readonly talkMs: readonly number[];
  readonly wrapUpMs: readonly number[];
  /** Attempts that a model had predicted; undefined where fewer than a few hundred were. */
  readonly predictions: PredictionRecord | undefined;
  readonly standings: readonly Standing[];
  readonly connectWithinMs: number;
  readonly abandonRateMax: number;
  readonly linesMax: number;
  /** Of the campaign's trunks together. */
  readonly callsPerSecond: number;
  readonly redials: Redials;
}

/** Of the day: how leads that were not reached came to be dialed again. */
export interface Redials {
  /** People who were dialed at all. */
  readonly leads: number;
  /** Attempts that reached nobody, and those of them after which the lead was dialed again. */
  readonly missed: number;
  readonly again: number;
  /** From the end of such an attempt to the next dial. */
  readonly afterMs: readonly number[];
}

/** The day's figures as they were, in the simulator's words. */
export interface MeasuredDay {
  readonly agents: number;
  readonly utilisation: number;
  readonly abandonRate: number;
  readonly answered: number;
  readonly connected: number;
  readonly dialed: number;
  readonly callsPerAgentHour: number;
  /** From the first dial to the last. */
  readonly dialingMs: number;
}

const HOUR_MS = 3_600_000;
/** Fewer dials than this say little of a half hour's answer rate. */
const DIALS_LEAST = 100;

const shapeOf = (ms: readonly number[], otherwise: TimeShape): TimeShape =>
  ms.length === 0 ? otherwise : { kind: "empirical", ms };

const share = (part: number, whole: number): number => whole === 0 ? 0 : part / whole;

export function scenarioOf(history: FloorHistory): Scenario {
  const { fromMs, toMs, rungOut, endedSooner } = history;
  return {
    ...ordinaryDay,
    name: history.name, fromMs, toMs,
    shifts: shiftsOf(history), departures: [],
    ...leadsOf(history),
    ring: shapeOf(history.ringMs, ordinaryDay.ring),
    noAnswer: shapeOf(history.rungOutMs, ordinaryDay.noAnswer),
    busy: {
      share: share(endedSooner, rungOut + endedSooner),
      after: shapeOf(history.endedSoonerMs, ordinaryDay.busy.after),
    },
    // Nothing tells machines from people yet: they are among the answers and the talks.
    machines: { ...ordinaryDay.machines, share: 0 },
    earlyHangUps: {
      share: share(history.leftEarly, history.everAnswered),
      after: shapeOf(history.leftEarlyMs, ordinaryDay.earlyHangUps.after),
    },
    talk: shapeOf(history.talkMs, ordinaryDay.talk),
    wrapUp: shapeOf(history.wrapUpMs, ordinaryDay.wrapUp),
    rests: restsOf(history),
    patience: { kind: "fixed", ms: history.connectWithinMs },
    connectWithinMs: history.connectWithinMs,
    abandonRateMax: history.abandonRateMax,
    // As on the real floor, whose limit holds over the last 24 hours at every moment.
    limitRolls: true,
    linesMax: Math.max(1, history.linesMax),
    callsPerSecond: Math.max(1, history.callsPerSecond),
    leads: history.listEnded ? history.redials.leads : undefined,
    again: {
      share: share(history.redials.again, history.redials.missed),
      after: shapeOf(history.redials.afterMs, ordinaryDay.again.after),
    },
  };
}

/**
 * How leads differ, and what pacing was told of it. A model's prediction is the truth with an error
 * on it: by how much the answers follow it (the slope of a regression) parts its spread into both.
 * Where no model spoke nothing tells leads apart, and pacing had only its own counts.
 */
function leadsOf(history: FloorHistory): Pick<Scenario, "answer" | "prediction"> {
  const byTime = ratesOf(history);
  const { predictions } = history;
  if (predictions === undefined || predictions.variance <= 0) {
    return {
      answer: { byTime, spread: 0, lowest: 0, highest: 1 },
      prediction: { tells: "own", knowsTime: true, error: 0 },
    };
  }
  const { mean, variance, covariance } = predictions;
  const slope = Math.min(1, Math.max(0, covariance / variance));
  // A step in probability is this many in log-odds, around the mean.
  const spread = Math.sqrt(variance) / Math.max(0.01, mean * (1 - mean));
  return {
    answer: { byTime, spread: spread * Math.sqrt(slope), lowest: 0.005, highest: 0.98 },
    prediction: { tells: "truth", knowsTime: true, error: spread * Math.sqrt(1 - slope) },
  };
}

/** Half hours with few dials are taken together with the next, at the middle of their time. */
function ratesOf({ halfHours }: FloorHistory): Scenario["answer"]["byTime"] {
  const rates: { atMs: number; rate: number }[] = [];
  let some = { atMs: 0, dialed: 0, answered: 0 };
  const sorted = [...halfHours].sort((a, b) => a.atMs - b.atMs);
  for (const each of sorted) {
    some = {
      atMs: some.atMs + each.dialed * (each.atMs + HOUR_MS / 4),
      dialed: some.dialed + each.dialed, answered: some.answered + each.answered,
    };
    if (some.dialed < DIALS_LEAST && each !== sorted.at(-1)) continue;
    const last = rates.at(-1);
    const { atMs, dialed, answered } = some;
    // What is left over at the end is too little for a rate of its own.
    if (last === undefined || dialed >= DIALS_LEAST) {
      rates.push({ atMs: atMs / Math.max(1, dialed), rate: share(answered, dialed) });
    }
    some = { atMs: 0, dialed: 0, answered: 0 };
  }
  return rates.length > 0 ? rates : ordinaryDay.answer.byTime;
}

interface Span {
  readonly is: Standing["is"];
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one agent did within the day, span after span. */
function spansOf(history: FloorHistory): readonly (readonly Span[])[] {
  const byAgent = new Map<AgentId, Standing[]>();
  for (const each of history.standings) {
    const known = byAgent.get(each.agent);
    if (known) known.push(each);
    else byAgent.set(each.agent, [each]);
  }
  const clipped = (ms: number): number => Math.min(history.toMs, Math.max(history.fromMs, ms));
  return [...byAgent.values()].map((standings) => {
    const inOrder = [...standings].sort((a, b) => a.atMs - b.atMs);
    return inOrder.flatMap(({ is, atMs }, i): readonly Span[] => {
      const fromMs = clipped(atMs);
      const toMs = clipped(inOrder[i + 1]?.atMs ?? Infinity);
      return is === "out" || fromMs >= toMs ? [] : [{ is, fromMs, toMs }];
    });
  }).filter((spans) => spans.length > 0);
}

/** A shift for each agent who was there, with their own breaks. */
function shiftsOf(history: FloorHistory): readonly Shift[] {
  return spansOf(history).flatMap((spans): readonly Shift[] => {
    const [first, last] = [spans[0], spans.at(-1)];
    if (!first || !last) return [];
    const breaks = gapsOf(spans).map(({ fromMs, toMs }) =>
      ({ atMs: fromMs, ms: toMs - fromMs, spreadMs: 0 }));
    return [{ agents: 1, fromMs: first.fromMs, toMs: last.toMs, breaks }];
  });
}

/** A pause this short right after a call is a rest, of which there are others on other calls. */
const REST_LONGEST_MS = 600_000;
const isRest = ({ is, fromMs, toMs }: Span, before: Span | undefined): boolean =>
  is === "paused" && before?.is === "wrap-up" && before.toMs === fromMs
    && toMs - fromMs <= REST_LONGEST_MS;

/** Pauses, and the times between two log-ins; rests are drawn after calls. */
function gapsOf(spans: readonly Span[]): readonly Pick<Span, "fromMs" | "toMs">[] {
  return spans.flatMap((span, i) => {
    const next = spans[i + 1];
    const away = next && next.fromMs > span.toMs
      ? [{ fromMs: span.toMs, toMs: next.fromMs }] : [];
    return span.is === "paused" && !isRest(span, spans[i - 1]) ? [span, ...away] : away;
  });
}

/** How often an agent rests after a call, and for how long; nobody announces it. */
function restsOf(history: FloorHistory): Scenario["rests"] {
  const days = spansOf(history);
  const calls = days.flat().filter(({ is }) => is === "wrap-up").length;
  const rests = days.flatMap((spans) => spans.filter((span, i) => isRest(span, spans[i - 1])));
  return {
    share: share(rests.length, calls),
    lasting: shapeOf(rests.map(({ fromMs, toMs }) => toMs - fromMs), ordinaryDay.rests.lasting),
  };
}

export function measuredOf(history: FloorHistory): MeasuredDay {
  const spans = spansOf(history);
  let atWorkMs = 0;
  let busyMs = 0;
  for (const { is, fromMs, toMs } of spans.flat()) {
    if (is === "paused") continue;
    atWorkMs += toMs - fromMs;
    if (is !== "ready") busyMs += toMs - fromMs;
  }
  const { answered, abandoned, connected, dialed } = history;
  return {
    agents: spans.length, utilisation: share(busyMs, atWorkMs),
    abandonRate: share(abandoned, answered), answered, connected, dialed,
    callsPerAgentHour: connected / Math.max(1e-9, atWorkMs / HOUR_MS),
    dialingMs: history.toMs - history.fromMs,
  };
}

/**
 * So many agents more who work from the first shift's beginning to the last one's end, or so many
 * fewer; the agents' number, when there are shifts of several, is changed in proportion.
 */
export function withAgents(
  scenario: Scenario, wanted: { readonly by: number } | { readonly of: number },
): Scenario {
  const { shifts } = scenario;
  const staff = shifts.reduce((sum, { agents }) => sum + agents, 0);
  const by = "by" in wanted ? wanted.by : wanted.of - staff;
  if (by === 0 || shifts.length === 0) return scenario;
  if ("of" in wanted && shifts.some(({ agents }) => agents > 1)) {
    const factor = wanted.of / staff;
    return {
      ...scenario,
      shifts: shifts.map((shift) =>
        ({ ...shift, agents: Math.max(1, Math.round(shift.agents * factor)) })),
    };
  }
  if (by > 0) {
    const more = {
      agents: by, breaks: [],
      fromMs: Math.min(...shifts.map((each) => each.fromMs)),
      toMs: Math.max(...shifts.map((each) => each.toMs)),
    };
    return { ...scenario, shifts: [...shifts, more] };
  }
  return { ...scenario, shifts: fewer(shifts, -by) };
}

/** The last ones of the list go; somebody always stays. */
function fewer(shifts: readonly Shift[], count: number): readonly Shift[] {
  let left = count;
  const kept = [...shifts].reverse().flatMap((shift) => {
    const gone = Math.min(left, shift.agents);
    left -= gone;
    return gone === shift.agents ? [] : [{ ...shift, agents: shift.agents - gone }];
  }).reverse();
  return kept.length > 0 ? kept : shifts.slice(0, 1).map((shift) => ({ ...shift, agents: 1 }));
}
