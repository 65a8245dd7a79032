/**
 * Owns the match of one campaign's answered leads with ready agents: whoever waits longest comes
 * first, and gets the agent that routing names.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { LegId } from "../ids.ts";
import { limits } from "../limits.ts";
import { agentFor } from "../routing/by-grade.ts";
import type { OwnedCampaign } from "../store/store.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { AgentSession } from "./agent-session.ts";
import type { CallSession } from "./call-session.ts";
import { jobOf } from "./job.ts";
import type { LiveCalls } from "./live-calls.ts";

export interface MatcherWorld {
  readonly clock: Clock;
  readonly desk: AgentDesk;
  readonly calls: Pick<LiveCalls, "waiting">;
  /** A UUID, never the same twice. */
  newId(): string;
  owned(): OwnedCampaign;
}

export class AgentMatcher {
  readonly #world: MatcherWorld;
  #matching = false;

  constructor(world: MatcherWorld) {
    this.#world = world;
  }

  /** Gives waiting leads to ready agents, the longest waiting first. */
  match(): void {
    // Sessions call back while they are told; one loop does it all.
    if (this.#matching || this.#world.calls.waiting.size === 0) return;
    this.#matching = true;
    for (const call of this.#waitingCalls()) {
      // Where nobody is ready for the one who waits longest, nobody is for the others.
      if (!this.#matchOne(call)) break;
    }
    this.#matching = false;
  }

  #waitingCalls(): readonly CallSession[] {
    const waiting: { readonly call: CallSession; readonly since: Instant }[] = [];
    const now = this.#world.clock.now();
    for (const call of this.#world.calls.waiting) {
      const { state } = call;
      if (state.at === "waiting" && state.reserved === undefined
        && state.offers < limits.offersPerCall && plus(now, limits.joinMs) < state.deadline) {
        waiting.push({ call, since: state.answeredAt });
      }
    }
    return waiting.sort((a, b) => a.since - b.since).map(({ call }) => call);
  }

  /** False when no agent is ready. */
  #matchOne(call: CallSession): boolean {
    const ready = [...this.#world.desk.ready(this.#world.owned().id)];
    const { grade, promisedTo } = call.order;
    const chosen = agentFor({ grade, promisedTo }, ready.map(({ agent, state }) => ({
      agent: agent.id, rank: agent.rank, readySince: state.since,
      offHook: state.mode === "off-hook",
    })));
    const session = ready.find((each) => each.agent.id === chosen?.agent);
    if (session) this.#give(call, session);
    return session !== undefined;
  }

  #give(call: CallSession, session: AgentSession): void {
    const at = this.#world.clock.now();
    session.receive({
      type: "reserved", at, ring: this.#world.newId() as LegId,
      job: jobOf(this.#world.owned(), call.terms.attempt),
    });
    const leg = session.state.mode === "off-hook" ? session.state.leg : undefined;
    call.receive({ type: "agent-offered", at, agent: session.agent.id, leg });
  }
}
