/**
 * Owns judging a campaign's leads without dialing them: how many the gate would pass now, and why
 * it would not pass the others. The judge is the one that real dials go through.
 */
import type { Clock, Instant } from "../clock.ts";
import type { AbandonLimit } from "../compliance/abandon-limit.ts";
import { lastYearOf } from "../compliance/calling-hours.ts";
import type { Blocked, DialMoment } from "../compliance/gate.ts";
import type { Ruleset } from "../compliance/ruleset.ts";
import type { CampaignId, LeadId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { AbandonCounts } from "../store/store.ts";
import type { CampaignTerms, ComplianceStore } from "../store/postgres/compliance.ts";
import type { ComplianceDesk } from "../store/postgres/compliance-desk.ts";
import {
  campaignJudged, judgeBy, limitOfTerms, type CallPurpose, type Judged, type JudgedCampaign,
} from "./judge.ts";
import type { Rulebook } from "./pack-files.ts";

export interface BlockTally {
  readonly block: Blocked;
  readonly leads: number;
  /** The first moment at which one of them may be asked again. */
  readonly soonest: Instant | undefined;
}

export interface Survey {
  readonly purpose: CallPurpose;
  /** Leads by the state of their work: due, retry, leased, dialing, finished. */
  readonly states: Readonly<Record<string, number>>;
  readonly judged: number;
  readonly allowed: number;
  /** Most leads first. */
  readonly blocks: readonly BlockTally[];
  /** How the campaign's caller-ID stands; in a rehearsal nobody asks. */
  readonly callerId: JudgedCampaign["callerId"];
  /** Packs whose lists of holidays end so soon that nobody will be called afterwards. */
  readonly holidaysEnd: readonly { readonly pack: string; readonly year: number }[];
  /** Items of the record of each call that campaign.yaml does not say. */
  readonly unsaid: readonly string[];
  /** The abandon limit and how the campaign stands to it; undefined when it is gone. */
  readonly abandon: (AbandonLimit & AbandonCounts) | undefined;
}

/** The block whose mending lets most leads through: time alone mends the others. */
export const worstBlock = ({ blocks }: Pick<Survey, "blocks">): BlockTally | undefined =>
  blocks.find(({ block }) => block.until === undefined) ?? blocks[0];

function unsaidIn(terms: CampaignTerms | undefined, purpose: CallPurpose): readonly string[] {
  if (purpose === "rehearsal") return [];
  const said: Readonly<Record<string, string>> = terms?.settings.callRecord ?? {};
  return ["telemarketer", "seller", "goods", "script", "calledParty"].filter((item) =>
    ["", "not-said", undefined].includes(said[item]));
}

export interface SurveyParts {
  readonly compliance: ComplianceStore;
  readonly desk: Pick<ComplianceDesk, "work" | "momentOf" | "abandonCounts">;
  readonly rulebook: Rulebook;
  readonly clock: Clock;
}

/** The lists of holidays that end within two months, of the rules that hold for a lead. */
function endingLists({ holidays }: Ruleset, now: Instant): Survey["holidaysEnd"] {
  return holidays.flatMap(({ holidays: days, source: { pack } }) => {
    const year = lastYearOf(days);
    return year !== undefined && Date.UTC(year + 1, 0) - now < limits.holidaysWarnMs
      ? [{ pack, year }] : [];
  });
}

/** Leads judged at a time. */
const BATCH = 1_000;

/**
 * How every lead of a campaign that is not finished would fare: as the campaign stands `now`, or at
 * its `start`, when its trunks carry nothing yet and nobody was abandoned. Its own state is not
 * held against the leads: who asks sees that beside. Changes nothing.
 */
export async function survey(
  parts: SurveyParts, campaign: CampaignId, when: "now" | "start" = "now",
): Promise<Survey> {
  const { compliance, desk, rulebook, clock } = parts;
  const asked = clock.now();
  const terms = await compliance.termsOf(campaign, asked);
  const limit = terms && limitOfTerms(rulebook, terms);
  const judgedAs = { ...campaignJudged(terms), state: "running" as const };
  const judge = judgeBy(rulebook, await compliance.world());
  const states: Record<string, number> = {};
  const tallies = new Map<string, BlockTally>();
  const ending = new Map<string, Survey["holidaysEnd"][number]>();
  let judged = 0;
  let allowed = 0;
  for (let after = 0; ;) {
    const work = await desk.work({ campaign, after, count: BATCH });
    const last = work.at(-1);
    if (last === undefined) break;
    after = last.lead;
    for (const { state } of work) states[state] = (states[state] ?? 0) + 1;
    const open = work.filter(({ state }) => state !== "finished" && state !== "dialing");
    const readAt = clock.now();
    const facts = await compliance.factsOf({ id: campaign, purpose: judgedAs.purpose },
      open.map(({ lead }) => lead), readAt);
    const found = limit && await desk.momentOf(campaign, { now: readAt, limit });
    const moment = when === "now" ? found : found && momentOfStart(found);
    const at = { readAt, now: clock.now() };
    for (const lead of facts) {
      judged++;
      const { decision, facts: { rules } } = judge.judge(lead, judgedAs, at, moment);
      for (const each of endingLists(rules, at.now)) ending.set(each.pack, each);
      if (decision.verdict === "allow") allowed++;
      else count(tallies, decision);
    }
  }
  return {
    purpose: judgedAs.purpose, states, judged, allowed,
    blocks: [...tallies.values()].sort((a, b) => b.leads - a.leads),
    callerId: judgedAs.purpose === "rehearsal" ? undefined : judgedAs.callerId,
    holidaysEnd: [...ending.values()], unsaid: unsaidIn(terms, judgedAs.purpose),
    abandon: limit && { ...limit, ...await desk.abandonCounts(
      campaign, { now: clock.now(), days: limit.withinDays }) },
  };
}

function count(tallies: Map<string, BlockTally>, block: Blocked): void {
  const key = `${block.code} ${block.source.pack}`;
  const before = tallies.get(key);
  const times = [before?.soonest, block.until].filter((each) => each !== undefined);
  tallies.set(key, {
    block: before?.block ?? block, leads: (before?.leads ?? 0) + 1,
    soonest: times.length === 0 ? undefined : Math.min(...times) as Instant,
  });
}

/** A campaign whose trunks are all off has no channel at its start either. */
const momentOfStart = ({ trunk, abandon }: DialMoment): DialMoment => ({
  trunk: trunk.channels === 0 ? trunk : { ...trunk, channelsFree: trunk.channels, tokens: 1 },
  abandon: { ...abandon, answered: 0, abandoned: 0 },
});

export interface LeadVerdict {
  readonly campaign: string;
  readonly campaignState: string;
  readonly state: string;
  readonly notBefore: Instant | null;
  readonly purpose: CallPurpose;
  readonly judged: Judged;
  /** What stands against it beside the state of its campaign. */
  readonly ifRunning: Judged;
}

/** How one lead would fare now in each of its campaigns. */
export async function verdictsOn(parts: SurveyParts, lead: LeadId): Promise<LeadVerdict[]> {
  const { compliance, desk, rulebook, clock } = parts;
  const judge = judgeBy(rulebook, await compliance.world());
  const verdicts: LeadVerdict[] = [];
  for (const each of await desk.work({ lead, after: 0, count: BATCH })) {
    const readAt = clock.now();
    const terms = await compliance.termsOf(each.campaign, readAt);
    const campaign = campaignJudged(terms);
    const [facts] = await compliance.factsOf(
      { id: each.campaign, purpose: campaign.purpose }, [lead], readAt);
    if (facts === undefined) continue;
    const moment = terms && await desk.momentOf(each.campaign,
      { now: readAt, limit: limitOfTerms(rulebook, terms) });
    const at = { readAt, now: clock.now() };
    verdicts.push({
      campaign: each.name, campaignState: each.campaignState, state: each.state,
      notBefore: each.notBefore, purpose: campaign.purpose,
      judged: judge.judge(facts, campaign, at, moment),
      ifRunning: judge.judge(facts, { ...campaign, state: "running" }, at, moment),
    });
  }
  return verdicts;
}
