import { expect } from "chai";
import fc from "fast-check";
import { instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { longestIdle, type ReadyAgent } from "./longest-idle.ts";

const ready = (agent: number, since: number, offHook = true): ReadyAgent =>
  ({ agent: agent as AgentId, readySince: instant(since), offHook });

describe("the agent for a call", () => {
  const check = (floor: readonly ReadyAgent[], chosen: number | undefined) =>
    expect(longestIdle(floor)?.agent).to.equal(chosen);

  it("is nobody on an empty floor", () => check([], undefined));
  it("is the one who waits longest", () => check([ready(1, 30), ready(2, 10), ready(3, 20)], 2));
  it("is at the line before one whose phone has to ring", () =>
    check([ready(1, 10, false), ready(2, 90)], 2));
  it("is rung when nobody is at the line", () =>
    check([ready(1, 20, false), ready(2, 10, false)], 2));
  it("is the lower id of two who came together", () => check([ready(7, 10), ready(4, 10)], 4));

  it("does not hang on the order of the floor", () => {
    const anyone = fc.record({ agent: fc.nat(5), since: fc.nat(3), offHook: fc.boolean() })
      .map(({ agent, since, offHook }) => ready(agent, since, offHook));
    const floors = fc.uniqueArray(anyone, { selector: ({ agent }) => agent, maxLength: 6 });
    fc.assert(fc.property(floors, (floor) =>
      longestIdle(floor) === longestIdle([...floor].reverse())));
  });
});
