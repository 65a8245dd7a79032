import { instant } from "../clock.ts";
import type { AgentId, DialNumber, PhoneName, TrunkId, TrunkName } from "../ids.ts";
import { storeConformance } from "../store/conformance.ts";
import { campaignSettings, trunkNamed } from "./floor-plan.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedStore } from "./simulated-store.ts";

storeConformance("the simulated store", () => {
  const store = new SimulatedStore(new SimulatedClock(instant(Date.UTC(2026, 0, 5, 12))));
  let made = 0;
  return Promise.resolve({
    store,
    addCampaign: ({ state, numbers }) =>
      Promise.resolve(store.addCampaign(campaignSettings, state, numbers as DialNumber[])),
    setState: (campaign, state) => Promise.resolve(store.setState(campaign, state)),
    addTrunk: (name) => {
      const id = ++made as TrunkId;
      store.addTrunk({ ...trunkNamed(name as TrunkName), id, channelsMax: 10 });
      return Promise.resolve(id);
    },
    addAgent: ({ phone, pin }) => {
      const id = ++made as AgentId;
      store.addAgent({
        id, name: phone, phone: phone as PhoneName, language: "en", enabled: true, rank: 5,
        campaigns: [],
      }, pin);
      return Promise.resolve(id);
    },
    expireSeats: () => Promise.resolve(store.seats.expire()),
    close: () => store.close(),
  });
});
