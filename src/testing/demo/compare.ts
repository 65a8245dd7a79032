/**
 * Owns the comparison of two records of one campaign: our database's and SIPp's. Every attempt is
 * matched with the call that arrived, and what each says of it is held against the other. Where the
 * two differ because two things crossed on the wire, the explanation is given. Pure.
 */
import type { Outcome } from "../../call/outcome.ts";
import type { TrueCall } from "./truth.ts";

/** An attempt as our database has it; times in milliseconds since 1970. */
export interface OurAttempt {
  readonly attempt: string;
  readonly number: string;
  readonly placedAt: number;
  readonly answeredAt: number | null;
  readonly joinedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
}

export interface Disagreement {
  readonly number: string;
  readonly attempt: string | null;
  readonly ours: string;
  readonly theirs: string;
  /** Why both can be true; null when they cannot. */
  readonly explanation: string | null;
}

/**
 * Two clocks of one machine, read by programs that the kernel may hold up for a while: the two
 * records of one moment may be this far apart, milliseconds.
 */
const momentMs = 500;

/** Calls and attempts of one number, each call with the attempt it arrived during. */
interface Pair {
  readonly attempt: OurAttempt | undefined;
  readonly call: TrueCall | undefined;
}

export function pairUp(
  attempts: readonly OurAttempt[], calls: readonly TrueCall[],
): readonly Pair[] {
  const free = new Set(calls);
  const pairs = attempts.map((attempt): Pair => {
    for (const call of free) {
      const { invitedAt } = call;
      if (call.number === attempt.number && invitedAt >= attempt.placedAt - momentMs
        && invitedAt <= (attempt.endedAt ?? Infinity) + momentMs) {
        free.delete(call);
        return { attempt, call };
      }
    }
    return { attempt, call: undefined };
  });
  return [...pairs, ...[...free].map((call): Pair => ({ attempt: undefined, call }))];
}

/** What an unanswered call must be in our record, by what the far end did. */
const refusedAs: Readonly<Record<string, string>> = {
  "busy": "busy/busy",
  "rejected": "no-answer/rejected",
  "unknown-number": "failed/invalid-number",
  "unlisted": "failed/invalid-number",
  "congested": "failed/congestion",
  "intercepted": "failed/number-changed",
};

const answeredOutcomes: ReadonlySet<Outcome> =
  new Set<Outcome>(["connected", "abandoned", "hung-up-early", "machine"]);

/** Undefined when the two agree, an explanation when they only seem not to, or null. */
function judge(attempt: OurAttempt, call: TrueCall): string | null | undefined {
  const { outcome, reason, joinedAt } = attempt;
  const said = `${outcome ?? "none"}/${reason ?? "none"}`;
  if (call.answeredAt === undefined) {
    if (call.end === "refused") return said === refusedAs[call.behaviour] ? undefined : null;
    if (call.end !== "cancelled") return null;
    if (said === "no-answer/ring-time-over" || said === "failed/cancelled") return undefined;
    // We heard the three tones, and waited for nothing more.
    if (call.behaviour === "intercepted" && said === refusedAs[call.behaviour]) return undefined;
    return null;
  }
  if (outcome === null) return null;
  if (!answeredOutcomes.has(outcome)) {
    // SIPp answers, and our CANCEL or its hang-up is on the wire already.
    const crossed = call.endedAt !== undefined && call.endedAt - call.answeredAt < momentMs;
    return crossed
      ? "the answer crossed our CANCEL: the person answered in the moment we gave up" : null;
  }
  if (outcome === "hung-up-early") return call.end === "person-left" ? undefined : null;
  if (call.behaviour !== "hangs-up-at-once") return undefined;
  const left = call.endedAt ?? Infinity;
  if (outcome === "connected" && joinedAt !== null && joinedAt <= left + momentMs) {
    return `the hang-up crossed the bridging: joined ${Math.round(joinedAt - call.answeredAt)} ms `
      + `after the answer, hung up ${Math.round(left - call.answeredAt)} ms after it`;
  }
  return null;
}

const inWords = (call: TrueCall): string => {
  const after = (at: number | undefined): string =>
    at === undefined ? "never" : `after ${Math.round(at - call.invitedAt)} ms`;
  return `${call.behaviour}: answered ${after(call.answeredAt)}, `
    + `${call.end ?? "still up"} ${after(call.endedAt)}`;
};

const ourWords = ({ outcome, reason }: OurAttempt): string =>
  `${outcome ?? "no outcome"} (${reason ?? "no reason"})`;

/** Reasons that say the call never left the switch, so that no far end can have seen it. */
const neverSent: ReadonlySet<string> =
  new Set(["refused-by-switch", "not-in-time", "cancelled", "trunk-unreachable", "lost-control",
    "switch-lost"]);

export function compare(
  attempts: readonly OurAttempt[], calls: readonly TrueCall[],
): readonly Disagreement[] {
  return pairUp(attempts, calls).flatMap(({ attempt, call }): readonly Disagreement[] => {
    if (!attempt) {
      return call ? [{
        number: call.number, attempt: null, ours: "no attempt", theirs: inWords(call),
        explanation: null,
      }] : [];
    }
    const ours = ourWords(attempt);
    const { number, attempt: id } = attempt;
    if (!call) {
      const explanation = neverSent.has(attempt.reason ?? "")
        ? "it ended before it left the switch" : null;
      return [{ number, attempt: id, ours, theirs: "no call arrived", explanation }];
    }
    const explanation = judge(attempt, call);
    if (explanation === undefined) return [];
    return [{ number, attempt: id, ours, theirs: inWords(call), explanation }];
  });
}
