/**
 * Owns what one campaign's runner tells the pacer's memory: how each line ended, how long talks and
 * wrap-ups last, who was abandoned. It watches the states that calls and agents pass through.
 */
import type { Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { isUnanswered, type CallState } from "../call/call.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import { learn, nothingLearned, type FloorObservation, type LearnedFloor } from "../pacing/learned.ts";
import type { FloorAgent } from "../pacing/pacer.ts";

/** A line whose state changed. */
export interface LineChange {
  readonly placedAt: Instant;
  readonly answerProbability: number;
  readonly before: CallState;
  readonly now: CallState;
  readonly at: Instant;
}

/** Never reached the lead, by nobody's fault but the way there: it says something of the trunk. */
const failedOnTheWay = ({ outcome, spent }: AttemptOutcome): boolean =>
  outcome === "failed" && !spent;

export class FloorLessons {
  #learned: LearnedFloor;
  readonly #agents = new Map<AgentId, FloorAgent>();

  constructor(learned: LearnedFloor = nothingLearned()) {
    this.#learned = learned;
  }

  get learned(): LearnedFloor {
    return this.#learned;
  }

  lineChanged(change: LineChange, limit: number): void {
    const { placedAt, answerProbability, before, now, at } = change;
    const over = now.at === "closing" || now.at === "ended" ? now.outcome : undefined;
    if (isUnanswered(before)) {
      // A previewed lead is with its agent the moment it answers.
      if (now.at === "waiting" || now.at === "connecting") {
        const afterMs = now.answeredAt - placedAt;
        this.#learn({ type: "line-ended", how: "answered", afterMs, answerProbability });
      } else if (over !== undefined && over.reason !== "cancelled") {
        const how = failedOnTheWay(over) ? "failed" : "unanswered";
        this.#learn({ type: "line-ended", how, afterMs: at - placedAt, answerProbability });
      }
    } else if (now.at === "connected" && before.at !== "connected") {
      this.#learn({ type: "answer-settled", abandoned: false, limit });
    } else if (over?.outcome === "abandoned" && before.at !== "closing") {
      this.#learn({ type: "answer-settled", abandoned: true, limit });
    }
  }

  /** Compares the floor with the last one seen: who left talk or wrap-up did so just now. */
  floorSeen(floor: readonly FloorAgent[]): void {
    for (const agent of floor) {
      const before = this.#agents.get(agent.agent);
      this.#agents.set(agent.agent, agent);
      if (before === undefined || before.since === agent.since) continue;
      const ms = agent.since - before.since;
      if (before.state === "talking") {
        this.#learn({ type: "talk-ended", agent: agent.agent, ms });
        // Without a wrap-up the agent was free at once, which is a wrap-up of no time.
        if (agent.state === "ready") {
          this.#learn({ type: "wrap-up-ended", agent: agent.agent, ms: 0 });
        }
      } else if (before.state === "wrap-up") {
        this.#learn({ type: "wrap-up-ended", agent: agent.agent, ms });
      }
    }
  }

  #learn(seen: FloorObservation): void {
    this.#learned = learn(this.#learned, seen);
  }
}
