/**
 * Owns the gate's place in the engine: between the runner and the store. A lead is judged when it
 * is leased, so that the hopper holds only leads that may be dialed, and again in the moment its
 * attempt is stored. The runner knows nothing of it and cannot go around it.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { Contact, DialReserve } from "../compliance/frequency.ts";
import { limitsOf, type Blocked, type DialMoment } from "../compliance/gate.ts";
import { placeOfCode, recordingUnder, type PartyRecording } from "../compliance/ruleset.ts";
import type { AttemptId, CampaignId, DialNumber, LeadId } from "../ids.ts";
import { limits } from "../limits.ts";
import type {
  CampaignTerms, ComplianceStore, GateQuestions, GateWorld, LeadFacts,
} from "../store/postgres/compliance.ts";
import type { Campaign, HopperLead, NewAttempt, Store } from "../store/store.ts";
import {
  campaignJudged, judgeBy, limitOf, momentOfLease, placeName, rulesOf, type CallPurpose,
  type Judged, type JudgedCampaign,
} from "./judge.ts";
import type { Rulebook } from "./pack-files.ts";

/** When a blocked lead is worth another look; nothing is asked more often than once a minute. */
function again(block: Blocked, now: Instant): Instant {
  const soonest = plus(now, limits.gateAgainMs);
  if (block.until !== undefined) return Math.max(block.until, soonest) as Instant;
  return passing.has(block.rule) ? soonest : plus(now, limits.gateHopelessMs);
}

/** Rules about the moment, the floor or us; the others stand against the lead itself. */
const passing: ReadonlySet<Blocked["rule"]> = new Set<Blocked["rule"]>(
  ["kill-switch", "facts", "campaign", "trunk", "abandon"]);

/** A lead that may be dialed, with what was known of it. */
interface Passed {
  readonly facts: LeadFacts;
  readonly judged: Judged;
  readonly terms: CampaignTerms | undefined;
}

/** How a conversation with a lead may be recorded. */
type Recorded = Required<Pick<NewAttempt, "recording">> & Pick<NewAttempt, "beepSeconds">;

/** An intent that passed. */
interface Sent {
  readonly intent: NewAttempt;
  /** Those of its places that the campaign had not called when this was judged. */
  readonly newPlaces: readonly string[];
}

const recordingOf = ({ facts: { rules } }: Judged): Recorded => {
  const { policy, beepSeconds } = recordingUnder(rules);
  return { recording: policy, ...beepSeconds !== undefined && { beepSeconds } };
};

/** What must still be so when the attempt is stored; nothing where no rule counts dials. */
function reserveOf({ facts, judged, terms }: Passed): DialReserve | undefined {
  const bounds = limitsOf(judged.facts);
  if (bounds.length === 0 && judged.facts.callerId?.dailyMax === undefined) return undefined;
  const { numbers, company } = facts;
  return {
    numbers, limits: bounds, ...company !== undefined && { company },
    ...terms?.callerId.dailyMax !== undefined && { callerIdMax: terms.callerId.dailyMax },
  };
}

/** An intent with what it was allowed by. */
function toSent(intent: NewAttempt, passed: Passed): Sent {
  const { judged: { facts: { rules, lead }, places }, terms } = passed;
  const reserve = reserveOf(passed);
  const callerId = terms?.settings.callerId?.number;
  const names = places.map(placeName);
  return {
    intent: {
      ...intent, ...callerId !== undefined && { callerId }, ...reserve && { reserve },
      allowedBy: { versions: rules.versions, zones: lead.zones, places: names },
    },
    newPlaces: names.filter((each) => terms?.places.includes(each) !== true),
  };
}

/** Dials of one batch that were allowed so far: they count against the ones after them. */
class Batch {
  readonly #made = new Map<string, Contact[]>();
  #shown = 0;

  add({ numbers, company }: LeadFacts, now: Instant): void {
    this.#shown += 1;
    const contact: Contact = { at: now, result: "open", refused: false };
    for (const key of [...numbers, ...company === undefined ? [] : [`company ${company}`]]) {
      this.#made.set(key, [contact, ...this.#made.get(key) ?? []]);
    }
  }

