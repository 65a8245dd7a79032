/**
 * Owns the record of a call that the law wants kept for five years: 16 CFR 310.5(a)(2) names ten
 * items of each call. It is made of the attempt and of the campaign's settings as they were then.
 */
import type { Instant } from "../../clock.ts";
import type { AttemptId } from "../../ids.ts";
import { timeParameter, type Sql, type Statement } from "./database.ts";

/** One record, item by item; null is what nobody has said. */
export interface CallRecordRow {
  readonly call: AttemptId;
  readonly campaign: string;
  /** 1: who called, 2: on whose behalf, 3: for what. */
  readonly telemarketer: string | null;
  readonly seller: string | null;
  readonly goods: string | null;
  /** 4: whether a consumer or a business was called. */
  readonly calledParty: "consumer" | "business" | null;
  /** 5: which way the call went, and whether its message was recorded beforehand. */
  readonly direction: "outbound";
  readonly prerecorded: boolean;
  /** 6: the numbers, 7: when and how long. */
  readonly callingNumber: string | null;
  readonly calledNumber: string;
  readonly placedAt: Instant;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly durationMs: number | null;
  /** 8: the script in use. */
  readonly script: string | null;
  /** 9: the caller-ID, its name, and by which right it was shown. */
  readonly callerId: string | null;
  readonly callerIdName: string | null;
  readonly callerIdProof: string | null;
  /** 10: what came of it, and to whom it was given. */
  readonly outcome: string | null;
  readonly disposition: string | null;
  readonly agent: string | null;
  readonly agentPhone: string | null;
  /** By which versions of which packs it was allowed. */
  readonly allowedBy: readonly string[] | null;
}

const COLUMNS = `
  a.id as call, c.name as campaign, nullif(s.r->>'telemarketer', '') as telemarketer,
  nullif(s.r->>'seller', '') as seller, nullif(s.r->>'goods', '') as goods,
  nullif(s.r->>'calledParty', 'not-said') as "calledParty",
  'outbound' as direction, a.outcome = 'abandoned' as prerecorded,
  coalesce(a.caller_id, v.settings->'callerId'->>'number') as "callingNumber",
  a.number as "calledNumber", a.placed_at as "placedAt", a.answered_at as "answeredAt",
  a.ended_at as "endedAt",
  round(extract(epoch from a.ended_at - a.placed_at) * 1000)::bigint as "durationMs",
  nullif(s.r->>'script', '') as script, coalesce(a.caller_id, v.settings->'callerId'->>'number') as "callerId",
  nullif(v.settings->'callerId'->>'name', '') as "callerIdName", i.proof as "callerIdProof",
  a.outcome, a.disposition, g.name as agent, g.phone as "agentPhone", ar.versions as "allowedBy"
  from attempts a join campaigns c on c.id = a.campaign_id
  left join lateral (
    select settings from campaign_versions
    where campaign_id = a.campaign_id
    order by at <= a.placed_at desc, case when at <= a.placed_at then at end desc, at limit 1
  ) v on true
  cross join lateral (select v.settings->'callRecord' as r) s
  left join agents g on g.id = a.agent_id
  left join attempt_rules ar on ar.attempt = a.id
  left join caller_ids i
    on i.number = coalesce(a.caller_id, v.settings->'callerId'->>'number')`;

const one: Statement = {
  name: "call-record", text: `select ${COLUMNS} where a.id = $1`,
};
const many: Statement = {
  name: "call-records",
  text: `select ${COLUMNS}
    where a.placed_at >= $1 and a.placed_at < $2 and ($3::text is null or c.name = $3)
      -- As exact as a time is when it has been in our hands.
      and (date_trunc('milliseconds', a.placed_at), a.id) > ($4::timestamptz, $5::uuid)
    order by date_trunc('milliseconds', a.placed_at), a.id limit $6`,
};

export interface RecordsAsked {
  readonly from: Instant;
  readonly to: Instant;
  readonly campaign: string | undefined;
}

const NO_CALL = "00000000-0000-0000-0000-000000000000";
const BATCH = 1_000;

export const callRecords = (sql: Sql) => ({
  of: async (call: AttemptId) => (await sql.query<CallRecordRow>(one, [call]))[0],
  /** All records of a time, oldest first, some at a time. */
  async* during({ from, to, campaign }: RecordsAsked): AsyncGenerator<readonly CallRecordRow[]> {
    let after: { readonly placedAt: Instant; readonly call: string } | undefined;
    for (;;) {
      const rows: readonly CallRecordRow[] = await sql.query<CallRecordRow>(many, [
        timeParameter(from), timeParameter(to), campaign ?? null,
        timeParameter(after?.placedAt) ?? "-infinity", after?.call ?? NO_CALL, BATCH,
      ]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = last;
    }
  },
});
