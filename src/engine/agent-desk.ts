/**
 * Owns the agents at one switch: which session a phone or a leg belongs to, who is ready for which
 * campaign, and the floor as pacing sees it. An agent is where its phone last dialed a code; from
 * then on the desk of another switch lets go of it.
 */
import type { Instant } from "../clock.ts";
import type { AgentId, CampaignId, LegId, PhoneName } from "../ids.ts";
import type { AgentState } from "../agent/agent.ts";
import { floorStateOf } from "../agent/floor-state.ts";
import type { AgentInput } from "../agent/inputs.ts";
import type { FloorAgent } from "../pacing/pacer.ts";
import { blend, type BlendedAgent, type BlendedCampaign, type Place } from "../routing/blending.ts";
import type { Agent, AgentStanding } from "../store/store.ts";
import type { Pbx, PbxEvent, Survey } from "../telephony/pbx.ts";
import { AgentSession, type AgentWorld } from "./agent-session.ts";

/** A state that a controller before this one stored; undefined when it is not one of ours. */
function stateOf(standing: AgentStanding | undefined): AgentState | undefined {
  const snapshot = standing?.snapshot as Partial<AgentState> | undefined;
  return snapshot?.work && snapshot.visits && snapshot.typed && snapshot.next
    ? snapshot as AgentState : undefined;
}

export class AgentDesk {
  readonly #world: AgentWorld;
  readonly #pbx: Pbx;
  readonly #sessions = new Map<AgentId, AgentSession>();
  readonly #phones = new Map<PhoneName, Agent>();
  readonly #legs = new Map<LegId, AgentSession>();
  /** Where each agent is counted, as of one moment, and was before. */
  #places: ReadonlyMap<AgentId, Place> = new Map();
  #placedAt: Instant | undefined;
  /** What they were placed by, once placing them again has changed nothing. */
  #placedBy: { readonly changes: number; readonly running: readonly BlendedCampaign[] } | undefined;
  /** Counts what may change the floor: most looks at it are of the floor of the look before. */
  #changes = 0;
  readonly #floors = new Map<CampaignId, SeenFloor>();
  #counted = { changes: -1, size: 0 };
  #standings: ReadonlyMap<AgentId, AgentStanding> = new Map();
  readonly #takenAt = new Map<AgentId, Instant>();