  lead(facts: LeadFacts): LeadFacts {
    const made = (...keys: readonly string[]): readonly Contact[] =>
      [...new Set(keys.flatMap((key) => this.#made.get(key) ?? []))];
    return {
      ...facts,
      ofNumber: [...made(facts.number), ...facts.ofNumber],
      ofPerson: [...made(...facts.numbers), ...facts.ofPerson],
      ofCompany: facts.company === undefined
        ? [] : [...made(`company ${facts.company}`), ...facts.ofCompany],
    };
  }

  campaign(judged: JudgedCampaign): JudgedCampaign {
    const { callerId } = judged;
    return callerId === undefined ? judged
      : { ...judged, callerId: { ...callerId, dialed: callerId.dialed + this.#shown } };
  }
}

interface Parts {
  readonly store: Store;
  readonly compliance: ComplianceStore;
  readonly clock: Clock;
  readonly rulebook: Rulebook;
}

/** A lead that is being leased, or one whose line was chosen and is about to be stored. */
interface Asked {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly moment: DialMoment | "lease" | undefined;
}

type Pass = (
  campaign: CampaignId, leads: readonly Asked[],
) => Promise<ReadonlyMap<LeadId, Passed>>;

type Ask = (campaign: CampaignId, leads: readonly Asked[], readAt: Instant) => Promise<{
  readonly terms: CampaignTerms | undefined;
  readonly judged: JudgedCampaign;
  readonly world: GateWorld;
  readonly facts: readonly LeadFacts[];
}>;

/** Asks for all at once: what a campaign is for is part of the answer, and hardly ever changes. */
function askBy(compliance: ComplianceStore): Ask {
  const purposes = new Map<CampaignId, CallPurpose>();
  return async (campaign, leads, readAt) => {
    const factsFor = (purpose: CallPurpose, asked: GateQuestions) =>
      asked.factsOf({ id: campaign, purpose }, leads.map((each) => each.lead), readAt,
        leads.map((each) => each.number));
    const expected = purposes.get(campaign) ?? "marketing";
    const [terms, world, facts] = await compliance.together((asked) => Promise.all([
      asked.termsOf(campaign, readAt), asked.world(), factsFor(expected, asked),
    ]));
    const judged = campaignJudged(terms);
    purposes.set(campaign, judged.purpose);
    const asExpected = judged.purpose === expected;
    return {
      terms, judged, world,
      facts: asExpected ? facts : await factsFor(judged.purpose, compliance),
    };
  };
}

/** Judges leads and puts off those that may not be dialed; returns the others. */
function passBy({ compliance, clock, rulebook }: Parts): Pass {
  const ask = askBy(compliance);
  return async (campaign, leads) => {
    const readAt = clock.now();
    const { terms, judged, world, facts } = await ask(campaign, leads, readAt);
    const found = new Map(facts.map((each) => [each.lead, each]));
    const at = { readAt, now: clock.now() };
    const judge = judgeBy(rulebook, world);
    const batch = new Batch();
    const passed = new Map<LeadId, Passed>();
    const blocked: Parameters<ComplianceStore["putOff"]>[1][number][] = [];
    for (const { lead, moment } of leads) {
      const known = found.get(lead);
      if (known === undefined) continue;
      const verdict = judge.judge(batch.lead(known), batch.campaign(judged), at,
        moment === "lease" ? momentOfLease(readAt) : moment);
      if (verdict.decision.verdict === "block") {
        blocked.push({ lead, block: verdict.decision, notBefore: again(verdict.decision, at.now) });
        continue;
      }
      if (moment !== "lease") batch.add(known, at.now);
      passed.set(lead, { facts: known, judged: verdict, terms });
    }
    await compliance.putOff(campaign, blocked, at.now);
    return passed;
  };
}

/** What a campaign's agents bring to a recording, by the codes of the places they are at. */
function agentRecording(
  { rulebook }: Parts, { settings }: Campaign, purpose: CallPurpose, codes: ReadonlySet<string>,
): Readonly<Record<string, PartyRecording>> {
  const under = (code: string): PartyRecording => {
    const place = placeOfCode(code);
    return recordingUnder(rulesOf(rulebook, place === undefined ? [] : [place], purpose));
  };
  return Object.fromEntries(["", ...codes].map((code) =>
    [code, under(code === "" ? settings.agentsAt ?? "" : code)]));
}

/**
 * The campaign with the abandon limit of the law of wherever it calls, where that is stricter, and
 * with the rules of recording of its agents' places.
 */
async function underTheLaw(
  parts: Parts, campaign: Campaign, codes: ReadonlySet<string>,
): Promise<Campaign> {
  const { compliance, clock, rulebook } = parts;
  const terms = await compliance.termsOf(campaign.id, clock.now());
  const { purpose } = campaignJudged(terms);
  const { rateMax, withinDays } = limitOf(rulebook, campaign.settings, {
    purpose, places: terms?.places ?? [],
  });
  return {
    ...campaign,
    settings: { ...campaign.settings, abandonRateMax: rateMax, abandonWithinDays: withinDays },
    agentRecording: agentRecording(parts, campaign, purpose, codes),
  };
}

/** The store as the runner may use it. */
export function gatedStore(parts: Parts): Store {
  const { store, compliance } = parts;
  const pass = passBy(parts);

  // What was judged and sent, until it is known to be stored. The runner asks again when our answer
  // was lost; judged again then, an attempt that is stored already would stand against itself.
  const sent = new Map<AttemptId, Sent>();

  return {
    ...store,
    async campaigns() {
      const [campaigns, agents] = await Promise.all([store.campaigns(), store.agents()]);
      const codes = new Set(agents.flatMap(({ place }) => place ?? []));
      return Promise.all(campaigns.map((each) => underTheLaw(parts, each, codes)));
    },
    async leaseLeads(order) {
      // Blocked leads are put off, so that asking again brings others; the bound is for safety.
      for (let round = 0; round < limits.gateRounds; round++) {
        const leased = await store.leaseLeads(order);
        if (leased.length === 0) return leased;
        const good = await pass(order.campaign,
          leased.map(({ lead, number }) => ({ lead, number, moment: "lease" })));
        const rest = leased.flatMap((each): readonly HopperLead[] => {
          const found = good.get(each.lead);
          return found ? [{ ...each, ...recordingOf(found.judged) }] : [];
        });
        if (rest.length > 0 || leased.length < order.count) return rest;
      }
      return [];
    },
    async placeAttempts(campaign, epoch, wanted) {
      const fresh = wanted.filter((each) => !sent.has(each.attempt));
      const good = await pass(campaign,
        fresh.map(({ lead, number, moment }) => ({ lead, number, moment })));
      for (const intent of fresh) {
        const found = good.get(intent.lead);
        if (found === undefined) continue;
        // A campaign's purpose changed since the lease: its lead is judged anew when that runs out.
        const { recording, beepSeconds } = recordingOf(found.judged);
        const stale = intent.recording !== undefined
          && (intent.recording !== recording || intent.beepSeconds !== beepSeconds);
        if (!stale) sent.set(intent.attempt, toSent(intent, found));
      }
      const passed = wanted.flatMap((each) => sent.get(each.attempt) ?? []);
      if (passed.length === 0) return [];
      // The rules of a place hold for the campaign's abandon limit before anybody there is dialed.
      const news = new Set(passed.flatMap((each) => each.newPlaces));
      if (news.size > 0) await compliance.addPlaces(campaign, [...news]);
      const placed = await store.placeAttempts(campaign, epoch, passed.map((each) => each.intent));
      // A cap that others filled meanwhile stands against the lead now: it is put off, with that.
      const are = new Set(placed);
      const refused = passed.flatMap(({ intent: { attempt, lead, number, moment } }) =>
        are.has(attempt) ? [] : [{ lead, number, moment }]);
      if (refused.length > 0) await pass(campaign, refused);
      // Not before: when the store is away for that, the runner asks again for what is stored.
      for (const { intent } of passed) sent.delete(intent.attempt);
      return placed;
    },
  };
}

