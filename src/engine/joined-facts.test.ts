/** When the fact that a call is joined is stored, by what waits for it on the line. */
import { expect } from "chai";
import type { CampaignSettings } from "../campaign/settings.ts";
import { limits } from "../limits.ts";
import { rehearse } from "../testing/rehearsal.ts";

/** The longest time from a joining to the storing of it, over many calls. */
async function longestMs(settings: Partial<CampaignSettings>): Promise<number> {
  const waits: number[] = [];
  const report = await rehearse({
    seed: 11, hours: 0.1, leads: 60, agents: 4, faults: false, settings,
    spoil: ({ world, store }) => {
      const record = store.recordCalls.bind(store);
      store.recordCalls = (records) => {
        for (const { type, at } of records.flatMap(({ facts }) => facts)) {
          if (type === "connected") waits.push(world.clock.now() - at);
        }
        return record(records);
      };
    },
  });
  expect(report.breaks).to.eql([]);
  expect(waits.length).to.be.greaterThan(5);
  return Math.max(...waits);
}

describe("the fact that a call is joined", () => {
  it("gathers with others where nothing is said or recorded", async () => {
    expect(await longestMs({ record: false, announce: [] })).to.be.at.least(limits.factGatherMs);
  });
  it("is stored at once where the agent hears who is there", async () => {
    expect(await longestMs({ record: false, announce: ["digits"] })).to.be.below(limits.factGatherMs);
  });
  it("is stored at once where the call is recorded", async () => {
    expect(await longestMs({ record: true, announce: [] })).to.be.below(limits.factGatherMs);
  });
});
