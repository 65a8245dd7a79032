/** Owns the index of recording files. */
import type { Instant } from "../../clock.ts";
import type { AttemptId, Epoch } from "../../ids.ts";
import type { Store } from "../store.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";
import { allHeld, fenced, heldSeats, lostEpoch } from "./ownership.ts";

/** A file that is known to be whole or missing does not become running again. */
const record: Statement = {
  name: "record-recordings",
  text: `
    with ${heldSeats}, kept as (
      insert into recordings as r (attempt, leg, file, started_at, duration_ms, bytes, state)
      select attempt, leg, file, started, duration, bytes, state
      from json_to_recordset($2::json) as n (attempt uuid, leg text, file text,
        started timestamptz, duration integer, bytes bigint, state text)
      where ${allHeld}
      order by attempt, leg
      on conflict (attempt, leg) do update
        set file = excluded.file, duration_ms = excluded.duration_ms, bytes = excluded.bytes,
          state = excluded.state
        where excluded.state <> 'running' or r.state = 'running'
    )
    select ${lostEpoch} as lost`,
};

/** Of calls that are over, on one switch: their files wait to be measured. */
const unmeasured: Statement = {
  name: "unmeasured-recordings",
  text: `
    select r.attempt, min(r.started_at) as started,
      min(r.file) filter (where r.leg = 'lead') as lead,
      min(r.file) filter (where r.leg = 'agent') as agent,
      coalesce(c.settings->'recordStop'->>'files', '') <> 'keep' and exists (
        select from call_facts f where f.attempt = r.attempt and f.type = 'recording-refused')
        as refused
    from recordings r join attempts a on a.id = r.attempt join campaigns c on c.id = a.campaign_id
    where r.state = 'running' and a.pbx = $1 and a.outcome is not null
    group by r.attempt, c.settings`,
};

interface UnmeasuredRow extends Row {
  readonly attempt: AttemptId;
  readonly started: Instant;
  readonly lead: string | null;
  readonly agent: string | null;
  readonly refused: boolean;
}

type Part = Pick<Store, "recordRecordings" | "unmeasuredRecordings">;

export const recordings = (sql: Sql): Part => ({
  async recordRecordings(rows) {
    if (rows.length === 0) return;
    // One statement can change a row only once: of two rows for one leg, the later is sent.
    const last = new Map(rows.map((row) => [`${row.attempt} ${row.leg}`, row]));
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))];
    const [answer] = await sql.query<{ lost: Epoch | null }>(record, [
      epochs, JSON.stringify([...last.values()].map((row) => ({
        attempt: row.attempt, leg: row.leg, file: row.file, started: timeParameter(row.startedAt),
        duration: row.durationMs, bytes: row.bytes, state: row.state,
      })))]);
    const lost = answer?.lost ?? undefined;
    if (lost !== undefined) throw fenced(lost);
  },
  async unmeasuredRecordings(pbx) {
    const rows = await sql.query<UnmeasuredRow>(unmeasured, [pbx]);
    return rows.flatMap(({ attempt, started, lead, agent, refused }) =>
      lead === null || agent === null
        ? [] : [{ attempt, startedAt: started, files: { lead, agent }, refused }]);
  },
});
