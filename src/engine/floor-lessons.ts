/**
 * Owns what one campaign's runner tells the pacer's memory: how each line ended, how long talks and
 * wrap-ups last, who was abandoned. It watches the states that calls and agents pass through.
 */
import type { Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { isUnanswered, type CallState } from "../call/call.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { LeadCell } from "../pacing/answer-cells.ts";
import { learn, nothingLearned, type FloorObservation, type LearnedFloor } from "../pacing/learned.ts";
import { lessonsOf } from "../pacing/agent-lessons.ts";
import type { FloorAgent } from "../pacing/pacer.ts";

/** A line whose state changed. */
export interface LineChange {
  readonly placedAt: Instant;
  /** As predicted when it was dialed. */
  readonly answerProbability: number;
  readonly cell: LeadCell;
  readonly before: CallState;
  readonly now: CallState;
  readonly at: Instant;
}

/** Never reached the lead, by nobody's fault but the way there: it says something of the trunk. */
const failedOnTheWay = ({ outcome, spent }: AttemptOutcome): boolean =>
  outcome === "failed" && !spent;

/** Never left us: it says nothing of anybody. */
const neverDialed: ReadonlySet<AttemptOutcome["reason"]> = new Set(["cancelled", "not-in-time"]);

export class FloorLessons {
  #learned: LearnedFloor;
  readonly #agents = new Map<AgentId, FloorAgent>();
  #floor: readonly FloorAgent[] | undefined;

  constructor(learned: LearnedFloor = nothingLearned()) {
    this.#learned = learned;
  }

  get learned(): LearnedFloor {
    return this.#learned;
  }

  lineChanged(change: LineChange, limit: number): void {
    const { placedAt, answerProbability, cell, before, now, at } = change;
    const { lineType } = cell;
    const line = { type: "line-ended", answerProbability, cell, lineType } as const;
    const over = now.at === "closing" || now.at === "ended" ? now.outcome : undefined;
    if (isUnanswered(before)) {
      // A previewed lead is with its agent the moment it answers.
      if (now.at === "waiting" || now.at === "connecting") {
        const afterMs = now.answeredAt - placedAt;
        this.#learn({ ...line, how: "answered", afterMs });
      } else if (over !== undefined && !neverDialed.has(over.reason)) {
        const how = failedOnTheWay(over) ? "failed"
          : over.reason === "rang-enough" ? "given-up" : "unanswered";
        this.#learn({ ...line, how, afterMs: at - placedAt });
      }
    } else if (now.at === "connected" && before.at !== "connected") {
      this.#learn({ type: "answer-settled", abandoned: false, limit });
    } else if (over?.outcome === "abandoned" && before.at !== "closing") {
      this.#learn({ type: "answer-settled", abandoned: true, limit });
    }
  }

  /** Compares the floor with the last one seen: what changed did so just now. */
  floorSeen(floor: readonly FloorAgent[]): void {
    if (floor === this.#floor) return;
    this.#floor = floor;
    const gone = new Map(this.#agents);
    for (const agent of floor) {
      const before = this.#agents.get(agent.agent);
      gone.delete(agent.agent);
      this.#agents.set(agent.agent, agent);
      if (before !== undefined) lessonsOf(before, agent).forEach((each) => { this.#learn(each); });
    }
    for (const [agent, before] of gone) {
      this.#agents.delete(agent);
      lessonsOf(before, undefined).forEach((each) => { this.#learn(each); });
    }
  }

  #learn(seen: FloorObservation): void {
    this.#learned = learn(this.#learned, seen);
  }
}
