/** A call that was promised to the agent who chose its lead. */
import { expect } from "chai";
import { instant, type Instant } from "../clock.ts";
import type { AgentId, AttemptId, CampaignId, LegId } from "../ids.ts";
import { evolve, placed, type CallTerms } from "./call.ts";
import { decide } from "./decide.ts";
import type { CallInput } from "./inputs.ts";

const terms: CallTerms = {
  attempt: "a" as AttemptId, campaign: 1 as CampaignId, leg: "a" as LegId, placedAt: instant(0),
  ringMs: 25_000, connectWithinMs: 2_000, measureFrom: "answer", wrapUpMs: 10_000,
  dispositionDefault: "none", recording: "do-not-record", stopKey: undefined,
  beepMs: undefined, hearTones: true,
};
const agent = 1 as AgentId;
const agentLeg = "agent-leg" as LegId;
const promised = (at: Instant): CallInput => ({ type: "agent-promised", at, agent, agentLeg });
const answered = (at: Instant): CallInput => ({ type: "answered", at, answeredAt: at });
const ended = (at: Instant): CallInput =>
  ({ type: "leg-ended", at, cause: { q850: 17, sip: 486, by: "far-end" }, answeredAt: undefined });
const lost = (at: Instant): CallInput => ({ type: "agent-lost", at, agent, why: "hung-up" });

/** Facts and commands of the last input, commands with a `!`. */
function check(inputs: readonly ((at: Instant) => CallInput)[], expected: string): void {
  let state = placed(terms);
  let said = "";
  inputs.forEach((make, i) => {
    const { facts, commands } = decide(terms, state, make(instant(1_000 * (i + 1))));
    state = facts.reduce(evolve, state);
    said = [
      ...facts.map((fact) => fact.type === "outcome-set" ? fact.outcome.reason : fact.type),
      ...commands.map((each) => each.type === "tell-agent"
        ? `!tell-agent ${each.news}` : `!${each.type}`),
    ].join(" ");
  });
  expect(said).to.equal(expected);
}

describe("a call promised to an agent", () => {
  it("joins the agent the moment its lead answers", () =>
    check([promised, answered], "answered connecting !join"));
  it("lets the agent go when the lead is busy", () =>
    check([promised, ended], "busy leg-ended !tell-agent taken-back"));
  it("is hung up when the agent leaves before the answer", () =>
    check([promised, lost], "agent-lost cancelled hang-up-began !hang-up"));
  it("is hung up when the agent says so", () =>
    check([promised, (at) => ({ type: "hang-up-asked", at, by: "agent" })],
      "cancelled hang-up-began !tell-agent taken-back !hang-up"));
  it("takes nobody else's promise", () =>
    check([promised, (at) => ({ ...promised(at), agent: 2 as AgentId } as CallInput)],
      "ignored !tell-agent taken-back"));
  it("waits for another agent when the leg was gone at the answer", () =>
    check([promised, answered,
      (at) => ({ type: "command-failed", at, command: "join", fault: "gone" })],
    "command-failed agent-lost !tell-agent taken-back"));
  it("lets the agent go when the switch refuses to place it", () =>
    check([promised, (at) => ({ type: "command-failed", at, command: "place", fault: "refused" })],
      "command-failed refused-by-switch leg-ended !tell-agent taken-back"));
  it("lets the agent go when it was too late to place it", () =>
    check([promised, (at) => ({ type: "command-failed", at, command: "place", fault: "late" })],
      "command-failed not-in-time leg-ended !tell-agent taken-back"));
  it("is over when it was called off before it was placed", () =>
    check([promised, lost,
      (at) => ({ type: "command-failed", at, command: "place", fault: "late" })],
    "command-failed leg-ended"));
});
