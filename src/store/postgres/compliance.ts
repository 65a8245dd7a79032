/**
 * Owns what the gate needs to know from the database and what it decided: facts of leads in one
 * query, leads put off until they may be asked again, and the rules each attempt was allowed by.
 */
import { plus, type Instant } from "../../clock.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import { longestSpanDays, type Contact } from "../../compliance/frequency.ts";
import type { DestinationEntry } from "../../compliance/destinations.ts";
import type { Blocked, GateFacts } from "../../compliance/gate.ts";
import type { CampaignId, DialNumber, LeadId } from "../../ids.ts";
import type { StatedPlace } from "../../leads/whereabouts.ts";
import { limits } from "../../limits.ts";
import { timeParameter, type Database, type Row, type Sql, type Statement } from "./database.ts";

/** What is known of a lead at one moment. */
export interface LeadFacts {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly stated: StatedPlace;
  readonly consent: "given" | "revoked" | "none";
  readonly listed: boolean;
  /** Every number of the person. */
  readonly numbers: readonly DialNumber[];
  /** Dials of this number, of any of the person's and of the company's, newest first. */
  readonly ofNumber: readonly Contact[];
  readonly ofPerson: readonly Contact[];
  readonly ofCompany: readonly Contact[];
  /** As `company_of` writes it. */
  readonly company: string | undefined;
}

export interface GateWorld {
  readonly killSwitchOn: boolean;
  /** Country and date of each registry copy. */
  readonly registries: readonly { readonly country: string; readonly asOf: Instant | undefined }[];
  readonly destinations: readonly DestinationEntry[];
}

/** A campaign, where its trunks lead, and how its caller-ID stands. */
export interface CampaignTerms {
  readonly state: GateFacts["campaignState"];
  readonly settings: Pick<CampaignSettings, "purpose"> & Partial<CampaignSettings>;
  readonly hosts: readonly string[];
  readonly callerId: NonNullable<GateFacts["callerId"]>;
  /** Where it has called, `US` or `US-FL`: the rules of all of them hold for its abandon limit. */
  readonly places: readonly string[];
}

export interface PutOff {
  readonly lead: LeadId;
  readonly block: Blocked;
  /** When the lead may be leased again. */
  readonly notBefore: Instant;
}

/** The longest span of any rule: pack.ts takes none that looks further back. */
const LOOK_BACK_MS = longestSpanDays * 86_400_000 + limits.gateAheadMs;

const world: Statement = {
  name: "gate-world",
  text: `
    select (select is_on from kill_switch) as is_on,
      coalesce((select json_agg(json_build_object('country', country,
        'at', round(extract(epoch from as_of) * 1000))) from do_not_call_registries
        where country is not null), '[]') as registries,
      coalesce((select json_agg(json_build_object('what', what, 'verdict', verdict,
        'highRisk', high_risk)) from destinations), '[]') as destinations`,
};

/** A dial counts when it may have rung; what congestion stopped never did. */
const contactsOf = (from: string, own: string): string => `
      select json_agg(json_build_object(
          'at', round(extract(epoch from a.placed_at) * 1000), 'own', ${own},
          'outcome', a.outcome,
          'refused', a.disposition in ('not-interested', 'do-not-call', 'refused')
        ) order by a.placed_at desc)
        filter (where a.outcome is null or a.spent) as contacts
      from ${from}`;

/**
 * It is planned once, maybe while its tables are empty, so it leaves the planner no choice: each
 * number of a person is looked up by itself, and `offset 0` keeps each look-up one.
 */
