/**
 * Owns what the gate needs to know from the database and what it decided: facts of leads in one
 * query, leads put off until they may be asked again, and the rules each attempt was allowed by.
 */
import type { Instant } from "../../clock.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import type { Contact } from "../../compliance/frequency.ts";
import type { Blocked } from "../../compliance/gate.ts";
import type { AttemptId, CampaignId, DialNumber, LeadId } from "../../ids.ts";
import { timeParameter, type Row, type Sql, type Statement } from "./database.ts";

/** What is known of a lead at one moment. */
export interface LeadFacts {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly timeZone: string | undefined;
  readonly consent: "given" | "revoked" | "none";
  readonly listed: boolean;
  /** Dials of this number and of the person's other numbers, newest first, of 200 days. */
  readonly ofNumber: readonly Contact[];
  readonly ofPerson: readonly Contact[];
  /** Dials of the number in that time, congestion too: what `placeAttempts` finds unchanged. */
  readonly seen: number;
}

export interface GateWorld {
  readonly killSwitchOn: boolean;
  /** Country and date of each registry copy. */
  readonly registries: readonly { readonly country: string; readonly asOf: Instant | undefined }[];
}

export interface PutOff {
  readonly lead: LeadId;
  readonly block: Blocked;
  /** When the lead may be leased again. */
  readonly notBefore: Instant;
}

/** The longest pause of any pack is half a year. */
const LOOK_BACK = "interval '200 days'";

const world: Statement = {
  name: "gate-world",
  text: `
    select (select is_on from kill_switch) as is_on,
      coalesce((select json_agg(json_build_object('country', country,
        'at', round(extract(epoch from as_of) * 1000))) from do_not_call_registries
        where country is not null), '[]') as registries`,
};

/** A dial counts when it may have rung; what congestion stopped never did. */
const facts: Statement = {
  name: "gate-lead-facts",
  text: `
    select l.id as lead, l.phone as number, l.time_zone,
      exists (select from do_not_call d where d.phone = any (n.numbers)) as listed,
      (select c.given from consents c
        where c.phone = any (n.numbers) and c.purpose in ('', $2)
        order by c.at desc, c.id desc limit 1) as consent,
      h.contacts, coalesce(h.seen, 0) as seen
    from leads l
    cross join lateral (
      select array_append(array(select phone from lead_numbers where lead_id = l.id), l.phone)
        as numbers
    ) n
    left join lateral (
      select json_agg(json_build_object(
          'at', round(extract(epoch from a.placed_at) * 1000),
          'own', a.number = l.phone,
          'outcome', a.outcome,
          'refused', a.disposition in ('not-interested', 'do-not-call', 'refused')
        ) order by a.placed_at desc)
        filter (where a.outcome is null or a.spent) as contacts,
        count(*) filter (where a.number = l.phone) as seen
      from attempts a
      where a.number = any (n.numbers) and a.placed_at > $3::timestamptz - ${LOOK_BACK}
    ) h on true
    where l.id = any ($1::bigint[])`,
};

/** Only a leased lead is put off: one that is being dialed is somebody else's. */
const putOff: Statement = {
  name: "gate-put-off",
  text: `
    with off as materialized (
      select * from unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
        $6::timestamptz[]) as o (lead, code, source, until, not_before)
    ), moved as (
      update campaign_leads l set state = 'retry', not_before = off.not_before
      from off where l.campaign_id = $1 and l.lead_id = off.lead and l.state = 'leased'
    )
    insert into gate_blocks (campaign_id, lead_id, code, source, until, at)
    select $1, lead, code, source, until, $7 from off order by lead
    on conflict (campaign_id, lead_id) do update set code = excluded.code,
      source = excluded.source, until = excluded.until, at = excluded.at`,
};

