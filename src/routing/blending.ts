/**
 * Owns which campaign each agent is counted in, where several have a claim on the same people:
 * the one of highest priority that can use them. An agent is counted once, so that two pacers
 * never dial for the same free agent; and nobody is moved away from a line that rings for them.
 * Pure.
 */
import type { AgentId, CampaignId } from "../ids.ts";

export interface BlendedCampaign {
  readonly id: CampaignId;
  /** 9 is served before 1. */
  readonly priority: number;
  /** Agents it can make use of: no more than the leads it has left, and its calls under way. */
  readonly wanted: number;
  /** Lines that ring, and people who wait: each may be about to need one of its free agents. */
  readonly claims: number;
}

export interface BlendedAgent {
  readonly agent: AgentId;
  readonly ready: boolean;
  worksFor(campaign: CampaignId): boolean;
}

/** Where an agent is counted. `leaving` when the next call is already meant for another. */
export interface Place {
  readonly campaign: CampaignId;
  readonly leaving: boolean;
}

/**
 * `before` is where the agents were counted until now. Every agent who works for one of the
 * campaigns gets a place, as long as one of those has use for anybody.
 */
export function blend(
  agents: readonly BlendedAgent[], campaigns: readonly BlendedCampaign[],
  before: ReadonlyMap<AgentId, CampaignId>,
): ReadonlyMap<AgentId, Place> {
  const wishes = share(agents, campaigns, before);
  const places = new Map<AgentId, Place>();
  const spare = spareOf(agents, campaigns, before);
  for (const { agent, ready } of agents) {
    const wish = wishes.get(agent);
    if (wish === undefined) continue;
    const home = before.get(agent);
    const left = home === undefined ? undefined : spare.get(home);
    // A campaign that has gone, or has nothing on the line, keeps nobody.
    if (home === undefined || home === wish || left === undefined) {
      places.set(agent, { campaign: wish, leaving: false });
    } else if (ready ? left > 0 : left >= 0) {
      // A busy agent may be who a ringing line counts on, unless free ones cover them all.
      if (ready) spare.set(home, left - 1);
      places.set(agent, { campaign: wish, leaving: false });
    } else {
      places.set(agent, { campaign: home, leaving: true });
    }
  }
  return places;
}

/** Free agents of each campaign beyond its claims: those may go at once. */
function spareOf(
  agents: readonly BlendedAgent[], campaigns: readonly BlendedCampaign[],
  before: ReadonlyMap<AgentId, CampaignId>,
): Map<CampaignId, number> {
  const spare = new Map(campaigns.map(({ id, claims }) => [id, -claims]));
  for (const { agent, ready } of agents) {
    const home = before.get(agent);
    const left = home === undefined ? undefined : spare.get(home);
    if (home !== undefined && left !== undefined && ready) spare.set(home, left + 1);
  }
  return spare;
}

/** Whom each campaign would have if nothing were under way. */
function share(
  agents: readonly BlendedAgent[], campaigns: readonly BlendedCampaign[],
  before: ReadonlyMap<AgentId, CampaignId>,
): ReadonlyMap<AgentId, CampaignId> {
  const wishes = new Map<AgentId, CampaignId>();
  const levels = [...new Set(campaigns.map(({ priority }) => priority))].sort((a, b) => b - a);
  for (const level of levels) {
    const equals = campaigns.filter(({ priority }) => priority === level);
    fill(agents.filter(({ agent }) => !wishes.has(agent)), equals, { before, wishes });
  }
  return wishes;
}

/** Campaigns of one priority share evenly; who is in one of them stays as long as that is even. */
function fill(
  agents: readonly BlendedAgent[], equals: readonly BlendedCampaign[],
  { before, wishes }: {
    before: ReadonlyMap<AgentId, CampaignId>; wishes: Map<AgentId, CampaignId>;
  },
): void {
  const counts = new Map(equals.map(({ id }) => [id, 0]));
  const countOf = (id: CampaignId): number => counts.get(id) ?? 0;
  const most = evenShare(agents, equals);
  const take = (agent: AgentId, id: CampaignId): void => {
    wishes.set(agent, id);
    counts.set(id, countOf(id) + 1);
  };
  for (const each of agents) {
    const home = equals.find(({ id }) => id === before.get(each.agent));
    if (!home || !each.worksFor(home.id)) continue;
    if (countOf(home.id) < Math.min(home.wanted, most)) take(each.agent, home.id);
  }
  for (const each of agents) {
    if (wishes.has(each.agent)) continue;
    const open = equals.filter(({ id, wanted }) => each.worksFor(id) && countOf(id) < wanted);
    const [least] = [...open].sort((a, b) => countOf(a.id) - countOf(b.id) || a.id - b.id);
    if (least) take(each.agent, least.id);
  }
}

const evenShare = (
  agents: readonly BlendedAgent[], equals: readonly BlendedCampaign[],
): number => {
  const forAny = agents.filter((each) => equals.some(({ id }) => each.worksFor(id))).length;
  return Math.ceil(forAny / Math.max(1, equals.length));
};
