import { expect } from "chai";
import fc from "fast-check";
import { instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { grades, type Grade } from "../leads/value.ts";
import { agentFor, type RankedAgent } from "./by-grade.ts";
import { longestIdle } from "./longest-idle.ts";

/** `7r9` is agent 7 of rank 9; the later in the list, the shorter ready; `*` must be rung. */
const floor = (words: string): RankedAgent[] => words.split(" ").map((word, i) => {
  const [, agent = "", rank = "5", onHook] = /^(\d+)(?:r(\d))?(\*)?$/.exec(word) ?? [];
  return {
    agent: Number(agent) as AgentId, rank: Number(rank), readySince: instant(i),
    offHook: onHook === undefined,
  };
});

describe("the agent for a lead of a grade", () => {
  const check = (ready: string, grade: Grade | undefined, agent: number, promisedTo?: number) =>
    expect(agentFor({ grade, promisedTo: promisedTo as AgentId | undefined }, floor(ready))?.agent)
      .to.equal(agent);

  it("is the best for an A and a B", () => {
    check("1r5 2r9 3r7", "A", 2);
    check("1r5 2r9 3r7", "B", 2);
  });
  it("is the longest idle of the best", () => check("1r5 2r9 3r9", "A", 2));
  it("is the lowest rank for a D and an E, so that the best stay free", () => {
    check("1r5 2r9 3r2", "D", 3);
    check("1r5 2r9 3r2", "E", 3);
  });
  it("is who waits longest for a C, and where nobody knows", () => {
    check("1r5 2r9 3r2", "C", 1);
    check("1r5 2r9 3r2", undefined, 1);
  });
  it("is at the line before a better one whose phone must ring", () => check("1r9* 2r3", "A", 2));
  it("is the best of those whose phones must ring", () => check("1r3* 2r9*", "A", 2));
  it("is who promised to call back, of whatever rank", () => check("1r9 2r1*", "A", 2, 2));
  it("is by grade when who promised is not ready", () => check("1r3 2r9", "A", 2, 7));
  it("is nobody on an empty floor", () => {
    expect(agentFor({ grade: "A", promisedTo: undefined }, [])).to.equal(undefined);
  });

  it("is the longest idle where all have one rank, whatever the lead is worth", () => {
    const anyone = fc.record({ agent: fc.nat(5), since: fc.nat(3), offHook: fc.boolean() })
      .map(({ agent, since, offHook }): RankedAgent =>
        ({ agent: agent as AgentId, readySince: instant(since), offHook, rank: 5 }));
    fc.assert(fc.property(
      fc.uniqueArray(anyone, { selector: ({ agent }) => agent, maxLength: 6 }),
      fc.constantFrom(undefined, ...grades), (ready, grade) =>
        agentFor({ grade, promisedTo: undefined }, ready) === longestIdle(ready)));
  });
});
