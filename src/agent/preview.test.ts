/** What an agent can do with a lead that is shown, key by key. */
import { expect } from "chai";
import { instant, type Instant } from "../clock.ts";
import type { CallId, CampaignId, LeadId, LegId } from "../ids.ts";
import { evolve, loggedOut, timeOverAt, type AgentState, type Preview } from "./agent.ts";
import { decide } from "./decide.ts";
import type { AgentInput } from "./inputs.ts";

const desk = "desk" as LegId;
const ring = "ring" as LegId;
const lead = 7 as LeadId;
const job = {
  call: "call" as CallId, campaign: 1 as CampaignId, wrapUpMs: 5_000, keys: { 1: "sale" },
  dispositionDefault: "none",
};
type Make = (at: Instant) => AgentInput;
const offered = (atTimeOver: Preview["atTimeOver"] = "pause"): Make => (at) => ({
  type: "preview-offered", at, ring,
  preview: { lead, campaign: job.campaign, decideWithinMs: 20_000, atTimeOver },
});
const key = (pressed: string, leg = desk): Make => (at) =>
  ({ type: "key-pressed", at, leg, key: pressed });
const dialed: Make = (at) => ({ type: "preview-dialed", at, lead, job });
const takenBack: Make = (at) =>
  ({ type: "call-taken-back", at, call: job.call, why: "lead-left" });
const connected: Make = (at) => ({ type: "call-connected", at, call: job.call, why: "" });
const hungUp = (leg: LegId, vanished = false): Make => (at) =>
  ({ type: "leg-ended", at, leg, vanished });
const picksUp: Make = (at) => ({ type: "leg-answered", at, leg: ring });
const timeOver: Make = (at) => ({ type: "time-over", at });

const off: AgentState = {
  ...loggedOut(instant(0)), work: { at: "ready" }, mode: "off-hook", leg: desk,
};
const on: AgentState = { ...loggedOut(instant(0)), work: { at: "ready" }, mode: "on-hook" };

/** Where the agent is, and what the last input told the engine and the phone. */
function check(from: AgentState, inputs: readonly Make[], expected: string): void {
  let state = from;
  let said: string[] = [];
  inputs.forEach((make, i) => {
    const at = make === timeOver
      ? timeOverAt(state) ?? instant(0) : instant(1_000 * (i + 1));
    const { facts, commands } = decide(state, make(at));
    state = facts.reduce(evolve, state);
    said = commands.map((each) => each.type === "tell-preview" ? `tell ${each.news}`
      : each.type === "tell-call" ? `call ${each.news.is}`
      : each.type === "say" ? `say ${each.prompts.join()}` : each.type);
  });
  const { work } = state;
  const at = work.at === "previewing" ? `${work.at} ${work.stage}` : work.at;
  expect([at, ...said].join(", ")).to.equal(expected);
}

describe("a lead shown to an agent", () => {
  it("is presented off-hook at once", () =>
    check(off, [offered()], "previewing choosing, present"));
  it("is dialed by 1", () =>
    check(off, [offered(), key("1")], "previewing chosen, tell dial, say dialing"));
  it("is skipped by 2", () =>
    check(off, [offered(), key("2")], "ready, tell skip, hold, say skipped"));
  it("waits for its answer, and is talked to", () => {
    check(off, [offered(), key("1"), dialed], "dialing");
    check(off, [offered(), key("1"), dialed, connected], "talking");
  });
  it("is heard to be not reached", () =>
    check(off, [offered(), key("1"), dialed, takenBack], "ready, hold, say not-reached"));
  it("is let go while it rings by *7", () =>
    check(off, [offered(), key("1"), dialed, key("*"), key("7")], "dialing, call hang-up-asked"));
  it("pauses who presses nothing, or is skipped, or dialed, as the campaign says", () => {
    check(off, [offered("pause"), timeOver], "paused, tell left, hold");
    check(off, [offered("skip"), timeOver], "ready, tell skip, hold, say skipped");
    check(off, [offered("dial"), timeOver], "previewing chosen, tell dial, say dialing");
  });
  it("goes back to the list when the agent pauses or leaves", () => {
    check(off, [offered(), key("*"), key("6"), key("1")], "paused, tell left, hold, say paused");
    check(off, [offered(), hungUp(desk)], "logged-out, tell left");
  });
  it("is withdrawn when it may not be dialed", () =>
    check(off, [offered(), key("1"),
      (at) => ({ type: "preview-withdrawn", at, lead, why: "not-dialable" })],
    "ready, tell left, hold, say withdrawn"));
  it("lets an agent go whom the engine forgot", () =>
    check(off, [offered(), key("1"), timeOver], "ready, tell left, hold"));
  it("is on the display of an on-hook phone, and is skipped by hanging up", () => {
    check(on, [offered()], "previewing ringing, ring-phone");
    check(on, [offered(), picksUp], "previewing choosing, present");
    check(on, [offered(), picksUp, hungUp(ring)], "ready, tell skip");
    check(on, [offered(), picksUp, key("1", ring), dialed], "dialing");
    check(on, [offered(), picksUp, key("1", ring), dialed, takenBack], "ready, hang-up");
  });
  it("pauses whose phone is not taken", () =>
    check(on, [offered(), hungUp(ring)], "paused, tell left"));
  it("cannot be shown to who is not ready", () =>
    check({ ...off, work: { at: "paused", reason: 1 } }, [offered()], "paused, tell left"));
});
