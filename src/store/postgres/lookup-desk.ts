/**
 * Owns what is kept of asking a number-lookup service: which numbers of a list are worth a
 * question, the money, and the answers with their age.
 */
import type { Instant } from "../../clock.ts";
import type { DialNumber, ListId } from "../../ids.ts";
import { lookupVerdict } from "../../leads/lookup-words.ts";
import type { LookupAnswer } from "../../lookup/number-lookup.ts";
import { timeParameter, type Database, type Statement } from "./database.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

/** The numbers of a list, in the order of digits, behind the one that was asked last. */
const NUMBERS = `
  select phone from listed_leads where list_id = $1 and phone > $2 and phone >= '+1'
  union
  select n.phone from lead_numbers n join listed_leads l on l.id = n.lead_id
  where l.list_id = $1 and n.phone > $2 and n.phone >= '+1'`;

/** Nobody pays to hear of who may not be called, of the dead, or twice of the same. */
const WORTH_ASKING = `
  not exists (select from number_lookups k where k.phone = n.phone and k.at > $3)
  and not exists (select from number_quality q where q.phone = n.phone and q.quality = 'dead')
  and not exists (select from do_not_call d where d.phone = n.phone)
  and not (exists (select from erased_numbers)
    and erasure_hash(n.phone) in (select hash from erased_numbers))`;

/** Held until the transaction ends; the number keeps it apart from other locks of ours. */
const lockList = statement("lookup-lock", "select pg_try_advisory_xact_lock(7464915, $1) as mine");
const count = statement("lookup-count", `
  select count(*) as numbers,
    count(*) filter (where ${WORTH_ASKING}) as "toAsk",
    count(*) filter (where exists (
      select from number_lookups k where k.phone = n.phone and k.at > $3)) as answered
  from (${NUMBERS}) n`);
const next = statement("lookup-next", `
  select n.phone from (${NUMBERS}) n where ${WORTH_ASKING} order by n.phone limit $4`);
const spentOn = statement("lookup-day", "select spent from lookup_days where day = $1");
const openRun = statement("lookup-open", `
  select id, spent, asked, started_at as "startedAt" from lookup_runs
  where list_id = $1 and state = 'open'`);
const beginRun = statement("lookup-begin", `
  insert into lookup_runs as r (list_id, price_max) values ($1, $2)
  on conflict (list_id) where state = 'open' do update set price_max = excluded.price_max
  returning id, spent, asked, started_at as "startedAt"`);
const endRun = statement("lookup-end", `
  update lookup_runs set state = 'finished', finished_at = now() where id = $1`);
const reserve = statement("lookup-reserve", "select reserve_lookups($1, $2, $3, $4) as answer");
/** What was reserved and not needed goes back to the day it was taken from. */
const settle = statement("lookup-settle", "select settle_lookups($1, $2, $3, $4)");
const keep = statement("lookup-keep", `
  insert into number_lookups (phone, at, state, word, line, carrier)
  select phone, $1, state, word, line, carrier
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as n (phone, state, word, line, carrier)
  order by phone
  on conflict (phone) do update set at = excluded.at, state = excluded.state,
    word = excluded.word, line = excluded.line, carrier = excluded.carrier`);
/** That a number is alive is only worth a row where something else was said before. */
const believe = statement("lookup-evidence", `
  insert into number_evidence (phone, at, quality, source, what)
  select phone, $1, quality, 'lookup', what
  from unnest($2::text[], $3::text[], $4::text[]) as n (phone, quality, what)
  where quality <> 'valid' or exists (select from number_quality q where q.phone = n.phone)
  order by phone
  on conflict do nothing`);

export interface LookupRun {
  readonly id: number;
  /** In millionths. */
  readonly spent: number;
  readonly asked: number;
  readonly startedAt: Instant;
}

/** How many numbers a list has, and how many of them would be asked. */
export interface LookupCount {
  readonly numbers: number;
  readonly toAsk: number;
  /** Asked before, and not so long ago. */
  readonly answered: number;
}

