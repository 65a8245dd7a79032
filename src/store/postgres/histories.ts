/** Owns looking back: everything that is known of one lead, and of one call. */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import type { Outcome } from "../../call/outcome.ts";
import { UserError } from "../../errors.ts";
import type { AttemptId, LeadId } from "../../ids.ts";
import { text } from "../../language.ts";
import type { FactRow, RecordingRow } from "../store.ts";
import { rowsOf } from "./knex.ts";
import { decisionOf } from "./pacing-memory.ts";

export interface LeadWork {
  readonly campaign: string;
  readonly state: "due" | "leased" | "dialing" | "retry" | "finished";
  readonly spent: number;
  readonly notBefore: Instant | null;
  readonly lastOutcome: Outcome | null;
}

export interface AttemptRow {
  readonly attempt: AttemptId;
  readonly campaign: string;
  readonly lead: LeadId;
  readonly number: string;
  readonly trunk: string;
  readonly pbx: string;
  readonly placedAt: Instant;
  readonly ringingAt: Instant | null;
  readonly answeredAt: Instant | null;
  readonly joinedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly spent: boolean | null;
  readonly q850: number | null;
  readonly sip: number | null;
  readonly agent: string | null;
  readonly agentPhone: string | null;
  readonly disposition: string | null;
}

export interface LeadHistory {
  readonly lead: LeadId;
  readonly list: string;
  readonly number: string;
  readonly name: string;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly campaigns: readonly LeadWork[];
  readonly attempts: readonly AttemptRow[];
}

export interface CallHistory extends AttemptRow {
  readonly facts: readonly FactRow[];
  readonly recordings: readonly Omit<RecordingRow, "attempt">[];
}

const attemptRows = `
  select a.id as attempt, c.name as campaign, a.lead_id as lead, a.number, t.name as trunk, a.pbx,
    a.placed_at as "placedAt", a.ringing_at as "ringingAt", a.answered_at as "answeredAt",
    a.joined_at as "joinedAt", a.ended_at as "endedAt", a.outcome, a.reason, a.spent, a.q850,
    a.sip, g.name as agent, g.phone as "agentPhone", a.disposition
  from attempts a
  join campaigns c on c.id = a.campaign_id
  join trunks t on t.id = a.trunk_id
  left join agents g on g.id = a.agent_id`;

const leadRows = `
  select l.id as lead, d.name as list, l.phone as number, l.name, l.language,
    l.time_zone as "timeZone", l.data
  from leads l join dial_lists d on d.id = l.list_id`;

const workRows = `
  select c.name as campaign, l.state, l.spent, l.last_outcome as "lastOutcome",
    case when l.state = 'retry' and isfinite(l.not_before) then l.not_before end as "notBefore"
  from campaign_leads l join campaigns c on c.id = l.campaign_id
  where l.lead_id = :lead order by c.id`;

/** Rows of one number on several lists, more than these, are no longer worth a screen. */
const LEADS_SHOWN = 20;

/** `which` is a lead's id, or a number with or without its `+`: then one lead for each list. */
async function leads(sql: Knex, which: string): Promise<readonly LeadHistory[]> {
  const digits = which.replace(/^\+/, "");
  const isId = which === digits && digits.length <= 15;
  const found = await rowsOf<Omit<LeadHistory, "campaigns" | "attempts">>(sql, `
    ${leadRows}
    where (:byId and l.id = :id) or l.phone in (:digits, '+' || :digits)
    order by l.id limit :most`,
  { byId: isId, id: isId ? digits : 0, digits, most: LEADS_SHOWN });
  if (found.length === 0) {
    throw new UserError(
      text(`there is no lead with the id or number ${JSON.stringify(which)}`,
        `没有编号或号码为 ${JSON.stringify(which)} 的线索`),
      text("give the id, or the number as it was imported: +493012345",
        "请给出线索编号，或导入后的号码，如 +493012345"),
    );
  }
  return Promise.all(found.map(async (lead) => ({
    ...lead,
    campaigns: await rowsOf<LeadWork>(sql, workRows, { lead: lead.lead }),
    attempts: await rowsOf<AttemptRow>(sql, `
      ${attemptRows} where a.lead_id = :lead order by a.placed_at`, { lead: lead.lead }),
  })));
}

/** The lowest and highest UUID that begin with these digits. */
function uuidRange(prefix: string): { from: string; to: string } {
  const dashed = (digits: string): string =>
    digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { from: dashed(prefix.padEnd(32, "0")), to: dashed(prefix.padEnd(32, "f")) };
}

/** `which` is a call's id, or at least the first eight digits of it. */
async function call(sql: Knex, which: string): Promise<CallHistory> {
  const digits = which.toLowerCase().replaceAll("-", "");
  const found = /^[0-9a-f]{8,32}$/.test(digits)
    ? await rowsOf<AttemptRow>(sql,
      `${attemptRows} where a.id between :from and :to limit 2`, uuidRange(digits))
    : [];
  const [attempt, second] = found;
  if (!attempt || second) {
    throw new UserError(
      second
        ? text(`several calls begin with ${which}`, `有多个通话以 ${which} 开头`)
        : text(`there is no call ${JSON.stringify(which)}`, `没有通话 ${JSON.stringify(which)}`),
      text("`ringwright lead show NUMBER` shows the ids of a lead's calls",
        "可用 `ringwright lead show 号码` 查看该线索各通话的编号"),
    );
  }
  const bindings = { attempt: attempt.attempt };
  return {
    ...attempt,
    facts: await rowsOf<FactRow>(sql, `
      select seq, at, type, data from call_facts where attempt = :attempt order by seq`, bindings),
    recordings: await rowsOf<Omit<RecordingRow, "attempt">>(sql, `
      select leg, file, started_at as "startedAt", duration_ms as "durationMs", bytes, state
      from recordings where attempt = :attempt order by leg desc`, bindings),
  };
}

export const histories = (sql: Knex) => ({
  leads: (which: string) => leads(sql, which),
  call: (which: string) => call(sql, which),
  decisionOf: (attempt: AttemptId) => decisionOf(sql, attempt),
});
