/**
 * Owns what commands do to compliance: do-not-call lists, consent, the kill switch, and the audit
 * log, in which each of these is written in the same transaction as the change itself.
 */
import type { DialMoment } from "../../compliance/gate.ts";
import type { BlockCode } from "../../compliance/reasons.ts";
import type { RecordingPolicy } from "../../compliance/pack.ts";
import type { Instant } from "../../clock.ts";
import type { AttemptId, CampaignId, DialNumber, LeadId } from "../../ids.ts";
import type { AuditEntry, AuditHead } from "../audit-chain.ts";
import { noSuchCampaign } from "./agent-desk.ts";
import { abandonCounts } from "./abandon-window.ts";
import { dialMoment } from "./dial-moment.ts";
import { FILTER_LOCK } from "./do-not-call-filter.ts";
import { timeParameter, type Database, type Sql, type Statement } from "./database.ts";

export interface Doer {
  readonly who: string;
  readonly why: string;
}

export interface Registry {
  readonly name: string;
  readonly country: string | null;
  readonly asOf: Instant | null;
  readonly numbers: number;
}

const statement = (name: string, text: string): Statement => ({ name, text });

const log = statement("audit", "select audit($1, $2, $3, $4)");
const registries = statement("dnc-registries", `
  select r.name, r.country, r.as_of as "asOf", count(d.phone) as numbers
  from do_not_call_registries r left join do_not_call d on d.registry_id = r.id
  group by r.id order by r.id`);
const add = statement("dnc-add", `
  insert into do_not_call (phone, registry_id, why)
  select n.phone, r.id, $3 from unnest($2::text[]) as n (phone), do_not_call_registries r
  where r.name = $1
  on conflict do nothing returning phone`);
/** Of one campaign; the row's lock keeps the campaign until this is committed. */
const addOf = statement("dnc-add-campaign", `
  with campaign as (select id from campaigns where name = $1 for key share), added as (
    insert into campaign_do_not_call (campaign_id, phone, why)
    select id, n.phone, $3 from campaign, unnest($2::text[]) as n (phone)
    on conflict do nothing returning phone
  )
  select (select count(*) from campaign) as campaigns, (select count(*) from added) as added`);
const removeOf = statement("dnc-remove-campaign", `
  delete from campaign_do_not_call d using campaigns c
  where c.id = d.campaign_id and c.name = $1 and d.phone = $2 returning phone`);
const campaignLists = statement("dnc-campaign-lists", `
  select c.name, count(*) as numbers
  from campaign_do_not_call d join campaigns c on c.id = d.campaign_id group by c.id order by c.id`);
const remove = statement("dnc-remove", `
  delete from do_not_call using do_not_call_registries r
  where r.id = registry_id and r.name = 'system' and phone = $1 returning phone`);
const replaceRegistry = statement("dnc-replace", `
  insert into do_not_call_registries (name, country, as_of) values ($1, $2, $3)
  on conflict (name) do update set country = excluded.country, as_of = excluded.as_of
  returning id`);
/** Ten million news would be a second copy: the filter goes, and the next import builds it. */
const wholeRegistry = statement("dnc-whole-registry", `
  select pg_advisory_xact_lock($1), set_config('ringwright.whole_registry', 'on', true)`);
const dropFilter = statement("dnc-drop-filter", "delete from do_not_call_filter");
const emptyRegistry = statement("dnc-empty", "delete from do_not_call where registry_id = $1");
const marks = statement("audit-marks", `
  select encode(erasure_hash(n), 'hex') as mark from unnest($1::text[]) as n`);
const consent = statement("consent-add", `
  insert into consents (phone, purpose, given, proof) values ($1, $2, $3, $4)`);
const killSwitch = statement("kill-switch-set", `
  update kill_switch set is_on = $1, why = $2, changed_at = now()`);
const killSwitchNow = statement("kill-switch-now", `
  select is_on as "isOn", why, changed_at as "changedAt" from kill_switch`);
const entries = statement("audit-entries", `
  select seq, at_ms as "atMs", who, what, why, data, previous, hash from audit_log
  where seq > $1 order by seq limit $2`);
