/**
 * Walks every state of a call through every input, breadth first, and holds what must be true on
 * each path. States are few and inputs are many, so states seen before are not walked again.
 */
import { expect } from "chai";
import fc from "fast-check";
import { instant, type Instant } from "../clock.ts";
import type { AgentId, AttemptId, CampaignId, LegId } from "../ids.ts";
import { evolve, isDone, placed, timeOverAt, type CallFact, type CallState, type CallTerms } from "./call.ts";
import { decide } from "./decide.ts";
import type { CallCommand, CallInput } from "./inputs.ts";
import type { CallDecision } from "./steps.ts";

const terms: CallTerms = {
  attempt: "a" as AttemptId, campaign: 1 as CampaignId, leg: "a" as LegId, placedAt: instant(0),
  ringMs: 25_000, connectWithinMs: 2_000, measureFrom: "answer", wrapUpMs: 10_000,
  dispositionDefault: "none", recording: "announce", stopKey: "9", beepMs: 15_000,
  hearTones: true,
};
const one = 1 as AgentId;
const two = 2 as AgentId;
const legOf = (agent: AgentId): LegId => `leg-${agent}` as LegId;

function inputsAt(at: Instant): readonly CallInput[] {
  const perAgent = [one, two].flatMap((agent): CallInput[] => [
    { type: "agent-promised", at, agent, agentLeg: legOf(agent) },
    { type: "agent-offered", at, agent, leg: undefined },
    { type: "agent-offered", at, agent, leg: legOf(agent) },
    { type: "agent-answered", at, agent, leg: legOf(agent) },
    { type: "agent-lost", at, agent, why: "hung-up" },
    { type: "agent-lost", at, agent, why: "vanished" },
    { type: "disposition-chosen", at, agent, code: "sale" },
  ]);
  const commands = ["place", "overhear", "join", "message", "record", "hang-up"] as const;
  const failures = commands.flatMap(
    (command) => (["gone", "refused", "unreachable", "late"] as const).map(
      (fault): CallInput => ({ type: "command-failed", at, command, fault })));
  return [
    { type: "ringing", at }, { type: "early-media", at },
    { type: "tones-heard", at, tones: "vacant" }, { type: "tones-heard", at, tones: "no-circuit" },
    { type: "answered", at, answeredAt: at },
    { type: "leg-ended", at, cause: { q850: 16, sip: undefined, by: "far-end" },
      answeredAt: undefined },
    { type: "leg-ended", at, cause: { q850: 17, sip: 486, by: "far-end" }, answeredAt: undefined },
    { type: "leg-ended", at, cause: { q850: 16, sip: undefined, by: "switch" }, answeredAt: at },
    { type: "greeting-started", at }, { type: "greeting-ended", at },
    { type: "key-pressed", at, key: "9" }, { type: "key-pressed", at, key: "5" },
    { type: "joined", at }, { type: "given-up", at }, { type: "hang-up-asked", at, by: "agent" },
    { type: "play-finished", at }, { type: "recording-started", at },
    { type: "recording-ended", at }, { type: "beep-due", at }, { type: "found-missing", at, why: "switch-lost" },
    { type: "time-over", at }, ...perAgent, ...failures,
  ];
}

interface Walked {
  readonly state: CallState;
  readonly outcomes: number;
  /** Agents that were told to come and not yet told to go. */
  readonly held: ReadonlySet<AgentId>;
  readonly legEnded: boolean;
}

const begin: Walked = { state: placed(terms), outcomes: 0, held: new Set(), legEnded: false };
const onLeadLeg: readonly CallCommand["type"][] =
  ["place", "overhear", "join", "record", "beep", "announce", "message", "hang-up", "part"];

/** One step, with all that must hold at it. */
function step(from: Walked, input: CallInput): Walked {
  const decision = decide(terms, from.state, input);
  expect(decide(terms, from.state, input)).to.deep.equal(decision);
  expect(decision.facts, "an input without a fact").not.to.be.empty;
  const state = decision.facts.reduce(evolve, from.state);
  const outcomes = from.outcomes + countOf(decision, "outcome-set");
  expect(outcomes, "outcomes").to.be.at.most(1);
  const legEnded = from.legEnded || state.at === "ended";
  if (legEnded) {
    expect(outcomes, "ended without an outcome").to.equal(1);
    for (const command of decision.commands) {
      expect(onLeadLeg, "a command on a leg that ended").not.to.include(command.type);
    }
  }
  return { state, outcomes, legEnded, held: heldAfter(from, input, decision, state) };
}

const countOf = ({ facts }: CallDecision, type: CallFact["type"]): number =>
  facts.filter((fact) => fact.type === type).length;

/** Every agent who was offered is kept by the state, or told to go. */
function heldAfter(
  from: Walked, input: CallInput, decision: CallDecision, state: CallState,
): ReadonlySet<AgentId> {
  const held = new Set(from.held);
  if (input.type === "agent-offered" || input.type === "agent-promised") held.add(input.agent);
  if (input.type === "agent-lost") held.delete(input.agent);
  for (const command of decision.commands) {
    if (command.type === "tell-agent" && command.news !== "connected") held.delete(command.agent);
  }
  const kept = state.at === "placing" || state.at === "ringing" ? state.promised?.agent
    : state.at === "waiting" ? state.reserved
    : state.at === "connecting" || state.at === "connected" ? state.agent : undefined;
  for (const agent of held) {
    if (agent === kept) continue;
    // Agents lost on an ended connection are told by the outcome's own commands.
    expect.fail(`agent ${agent} is held by nobody after ${input.type} in ${from.state.at}`);
  }
  return held;
}

const keyOf = (walked: Walked): string =>
  JSON.stringify([walked.state, walked.outcomes, [...walked.held], walked.legEnded]);

describe("every path of a call", () => {
  it("holds the invariants to depth 6, at times before and after each deadline", () => {
    let frontier: Walked[] = [begin];
    const seen = new Set<string>();
    const places = new Set<string>();
    for (let depth = 0; depth < 6; depth++) {
      const next: Walked[] = [];
      for (const from of frontier) {
        const due = timeOverAt(terms, from.state);
        for (const at of [instant(1_000), instant(Math.max(1_000, due ?? 0))]) {
          for (const input of inputsAt(at)) {
            const to = step(from, input);
            const key = keyOf(to);
            if (seen.has(key)) continue;
            seen.add(key);
            places.add(to.state.at);
            next.push(to);
          }
        }
      }
      frontier = next;
    }
    expect([...places].sort()).to.deep.equal(
      ["closing", "connected", "connecting", "ended", "placing", "ringing", "waiting"]);
  });

  it("ends by its own timers from wherever it is, with one outcome", () => {
    const anyInput = fc.nat(60).map((i) => (at: Instant): CallInput => {
      const inputs = inputsAt(at);
      return inputs[i % inputs.length] as CallInput;
    });
    fc.assert(fc.property(fc.array(anyInput, { maxLength: 15 }), (makers) => {
      let walked = makers.reduce((from, make, i) => step(from, make(instant(100 * i))), begin);
      for (let i = 0; i < 8 && !isDone(walked.state); i++) {
        const at = timeOverAt(terms, walked.state);
        if (at === undefined) expect.fail(`no timer in ${walked.state.at}`);
        walked = step(walked, { type: "time-over", at });
      }
      expect(isDone(walked.state)).to.equal(true);
      expect(walked.outcomes).to.equal(1);
    }), { numRuns: 3_000 });
  });
});
