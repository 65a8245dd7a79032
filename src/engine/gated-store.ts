/**
 * Owns the gate's place in the engine: between the runner and the store. A lead is judged when it
 * is leased, so that the hopper holds only leads that may be dialed, and again in the moment its
 * attempt is stored. The runner knows nothing of it and cannot go around it.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { decideDial, type Blocked, type GateFacts } from "../compliance/gate.ts";
import type { Pack, Purpose, RecordingPolicy } from "../compliance/pack.ts";
import { rulesetFor, strictestRecording, type Ruleset } from "../compliance/ruleset.ts";
import { isZone } from "../compliance/zone.ts";
import type { AttemptId, CampaignId, LeadId } from "../ids.ts";
import { lineOf, type Line } from "../leads/line.ts";
import { limits } from "../limits.ts";
import type { ComplianceStore, GateWorld, LeadFacts } from "../store/postgres/compliance.ts";
import type { HopperLead, NewAttempt, Store } from "../store/store.ts";

export interface GateTerms {
  /** `rehearsal`: no number leaves this machine, so that no place's rules apply. */
  readonly purpose: Purpose | "rehearsal";
}

/**
 * What a campaign is for. A rehearsal is one whose trunks all stay on this machine; a file that
 * calls itself one over a carrier's trunk is judged as marketing, the strictest of the purposes.
 */
export function termsFor(
  settings: CampaignSettings, trunkHosts: readonly string[],
): GateTerms {
  const { purpose = "by-trunk" } = settings;
  if (purpose !== "by-trunk" && purpose !== "rehearsal") return { purpose };
  const home = trunkHosts.length > 0
    && trunkHosts.every((host) => /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host));
  return { purpose: home ? "rehearsal" : "marketing" };
}

/** No pack has a part in it: only the kill switch and do-not-call are asked. */
const rehearsalRules: Ruleset = {
  hours: [{
    hours: {
      days: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day, [{ from: 0, to: 1440 }]])),
      holidays: undefined,
    },
    source: {
      pack: "rehearsal", version: "1", text: "the trunks stay on this machine", url: undefined,
    },
  }],
  caps: [], coolDowns: [], consent: undefined, registry: undefined, abandon: undefined,
  recording: undefined, unknownZoneAllowed: true, versions: ["rehearsal@1"],
};

/** Lead-level facts; those of caller-ID, trunk and abandon rate are the runner's own to keep. */
export interface Judged {
  readonly facts: GateFacts;
  readonly decision: ReturnType<typeof decideDial>;
}

export interface Judge {
  judge(lead: LeadFacts, terms: GateTerms, world: GateWorld, now: Instant): Judged;
}

/** Rules are kept per country and purpose: the gate's own memory hangs on them. */
export function judgeBy(packs: readonly Pack[]): Judge {
  const kept = new Map<string, Ruleset>();
  const rulesOf = (line: Line, purpose: GateTerms["purpose"]): Ruleset => {
    if (purpose === "rehearsal") return rehearsalRules;
    const key = `${line.country ?? ""} ${purpose}`;
    let rules = kept.get(key);
    if (rules === undefined) {
      const places = line.country === undefined ? [] : [{ country: line.country, area: undefined }];
      kept.set(key, rules = rulesetFor(packs, places, purpose));
    }
    return rules;
  };
  return {
    judge(lead, { purpose }, world, now) {
      const line = lineOf(lead.number);
      const said = lead.timeZone !== undefined && isZone(lead.timeZone)
        ? [lead.timeZone] : undefined;
      const oldest = world.registries.filter(({ country }) => country === line.country)
        .map(({ asOf }) => asOf);
      const facts: GateFacts = {
        now, readAt: now, killSwitchOn: world.killSwitchOn, campaignState: "running",
        rules: rulesOf(line, purpose),
        lead: { zones: said ?? line.zones, number: lead.number, lineType: line.type },
        consent: lead.consent,
        doNotCall: {
          listed: lead.listed,
          registryAsOf: oldest.includes(undefined) || oldest.length === 0
            ? undefined : Math.min(...oldest.map(Number)) as Instant,
        },
        history: { number: lead.ofNumber, person: lead.ofPerson, company: [] },
        destinations: ["+"],
        callerId: { authorised: true, dialedToday: 0, dailyMax: 1 },
        trunk: { channelsFree: 1, tokens: 1 },
        abandon: { answered: 0, abandoned: 0, rateMax: 1, agentReserved: true },
      };
      return { facts, decision: decideDial(facts) };
    },
  };
}