export interface AskedOf {
  readonly list: ListId;
  /** Answers from before this are too old. */
  readonly since: Instant;
}

const dayOf = (at: Instant): string => timeParameter(at)?.slice(0, 10) ?? "";

/** The database is closed by its owner. */
export const lookupDesk = (database: Database) => ({
  /**
   * Runs `work` while nobody else looks up this list; undefined when somebody does. The lock is a
   * transaction's, which ends with the connection whatever happens; nothing else is done in it.
   */
  alone: <T>(list: ListId, work: () => Promise<T>): Promise<T | undefined> =>
    database.transaction(async (sql) => {
      const [row] = await sql.query<{ mine: boolean }>(lockList, [list]);
      return row?.mine === true ? work() : undefined;
    }),
  count: async ({ list, since }: AskedOf): Promise<LookupCount> =>
    (await database.query<LookupCount>(count, [list, "", timeParameter(since)]))[0]
      ?? { numbers: 0, toAsk: 0, answered: 0 },
  next: async (
    { list, since, after, limit }: AskedOf & { readonly after: string; readonly limit: number },
  ): Promise<readonly DialNumber[]> =>
    (await database.query<{ phone: DialNumber }>(next, [list, after, timeParameter(since), limit]))
      .map(({ phone }) => phone),
  spentOn: async (day: Instant): Promise<number> =>
    (await database.query<{ spent: number }>(spentOn, [dayOf(day)]))[0]?.spent ?? 0,
  /** The run that an earlier command did not end. */
  openRun: async (list: ListId) => (await database.query<LookupRun>(openRun, [list]))[0],
  /** Goes on with the open run under this cap, or begins one. */
  begin: async (list: ListId, priceMax: number): Promise<LookupRun> =>
    (await database.query<LookupRun>(beginRun, [list, priceMax]))[0] as LookupRun,
  end: async (run: number): Promise<void> => { await database.query(endRun, [run]); },
  /** Takes `cost` from both caps, or says which of them is reached. */
  reserve: async (
    { run, at, cost, dayMax }: {
      readonly run: number; readonly at: Instant; readonly cost: number; readonly dayMax: number;
    },
  ): Promise<"reserved" | "run" | "day"> =>
    (await database.query<{ answer: "reserved" | "run" | "day" }>(
      reserve, [run, dayOf(at), cost, dayMax]))[0]?.answer ?? "run",
  /** Gives back what a question did not cost. */
  giveBack: async (run: number, reservedAt: Instant, cost: number): Promise<void> => {
    await database.query(settle, [run, dayOf(reservedAt), -cost, 0]);
  },
  /** Keeps the answers, what they say of the numbers, and what they cost, all at once. */
  keep: (
    answers: readonly LookupAnswer[],
    { run, at, reservedAt, asked, extra }: {
      readonly run: number; readonly at: Instant; readonly reservedAt: Instant;
      readonly asked: number;
      /** What it cost beyond what was reserved; below 0 when it was cheaper. */
      readonly extra: number;
    },
  ): Promise<void> => database.transaction(async (sql) => {
    const when = timeParameter(at);
    const said = answers.flatMap(({ number, line, word }) => {
      const verdict = lookupVerdict(line, word);
      return verdict === undefined ? [] : [{ number, ...verdict }];
    });
    await sql.query(keep, [when, answers.map((each) => each.number),
      answers.map((each) => each.line), answers.map((each) => each.word),
      answers.map((each) => each.kind ?? null), answers.map((each) => each.carrier ?? null)]);
    await sql.query(believe, [when, said.map((each) => each.number),
      said.map((each) => each.quality), said.map((each) => each.what)]);
    await sql.query(settle, [run, dayOf(reservedAt), extra, asked]);
  }),
});

export type LookupDesk = ReturnType<typeof lookupDesk>;