export const leadFacts: Statement = {
  name: "gate-lead-facts",
  text: `
    select l.id as lead, w.number, l.time_zone, s.states, s.zips, n.numbers, company_of(l.data) as company,
      exists (select from unnest(n.numbers) as own (number)
          where exists (select from do_not_call d where d.phone = own.number offset 0)
            or exists (select from campaign_do_not_call d
              where d.campaign_id = $5 and d.phone = own.number offset 0))
        -- People who were erased are known by this alone.
        or (exists (select from erased_numbers) and exists (select from erased_numbers e
          where e.hash in (select erasure_hash(phone) from unnest(n.numbers) as phone)))
        as listed,
      (select c.given from unnest(n.numbers) as own (number) cross join lateral (
          select given, at, id from consents where phone = own.number and purpose in ('', $2)
          order by at desc, id desc limit 1) c
        order by c.at desc, c.id desc limit 1) as consent,
      p.contacts, f.contacts as company_contacts
    from unnest($1::bigint[], $4::text[]) as asked (lead, number)
    join leads l on l.id = asked.lead
    cross join lateral (select coalesce(asked.number, l.phone) as number) w
    cross join lateral (
      select array_append(array(select phone from lead_numbers where lead_id = l.id), l.phone)
        as numbers offset 0
    ) n
    left join lateral stated_place(l.data) s on w.number like '+1%'
    cross join lateral (${contactsOf(`unnest(n.numbers) as own (number) cross join lateral (
        select * from attempts where number = own.number and placed_at > $3 offset 0) a`,
    "a.number = w.number")}) p
    cross join lateral (${contactsOf(`attempts a
      where a.company = company_of(l.data) and a.placed_at > $3`, "true")}) f`,
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

const addPlaces: Statement = {
  name: "gate-add-places",
  text: `
    insert into campaign_places (campaign_id, place)
    select c.id, place from campaigns c, unnest($2::text[]) as place where c.id = $1
    order by place on conflict do nothing`,
};

/** With a daily maximum n, the nth newest dial is the one that must leave before one more fits. */
const terms: Statement = {
  name: "gate-terms",
  text: `
    select c.state, c.settings, array(select host from trunks
        where name in (select jsonb_array_elements_text(c.settings->'trunks'))) as hosts,
      array(select place from campaign_places p where p.campaign_id = c.id) as places,
      i.number is not null as authorised, i.daily_max,
      case when i.daily_max is not null then (select count(*) from attempts a
        where a.caller_id = i.number and a.placed_at > $2::timestamptz - interval '24 hours')
        end as dialed,
      case when i.daily_max is not null then (select a.placed_at + interval '24 hours'
        from attempts a
        where a.caller_id = i.number and a.placed_at > $2::timestamptz - interval '24 hours'
        order by a.placed_at desc offset i.daily_max - 1 limit 1) end as free_at
    from campaigns c left join caller_ids i on i.number = c.settings->'callerId'->>'number'
    where c.id = $1`,
};

interface TermsRow extends Row {
  readonly state: CampaignTerms["state"];
  readonly settings: CampaignTerms["settings"];
  readonly hosts: readonly string[];
  readonly places: readonly string[];
  readonly authorised: boolean;
  readonly daily_max: number | null;
  readonly dialed: number | null;
  readonly free_at: Instant | null;
}

interface ContactRow {
  readonly at: Instant;
  readonly own: boolean;
  readonly outcome: string | null;
  readonly refused: boolean | null;
}

interface FactsRow extends Row {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly time_zone: string | null;
  readonly states: readonly string[] | null;
  readonly zips: readonly string[] | null;
  readonly listed: boolean;
  readonly consent: boolean | null;
  readonly numbers: readonly DialNumber[];
  readonly contacts: readonly ContactRow[] | null;
  readonly company: string | null;
  readonly company_contacts: readonly ContactRow[] | null;
}

const resultOf = (outcome: string | null): Contact["result"] => {
  if (outcome === null) return "open";
  if (outcome === "abandoned") return "abandoned";
  return outcome === "connected" ? "conversation" : "unanswered";
};

const toContact = ({ at, outcome, refused }: ContactRow): Contact =>
  ({ at, result: resultOf(outcome), refused: refused === true });

function toFacts(row: FactsRow): LeadFacts {
  const contacts = row.contacts ?? [];
  return {
    lead: row.lead, number: row.number, listed: row.listed,
    stated: {
      timeZone: row.time_zone ?? undefined, states: row.states ?? [], zips: row.zips ?? [],
    },
    consent: row.consent === null ? "none" : row.consent ? "given" : "revoked",
    numbers: row.numbers,
    ofNumber: contacts.filter((each) => each.own).map(toContact),
    ofPerson: contacts.map(toContact),
    ofCompany: (row.company_contacts ?? []).map(toContact),
    company: row.company ?? undefined,
  };
}

export interface GateQuestions {
  /** Undefined when there is no such campaign. */
  termsOf(campaign: CampaignId, now: Instant): Promise<CampaignTerms | undefined>;
  world(): Promise<GateWorld>;
  /** `numbers`, one for each lead, are those to be dialed; the leads' own when absent. */
  factsOf(
    campaign: { readonly id: CampaignId; readonly purpose: string }, leads: readonly LeadId[],
    now: Instant, numbers?: readonly DialNumber[],
  ): Promise<readonly LeadFacts[]>;
  putOff(campaign: CampaignId, leads: readonly PutOff[], now: Instant): Promise<void>;
  /** Before the first attempt to a place is stored: its rules hold for the campaign from now on. */
  addPlaces(campaign: CampaignId, places: readonly string[]): Promise<void>;
}

export interface ComplianceStore extends GateQuestions {
  /** What `work` asks at once is asked in one round trip. */
  together<T>(work: (questions: GateQuestions) => Promise<T>): Promise<T>;
}

const questions = (sql: Sql): GateQuestions => ({
  async termsOf(campaign, now) {
    const [row] = await sql.query<TermsRow>(terms, [campaign, timeParameter(now)]);
    return row && {
      state: row.state, settings: row.settings, hosts: row.hosts,
      places: row.places,
      callerId: {
        authorised: row.authorised, dialed: row.dialed ?? 0, dailyMax: row.daily_max ?? undefined,
        freeAt: row.free_at ?? undefined,
      },
    };
  },
  async world() {
    const [row] = await sql.query<{
      is_on: boolean; registries: { country: string; at: Instant | null }[];
      destinations: readonly DestinationEntry[];
    }>(world);
    return {
      // A database without its row has been tampered with: nothing is dialed.
      killSwitchOn: row?.is_on ?? true,
      registries: (row?.registries ?? []).map(({ country, at }) =>
        ({ country, asOf: at ?? undefined })),
      // Without its rows nothing is allowed, which is the default.
      destinations: row?.destinations ?? [],
    };
  },
  async factsOf({ id, purpose }, leads, now, numbers) {
    if (leads.length === 0) return [];
    const since = plus(now, -LOOK_BACK_MS);
    return (await sql.query<FactsRow>(
      leadFacts, [leads, purpose, timeParameter(since), numbers ?? null, id]))
      .map(toFacts);
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
  async addPlaces(campaign, places) {
    await sql.query(addPlaces, [campaign, places]);
  },
});

export const compliance = (database: Database): ComplianceStore => ({
  ...questions(database),
  together: (work) => database.together((sql) => work(questions(sql))),
});
