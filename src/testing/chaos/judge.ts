/**
 * Owns the judgement of a chaos run. SIPp's record of what arrived at the people's phones is the
 * truth; our database says only which call was which attempt's, and the agents' own notes say whom
 * they hung up on. Pure.
 */
import { pairUp, type OurAttempt } from "../demo/compare.ts";
import type { TrueCall } from "../demo/truth.ts";

export const victims = ["controller", "switch", "postgres", "redis"] as const;
export type Victim = (typeof victims)[number];
export const manners = ["kill", "hang"] as const;

/** One fault as it was done; times in milliseconds since 1970. */
export interface Kill {
  readonly victim: Victim;
  /** `hang` is SIGSTOP, and SIGCONT at `backAt`. */
  readonly manner: (typeof manners)[number];
  readonly at: number;
  /** When it was there again and answered. */
  readonly backAt: number;
}

export interface ChaosEvidence {
  readonly kills: readonly Kill[];
  readonly calls: readonly TrueCall[];
  readonly attempts: readonly (OurAttempt & { readonly agent: string | null })[];
  /** By the agent's phone: when that agent ended a conversation or took the line down. */
  readonly hangUps: ReadonlyMap<string, readonly number[]>;
  /** When the test stopped the campaign: nothing is expected to be dialed after. */
  readonly stoppedAt: number;
}

export interface ChaosReport {
  readonly kills: number;
  readonly calls: number;
  readonly attempts: number;
  readonly connected: number;
  readonly doubleDials: readonly string[];
  readonly attemptsWithoutOutcome: readonly string[];
  readonly conversationsCutByUs: readonly string[];
  /** Calls that no attempt of ours explains. */
  readonly strangeCalls: readonly string[];
  readonly secondsToRecover: readonly {
    readonly victim: Victim; readonly manner: string;
    /** From the fault to the next person rung, and from the part's return; null when none was. */
    readonly fromFault: number | null; readonly fromReturn: number | null;
    /** Another fault was not over yet, or began before the next person was rung. */
    readonly overlaps: boolean;
  }[];
}

/** Two clocks of one machine, and an answer that is on its way through a busy one. */
const momentMs = 500;

/**
 * When a call was over for us: what SIPp saw, or the death of the switch that carried it, of which
 * SIPp hears nothing and lets the phone ring on.
 */
function overAt(call: TrueCall, kills: readonly Kill[]): number {
  const ended = call.endedAt ?? Infinity;
  const death = kills.find(({ victim, manner, at }) =>
    victim === "switch" && manner === "kill" && at >= call.invitedAt - momentMs && at <= ended);
  return death?.at ?? ended;
}

/** Every call that began while another one to the same person was up. */
export function doubleDials(
  calls: readonly TrueCall[], kills: readonly Kill[],
): readonly string[] {
  const busyUntil = new Map<string, number>();
  return [...calls].sort((a, b) => a.invitedAt - b.invitedAt).flatMap((call) => {
    const before = busyUntil.get(call.number) ?? 0;
    busyUntil.set(call.number, Math.max(before, overAt(call, kills)));
    return call.invitedAt < before ? [`${call.number} at ${call.invitedAt}`] : [];
  });
}

type Attempt = ChaosEvidence["attempts"][number];

/** The BYE came from our side, in a conversation, and no agent hung up during it. */
function wasCut(call: TrueCall, attempt: Attempt, evidence: ChaosEvidence): boolean {
  if (call.end !== "caller-left" || attempt.joinedAt === null) return false;
  const ended = call.endedAt ?? Infinity;
  const joined = attempt.joinedAt - momentMs;
  if (ended < joined) return false;
  const hangUps = evidence.hangUps.get(attempt.agent ?? "") ?? [];
  if (hangUps.some((at) => at >= joined && at <= ended + momentMs)) return false;
  // A switch that died took the agent's leg along, and its return finds the lead's.
  return !evidence.kills.some(({ victim, at, backAt }) =>
    victim === "switch" && at <= ended && backAt + momentMs >= joined);
}

/** When somebody was rung again after `from`; Infinity when nobody was. */
const nextAfter = (from: number, calls: readonly TrueCall[]): number =>
  calls.filter(({ invitedAt }) => invitedAt > from + momentMs)
    .reduce((least, { invitedAt }) => Math.min(least, invitedAt), Infinity);

const secondsFrom = (from: number, calls: readonly TrueCall[], until: number): number | null => {
  const next = nextAfter(from, calls);
  return next <= until ? Math.round((next - from) / 100) / 10 : null;
};

/** A fault is over when its part is back and somebody was rung after that. */
function overlaps(fault: Kill, kills: readonly Kill[], calls: readonly TrueCall[]): boolean {
  const overAt = ({ at, backAt }: Kill): number => Math.max(backAt, nextAfter(at, calls));
  return kills.some((other) => other !== fault
    && other.at <= overAt(fault) && overAt(other) >= fault.at);
}

export function judge(evidence: ChaosEvidence): ChaosReport {
  const { kills, calls, attempts, stoppedAt } = evidence;
  const pairs = pairUp(attempts, calls);
  const byId = new Map(attempts.map((each) => [each.attempt, each]));
  const cut: string[] = [];
  const strange: string[] = [];
  for (const { attempt, call } of pairs) {
    if (!call) continue;
    const ours = attempt && byId.get(attempt.attempt);
    if (!ours) strange.push(`${call.number} at ${call.invitedAt}`);
    else if (wasCut(call, ours, evidence)) cut.push(`${ours.attempt} at ${call.endedAt}`);
  }
  return {
    kills: kills.length, calls: calls.length, attempts: attempts.length,
    connected: attempts.filter(({ outcome }) => outcome === "connected").length,
    doubleDials: doubleDials(calls, kills),
    attemptsWithoutOutcome: attempts.flatMap(({ attempt, outcome }) =>
      outcome === null ? [attempt] : []),
    conversationsCutByUs: cut,
    strangeCalls: strange,
    secondsToRecover: kills.map((each) => ({
      victim: each.victim, manner: each.manner,
      fromFault: secondsFrom(each.at, calls, stoppedAt),
      fromReturn: secondsFrom(each.backAt, calls, stoppedAt),
      overlaps: overlaps(each, kills, calls),
    })),
  };
}

/** What a good run has none of. */
export const failuresOf = (report: ChaosReport): readonly string[] => [
  ...report.doubleDials.map((each) => `dialed twice: ${each}`),
  ...report.attemptsWithoutOutcome.map((each) => `without an outcome: ${each}`),
  ...report.conversationsCutByUs.map((each) => `cut by us: ${each}`),
  ...report.strangeCalls.map((each) => `no attempt of ours: ${each}`),
];
