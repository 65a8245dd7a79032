import { expect } from "chai";
import { instant, plus } from "../clock.ts";
import type { AgentId, CampaignId, DialNumber, Epoch, LeadId } from "../ids.ts";
import { campaignSettings } from "../testing/floor-plan.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import type { HopperLead, Store } from "../store/store.ts";
import { Hopper } from "./hopper.ts";

describe("the hopper", () => {
  const now = instant(1_000_000_000_000);
  const lead = (id: number, agent?: number): HopperLead => ({
    lead: id as LeadId, number: `+4930${id}` as DialNumber, name: "", spent: 0,
    leasedUntil: plus(now, 60_000),
    ...(agent !== undefined && { callback: { at: now, agent: agent as AgentId } }),
  });

  /** Asks for leads until the store has no answer left; `?` for each question. */
  async function check(
    answers: readonly (readonly HopperLead[])[], ready: (agent: number) => boolean,
    expected: string,
  ): Promise<void> {
    const clock = new SimulatedClock(now);
    let asked = 0;
    const store = { leaseLeads: () => Promise.resolve(answers[asked++] ?? []) } as unknown as Store;
    const hopper = new Hopper(store, clock, {
      id: 1 as CampaignId, epoch: 1 as Epoch, settings: campaignSettings, state: "running",
    }, (error) => { throw error; });
    for (let round = 0; round < answers.length; round++) {
      hopper.refill({ usual: 6 });
      await clock.runFor(2_000);
    }
    const out: number[] = [];
    for (;;) {
      const next = hopper.next(clock.now(), 0, ({ callback }) =>
        callback?.agent === undefined || ready(callback.agent));
      if (next === undefined) break;
      out.push(next.lead);
    }
    expect(`${"?".repeat(asked)} ${out.join(" ")}`).to.equal(expected);
  }

  it("puts promised calls before leads that it has already", () =>
    check([[lead(1), lead(2)], [lead(3, 7), lead(4), lead(5)]], () => true, "?? 3 1 2 4 5"));
  it("asks for more although calls wait for their agents", () =>
    check([[lead(1, 7), lead(2, 7), lead(3, 7)], [lead(4), lead(5)]], () => false, "?? 4 5"));
  it("dials those as soon as their agent is ready, before the others", () =>
    check([[lead(1, 7), lead(2, 8)], [lead(4), lead(5)]], (agent) => agent === 8, "?? 2 4 5"));

  /** Dials `most` at a time; how many leads were asked for each time. */
  async function paced(
    times: number, { most, everyMs }: { readonly most: number; readonly everyMs: number },
  ): Promise<readonly number[]> {
    const clock = new SimulatedClock(now);
    const asked: number[] = [];
    const store = {
      leaseLeads: ({ count }: { count: number }) => {
        asked.push(count);
        return Promise.resolve(Array.from({ length: count }, (_, index) => lead(index)));
      },
    } as unknown as Store;
    const hopper = new Hopper(store, clock, {
      id: 1 as CampaignId, epoch: 1 as Epoch, settings: campaignSettings, state: "running",
    }, (error) => { throw error; });
    for (let time = 0; time < times; time++) {
      hopper.refill({ usual: 20 });
      await clock.runFor(everyMs);
      for (let dialed = 0; dialed < most && hopper.next(clock.now(), 0); dialed++);
    }
    return asked;
  }

  it("leases more ahead for a floor that dials fast, up to one batch", async () => {
    const asked = await paced(5, { most: Infinity, everyMs: 50 });
    expect(asked).to.deep.equal([20, 40, 120, 360, 500]);
  });
  it("leases the usual for one that dials as its agents need", async () => {
    const asked = await paced(100, { most: 1, everyMs: 150 });
    expect(new Set(asked)).to.deep.equal(new Set([20]));
  });
});
