/**
 * Owns the calls of one campaign that are not over, sorted by what pacing and routing ask for, so
 * that a look at the floor costs the lines and the people who wait, and not the conversations.
 */
import type { AttemptId } from "../ids.ts";
import type { CallSession } from "./call-session.ts";

export class LiveCalls {
  readonly #all = new Map<AttemptId, CallSession>();
  readonly #lines = new Set<CallSession>();
  readonly #waiting = new Set<CallSession>();

  get all(): ReadonlyMap<AttemptId, CallSession> {
    return this.#all;
  }

  /** Placed, and neither answered nor ended yet. */
  get lines(): ReadonlySet<CallSession> {
    return this.#lines;
  }

  /** Answered by a person for whom no agent was found yet, or whose agent's phone is ringing. */
  get waiting(): ReadonlySet<CallSession> {
    return this.#waiting;
  }

  /** To be told of a new call, and of every call whose state has moved. */
  sort(call: CallSession): void {
    const { attempt } = call.terms;
    const { at } = call.state;
    this.#all.set(attempt, call);
    if (at === "placing" || at === "ringing") this.#lines.add(call);
    else this.#lines.delete(call);
    if (at === "waiting") this.#waiting.add(call);
    else this.#waiting.delete(call);
  }

  forget(call: CallSession): void {
    this.#all.delete(call.terms.attempt);
    this.#lines.delete(call);
    this.#waiting.delete(call);
  }

  clear(): void {
    for (const call of [...this.#all.values()]) this.forget(call);
  }
}
