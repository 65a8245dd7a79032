/**
 * Owns the shape in which a batch of call records travels to Postgres: one element per attempt,
 * since one statement can change a row only once.
 */
import { answeredByPerson, type AttemptOutcome } from "../../call/outcome.ts";
import { verdictOf } from "../../leads/quality.ts";
import { timeParameter } from "./database.ts";
import type { AttemptChanges, CallRecord, FactRow, LeadChange } from "../store.ts";
import type { AttemptId } from "../../ids.ts";

interface News {
  readonly facts: FactRow[];
  changes: AttemptChanges;
  lead: LeadChange | undefined;
}

/**
 * Later changes win, save the outcome and what came with it: the first stands. A record that
 * carries a second outcome says nothing about the lead any more.
 */
function merge(into: News, record: CallRecord): void {
  into.facts.push(...record.facts);
  const first = into.changes.outcome;
  const refused = first !== undefined && record.changes.outcome !== undefined;
  into.changes = {
    ...record.changes, ...into.changes,
    ...(record.changes.agent !== undefined && { agent: record.changes.agent }),
    ...(record.changes.disposition !== undefined && { disposition: record.changes.disposition }),
  };
  if (!refused && record.lead) into.lead = record.lead;
}

/** What the line said of the number itself; most calls say nothing but that it is alive. */
function saidOfNumber({ outcome, answeredAt, q850, sip, tones }: AttemptChanges): object {
  if (outcome === undefined && answeredAt === undefined) return {};
  const verdict = verdictOf({
    answered: answeredAt !== undefined || (outcome !== undefined && answered(outcome)),
    reason: outcome?.reason, q850, sip, tones,
  });
  return { number_quality: verdict?.quality, number_what: verdict?.what };
}

const answered = ({ outcome }: AttemptOutcome): boolean =>
  answeredByPerson(outcome) || outcome === "machine";

/** The rows that record-calls.ts reads, one per attempt, in the order of the attempts' ids. */
export function mergeRecords(records: readonly CallRecord[]): readonly object[] {
  const byAttempt = new Map<AttemptId, News>();
  for (const record of records) {
    const known = byAttempt.get(record.attempt);
    if (known) merge(known, record);
    else {
      byAttempt.set(record.attempt, {
        facts: [...record.facts], changes: record.changes, lead: record.lead,
      });
    }
  }
  const ordered = [...byAttempt].sort(([a], [b]) => a < b ? -1 : 1);
  return ordered.map(([attempt, { facts, changes, lead }]) => ({
    attempt,
    facts: facts.map((fact) => ({ ...fact, at: timeParameter(fact.at) })),
    ringing: timeParameter(changes.ringingAt),
    answered: timeParameter(changes.answeredAt),
    joined: timeParameter(changes.joinedAt),
    ended: timeParameter(changes.endedAt),
    agent: changes.agent,
    disposition: changes.disposition,
    ...changes.outcome,
    q850: changes.q850,
    sip: changes.sip,
    lead_then: lead?.then,
    lead_not_before: lead?.then === "retry" ? timeParameter(lead.notBefore) : undefined,
    lead_next: lead?.then === "retry" && lead.number === "next",
    lead_callback: lead?.then === "retry" && lead.callback === true,
    ...saidOfNumber(changes),
  }));
}
