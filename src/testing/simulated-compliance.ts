/**
 * Owns what the gate asks in a rehearsal: the lists and histories of the simulated store, and the
 * places where its people live. The gate itself is the production's, with the product's own packs.
 */
import { plus, type Instant } from "../clock.ts";
import { longestSpanDays } from "../compliance/frequency.ts";
import type { CampaignId, DialNumber, LeadId } from "../ids.ts";
import type { ComplianceStore, GateQuestions, LeadFacts } from "../store/postgres/compliance.ts";
import { contactOf } from "./simulated-campaign.ts";
import type { Store } from "../store/store.ts";
import { SimulatedStore } from "./simulated-store.ts";

/** The people's places: how their numbers begin, and where they are. */
export const places = [
  { prefix: "+86138", zone: "Asia/Shanghai" },
  { prefix: "+1212", zone: "America/New_York" },
  { prefix: "+1310", zone: "America/Los_Angeles" },
  // Nobody is called there: the installation does not allow it.
  { prefix: "+4420", zone: "Europe/London" },
] as const;

const zoneOf = (number: DialNumber): string | undefined =>
  places.find(({ prefix }) => number.startsWith(prefix))?.zone;

/** What the installation keeps beside its campaigns. */
export class SimulatedLists {
  readonly doNotCall = new Set<DialNumber>();
  killSwitchOn = false;
}

/** The store as an object of plain functions: the gate takes it apart and puts it together anew. */
export function plainStore(store: SimulatedStore): Store {
  type Method = (...args: unknown[]) => unknown;
  const methods = [...Object.getOwnPropertyNames(SimulatedStore.prototype), ...Object.keys(store)]
    .filter((name) => name !== "constructor" && typeof Reflect.get(store, name) === "function");
  // Looked up at each call: a test may put another in its place.
  return Object.fromEntries(methods.map((name) => [name, (...args: unknown[]): unknown =>
    (Reflect.get(store, name) as Method).apply(store, args)])) as unknown as Store;
}

export function simulatedCompliance(store: SimulatedStore, lists: SimulatedLists): ComplianceStore {
  const factsOf = (lead: LeadId, since: Instant): readonly LeadFacts[] => {
    const number = store.numberOf(lead);
    if (number === undefined) return [];
    const dials = store.dialsOf(number).filter(({ at }) => at > since);
    const contacts = dials.flatMap((row) => contactOf(row) ?? []).reverse();
    return [{
      lead, number, stated: { timeZone: zoneOf(number), states: [], zips: [] }, consent: "none",
      listed: lists.doNotCall.has(number), numbers: [number],
      ofNumber: contacts, ofPerson: contacts, ofCompany: [], company: undefined,
    }];
  };
  const places = new Map<CampaignId, Set<string>>();
  const placesOf = (campaign: CampaignId): Set<string> => {
    const known = places.get(campaign) ?? new Set();
    places.set(campaign, known);
    return known;
  };
  const questions: GateQuestions = {
    termsOf: (campaign) => store.request("termsOf", () => ({
      state: "running" as const, settings: store.settingsOf(campaign), hosts: ["carrier.example"],
      places: [...placesOf(campaign)],
      callerId: { authorised: true, dialed: 0, dailyMax: undefined, freeAt: undefined },
    })),
    world: () => store.request("world", () => ({
      killSwitchOn: lists.killSwitchOn,
      registries: [{ country: "US", asOf: store.now() }],
      destinations: ["CN", "US"].map((what) =>
        ({ what, verdict: "allowed" as const, highRisk: false })),
    })),
    factsOf: (_campaign, leads, now) => store.request("factsOf", () =>
      leads.flatMap((lead) => factsOf(lead, plus(now, -longestSpanDays * 86_400_000)))),
    putOff: (campaign, leads) => leads.length === 0 ? Promise.resolve()
      : store.request("putOff", () => { store.putOff(campaign, leads); }),
    addPlaces: (campaign, added) => store.request("addPlaces", () => {
      for (const each of added) placesOf(campaign).add(each);
    }),
  };
  return { ...questions, together: (work) => work(questions) };
}