const auditHead = statement("audit-head", "select seq, hash from audit_head");
const work = statement("why-work", `
  select l.lead_id as lead, l.state, l.not_before as "notBefore", c.id as campaign, c.name,
    c.state as "campaignState"
  from campaign_leads l join campaigns c on c.id = l.campaign_id
  where ($1::integer is null or c.id = $1) and ($2::bigint is null or l.lead_id = $2)
    and l.lead_id > $3
  order by l.lead_id limit $4`);
const campaignNamed = statement("why-campaign", `
  select id, state from campaigns where name = $1`);
const rulesOf = statement("call-rules", `
  select a.number, a.placed_at as "placedAt", c.name as campaign, r.versions, r.zones, r.places, r.moment,
    a.recording, a.answer_probability as "answerProbability", a.predicted_by as "predictedBy",
    a.predicted_at as "predictedAt"
  from attempts a join campaigns c on c.id = a.campaign_id
    left join attempt_rules r on r.attempt = a.id
  where a.id = $1`);

export interface WorkRow {
  readonly lead: LeadId;
  readonly state: string;
  readonly notBefore: Instant | null;
  readonly campaign: CampaignId;
  readonly name: string;
  readonly campaignState: string;
}

export interface CallRules {
  readonly number: DialNumber;
  readonly placedAt: Instant;
  readonly campaign: string;
  /** Null for attempts from before the gate. */
  readonly versions: readonly string[] | null;
  readonly zones: readonly string[] | null;
  /** `US-FL`; null for attempts from before places were kept. */
  readonly places: readonly string[] | null;
  /** Trunk and abandon rate as they were when its line was chosen; null for older attempts. */
  readonly moment: DialMoment | null;
  /** What the gate said of recording it; null where nobody was asked. */
  readonly recording: RecordingPolicy | null;
  /** What pacing counted on, and by whose word: `own` for the campaign's own counts. */
  readonly answerProbability: number | null;
  readonly predictedBy: string | null;
  readonly predictedAt: Instant | null;
}

/** Leads that waited for what has just changed are worth another look at once. */
const wake = statement("gate-wake", `
  update campaign_leads l set not_before = '-infinity'
  from gate_blocks b
  where b.code = any ($1::text[]) and l.campaign_id = b.campaign_id and l.lead_id = b.lead_id
    and l.state = 'retry'
    and ($2::text is null or exists (select from leads where id = l.lead_id and phone = $2)
      or exists (select from lead_numbers n where n.lead_id = l.lead_id and n.phone = $2))`);

export const wakeLeads = (
  sql: Sql, codes: readonly BlockCode[], number?: DialNumber,
): Promise<unknown> => sql.query(wake, [codes, number ?? null]);

/** How people stand in the audit log, which nothing is ever taken out of: by a hash. */
export const marksOf = async (
  sql: Sql, numbers: readonly DialNumber[],
): Promise<readonly string[]> =>
  (await sql.query<{ mark: string }>(marks, [numbers])).map(({ mark }) => mark);

export const audited = (sql: Sql, by: Doer, what: string, data: object): Promise<unknown> =>
  sql.query(log, [by.who, what, by.why, JSON.stringify(data)]);

