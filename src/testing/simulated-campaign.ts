/** Owns a campaign of the simulated store: its leads, and what is counted of its attempts. */
import { DAY_MS, instant, plus, type Instant } from "../clock.ts";
import type { AttemptId, CampaignId, DialNumber, Epoch, LeadId } from "../ids.ts";
import { limits } from "../limits.ts";
import { outcomes, type Outcome } from "../call/outcome.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { countsAs, type Contact, type DialReserve } from "../compliance/frequency.ts";
import type {
  AbandonCounts, AttemptChanges, CampaignCounts, CampaignState, FactRow, LeadChange, NewAttempt,
  OpenAttempt, RecordingRow, UnmeasuredRecording,
} from "../store/store.ts";

export interface LeadRow {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly rank: number;
  state: "due" | "leased" | "dialing" | "retry" | "finished";
  /** Under which it was leased last. */
  leaseEpoch: Epoch;
  /** A lead that waited once is due before fresh ones again. */
  waited: boolean;
  notBefore: Instant;
  attempt: AttemptId | undefined;
  spent: number;
  skips: number;
}

export const newLead = (lead: LeadId, number: DialNumber, rank: number): LeadRow => ({
  lead, number, rank, state: "due", waited: false, notBefore: 0 as Instant,
  leaseEpoch: 0 as Epoch, attempt: undefined, spent: 0, skips: 0,
});

/** One of an attempt that a person answered; small and alike, for there are thousands a day. */
export interface Answered {
  readonly at: Instant;
  readonly abandoned: boolean;
}

export interface CampaignRow {
  readonly id: CampaignId;
  readonly settings: CampaignSettings;
  readonly leads: Map<LeadId, LeadRow>;
  /** Leads that are not finished, by rank. */
  readonly undone: Set<LeadRow>;
  /** Attempts without an outcome. */
  readonly open: Set<AttemptRow>;
  readonly answered: Answered[];
  readonly startedAt: Instant;
  /** No lead becomes due before this, unless one is given back. */
  quietUntil: Instant;
  state: CampaignState;
}

export interface AttemptRow extends NewAttempt {
  readonly epoch: Epoch;
  readonly facts: Map<number, FactRow>;
  changes: AttemptChanges;
}

const resultOf = ({ changes: { outcome } }: AttemptRow): Contact["result"] => {
  if (!outcome) return "open";
  if (outcome.outcome === "connected") return "conversation";
  return outcome.outcome === "abandoned" ? "abandoned" : "unanswered";
};

/** As the gate sees an attempt; undefined for one that never rang. */
export const contactOf = (row: AttemptRow): Contact | undefined =>
  row.changes.outcome?.spent === false ? undefined : {
    at: row.at, result: resultOf(row), refused: row.changes.disposition === "not-interested",
  };

/** Whether all limits of a dial have room for it. A person has one number here, and no company. */
export function hasRoom({ limits }: DialReserve, dials: readonly AttemptRow[]): boolean {
  const contacts = dials.flatMap((each) => contactOf(each) ?? []);
  return limits.every(({ per, counts, max, since }) => per === "company"
    || contacts.filter((each) => each.at > since && countsAs(each, counts)).length < max);
}

/** Looks at every lead only when one may have become due: a dry hopper asks each second. */
export function dueLeads(row: CampaignRow, now: Instant): LeadRow[] {
  const due: LeadRow[] = [];
  if (now < row.quietUntil) return due;
  let next = Infinity;
  for (const each of row.undone) {
    const waits = each.state === "retry" || each.state === "leased";
    if (each.state === "due" || (waits && each.notBefore <= now)) due.push(each);
    else if (waits) next = Math.min(next, each.notBefore);
  }
  row.quietUntil = next as Instant;
  return due;
}

const isSooner = (a: LeadRow, b: LeadRow): boolean =>
  a.waited === b.waited ? a.rank < b.rank : a.waited;

/** Those to be leased first, in that order: of thousands that are due, some dozen are asked for. */
export function firstOf(due: readonly LeadRow[], count: number): readonly LeadRow[] {
  const first: LeadRow[] = [];
  for (const each of due) {
    const last = first[count - 1];
    if (last !== undefined && !isSooner(each, last)) continue;
    // Nearly all come in their order.
    let at = first.length;
    for (let before = first[at - 1]; before && isSooner(each, before); before = first[at - 1]) at--;
    first.splice(at, 0, each);
    if (first.length > count) first.pop();
  }
  return first;
}

