import { expect } from "chai";
import fc from "fast-check";
import type { AgentId, CampaignId } from "../ids.ts";
import { blend, type BlendedAgent, type BlendedCampaign } from "./blending.ts";

interface Worker {
  readonly id: number;
  readonly for?: readonly number[];
  readonly busy?: boolean;
  readonly home?: number;
}
const agentOf = ({ id, for: campaigns, busy = false }: Worker): BlendedAgent => ({
  agent: id as AgentId, ready: !busy,
  worksFor: (campaign) => campaigns?.includes(campaign) ?? true,
});
const campaign = (
  id: number, { priority = 5, wanted = Infinity, claims = 0 } = {},
): BlendedCampaign => ({ id: id as CampaignId, priority, wanted, claims });

/** `1:2 2:1-` says that agent 1 is in campaign 2, and agent 2 in 1, about to leave. */
function check(
  workers: readonly Worker[], campaigns: readonly BlendedCampaign[], expected: string,
): void {
  const before = new Map(workers.flatMap(({ id, home }) =>
    home === undefined ? [] : [[id as AgentId, home as CampaignId] as const]));
  const places = blend(workers.map(agentOf), campaigns, before);
  expect([...places].map(([agent, { campaign: at, leaving }]) =>
    `${agent}:${at}${leaving ? "-" : ""}`).join(" ")).to.equal(expected);
}

describe("blending of agents between campaigns", () => {
  it("gives everybody to the campaign of the highest priority", () =>
    check([{ id: 1 }, { id: 2 }], [campaign(1), campaign(2, { priority: 9 })], "1:2 2:2"));
  it("gives no more than it has leads for, and the rest to the next", () =>
    check([{ id: 1 }, { id: 2 }, { id: 3 }],
      [campaign(1), campaign(2, { priority: 9, wanted: 1 })], "1:2 2:1 3:1"));
  it("shares evenly between equals", () =>
    check([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }], [campaign(1), campaign(2)],
      "1:1 2:2 3:1 4:2"));
  it("leaves agents where they are when that is even", () =>
    check([{ id: 1, home: 2 }, { id: 2, home: 1 }], [campaign(1), campaign(2)], "1:2 2:1"));
  it("places nobody in a campaign they do not work for", () =>
    check([{ id: 1, for: [1] }, { id: 2, for: [2] }, { id: 3, for: [3] }],
      [campaign(1), campaign(2, { priority: 9 })], "1:1 2:2"));
  it("places nobody where nobody is wanted", () =>
    check([{ id: 1 }], [campaign(1, { wanted: 0 })], ""));
  it("leaves an agent with the lines that ring for them, and has no more placed", () =>
    check([{ id: 1, home: 1 }, { id: 2, home: 1 }],
      [campaign(1, { claims: 1 }), campaign(2, { priority: 9 })], "1:2 2:1-"));
  it("leaves busy agents too while lines count on more than who is free", () =>
    check([{ id: 1, home: 1 }, { id: 2, home: 1, busy: true }],
      [campaign(1, { claims: 2 }), campaign(2, { priority: 9 })], "1:1- 2:1-"));
  it("lets busy agents go once the free ones cover every line", () =>
    check([{ id: 1, home: 1 }, { id: 2, home: 1, busy: true }],
      [campaign(1, { claims: 1 }), campaign(2, { priority: 9 })], "1:1- 2:2"));
  it("lets everybody go of a campaign that is over", () =>
    check([{ id: 1, home: 7 }, { id: 2, home: 7 }], [campaign(1)], "1:1 2:1"));

  it("counts everybody once, keeps claims covered, and comes to rest", () => {
    const workers = fc.array(fc.record({
      busy: fc.boolean(), home: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      for: fc.subarray([1, 2, 3], { minLength: 1 }),
    }), { maxLength: 12 });
    const campaigns = fc.tuple(...[1, 2, 3].map((id) => fc.record({
      priority: fc.integer({ min: 1, max: 3 }), wanted: fc.nat(8), claims: fc.nat(4),
    }).map((each) => campaign(id, { ...each, wanted: each.wanted + each.claims }))));
    fc.assert(fc.property(workers, campaigns, (floor, all) => {
      const named = floor.map(({ home, ...each }, i) => ({
        ...each, id: i + 1, ...home !== undefined && each.for.includes(home) ? { home } : {},
      }));
      const agents = named.map(agentOf);
      const before = new Map(named.flatMap(({ id, home }) =>
        home === undefined ? [] : [[id as AgentId, home as CampaignId] as const]));
      const places = blend(agents, all, before);
      for (const { id, claims } of all) {
        const ready = (where: (agent: AgentId) => CampaignId | undefined): number =>
          agents.filter((each) => each.ready && where(each.agent) === id).length;
        const [was, is] = [ready((each) => before.get(each)),
          // Whom nobody wants now is seen by all, and so still by this one.
          ready((each) => places.has(each) ? places.get(each)?.campaign : before.get(each))];
        // Who was free for its lines still is, down to one for each line.
        const moved = agents.some((each) => each.ready && before.get(each.agent) === id
          && places.get(each.agent) !== undefined && places.get(each.agent)?.campaign !== id);
        if (moved) expect(is).to.be.at.least(Math.min(was, claims));
      }
      for (const [agent, { campaign: at }] of places) {
        expect(agents.find((each) => each.agent === agent)?.worksFor(at)).to.equal(true);
      }
      const idle = all.map((each) => ({ ...each, claims: 0 }));
      const homes = (of: ReturnType<typeof blend>) =>
        new Map([...of].map(([agent, place]) => [agent, place.campaign]));
      // Evening out may take a few rounds; going round in circles would move agents for ever.
      let rest = places;
      for (let round = 0; round < 4; round++) rest = blend(agents, idle, homes(rest));
      expect(blend(agents, idle, homes(rest))).to.deep.equal(rest);
    }), { numRuns: 2_000 });
  });
});
