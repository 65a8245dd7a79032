/** Walks an agent's states through every input, and holds what must be true on each path. */
import { expect } from "chai";
import fc from "fast-check";
import { instant, type Instant } from "../clock.ts";
import type { CallId, CampaignId, LeadId, LegId } from "../ids.ts";
import {
  evolve, jobOf, loggedOut, timeOverAt, type AgentState, type Job, type Preview,
} from "./agent.ts";
import { decide } from "./decide.ts";
import type { AgentInput } from "./inputs.ts";

const calls = ["call-1", "call-2"] as CallId[];
const desk = "desk" as LegId;
const extra = "extra" as LegId;
const ring = (call: CallId): LegId => `ring-${call}` as LegId;
const jobFor = (call: CallId): Job => ({
  call, campaign: 1 as CampaignId, wrapUpMs: 10_000, keys: { 1: "sale", 2: "no" },
  dispositionDefault: "none",
});

const lead = 7 as LeadId;
const preview = (atTimeOver: Preview["atTimeOver"]): Preview =>
  ({ lead, campaign: 1 as CampaignId, decideWithinMs: 20_000, atTimeOver });

function inputsAt(at: Instant): readonly AgentInput[] {
  const legs = [desk, extra, ring("p" as CallId), ...calls.map(ring)];
  return [
    ...["*11", "*12", "*00", "*60", "*61", "*7", "100"].flatMap((dialed): AgentInput[] =>
      [{ type: "code-dialed", at, leg: desk, dialed },
        { type: "code-dialed", at, leg: extra, dialed }]),
    ...legs.flatMap((leg): AgentInput[] => [
      { type: "leg-answered", at, leg }, { type: "leg-missing", at, leg },
      { type: "leg-ended", at, leg, vanished: false },
      { type: "leg-ended", at, leg, vanished: true }, { type: "play-finished", at, leg },
      ...["*", "0", "1", "2", "6", "7", "#"].map((key): AgentInput =>
        ({ type: "key-pressed", at, leg, key })),
    ]),
    ...[desk, extra].flatMap((leg): AgentInput[] => [
      { type: "pin-entered", at, leg, pin: "1234" },
      ...(["right", "wrong", "locked", "unknown"] as const).map((result): AgentInput =>
        ({ type: "pin-checked", at, leg, result })),
    ]),
    ...(["dial", "skip", "pause"] as const).map((atTimeOver): AgentInput =>
      ({ type: "preview-offered", at, preview: preview(atTimeOver), ring: ring("p" as CallId) })),
    { type: "preview-withdrawn", at, lead, why: "" },
    ...calls.flatMap((call): AgentInput[] => [
      { type: "preview-dialed", at, lead, job: jobFor(call) },
      { type: "reserved", at, job: jobFor(call), ring: ring(call) },
      { type: "call-connected", at, call, why: "" }, { type: "call-ended", at, call, why: "" },
      { type: "call-taken-back", at, call, why: "" },
    ]),
    { type: "phone-reachable", at }, { type: "phone-unreachable", at }, { type: "time-over", at },
  ];
}

function step(state: AgentState, input: AgentInput): AgentState {
  const decision = decide(state, input);
  expect(decide(state, input)).to.deep.equal(decision);
  const before = jobOf(state);
  let after = state;
  let told = before === undefined || state.work.at === "wrap-up";
  for (const fact of decision.facts) {
    after = evolve(after, fact);
    if (fact.type === "disposition-chosen" || fact.type === "call-left") told = true;
    if (fact.type === "wrap-up-began") told = true;
  }
  const job = jobOf(after);
  // An agent is in one call, and leaves it only by saying so.
  if (before && job && before.call !== job.call) expect.fail("went from call to call");
  if (before && !job) {
    expect(told, `left ${before.call} silently by ${input.type}`).to.equal(true);
  }
  if (state.work.at === "wrap-up" && after.work.at !== "wrap-up") {
    expect(decision.facts.some((fact) => fact.type === "disposition-chosen")).to.equal(true);
  }
  // The engine learns what became of every lead that was shown.
  const previews = decision.commands.filter((each) => each.type === "tell-preview").length;
  const asks = input.type === "preview-offered" && state.work.at !== "ready";
  const ends = state.work.at === "previewing" && after.work.at !== "previewing"
    && after.work.at !== "dialing";
  const chosen = decision.facts.some((each) =>
    each.type === "preview-decided" && each.how === "dial");
  expect(previews, `previews told by ${input.type}`).to.equal(Number(asks || ends || chosen));
  if (after.work.at === "logged-out") expect(after.leg).to.equal(undefined);
  if (after.mode === "off-hook") expect(after.leg, "off-hook without a leg").not.to.equal(undefined);
  if (after.work.at === "ready" && after.mode === "on-hook") expect(after.leg).to.equal(undefined);
  expect(after.visits.length).to.be.at.most(5);
  expect(JSON.stringify(decision.facts)).not.to.include("1234");
  return after;
}

describe("every path of an agent", function () {
  // Tens of thousands of steps: a busy machine takes its time over them.
  this.timeout(120_000);

  it("holds the invariants breadth first", () => {
    let frontier = [loggedOut(instant(0))];
    const seen = new Set<string>();
    const places = new Set<string>();
    for (let depth = 0; depth < 9 && frontier.length > 0; depth++) {
      const next: AgentState[] = [];
      for (const from of frontier) {
        for (const input of inputsAt(instant(1_000))) {
          const to = step(from, input);
          const key = JSON.stringify(to);
          if (seen.has(key) || to.visits.length > 1) continue;
          seen.add(key);
          places.add(to.work.at);
          next.push(to);
        }
      }
      // The states multiply by what was typed; a sample of each depth reaches every place.
      frontier = next.filter((_, i) => i % Math.ceil(next.length / 100) === 0);
    }
    expect([...places].sort()).to.deep.equal(
      ["connecting", "dialing", "logged-out", "paused", "previewing", "ready", "ringing",
        "talking", "wrap-up"]);
  });

  it("comes to rest by its timers, whatever happened", () => {
    const anyInput = fc.nat(400).map((i) => (at: Instant): AgentInput => {
      const inputs = inputsAt(at);
      return inputs[i % inputs.length] as AgentInput;
    });
    fc.assert(fc.property(fc.array(anyInput, { maxLength: 30 }), (makers) => {
      let state = makers.reduce(
        (from, make, i) => step(from, make(instant(100 * i))), loggedOut(instant(0)));
      for (let i = 0; i < 12; i++) {
        const at = timeOverAt(state);
        if (at === undefined) break;
        state = step(state, { type: "time-over", at });
      }
      expect(timeOverAt(state)).to.equal(undefined);
      expect(state.visits).to.deep.equal([]);
    }), { numRuns: 1_000 });
  });
});
