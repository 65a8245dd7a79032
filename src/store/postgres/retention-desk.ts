/**
 * Owns how long things are kept, and taking away what is older. A rule of a pack that wants calls
 * or recordings kept longer is stronger than the installation's policy, for the calls it allowed.
 */
import type { Instant } from "../../clock.ts";
import type { AttemptId } from "../../ids.ts";
import { audited, type Doer } from "./compliance-desk.ts";
import { timeParameter, type Database, type Statement } from "./database.ts";

export const retained = ["recordings", "facts", "calls", "leads"] as const;
export type Retained = (typeof retained)[number];

/** How long the packs want something kept: of calls that a version of this pack allowed. */
export interface KeepRule {
  readonly pack: string;
  readonly what: "recordings" | "calls";
  readonly days: number;
}

export interface RetentionRow {
  readonly what: Retained;
  readonly days: number;
  readonly changedAt: Instant;
}

export interface OldRecording {
  readonly attempt: AttemptId;
  readonly leg: string;
  readonly file: string;
}

const statement = (name: string, text: string): Statement => ({ name, text });

const policies = statement("retention", `
  select what, days, changed_at as "changedAt" from retention order by what`);
const set = statement("retention-set", `
  insert into retention (what, days) values ($1, $2)
  on conflict (what) do update set days = excluded.days, changed_at = now()`);
const forget = statement("retention-for-ever", "delete from retention where what = $1 returning what");

/** The longest that any pack which allowed the call wants it kept; $3 to $4 are the rules. */
const KEPT = `coalesce((
  select max(k.days) from unnest($3::text[], $4::integer[]) as k (pack, days)
    join attempt_rules r on r.attempt = a.id
  where exists (select from unnest(r.versions) v where split_part(v, '@', 1) = k.pack)), 0)`;
const OLD = `a.outcome is not null
  and a.placed_at < $1::timestamptz - make_interval(days => greatest($2::integer, ${KEPT}))`;

const oldRecordings = statement("retention-recordings", `
  select r.attempt, r.leg, r.file from recordings r join attempts a on a.id = r.attempt
  where r.state in ('whole', 'running', 'missing') and ${OLD}
  order by a.placed_at, r.leg limit $5`);
const markErased = statement("retention-recordings-erased", `
  update recordings set state = 'erased', bytes = null from unnest($1::uuid[], $2::text[])
    as gone (attempt, leg)
  where recordings.attempt = gone.attempt and recordings.leg = gone.leg`);
const countCalls = statement("retention-count-calls",
  `select count(*) as count from attempts a where ${OLD} and $5::integer is not null`);
/** A call's recording must be gone first: its row is what knows of the file. */
const dropCalls = statement("retention-calls", `
  delete from attempts where id in (
    select a.id from attempts a where ${OLD} and not exists (select from recordings r
      where r.attempt = a.id and r.state in ('whole', 'running'))
    limit $5)
  returning id`);
const countFacts = statement("retention-count-facts", `
  select count(*) as count from call_facts f join attempts a on a.id = f.attempt
  where a.outcome is not null and a.placed_at < $1::timestamptz - make_interval(days => $2)`);
const dropFacts = statement("retention-facts", `
  delete from call_facts where ctid in (
    select f.ctid from call_facts f join attempts a on a.id = f.attempt
    where a.outcome is not null and a.placed_at < $1::timestamptz - make_interval(days => $2)
    limit $3)
  returning attempt`);

/** Leads that nothing is left to do for, of lists whose campaigns are all long over. */
const OLD_LEADS = `
  select l.id from leads l
  where exists (select from campaign_leads w where w.lead_id = l.id)
    and not exists (select from campaign_leads w join campaigns c on c.id = w.campaign_id
      where w.lead_id = l.id and (c.finished_at is null
        or c.finished_at > $1::timestamptz - make_interval(days => $2)))
    and l.phone not like '+0%'`;
const countLeads = statement("retention-count-leads",
  `select count(*) as count from (${OLD_LEADS}) old`);
/** The lead of a call that is kept stays, without anything that tells who it was. */
const dropLeads = statement("retention-leads", `
  with old as materialized (${OLD_LEADS} limit $3), further as (
    delete from lead_numbers where lead_id in (select id from old)
  ), nameless as (
    update leads set phone = '+0' || id, name = '', language = null, time_zone = null, data = '{}'
    where id in (select id from old)
      and exists (select from attempts a where a.lead_id = leads.id)
    returning id
  ), gone as (
    delete from leads where id in (select id from old)
      and not exists (select from attempts a where a.lead_id = leads.id)
    returning id
  )
  select id from nameless union all select id from gone`);

/** Rows taken away in one transaction. */
export const RETENTION_BATCH = 1_000;

const rulesFor = (keep: readonly KeepRule[], what: KeepRule["what"]): [string[], number[]] => {
  const mine = keep.filter((each) => each.what === what);
  return [mine.map(({ pack }) => pack), mine.map(({ days }) => days)];
};

/** The parts of the desk; the database is closed by its owner. */
export const retentionDesk = (database: Database) => {
  const counted = async (query: Statement, values: readonly unknown[]): Promise<number> =>
    Number((await database.query<{ count: number }>(query, values))[0]?.count ?? 0);
  return {
    list: () => database.query<RetentionRow>(policies),
    set: (what: Retained, days: number, by: Doer) => database.transaction(async (sql) => {
      await sql.query(set, [what, days]);
      await audited(sql, by, "retention set", { what, days });
    }),
    keepForEver: (what: Retained, by: Doer) => database.transaction(async (sql) => {
      const gone = await sql.query(forget, [what]);
      if (gone.length > 0) await audited(sql, by, "retention set", { what, days: null });
      return gone.length > 0;
    }),
    oldRecordings: (now: Instant, days: number, keep: readonly KeepRule[], most: number) =>
      database.query<OldRecording>(oldRecordings,
        [timeParameter(now), days, ...rulesFor(keep, "recordings"), most]),
    recordingsErased: (gone: readonly OldRecording[]) => database.query(markErased,
      [gone.map(({ attempt }) => attempt), gone.map(({ leg }) => leg)]),
    /** How many rows of `what` are over age; recordings are counted by `oldRecordings`. */
    count(what: Exclude<Retained, "recordings">, now: Instant, days: number,
      keep: readonly KeepRule[]): Promise<number> {
      const at = [timeParameter(now), days];
      if (what === "facts") return counted(countFacts, at);
      return what === "leads" ? counted(countLeads, at)
        : counted(countCalls, [...at, ...rulesFor(keep, "calls"), 0]);
    },
    /** Takes a batch of them away; zero when there is nothing left. */
    async drop(what: Exclude<Retained, "recordings">, now: Instant, days: number,
      keep: readonly KeepRule[]): Promise<number> {
      const at = [timeParameter(now), days];
      if (what === "facts") {
        return (await database.query(dropFacts, [...at, RETENTION_BATCH])).length;
      }
      return what === "leads"
        ? (await database.query(dropLeads, [...at, RETENTION_BATCH])).length
        : (await database.query(dropCalls,
          [...at, ...rulesFor(keep, "calls"), RETENTION_BATCH])).length;
    },
    ran: (found: Readonly<Record<string, number>>, by: Doer) =>
      database.transaction((sql) => audited(sql, by, "retention run", found)),
  };
};

export type RetentionDesk = ReturnType<typeof retentionDesk>;