/** What was leased under an epoch that is over is due again. */
export function freeLeases(campaigns: Iterable<CampaignRow>, epoch: Epoch): void {
  for (const row of campaigns) for (const lead of row.undone) {
    if (lead.state !== "leased" || lead.leaseEpoch !== epoch) continue;
    lead.state = "due";
    row.quietUntil = 0 as Instant;
  }
}

export function apply(lead: LeadRow, change: LeadChange): void {
  if (change.then === "finished") {
    lead.state = "finished";
    return;
  }
  lead.state = "retry";
  lead.waited = true;
  lead.notBefore = change.notBefore;
}

export function skip(
  row: CampaignRow,
  { lead: id, notBefore, skipsMax }: {
    readonly lead: LeadId; readonly notBefore: Instant; readonly skipsMax: number;
  },
): void {
  const lead = row.leads.get(id);
  if (lead?.state !== "leased") return;
  lead.skips += 1;
  row.quietUntil = 0 as Instant;
  if (lead.skips < skipsMax) {
    apply(lead, { then: "retry", notBefore });
    return;
  }
  apply(lead, { then: "finished" });
  row.undone.delete(lead);
}

export function countAnswered(
  all: readonly Answered[], from: Instant,
): { answered: number; abandoned: number } {
  let answered = 0;
  let abandoned = 0;
  for (const each of all) {
    if (each.at < from) continue;
    answered += 1;
    if (each.abandoned) abandoned += 1;
  }
  return { answered, abandoned };
}

export function countsOf(
  { leads, open, answered }: CampaignRow, attempts: readonly AttemptRow[],
): CampaignCounts {
  const byOutcome = Object.fromEntries(outcomes.map((outcome) => [outcome,
    attempts.filter((each) => each.changes.outcome?.outcome === outcome).length]));
  const rows = [...leads.values()];
  const inState = (...states: LeadRow["state"][]): number =>
    rows.filter((each) => states.includes(each.state)).length;
  return {
    leads: rows.length, dialable: inState("due", "leased"),
    waitingForRetry: inState("retry"), finished: inState("finished"),
    attempts: attempts.length, open: open.size,
    outcomes: byOutcome as Record<Outcome, number>,
    ...countAnswered(answered, 0 as Instant),
  };
}

export function windowOf(
  { answered, undone, startedAt }: CampaignRow, { now, days }: { now: Instant; days: number },
): AbandonCounts & { leadsLeft: number } {
  const first = startedAt - startedAt % DAY_MS;
  const lasts = days * DAY_MS;
  const from = days === 1 ? plus(now, -DAY_MS)
    : instant(first + Math.floor((now - first) / lasts) * lasts);
  let leadsLeft = 0;
  for (const { state } of undone) if (state !== "dialing") leadsLeft += 1;
  return {
    from, until: plus(days === 1 ? now : from, lasts),
    ...countAnswered(answered, from), day: countAnswered(answered, plus(now, -DAY_MS)),
    leadsLeft: Math.min(limits.leadsCounted, leadsLeft),
  };
}

/** As it is found after a restart; JSON there and back, as in Postgres. */
export function openAttempt(row: AttemptRow, { leads }: CampaignRow): OpenAttempt {
  const { changes: _, facts, ...intent } = row;
  const inOrder = [...facts.values()].sort((a, b) => a.seq - b.seq);
  const spent = leads.get(row.lead)?.spent ?? 0;
  return { ...intent, spent, facts: JSON.parse(JSON.stringify(inOrder)) as FactRow[] };
}

/** The recording of a call that is over, while nobody has measured it. */
export function unmeasured(
  { attempt, changes }: AttemptRow, recordings: ReadonlyMap<string, RecordingRow>,
): readonly UnmeasuredRecording[] {
  const lead = recordings.get(`${attempt}/lead`);
  const agent = recordings.get(`${attempt}/agent`);
  if (!changes.outcome || lead?.state !== "running" || !agent) return [];
  const files = { lead: lead.file, agent: agent.file };
  return [{ attempt, startedAt: lead.startedAt, files, refused: false }];
}
