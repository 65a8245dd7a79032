/** Owns the campaign, trunk and agents that rehearsals and tests of the engine use. */
import type { AgentId, PhoneName, TrunkId, TrunkName } from "../ids.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Agent, Trunk } from "../store/store.ts";

const minute = 60_000;

export const campaignSettings: CampaignSettings = {
  name: "rehearsal", lists: ["people"], mode: { kind: "progressive" }, trunks: ["carrier"],
  callerId: { number: "1000", name: "Rehearsal" }, ringMs: 25_000, connectWithinMs: 2_000,
  measureFrom: "answer", safeHarbour: "safe-harbour", language: "en", abandonRateMax: 0.03,
  record: true, announce: ["tone", "digits"], wrapUpMs: 8_000,
  dispositions: [
    { key: "1", code: "sale", label: { en: "sale", zh: "成交" }, then: "final" },
    { key: "2", code: "later", label: { en: "later", zh: "稍后" }, then: "retry" },
  ],
  dispositionDefault: "none",
  retry: {
    noAnswer: { afterMs: 20 * minute, attemptsMax: 3 },
    busy: { afterMs: 5 * minute, attemptsMax: 3 },
    machine: { afterMs: 60 * minute, attemptsMax: 2 },
    abandoned: { afterMs: 60 * minute, attemptsMax: 2 },
    hungUpEarly: { afterMs: 60 * minute, attemptsMax: 2 },
    connected: { afterMs: 60 * minute, attemptsMax: 2 },
    fault: { afterMs: 5 * minute },
  },
};

const once = { afterMs: 0, attemptsMax: 1 };
/** Nobody is dialed twice, so that a test has one attempt for each lead. */
export const onceOnly: CampaignSettings["retry"] = {
  noAnswer: once, busy: once, machine: once, abandoned: once, hungUpEarly: once, connected: once,
  fault: { afterMs: 60 * minute },
};

export const trunkNamed = (name: TrunkName): Trunk => ({
  id: 1 as TrunkId, name, host: "127.0.0.1", port: 5060, transport: "udp", username: undefined,
  codecs: ["ulaw"], channelsMax: 60, callsPerSecond: 20, prefix: "", enabled: true,
});

export const agentNumbered = (id: number): Agent => ({
  id: id as AgentId, name: `agent-${id}`, phone: `phone-${id}` as PhoneName,
  language: id % 2 === 0 ? "en" : "zh", enabled: true, rank: 5, campaigns: [],
});
