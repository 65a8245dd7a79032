/**
 * Owns putting together what the pure gate is asked with: the rules of the lead's places, the
 * campaign's caller-ID, the installation's destinations. Real dials, `why` and `campaign preflight`
 * all judge by it.
 */
import type { Instant } from "../clock.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { abandonLimitOf, type AbandonLimit } from "../compliance/abandon-limit.ts";
import { Destinations, everywhere } from "../compliance/destinations.ts";
import { decideDial, type DialMoment, type GateFacts } from "../compliance/gate.ts";
import type { Purpose } from "../compliance/pack.ts";
import { placeOfCode, rulesetFor, type Place, type Ruleset } from "../compliance/ruleset.ts";
import { lineOf } from "../leads/line.ts";
import { whereaboutsOf } from "../leads/whereabouts.ts";
import type { CampaignTerms, GateWorld, LeadFacts } from "../store/postgres/compliance.ts";
import type { Rulebook } from "./pack-files.ts";

/** `rehearsal`: no number leaves this machine, so that no place's rules apply. */
export type CallPurpose = Purpose | "rehearsal";

/** What holds for every lead of a campaign at one moment. */
export interface JudgedCampaign {
  readonly purpose: CallPurpose;
  readonly state: GateFacts["campaignState"];
  readonly callerId: GateFacts["callerId"];
}

/**
 * What a campaign is for. A rehearsal is one whose trunks all stay on this machine; a file that
 * calls itself one over a carrier's trunk is judged as marketing, the strictest of the purposes.
 */
export function purposeOf(
  settings: Pick<CampaignSettings, "purpose">, trunkHosts: readonly string[],
): CallPurpose {
  const { purpose = "by-trunk" } = settings;
  if (purpose !== "by-trunk" && purpose !== "rehearsal") return purpose;
  const home = trunkHosts.length > 0
    && trunkHosts.every((host) => /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host));
  return home ? "rehearsal" : "marketing";
}

const anyCallerId = {
  authorised: true, dialed: 0, dailyMax: undefined, freeAt: undefined,
} as const;

/** A campaign that is not there any more is judged as the strictest, with no caller-ID at all. */
export function campaignJudged(terms: CampaignTerms | undefined): JudgedCampaign {
  if (terms === undefined) {
    return { purpose: "marketing", state: "finished", callerId: undefined };
  }
  const purpose = purposeOf(terms.settings, terms.hosts);
  return { purpose, state: terms.state, callerId: purpose === "rehearsal" ? anyCallerId : terms.callerId };
}

/** No pack has a part in it: only the kill switch and do-not-call are asked. */
const rehearsalRules: Ruleset = {
  hours: [{
    hours: {
      days: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day, [{ from: 0, to: 1440 }]])),
    },
    source: {
      pack: "rehearsal", version: "1", text: "the trunks stay on this machine", url: undefined,
    },
  }],
  holidays: [], caps: [], coolDowns: [], consent: undefined, registry: undefined,
  abandon: undefined, recording: undefined, unknownZoneAllowed: true, versions: ["rehearsal@1"],
};

/**
 * What trunk and abandon limit are taken to be while a lead is only leased: a lead is not put off
 * for what lasts a moment. They are asked when its line has been chosen.
 */
export const momentOfLease = (readAt: Instant): DialMoment => ({
  trunk: { readAt, channelsFree: 1, channels: 1, tokens: 1 },
  abandon: { readAt, answered: 0, abandoned: 0, rateMax: 1, lent: 0, agentReserved: true },
});

export interface Judged {
  readonly facts: GateFacts;
  /** Where the person may be: by number, ZIP and the list's own words together. */
  readonly places: readonly Place[];
  readonly decision: ReturnType<typeof decideDial>;
}

/** When the facts were asked for, and when they are judged. */
export interface Moment {
  readonly readAt: Instant;
  readonly now: Instant;
}

export interface Judge {
  /** Without `moment` nothing is allowed: who has none to show has chosen no line. */
  judge(
    lead: LeadFacts, campaign: JudgedCampaign, at: Moment, moment: DialMoment | undefined,
  ): Judged;
}

function registryDate(
  registries: GateWorld["registries"], places: readonly Place[],
): Instant | undefined {
  const dates = registries.filter((each) =>
    places.some(({ country }) => each.country === country)).map(({ asOf }) => asOf);
  return dates.length === 0 || dates.includes(undefined)
    ? undefined : Math.min(...dates.map(Number)) as Instant;
}

/** Rules are kept per place and purpose: the gate's own memory hangs on them. */
const rulesKept = new WeakMap<Rulebook, Map<string, Ruleset>>();

/** `US-FL`, and `US` where the area is not known. */
export const placeName = ({ country, area }: Place): string =>
  area === undefined ? country : `${country}-${area}`;

/** The rules of all places for a purpose; of any area of one, where its area is not known. */
export function rulesOf(
  rulebook: Rulebook, places: readonly Place[], purpose: CallPurpose,
): Ruleset {
  if (purpose === "rehearsal") return rehearsalRules;
  let kept = rulesKept.get(rulebook);
  if (kept === undefined) rulesKept.set(rulebook, kept = new Map());
  const key = `${places.map(placeName).sort().join()} ${purpose}`;
  let rules = kept.get(key);
  if (rules === undefined) {
    kept.set(key, rules = rulesetFor(rulebook.packs, places, purpose));
  }
  return rules;
}

/** The abandon limit of a campaign: its own and that of every place it has called. */
export function limitOf(
  rulebook: Rulebook, own: Parameters<typeof abandonLimitOf>[0],
  { purpose, places }: { readonly purpose: CallPurpose; readonly places: readonly string[] },
): AbandonLimit {
  const called = places.flatMap((each) => placeOfCode(each) ?? []);
  const rulesets = [[], ...called.map((each) => [each])]
    .map((each) => rulesOf(rulebook, each, purpose));
  return abandonLimitOf(own, rulesets);
}

/** As `limitOf`, by what the store says of the campaign. */
export const limitOfTerms = (
  rulebook: Rulebook, { settings, hosts, places }: CampaignTerms,
): AbandonLimit => limitOf(rulebook,
  { abandonRateMax: settings.abandonRateMax ?? 0, abandonWithinDays: settings.abandonWithinDays },
  { purpose: purposeOf(settings, hosts), places });

/** Judges by one reading of the installation's own lists. */
export function judgeBy(rulebook: Rulebook, world: GateWorld): Judge {
  const destinations = new Destinations(world.destinations, rulebook.ranges);
  return {
    judge(lead, { purpose, state, callerId }, { readAt, now }, moment) {
      const line = lineOf(lead.number);
      const { places, zones } = whereaboutsOf(lead.number, line, lead.stated, rulebook.tables);
      const facts: GateFacts = {
        now, readAt, killSwitchOn: world.killSwitchOn, campaignState: state,
        rules: rulesOf(rulebook, places, purpose),
        lead: {
          zones, number: lead.number, country: line.country, lineType: line.type,
        },
        consent: lead.consent,
        doNotCall: {
          listed: lead.listed, registryAsOf: registryDate(world.registries, places),
        },
        history: { number: lead.ofNumber, person: lead.ofPerson, company: lead.ofCompany },
        destinations: purpose === "rehearsal" ? everywhere : destinations,
        callerId, trunk: moment?.trunk, abandon: moment?.abandon,
      };
      return { facts, places, decision: decideDial(facts) };
    },
  };
}
