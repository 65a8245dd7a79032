/**
 * Owns what is known of one person, under all their numbers: to be given to them, and to be
 * forgotten. After that only a hash of each number stays, by which nobody calls them again.
 */
import type { Instant } from "../../clock.ts";
import { UserError } from "../../errors.ts";
import type { AttemptId, DialNumber, LeadId, ListId } from "../../ids.ts";
import { text } from "../../language.ts";
import type { SoughtPerson } from "../../leads/rejects.ts";
import { audited, marksOf, type Doer } from "./compliance-desk.ts";
import type { Database, Row, Sql, Statement } from "./database.ts";
import { forgetUnfinished, unfinishedLeads } from "./unfinished-imports.ts";

const statement = (name: string, query: string): Statement => ({ name, text: query });

/** All numbers of the leads that have this one: a person may be on several lists. */
const numbersOf = statement("person-numbers", `
  with recursive known (phone) as (
    select $1::text collate "C"
    union
    select n.phone from known k
    cross join lateral (
      select l.id from leads l where l.phone = k.phone
      union select lead_id from lead_numbers where phone = k.phone
    ) mine
    cross join lateral (
      select phone from leads where id = mine.id
      union select phone from lead_numbers where lead_id = mine.id
    ) n
  )
  select array_agg(phone order by phone) as numbers from known`);

const leadsOf = statement("person-leads", `
  select l.id as lead, d.name as list, l.phone, l.name, l.language, l.time_zone as "timeZone",
    l.data, array(select phone from lead_numbers where lead_id = l.id order by position) as more
  from leads l join dial_lists d on d.id = l.list_id
  where l.phone = any ($1)
    or l.id in (select lead_id from lead_numbers where phone = any ($1))
  order by l.id`);
const workOf = statement("person-work", `
  select c.name as campaign, w.lead_id as lead, w.state, w.spent, w.last_outcome as "lastOutcome",
    b.code as blocked, b.source as "blockedBy", b.at as "blockedAt"
  from campaign_leads w join campaigns c on c.id = w.campaign_id
    left join gate_blocks b on b.campaign_id = w.campaign_id and b.lead_id = w.lead_id
  where w.lead_id = any ($1) order by c.id, w.lead_id`);
const callsOf = statement("person-calls", `
  select a.id as attempt, c.name as campaign, a.lead_id as lead, a.number,
    a.caller_id as "callerId", a.placed_at as "placedAt", a.answered_at as "answeredAt",
    a.ended_at as "endedAt", a.outcome, a.disposition, a.recording,
    a.answer_probability as "answerProbability", a.predicted_by as "predictedBy", g.name as agent,
    r.versions as "allowedBy", r.zones
  from attempts a join campaigns c on c.id = a.campaign_id left join agents g on g.id = a.agent_id
    left join attempt_rules r on r.attempt = a.id
  where a.number = any ($1) or a.lead_id = any ($2) order by a.placed_at`);
const factsOf = statement("person-facts", `
  select attempt, seq, at, type, data from call_facts where attempt = any ($1)
  order by attempt, seq`);
const recordingsOf = statement("person-recordings", `
  select attempt, leg, file, started_at as "startedAt", duration_ms as "durationMs", bytes, state
  from recordings where attempt = any ($1) order by started_at, leg desc`);
const consentsOf = statement("person-consents", `
  select phone, purpose, given, at, proof from consents where phone = any ($1) order by at`);
const listedOf = statement("person-listed", `
  select d.phone, r.name as registry, d.added_at as "addedAt", d.why
  from do_not_call d join do_not_call_registries r on r.id = d.registry_id
  where d.phone = any ($1)
  union all
  select d.phone, 'campaign ' || c.name, d.added_at, d.why
  from campaign_do_not_call d join campaigns c on c.id = d.campaign_id
  where d.phone = any ($1) order by 3`);

const evidenceOf = statement("person-evidence", `
  select phone, at, quality, source, what from number_evidence where phone = any ($1) order by at`);
const lookupsOf = statement("person-lookups", `
  select phone, at, state, word, line, carrier from number_lookups where phone = any ($1)
  order by phone`);
const worthOf = statement("person-worth", `
  select lead_id as lead, lifetime_value as "lifetimeValue", engagement, engaged_at as "engagedAt",
    timely_at as "timelyAt"
  from lead_scores where lead_id = any ($1) order by lead_id`);