const listDesk = (database: Database) => ({
  registries: () => database.query<Registry>(registries),
  /** Adds to the system's own list; returns how many were new. */
  add: (numbers: readonly DialNumber[], by: Doer) => database.transaction(async (sql) => {
    const added = await sql.query(add, ["system", numbers, by.why]);
    await audited(sql, by, "do-not-call added", { people: await marksOf(sql, numbers) });
    return added.length;
  }),
  remove: (number: DialNumber, by: Doer) => database.transaction(async (sql) => {
    const removed = await sql.query(remove, [number]);
    if (removed.length > 0) {
      await audited(sql, by, "do-not-call removed", { people: await marksOf(sql, [number]) });
      await wakeLeads(sql, ["do-not-call"], number);
    }
    return removed.length > 0;
  }),
  /** How many numbers each campaign alone must not call; campaigns without any are not in it. */
  ofCampaigns: () => database.query<{ name: string; numbers: number }>(campaignLists),
  /** For one campaign alone; returns how many were new. Throws UserError when there is none. */
  addFor: (campaign: string, numbers: readonly DialNumber[], by: Doer) =>
    database.transaction(async (sql) => {
      const [row] = await sql.query<{ campaigns: number; added: number }>(
        addOf, [campaign, numbers, by.why]);
      if (row?.campaigns !== 1) throw noSuchCampaign(campaign);
      await audited(sql, by, "campaign do-not-call added",
        { campaign, people: await marksOf(sql, numbers) });
      return row.added;
    }),
  removeFor: (campaign: string, number: DialNumber, by: Doer) =>
    database.transaction(async (sql) => {
      const removed = await sql.query(removeOf, [campaign, number]);
      if (removed.length > 0) {
        await audited(sql, by, "campaign do-not-call removed",
          { campaign, people: await marksOf(sql, [number]) });
        await wakeLeads(sql, ["do-not-call"], number);
      }
      return removed.length > 0;
    }),
  /** Replaces a registry as a whole: all of the new copy, or the old one stays. */
  replace: (
    registry: { readonly name: string; readonly country: string; readonly asOf: Instant },
    batches: AsyncIterable<readonly DialNumber[]>, by: Doer,
  ) => database.transaction(async (sql) => {
    await sql.query(wholeRegistry, [FILTER_LOCK]);
    await sql.query(dropFilter);
    const [row] = await sql.query<{ id: number }>(replaceRegistry,
      [registry.name, registry.country, timeParameter(registry.asOf)]);
    await sql.query(emptyRegistry, [row?.id]);
    let count = 0;
    for await (const numbers of batches) {
      count += (await sql.query(add, [registry.name, numbers, ""])).length;
    }
    await audited(sql, by, "do-not-call registry loaded", { ...registry, numbers: count });
    await wakeLeads(sql, ["registry-missing", "registry-too-old"]);
    return count;
  }),
});

/** The parts of the desk; the database is closed by its owner. */
export const complianceDesk = (database: Database) => ({
  doNotCall: listDesk(database),
  consent: (
    order: { number: DialNumber; purpose: string; given: boolean }, by: Doer,
  ) => database.transaction(async (sql) => {
    await sql.query(consent, [order.number, order.purpose, order.given, by.why]);
    await audited(sql, by, order.given ? "consent given" : "consent withdrawn",
      { people: await marksOf(sql, [order.number]), purpose: order.purpose });
    if (order.given) await wakeLeads(sql, ["consent-missing", "consent-revoked"], order.number);
  }),
  setKillSwitch: (on: boolean, by: Doer) => database.transaction(async (sql) => {
    await sql.query(killSwitch, [on, by.why]);
    await audited(sql, by, on ? "kill switch on" : "kill switch off", {});
    if (!on) await wakeLeads(sql, ["kill-switch"]);
  }),
  killSwitch: async () => (await database.query<{
    isOn: boolean; why: string; changedAt: Instant;
  }>(killSwitchNow))[0],
  auditEntries: (after: number, count: number) =>
    database.query<AuditEntry>(entries, [after, count]),
  auditHead: async () => (await database.query<AuditHead>(auditHead))[0],
  campaignNamed: async (name: string) =>
    (await database.query<{ id: CampaignId; state: string }>(campaignNamed, [name]))[0],
  work: (of: { campaign?: CampaignId; lead?: LeadId; after: number; count: number }) =>
    database.query<WorkRow>(work, [of.campaign ?? null, of.lead ?? null, of.after, of.count]),
  momentOf: (campaign: CampaignId, asked: Parameters<typeof dialMoment>[2]) =>
    dialMoment(database, campaign, asked),
  abandonCounts: (campaign: CampaignId, at: { now: Instant; days: number }) =>
    abandonCounts(database, campaign, at),
  rulesOf: async (attempt: AttemptId) =>
    (await database.query<CallRules>(rulesOf, [attempt]))[0],
});

export type ComplianceDesk = ReturnType<typeof complianceDesk>;
