/**
 * Owns Issabel's pacer, for comparison and migration: every 5 s it dials for free agents, and for
 * busy ones whose call, taken for exponential, has ended by now with 97 %; then over-commits by
 * the answer rate of the last half hour. It knows no abandon limit. It remembers; one per campaign.
 */
import type { FloorSnapshot, Pacer, PacingDecision } from "../pacer.ts";
import { meanMs } from "../durations.ts";
import { nothingLearned } from "../learned.ts";

const LOOP_MS = 5_000;
const SURE = 0.97;
const HALF_HOUR_MS = 1_800_000;
const RATE_LOWEST = 0.2;
/** With fewer calls than this it neither foresees nor over-commits. */
const CALLS_LEAST = 10;

export function issabelPacer(): Pacer {
  let nextAt = 0;
  const history: { readonly at: number; readonly placed: number; readonly answered: number }[] = [];
  let placed = 0;
  const assumed = nothingLearned();

  const answerRate = ({ now, answered }: FloorSnapshot): number => {
    history.push({ at: now, placed, answered });
    while ((history[0]?.at ?? now) < now - HALF_HOUR_MS) history.shift();
    const first = history[0];
    const lines = placed - (first?.placed ?? 0);
    const answers = answered - (first?.answered ?? 0);
    return lines < CALLS_LEAST ? 1 : Math.max(RATE_LOWEST, answers / lines);
  };

  return {
    name: "issabel",
    decide(snapshot): PacingDecision {
      if (snapshot.now < nextAt) return { dials: 0, why: "between-loops" };
      nextAt = snapshot.now + LOOP_MS;
      const learned = snapshot.learned ?? assumed;
      const answerMs = meanMs(learned.rings.all.answered);
      const talkMs = meanMs(learned.talk);
      let able = 0;
      for (const { state, since } of snapshot.agents) {
        // A phone that rings counts as free there.
        if (state === "ready" || state === "connecting") able++;
        else if (state === "talking" && snapshot.answered >= CALLS_LEAST) {
          const over = 1 - Math.exp(-(snapshot.now - since + answerMs) / talkMs);
          if (over >= SURE) able++;
        }
      }
      // Taking off what is in flight before over-committing dials too little, as it does there.
      const wanted = Math.max(0, able - snapshot.waiting.length - snapshot.lines.length);
      const room = Math.min(snapshot.next.length, snapshot.linesMax - snapshot.lines.length);
      const dials = Math.max(0, Math.min(room, Math.round(wanted / answerRate(snapshot))));
      placed += dials;
      return { dials, why: dials > 0 ? "agents-free" : "lines-enough" };
    },
  };
}