const predictionsOf = statement("person-predictions", `
  select p.lead_id as lead, p.answer_probability as "answerProbability", m.name as model,
    m.made_at as "madeAt"
  from lead_predictions p join prediction_models m on m.id = p.model_id
  where p.lead_id = any ($1) order by p.lead_id`);

/** Every file of rejected rows that may be on this machine. */
const rejectFiles = statement("person-reject-files", `
  select i.id, i.list_id as list, d.name as "listName", i.state = 'reading' as open,
    i.reject_file as path, i.reject_host as host, i.reject_bytes as bytes
  from imports i join dial_lists d on d.id = i.list_id
  where i.reject_file is not null order by i.id`);
/** The lock of an import of this list: nobody writes the file while we do. */
const lockImport = statement("person-lock-import",
  "select pg_try_advisory_xact_lock(7464914, $1) as mine");
const noteRejects = statement("person-note-rejects",
  "update imports set reject_bytes = $2 where id = $1");

const live = statement("person-live", `
  select id from attempts where outcome is null and (number = any ($1) or lead_id = any ($2))`);
const remember = statement("person-remember", `
  insert into erased_numbers (hash) select erasure_hash(n) from unnest($1::text[]) as n
  on conflict do nothing`);
/** A lead's number becomes one that nobody has: no country code begins with 0. */
const eraseLeads = statement("person-erase-leads", `
  with further as (
    delete from lead_numbers where lead_id = any ($1)
  ), scores as (
    delete from lead_scores where lead_id = any ($1)
  ), predictions as (
    delete from lead_predictions where lead_id = any ($1)
  ), blocks as (
    delete from gate_blocks where lead_id = any ($1)
  ), work as (
    update campaign_leads set state = 'finished', not_before = null where lead_id = any ($1)
  )
  update leads set phone = '+0' || id, name = '', language = null, time_zone = null, data = '{}'
  where id = any ($1)`);
const eraseCalls = statement("person-erase-calls", `
  with heard as (
    delete from recordings where attempt = any ($1)
  )
  update attempts set number = '+0' || lead_id, company = null where id = any ($1)`);
const eraseWord = statement("person-erase-word", `
  with consented as (
    delete from consents where phone = any ($1)
  ), campaigns as (
    delete from campaign_do_not_call where phone = any ($1)
  ), news as (
    delete from do_not_call_news where phone = any ($1)
  ), evidence as (
    delete from number_evidence where phone = any ($1)
  ), quality as (
    delete from number_quality where phone = any ($1)
  ), lookups as (
    delete from number_lookups where phone = any ($1)
  )
  delete from do_not_call d using do_not_call_registries r
  where r.id = d.registry_id and r.name = 'system' and d.phone = any ($1)`);
const isErased = statement("person-erased", `
  select erased_at as "erasedAt" from erased_numbers where hash = erasure_hash($1)`);

export interface PersonLead extends Row {
  readonly lead: LeadId;
  readonly name: string;
  readonly list: string;
}

export interface PersonCall extends Row {
  readonly attempt: AttemptId;
  readonly placedAt: Instant;
}

export interface PersonRecording extends Row {
  readonly attempt: AttemptId;
  /** Relative to the recordings folder. */
  readonly file: string;
  readonly state: string;
}

/** Everything that is stored of a person. */
export interface Person {
  readonly numbers: readonly DialNumber[];
  readonly leads: readonly PersonLead[];
  readonly work: readonly Row[];
  readonly calls: readonly PersonCall[];
  readonly facts: readonly Row[];
  readonly recordings: readonly PersonRecording[];
  readonly consents: readonly Row[];
  readonly doNotCall: readonly Row[];
  /** What was said of the numbers, by whom, and what the leads are worth. */
  readonly evidence: readonly Row[];
  readonly lookups: readonly Row[];
  readonly worth: readonly Row[];
  /** What a model said of how likely they are to answer. */
  readonly predictions: readonly Row[];
}

/** Rejected rows of an import, in a file on one machine. */
export interface RejectFileRow {
  readonly id: number;
  readonly list: ListId;
  readonly listName: string;
  /** The import was interrupted and may go on. */
  readonly open: boolean;
  readonly path: string;
  readonly host: string;
  /** How much of it belongs to what was imported, while it is open. */
  readonly bytes: number;
}