/** When a blocked lead is worth another look; nothing is asked more often than once a minute. */
function again(block: Blocked, now: Instant): Instant {
  const soonest = plus(now, limits.gateAgainMs);
  if (block.until !== undefined) return Math.max(block.until, soonest) as Instant;
  return block.rule === "kill-switch" || block.rule === "facts"
    ? soonest : plus(now, limits.gateHopelessMs);
}

/** An intent that passed, with what it was allowed by. */
interface Sent {
  readonly intent: NewAttempt;
  readonly attempt: AttemptId;
  readonly lead: LeadId;
  readonly versions: readonly string[];
  readonly zones: readonly string[];
}

const recordingOf = ({ facts }: Judged): RecordingPolicy => strictestRecording([facts.rules]);

const toSent = (
  intent: NewAttempt, { facts, judged }: { readonly facts: LeadFacts; readonly judged: Judged },
): Sent => ({
  intent: { ...intent, seen: facts.seen }, attempt: intent.attempt, lead: intent.lead,
  versions: judged.facts.rules.versions, zones: judged.facts.lead.zones,
});

interface Parts {
  readonly store: Store;
  readonly compliance: ComplianceStore;
  readonly clock: Clock;
  readonly packs: readonly Pack[];
}

/** The store as the runner may use it. */
export function gatedStore({ store, compliance, clock, packs }: Parts): Store {
  const judge = judgeBy(packs);

  /** Judges leads and puts off those that may not be dialed; returns the others' facts. */
  async function pass(
    campaign: CampaignId, leads: readonly LeadId[],
  ): Promise<ReadonlyMap<LeadId, { readonly facts: LeadFacts; readonly judged: Judged }>> {
    const asked = await compliance.termsOf(campaign);
    const terms = asked ? termsFor(asked.settings, asked.hosts) : { purpose: "marketing" as const };
    const now = clock.now();
    const [world, found] = await Promise.all([
      compliance.world(), compliance.factsOf(leads, terms.purpose, now),
    ]);
    const all = found.map((facts) => ({ facts, judged: judge.judge(facts, terms, world, now) }));
    await compliance.putOff(campaign, all.flatMap(({ facts, judged: { decision } }) =>
      decision.verdict === "allow" ? [] : [{
        lead: facts.lead, block: decision, notBefore: again(decision, now),
      }]), now);
    return new Map(all.filter(({ judged }) => judged.decision.verdict === "allow")
      .map((each) => [each.facts.lead, each]));
  }

  // What was judged and sent, until it is known to be stored. The runner asks again when our answer
  // was lost; judged again then, an attempt that is stored already would stand against itself.
  const sent = new Map<AttemptId, Sent>();

  return {
    ...store,
    async leaseLeads(order) {
      // Blocked leads are put off, so that asking again brings others; the bound is for safety.
      for (let round = 0; round < limits.gateRounds; round++) {
        const leased = await store.leaseLeads(order);
        if (leased.length === 0) return leased;
        const good = await pass(order.campaign, leased.map((each) => each.lead));
        const rest = leased.flatMap((each): readonly HopperLead[] => {
          const found = good.get(each.lead);
          return found ? [{ ...each, recording: recordingOf(found.judged) }] : [];
        });
        if (rest.length > 0 || leased.length < order.count) return rest;
      }
      return [];
    },
    async placeAttempts(campaign, epoch, wanted) {
      const fresh = wanted.filter((each) => !sent.has(each.attempt));
      const good = await pass(campaign, fresh.map((each) => each.lead));
      for (const intent of fresh) {
        const found = good.get(intent.lead);
        if (found === undefined) continue;
        // A campaign's purpose changed since the lease: its lead is judged anew when that runs out.
        const stale = intent.recording !== undefined
          && intent.recording !== recordingOf(found.judged);
        if (!stale) sent.set(intent.attempt, toSent(intent, found));
      }
      const passed = wanted.flatMap((each) => sent.get(each.attempt) ?? []);
      if (passed.length === 0) return [];
      const placed = await store.placeAttempts(campaign, epoch, passed.map((each) => each.intent));
      const are = new Set(placed);
      await compliance.recordAllowed(campaign, passed.filter(({ attempt }) => are.has(attempt)));
      for (const { attempt } of passed) sent.delete(attempt);
      return placed;
    },
  };
}

