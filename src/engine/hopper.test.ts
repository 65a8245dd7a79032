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
      hopper.refill({ count: 6 });
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
});
