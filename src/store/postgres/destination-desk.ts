/**
 * Owns what commands do to where calls may go and whose numbers they may show. Each change is
 * written into the audit log in the same transaction, and wakes the leads that waited for it.
 */
import type { Instant } from "../../clock.ts";
import type { DestinationEntry } from "../../compliance/destinations.ts";
import { audited, wakeLeads, type Doer } from "./compliance-desk.ts";
import type { Database, Statement } from "./database.ts";

export interface DestinationRow extends DestinationEntry {
  readonly why: string;
  readonly changedAt: Instant;
}

export interface CallerIdRow {
  readonly number: string;
  readonly proof: string;
  /** Dials in any 24 hours; null for as many as there are. */
  readonly dailyMax: number | null;
  /** Dials of the last 24 hours that showed it. */
  readonly dialed: number;
}

const statement = (name: string, text: string): Statement => ({ name, text });

const destinations = statement("destinations", `
  select what, verdict, high_risk as "highRisk", why, changed_at as "changedAt"
  from destinations order by what`);
const setDestination = statement("destination-set", `
  insert into destinations (what, verdict, high_risk, why)
  select w, $2, $3, $4 from unnest($1::text[]) as w
  on conflict (what) do update set verdict = excluded.verdict, high_risk = excluded.high_risk,
    why = excluded.why, changed_at = now()`);
const dropDestination = statement("destination-drop", `
  delete from destinations where what = any ($1::text[]) returning what`);
const callerIds = statement("caller-ids", `
  select number, proof, daily_max as "dailyMax", (select count(*) from attempts a
      where a.caller_id = number and a.placed_at > now() - interval '24 hours') as dialed
  from caller_ids order by number`);
const setCallerId = statement("caller-id-set", `
  insert into caller_ids (number, proof, daily_max) values ($1, $2, $3)
  on conflict (number) do update set proof = excluded.proof, daily_max = excluded.daily_max`);
const dropCallerId = statement("caller-id-drop", `
  delete from caller_ids where number = $1 returning number`);

/** The parts of the desk; the database is closed by its owner. */
export const destinationDesk = (database: Database) => ({
  list: () => database.query<DestinationRow>(destinations),
  set: (
    what: readonly string[], order: Pick<DestinationEntry, "verdict" | "highRisk">, by: Doer,
  ) => database.transaction(async (sql) => {
    await sql.query(setDestination, [what, order.verdict, order.highRisk, by.why]);
    await audited(sql, by, `destination ${order.verdict}`, { what, highRisk: order.highRisk });
    if (order.verdict === "allowed") {
      await wakeLeads(sql, ["destination-not-allowed", "destination-forbidden", "high-risk-range"]);
    }
  }),
  /** Takes rows off the list: what neither allows nor forbids is not dialed. */
  drop: (what: readonly string[], by: Doer) => database.transaction(async (sql) => {
    const dropped = await sql.query(dropDestination, [what]);
    if (dropped.length === 0) return 0;
    await audited(sql, by, "destination taken off", { what });
    await wakeLeads(sql, ["destination-forbidden"]);
    return dropped.length;
  }),
  callerIds: () => database.query<CallerIdRow>(callerIds),
  setCallerId: (
    order: { readonly number: string; readonly dailyMax: number | undefined }, by: Doer,
  ) => database.transaction(async (sql) => {
    await sql.query(setCallerId, [order.number, by.why, order.dailyMax ?? null]);
    await audited(sql, by, "caller-ID authorised", order);
    await wakeLeads(sql, ["caller-id-not-authorised", "caller-id-used-up"]);
  }),
  dropCallerId: (number: string, by: Doer) => database.transaction(async (sql) => {
    const dropped = await sql.query(dropCallerId, [number]);
    if (dropped.length > 0) await audited(sql, by, "caller-ID withdrawn", { number });
    return dropped.length > 0;
  }),
});

export type DestinationDesk = ReturnType<typeof destinationDesk>;
