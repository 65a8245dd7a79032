/** Owns the index of recording files. */
import type { Store } from "../store.ts";
import { timeParameter, type Sql, type Statement } from "./database.ts";

/** A file that is known to be whole or missing does not become running again. */
const record: Statement = {
  name: "record-recordings",
  text: `
    insert into recordings as r (attempt, leg, file, started_at, duration_ms, bytes, state)
    select attempt, leg, file, started, duration, bytes, state
    from json_to_recordset($1::json) as n (attempt uuid, leg text, file text,
      started timestamptz, duration integer, bytes bigint, state text)
    order by attempt, leg
    on conflict (attempt, leg) do update
      set file = excluded.file, duration_ms = excluded.duration_ms, bytes = excluded.bytes,
        state = excluded.state
      where excluded.state <> 'running' or r.state = 'running'`,
};

export const recordings = (sql: Sql): Pick<Store, "recordRecordings"> => ({
  async recordRecordings(rows) {
    if (rows.length === 0) return;
    // One statement can change a row only once: of two rows for one leg, the later is sent.
    const last = new Map(rows.map((row) => [`${row.attempt} ${row.leg}`, row]));
    await sql.query(record, [JSON.stringify([...last.values()].map((row) => ({
      attempt: row.attempt, leg: row.leg, file: row.file, started: timeParameter(row.startedAt),
      duration: row.durationMs, bytes: row.bytes, state: row.state,
    })))]);
  },
});