  constructor(world: Omit<AgentWorld, "changed">, pbx: Pbx, changed: () => void) {
    this.#pbx = pbx;
    this.#world = {
      ...world,
      changed: (session) => {
        this.#touch();
        for (const leg of session.legs) this.#legs.set(leg, session);
        changed();
      },
    };
  }

  get sessions(): Iterable<AgentSession> {
    return this.#sessions.values();
  }

  /**
   * Looks at the agents as they are in the store: takes those who were left at this switch, or at
   * none that is known when this is the first, and lets go of those who are at another one now.
   */
  update(
    agents: readonly Agent[], standings: readonly AgentStanding[], isFirst: boolean,
  ): void {
    this.#standings = new Map(standings.map((each) => [each.agent, each]));
    this.#phones.clear();
    for (const agent of agents) {
      this.#phones.set(agent.phone, agent);
      const known = this.#sessions.get(agent.id);
      const standing = this.#standings.get(agent.id);
      if (known) {
        if (!doAlike(known.agent, agent)) this.#touch();
        known.agent = agent;
        if (standing && this.#hasLeft(standing)) this.#letGo(known);
      } else if (standing && (standing.pbx ?? (isFirst ? this.#pbx.name : "")) === this.#pbx.name) {
        this.#take(agent);
      }
    }
  }

  get(agent: AgentId): AgentSession | undefined {
    return this.#sessions.get(agent);
  }

  /** How many agents are logged in here. */
  get size(): number {
    if (this.#counted.changes === this.#changes) return this.#counted.size;
    let size = 0;
    for (const { state } of this.#sessions.values()) if (state.work.at !== "logged-out") size += 1;
    this.#counted = { changes: this.#changes, size };
    return size;
  }

  /**
   * Those who can take a call of `campaign` now: agents counted in it, and others who work for it
   * only when there is none. Somebody on the line is worth more than a line that rings.
   */
  ready(campaign: CampaignId): readonly AgentSession[] {
    const all = [...this.#sessions.values()].filter((session) =>
      session.available && worksFor(session.agent, campaign));
    const own = all.filter(({ agent }) => this.#isOf(agent, campaign));
    return own.length > 0 ? own : all;
  }

  /** Those who may be given a lead of `campaign` to look at. */
  free(campaign: CampaignId): readonly AgentSession[] {
    return [...this.#sessions.values()].filter(({ available, agent }) =>
      available && worksFor(agent, campaign) && this.#isOf(agent, campaign)
      && this.#places.get(agent.id)?.leaving !== true);
  }

  /**
   * The floor of one campaign, among all that run. An agent of several campaigns is counted in one
   * of them, so that together they do not dial for the same agent twice. The same array as before
   * when nothing of it has changed.
   */
  floor(campaign: CampaignId, running: () => readonly BlendedCampaign[]): readonly FloorAgent[] {
    this.#blend(running);
    const seen = this.#floors.get(campaign);
    if (seen?.places === this.#places) return seen.floor;
    const floor = this.#floorNow(campaign);
    this.#floors.set(campaign, { places: this.#places, floor });
    return floor;
  }

  /** What the next look sees may differ from what the last one saw. */
  #touch(): void {
    this.#changes += 1;
    this.#floors.clear();
  }

  #floorNow(campaign: CampaignId): readonly FloorAgent[] {
    const floor: FloorAgent[] = [];
    for (const { agent, state } of this.#sessions.values()) {
      const seen = floorStateOf(state);
      if (seen === undefined || !worksFor(agent, campaign)) continue;
      if (!this.#isOf(agent, campaign)) continue;
      const called = seen !== "paused" && this.#places.get(agent.id)?.leaving === true;
      floor.push({ agent: agent.id, state: called ? "leaving" : seen, since: state.since });
    }
    return floor;
  }

  /** Agents whom nobody wants now are seen by every campaign they work for. */
  #isOf(agent: Agent, campaign: CampaignId): boolean {
    return (this.#places.get(agent.id)?.campaign ?? campaign) === campaign;
  }

  /** Once for each moment, however many campaigns look at their floor in it. */
  #blend(runningNow: () => readonly BlendedCampaign[]): void {
    const now = this.#world.clock.now();
    if (this.#placedAt === now) return;
    this.#placedAt = now;
    const running = runningNow();
    const by = this.#placedBy;
    if (by?.changes === this.#changes && isSame(by.running, running)) return;
    const agents: SeatedAgent[] = [];
    for (const { agent, state } of this.#sessions.values()) {
      if (agent.enabled && floorStateOf(state) !== undefined) {
        agents.push(new SeatedAgent(agent, state.work.at === "ready"));
      }
    }
    const before = new Map<AgentId, CampaignId>();
    for (const [agent, { campaign }] of this.#places) before.set(agent, campaign);
    const places = blend(agents, running, before);
    // Who is placed may be moved by the next placing for having been placed so: only once nobody
    // is, the same agents and campaigns lead to the same places.
    const settled = arePlaced(this.#places, places);
    this.#placedBy = settled ? { changes: this.#changes, running } : undefined;
    if (!settled) this.#places = places;
  }

  /** Whether `event` was for an agent's leg or phone. */
  event(event: PbxEvent): boolean {
    switch (event.type) {
      case "phone-reachable":
      case "phone-unreachable": {
        const agent = this.#phones.get(event.phone);
        const session = agent && this.#sessions.get(agent.id);
        session?.receive({ type: event.type, at: event.at });
        return agent !== undefined;
      }
      case "leg-arrived": {
        const agent = this.#phones.get(event.phone);
        const session = agent?.enabled === true ? this.#arrived(agent) : undefined;
        session?.receive({
          type: "code-dialed", at: event.at, leg: event.leg, dialed: event.dialed,
        });
        return session !== undefined;
      }
      case "leg-answered":
        return this.#toLeg(event.leg, { type: "leg-answered", at: event.at, leg: event.leg });
      case "key-pressed":
        return this.#toLeg(event.leg,
          { type: "key-pressed", at: event.at, leg: event.leg, key: event.key });
      case "play-finished": {
        const session = this.#legs.get(event.leg);
        session?.saidToEnd(event);
        return session !== undefined;
      }
      case "leg-ended": {
        const vanished = event.cause.by === "switch";
        const known = this.#toLeg(event.leg,
          { type: "leg-ended", at: event.at, leg: event.leg, vanished });
        this.#legs.delete(event.leg);
        return known;
      }
      default:
        return false;
    }
  }

  /** Brings every agent in line with what the switch has. */
  reconcile(survey: Survey): void {
    const live = new Map(survey.legs.map((each) => [each.leg, each]));
    const reachable = new Set(survey.reachablePhones);
    const { at } = survey;
    for (const session of this.#sessions.values()) {
      for (const leg of session.legs) {
        const found = live.get(leg);
        if (!found) session.receive({ type: "leg-ended", at, leg, vanished: true });
        else if (found.state === "up") session.receive({ type: "leg-answered", at, leg });
      }
      if (!reachable.has(session.agent.phone)) session.receive({ type: "phone-unreachable", at });
    }
    this.#legs.clear();
    for (const session of this.#sessions.values()) {
      for (const leg of session.legs) this.#legs.set(leg, session);
    }
  }

  owns(leg: LegId): boolean {
    return this.#legs.has(leg);
  }

  stop(): void {
    for (const session of this.#sessions.values()) session.stop();
  }

  #toLeg(leg: LegId, input: AgentInput): boolean {
    const session = this.#legs.get(leg);
    session?.receive(input);
    return session !== undefined;
  }

  /** The session of an agent who dialed here; undefined while a call holds it elsewhere. */
  #arrived(agent: Agent): AgentSession | undefined {
    const known = this.#sessions.get(agent.id);
    if (known) return known;
    const standing = this.#standings.get(agent.id);
    const elsewhere = standing?.pbx !== undefined && standing.pbx !== this.#pbx.name;
    if (elsewhere && standing.served && inCall.has(standing.state)) return undefined;
    const session = this.#take(agent);
    // Legs at another switch are nothing here, and what they were part of is over for the agent.
    const at = this.#world.clock.now();
    if (elsewhere) {
      for (const leg of session.legs) session.receive({ type: "leg-ended", at, leg, vanished: true });
    }
    return session;
  }

  #take(agent: Agent): AgentSession {
    const found = stateOf(this.#standings.get(agent.id));
    const session = new AgentSession(this.#world, agent, this.#pbx, found);
    this.#touch();
    this.#sessions.set(agent.id, session);
    this.#takenAt.set(agent.id, this.#world.clock.now());
    for (const leg of session.legs) this.#legs.set(leg, session);
    return session;
  }

  /** Logged in at another switch since we took it. */
  #hasLeft({ agent, pbx, since, state }: AgentStanding): boolean {
    return pbx !== undefined && pbx !== this.#pbx.name && state !== "logged-out"
      && since > (this.#takenAt.get(agent) ?? 0);
  }

  #letGo(session: AgentSession): void {
    session.stop();
    this.#touch();
    this.#sessions.delete(session.agent.id);
    for (const leg of session.legs) this.#legs.delete(leg);
  }
}

/** The floor of one campaign, and the places it was seen by. */
interface SeenFloor {
  readonly places: ReadonlyMap<AgentId, Place>;
  readonly floor: readonly FloorAgent[];
}

function isSame(before: readonly BlendedCampaign[], now: readonly BlendedCampaign[]): boolean {
  return before.length === now.length && before.every(({ id, priority, wanted, claims }, i) => {
    const other = now[i];
    return other?.id === id && other.priority === priority && other.wanted === wanted
      && other.claims === claims;
  });
}

function arePlaced(
  before: ReadonlyMap<AgentId, Place>, now: ReadonlyMap<AgentId, Place>,
): boolean {
  if (before.size !== now.size) return false;
  for (const [agent, { campaign, leaving }] of now) {
    const place = before.get(agent);
    if (place?.campaign !== campaign || place.leaving !== leaving) return false;
  }
  return true;
}

/** A class and no object with a function of its own: there is one for each agent and look. */
class SeatedAgent implements BlendedAgent {
  readonly agent: AgentId;
  readonly ready: boolean;
  readonly #who: Agent;

  constructor(who: Agent, ready: boolean) {
    this.agent = who.id;
    this.ready = ready;
    this.#who = who;
  }

  worksFor(campaign: CampaignId): boolean {
    return worksFor(this.#who, campaign);
  }
}

/** Whether both work for the same campaigns. */
const doAlike = (before: Agent, now: Agent): boolean =>
  before.enabled === now.enabled && before.campaigns.length === now.campaigns.length
  && before.campaigns.every((each, i) => each === now.campaigns[i]);

const inCall: ReadonlySet<string> = new Set(["ringing", "connecting", "talking"]);

export const worksFor = (agent: Agent, campaign: CampaignId): boolean =>
  agent.enabled && (agent.campaigns.length === 0 || agent.campaigns.includes(campaign));
