/**
 * Owns one simulated agent at one simulated phone: the production agent machine, fed with what
 * the phone and the calls would tell it. Off-hook, as who waits for call after call is.
 */
import { instant, type Instant } from "../clock.ts";
import type { AgentId, CallId, CampaignId, LegId } from "../ids.ts";
import { loggedOut, type AgentState, type Job } from "../agent/agent.ts";
import type { AgentInput } from "../agent/inputs.ts";

/** The one campaign of a simulated day. */
export const theCampaign = 1 as CampaignId;
/** What an agent presses at the end of wrap-up. */
export const resultKey = "1";
/** The longest wrap-up of any campaign; the default result is set after it. */
export const wrapUpLongestMs = 600_000;

export class Seat {
  readonly agent: AgentId;
  /** This agent's own factor on talk and wrap-up. */
  readonly talkPace: number;
  readonly wrapUpPace: number;
  state: AgentState = loggedOut(instant(0));
  leg: LegId;
  /** Where the agent is among those on the floor; -1 while logged out. */
  place = -1;
  /** How long this agent will take over the call at hand afterwards. */
  wrapUpMs = 0;
  /** How long this agent will pause then; undefined for not at all. */
  restMs: number | undefined;
  /** Left with others at once, and does not come back. */
  gone = false;
  #visits = 0;

  constructor(agent: AgentId, pace: { readonly talk: number; readonly wrapUp: number }) {
    this.agent = agent;
    this.talkPace = pace.talk;
    this.wrapUpPace = pace.wrapUp;
    this.leg = `desk-${agent}-0` as LegId;
  }

  /** A leg of its own for each log-in, as on a switch. */
  logIn(at: Instant): readonly AgentInput[] {
    this.leg = `desk-${this.agent}-${++this.#visits}` as LegId;
    const { leg } = this;
    return [
      { type: "code-dialed", at, leg, dialed: "*11" },
      { type: "pin-entered", at, leg, pin: "" },
      { type: "pin-checked", at, leg, result: "right" },
    ];
  }

  presses(keys: string, at: Instant): readonly AgentInput[] {
    return [...keys].map((key): AgentInput => ({ type: "key-pressed", at, leg: this.leg, key }));
  }
}

/** A person without a wrap-up is one whose campaign has none: the agent is ready at once. */
export const jobFor = (call: CallId, wrapUpMs: number): Job => ({
  call, campaign: theCampaign, wrapUpMs: wrapUpMs === 0 ? 0 : wrapUpLongestMs,
  keys: { [resultKey]: "done" }, dispositionDefault: "none",
});