/** What is to be taken away outside of the database. */
export interface Outside {
  /** Relative to the recordings folder. */
  readonly recordings: readonly string[];
  readonly rejects: readonly RejectFileRow[];
  readonly person: SoughtPerson;
}

const importing = (list: string): UserError => new UserError(
  text(`the list ${list} is being imported into right now`, `名单 ${list} 正在导入`),
  text("wait until the import has ended, then erase again", "请等导入结束后再删除"));

async function personIn(sql: Sql, number: DialNumber): Promise<Person> {
  const [row] = await sql.query<{ numbers: readonly DialNumber[] }>(numbersOf, [number]);
  const numbers = row?.numbers ?? [number];
  const leads = [...await sql.query<PersonLead>(leadsOf, [numbers]),
    ...await unfinishedLeads<PersonLead>(sql, numbers)];
  const ids = leads.map(({ lead }) => lead);
  const calls = await sql.query<PersonCall>(callsOf, [numbers, ids]);
  const attempts = calls.map(({ attempt }) => attempt);
  return {
    numbers, leads, calls,
    work: await sql.query(workOf, [ids]),
    facts: await sql.query(factsOf, [attempts]),
    recordings: await sql.query<PersonRecording>(recordingsOf, [attempts]),
    consents: await sql.query(consentsOf, [numbers]),
    doNotCall: await sql.query(listedOf, [numbers]),
    evidence: await sql.query(evidenceOf, [numbers]),
    lookups: await sql.query(lookupsOf, [numbers]),
    worth: await sql.query(worthOf, [ids]),
    predictions: await sql.query(predictionsOf, [ids]),
  };
}

/** The parts of the desk; the database is closed by its owner. */
export const personDesk = (database: Database) => ({
  find: (number: DialNumber) => personIn(database, number),
  /** When a number was erased; undefined when it was not. */
  erasedAt: async (number: DialNumber) =>
    (await database.query<{ erasedAt: Instant }>(isErased, [number]))[0]?.erasedAt,
  exported: (person: Person, by: Doer) => database.transaction(async (sql) => {
    await audited(sql, by, "person exported", {
      people: await marksOf(sql, person.numbers), calls: person.calls.length,
    });
  }),
  /**
   * Forgets a person: `forget` takes sound and rejected rows away before the rows are gone, so that
   * a failure leaves rows without sound and never sound that no row knows of. It answers with the
   * lengths that reject files of unfinished imports have now. Throws UserError while a call with
   * the person is up, or a list is being imported into.
   */
  erase: (
    number: DialNumber, by: Doer,
    forget: (outside: Outside) => Promise<readonly { id: number; bytes: number }[]>,
  ) => database.transaction(async (sql) => {
    const person = await personIn(sql, number);
    const leads = person.leads.map(({ lead }) => lead);
    const attempts = person.calls.map(({ attempt }) => attempt);
    if ((await sql.query(live, [person.numbers, leads])).length > 0) {
      throw new UserError(text("a call with this person is up", "与该客户的通话正在进行"),
        text("wait until it is over, then erase again", "请等通话结束后再删除"));
    }
    const rejects = await sql.query<RejectFileRow>(rejectFiles);
    for (const { open, list, listName } of rejects) {
      const [lock] = open ? await sql.query<{ mine: boolean }>(lockImport, [list]) : [];
      if (lock?.mine === false) throw importing(listName);
    }
    const written = await forget({
      recordings: person.recordings.map(({ file }) => file), rejects,
      person: { numbers: person.numbers, names: person.leads.map(({ name }) => name) },
    });
    for (const { id, bytes } of written) await sql.query(noteRejects, [id, bytes]);
    await sql.query(remember, [person.numbers]);
    await audited(sql, by, "person erased", {
      people: await marksOf(sql, person.numbers), leads: leads.length, calls: attempts.length,
      recordings: person.recordings.length,
    });
    await sql.query(eraseLeads, [leads]);
    await forgetUnfinished(sql, person.numbers);
    await sql.query(eraseCalls, [attempts]);
    await sql.query(eraseWord, [person.numbers]);
    return person;
  }),
});

export type PersonDesk = ReturnType<typeof personDesk>;