const allowed: Statement = {
  name: "gate-allowed",
  text: `
    with dialed as (
      insert into attempt_rules (attempt, versions, zones)
      select r.attempt, string_to_array(r.versions, ','), string_to_array(r.zones, ',')
      from unnest($2::uuid[], $3::text[], $4::text[]) as r (attempt, versions, zones)
      on conflict do nothing
    )
    delete from gate_blocks where campaign_id = $1 and lead_id = any ($5::bigint[])`,
};

const terms: Statement = {
  name: "gate-terms",
  text: `
    select settings, array(select host from trunks
      where name in (select jsonb_array_elements_text(settings->'trunks'))) as hosts
    from campaigns where id = $1`,
};

interface FactsRow extends Row {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly time_zone: string | null;
  readonly listed: boolean;
  readonly consent: boolean | null;
  readonly seen: number;
  readonly contacts: readonly {
    at: Instant; own: boolean; outcome: string | null; refused: boolean | null;
  }[] | null;
}

const resultOf = (outcome: string | null): Contact["result"] => {
  if (outcome === null) return "open";
  if (outcome === "abandoned") return "abandoned";
  return outcome === "connected" ? "conversation" : "unanswered";
};

function toFacts(row: FactsRow): LeadFacts {
  const contacts = (row.contacts ?? []).map((each) => ({
    own: each.own, at: each.at, result: resultOf(each.outcome), refused: each.refused === true,
  }));
  return {
    lead: row.lead, number: row.number, timeZone: row.time_zone ?? undefined, listed: row.listed,
    consent: row.consent === null ? "none" : row.consent ? "given" : "revoked",
    ofNumber: contacts.filter((each) => each.own), ofPerson: contacts, seen: row.seen,
  };
}

export interface ComplianceStore {
  /** A campaign's settings and where its trunks lead; undefined when there is none. */
  termsOf(campaign: CampaignId): Promise<{
    readonly settings: CampaignSettings; readonly hosts: readonly string[];
  } | undefined>;
  world(): Promise<GateWorld>;
  factsOf(leads: readonly LeadId[], purpose: string, now: Instant): Promise<readonly LeadFacts[]>;
  putOff(campaign: CampaignId, leads: readonly PutOff[], now: Instant): Promise<void>;
  recordAllowed(campaign: CampaignId, allowed: readonly {
    readonly attempt: AttemptId; readonly lead: LeadId;
    readonly versions: readonly string[]; readonly zones: readonly string[];
  }[]): Promise<void>;
}

export const compliance = (sql: Sql): ComplianceStore => ({
  async termsOf(campaign) {
    const [row] = await sql.query<{ settings: CampaignSettings; hosts: readonly string[] }>(
      terms, [campaign]);
    return row;
  },
  async world() {
    const [row] = await sql.query<{
      is_on: boolean; registries: { country: string; at: Instant | null }[];
    }>(world);
    return {
      // A database without its row has been tampered with: nothing is dialed.
      killSwitchOn: row?.is_on ?? true,
      registries: (row?.registries ?? []).map(({ country, at }) =>
        ({ country, asOf: at ?? undefined })),
    };
  },
  async factsOf(leads, purpose, now) {
    if (leads.length === 0) return [];
    return (await sql.query<FactsRow>(facts, [leads, purpose, timeParameter(now)])).map(toFacts);
  },
  async putOff(campaign, leads, now) {
    if (leads.length === 0) return;
    const column = <T>(of: (each: PutOff) => T): T[] => leads.map(of);
    await sql.query(putOff, [
      campaign, column((each) => each.lead), column((each) => each.block.code),
      column(({ block: { source } }) => `${source.pack}@${source.version}: ${source.text}`),
      column((each) => timeParameter(each.block.until)),
      column((each) => timeParameter(each.notBefore)), timeParameter(now),
    ]);
  },
  async recordAllowed(campaign, rows) {
    if (rows.length === 0) return;
    await sql.query(allowed, [
      campaign, rows.map((each) => each.attempt), rows.map((each) => each.versions.join()),
      rows.map((each) => each.zones.join()), rows.map((each) => each.lead),
    ]);
  },
});
