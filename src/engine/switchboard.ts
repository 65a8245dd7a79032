/**
 * Owns the switches of a controller: routes each event to the session it is for, and compares what
 * a switch has with what we know after every connection. Nothing is dialed on one before that.
 */
import type { Clock } from "../clock.ts";
import { messageOf, SwitchUnreachable } from "../errors.ts";
import {
  attemptOf, type AgentId, type AttemptId, type CallId, type CampaignId, type LegId,
} from "../ids.ts";
import { limits } from "../limits.ts";
import type { AgentInput } from "../agent/inputs.ts";
import type { Log } from "../log.ts";
import type { LiveLeg, Pbx, PbxEvent, Survey } from "../telephony/pbx.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { AgentSession } from "./agent-session.ts";
import type { CallSession } from "./call-session.ts";
import type { CampaignRunner } from "./campaign-runner.ts";
import type { NamedTimers } from "./named-timers.ts";
import { byLeg, freeAgents, reconcileCall } from "./reconcile.ts";
import type { RecordingDesk } from "./recording-desk.ts";
import type { StrayLegs } from "./stray-legs.ts";
import type { SwitchLink } from "./switch-link.ts";
import { callInputOf, inputOf, type CallNews } from "./translate.ts";

/** What a switchboard needs of its controller. */
export interface SwitchboardWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly timers: NamedTimers;
  readonly runners: ReadonlyMap<CampaignId, CampaignRunner>;
  readonly desk: AgentDesk;
  readonly recordings: RecordingDesk;
  readonly strays: StrayLegs;
  stopped(): boolean;
  /** This controller is over: another one commands the switch. */
  end(error: unknown): void;
  failed(error: unknown): void;
}

export class Switchboard {
  readonly links: readonly SwitchLink[];
  readonly #world: SwitchboardWorld;

  constructor(world: SwitchboardWorld, switches: readonly Pbx[]) {
    this.#world = world;
    this.links = switches.map((pbx) => ({ pbx, usable: false, lines: 0 }));
  }

  /** Connects to every switch and compares; throws what one throws at the first try. */
  async open(): Promise<void> {
    for (const link of this.links) {
      link.pbx.onEvent((event) => { this.#event(link, event); });
    }
    await Promise.all(this.links.map(({ pbx }) => pbx.open()));
    for (const link of this.links) await this.#reconcile(link, false);
  }

  /** Closes the connections; legs stay up. */
  async close(): Promise<void> {
    await Promise.all(this.links.map(({ pbx }) => pbx.close()));
  }

  #call(attempt: AttemptId): CallSession | undefined {
    for (const runner of this.#world.runners.values()) {
      const session = runner.sessions.get(attempt);
      if (session) return session;
    }
    return undefined;
  }

  tellAgent(agent: AgentId, input: AgentInput): void {
    this.#world.desk.get(agent)?.receive(input);
  }

  tellCall(call: CallId, from: AgentSession, news: CallNews): void {
    const session = this.#call(call as string as AttemptId);
    const at = this.#world.clock.now();
    if (session) session.receive(inputOf(news, from.agent.id, at));
    // The call is forgotten: an agent who still waits for it is let go.
    else from.receive({ type: "call-taken-back", at, call, why: "call-over" });
  }

  #event(link: SwitchLink, event: PbxEvent): void {
    if (this.#world.stopped()) return;
    switch (event.type) {
      case "connection-lost":
        link.usable = false;
        this.#world.log.line("warn", event.type, { pbx: link.pbx.name });
        return;
      case "connection-restored":
        this.#world.log.line("warn", event.type,
          { pbx: link.pbx.name, restarted: event.restarted });
        this.#reconcile(link, event.restarted)
          .catch((error: unknown) => { this.#world.failed(error); });
        return;
      case "superseded":
        link.usable = false;
        this.#world.end(new SwitchUnreachable(
          `another controller took our place at ${link.pbx.name}`));
        return;
      case "recording-ended":
        this.#world.recordings.ended(attemptOf(event.call as string as LegId))
          .catch((error: unknown) => { this.#world.failed(error); });
        break;
      default:
        break;
    }
    const input = callInputOf(event);
    const attempt = "leg" in event ? attemptOf(event.leg)
      : "call" in event ? event.call as string as AttemptId : undefined;
    const session = attempt === undefined ? undefined : this.#call(attempt);
    if (session) {
      if (input) session.receive(input);
      return;
    }
    if (this.#world.desk.event(link.pbx, event)) return;
    // A phone that is nobody's gets no answer from us, and no way to anywhere.
    if (event.type === "leg-arrived") this.#world.strays.dismiss(link.pbx, event.leg);
  }

  /** Compares the switch with what we know; nothing is dialed on it before that is done. */
  async #reconcile(link: SwitchLink, restarted: boolean): Promise<void> {
    link.usable = false;
    const survey = await this.#survey(link);
    if (!survey || this.#world.stopped()) return;
    const legs = byLeg(survey);
    for (const runner of this.#world.runners.values()) {
      for (const session of [...runner.sessions.values()]) {
        if (session.order.pbx !== link.pbx) continue;
        reconcileCall(session, legs.get(session.terms.leg), survey, restarted);
      }
    }
    this.#world.desk.reconcile(link.pbx, survey);
    freeAgents(this.#world.desk, (call) => this.#call(call as string as AttemptId), survey.at);
    for (const leg of survey.legs) {
      if (!this.#knows(leg)) this.#world.strays.end(link.pbx, leg);
    }
    link.usable = true;
    for (const runner of this.#world.runners.values()) runner.poke();
  }

  /** The same for calls of a campaign that was just taken over, on the switches already in use. */
  async adopt(sessions: readonly CallSession[]): Promise<void> {
    for (const link of this.links) if (link.usable) await this.#adopt(link, sessions);
  }

  async #adopt(link: SwitchLink, sessions: readonly CallSession[]): Promise<void> {
    const mine = sessions.filter((each) => each.order.pbx === link.pbx);
    if (mine.length === 0) return;
    const survey = await this.#survey(link);
    if (!survey) return;
    const legs = byLeg(survey);
    for (const each of mine) reconcileCall(each, legs.get(each.terms.leg), survey, false);
  }

  /** Undefined when the switch went away meanwhile: its return makes us ask again. */
  async #survey(link: SwitchLink): Promise<Survey | undefined> {
    try {
      return await link.pbx.survey();
    } catch (error) {
      if (!(error instanceof SwitchUnreachable)) throw error;
      this.#world.log.line("warn", "survey-failed",
        { pbx: link.pbx.name, why: messageOf(error) });
      this.#world.timers.later(`survey ${link.pbx.name}`, limits.hopperPauseMs, () => {
        if (link.usable) return;
        this.#reconcile(link, false).catch((again: unknown) => { this.#world.failed(again); });
      });
      return undefined;
    }
  }

  /** Ours, or another controller's. */
  #knows({ leg, tags: { campaign } }: LiveLeg): boolean {
    return this.#call(attemptOf(leg)) !== undefined || this.#world.desk.owns(leg)
      || (campaign !== undefined && !this.#world.runners.has(campaign));
  }
}
