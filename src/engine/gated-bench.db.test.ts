/** Owns a gated store over a real database, and campaigns to run on it, for tests. */
import { randomUUID } from "node:crypto";
import { instant, type Clock, type Instant } from "../clock.ts";
import type { DialMoment } from "../compliance/gate.ts";
import { readPack } from "../compliance/pack.ts";
import type { AttemptId, CampaignId, ControllerId, Epoch, TrunkId } from "../ids.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { destinationDesk } from "../store/postgres/destination-desk.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { createStore } from "../store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import type { HopperLead, NewAttempt, Store } from "../store/store.ts";
import { gatedStore } from "./gated-store.ts";
import { loadRulebook, type Rulebook } from "./pack-files.ts";

export const at = (iso: string): Instant => instant(Date.parse(iso));
/** Noon on a Monday in China. */
const NOON = "2026-11-23T04:00:00Z";

export const by = { who: "ann@desk", why: "contract 7" };

export interface Run {
  readonly campaign: CampaignId;
  readonly epoch: Epoch;
  readonly pbx: string;
  lease(count?: number): Promise<readonly HopperLead[]>;
  intents(leads: readonly HopperLead[], seen?: DialMoment): readonly NewAttempt[];
  place(leads: readonly HopperLead[], seen?: DialMoment): Promise<readonly AttemptId[]>;
  dial(): Promise<readonly string[]>;
  blocks(): Promise<readonly string[]>;
}

export class GatedBench {
  readonly database: TestDatabase;
  readonly sql: Database;
  readonly store: Store;
  readonly gated: Store;
  readonly rulebook: Rulebook;
  readonly clock: Clock = { now: () => this.now, at: () => ({ cancel: () => undefined }) };
  now = at(NOON);

  private constructor(database: TestDatabase, rulebook: Rulebook) {
    this.database = database;
    this.rulebook = rulebook;
    this.sql = openDatabase(database.url);
    this.store = createStore(database.url, this.clock);
    this.gated = this.gate();
  }

  static async open(): Promise<GatedBench> {
    return new GatedBench(await createTestDatabase(), await loadRulebook());
  }

  /** Nothing in the database but two trunks, and China and America to call. */
  async reset(): Promise<void> {
    const { database, sql } = this;
    this.now = at(NOON);
    await database.query("truncate campaigns, dial_lists, trunks, attempts, do_not_call, consents, "
      + "destinations, caller_ids restart identity cascade");
    await database.query("update kill_switch set is_on = false");
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 10, 5),
      ('home', '127.0.0.1', 5060, 'udp', '{alaw}', 10, 5)`);
    await destinationDesk(sql).set(["CN", "US"], { verdict: "allowed", highRisk: false }, by);
    await destinationDesk(sql).setCallerId({ number: "+861012345678", dailyMax: undefined }, by);
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.sql.close();
    await this.database.drop();
  }

  /** A gate of its own, over another store or by other rules. */
  gate(other: { readonly store?: Store; readonly rulebook?: Rulebook } = {}): Store {
    const { store, rulebook, clock, sql } = this;
    return gatedStore({ store, rulebook, ...other, clock, compliance: compliance(sql) });
  }

  /** The rules of the product with one more, as an installation adds it. */
  rulesWith(rule: string): Rulebook {
    const pack = readPack(`{ id: house, version: 2026-11-25, status: active, country: "*",
      title: { en: House, zh: 自定 }, rules: [{ ${rule}, source: { text: our own rule } }] }`,
    "house.yaml");
    return { ...this.rulebook, packs: [...this.rulebook.packs, pack] };
  }

  /** A floor that nothing stands against. */
  moment(): DialMoment {
    const readAt = this.now;
    return {
      trunk: { readAt, channelsFree: 1, channels: 10, tokens: 1 },
      abandon: { readAt, answered: 50, abandoned: 1, rateMax: 0.03, lent: 0, agentReserved: false },
    };
  }

  /** A campaign over numbers, run by a controller of its own. */
  async running(
    numbers: readonly string[], { purpose = "insurance", trunk = "out" } = {},
  ): Promise<Run> {
    const { database, store, gated } = this;
    const [row] = await database.query(`
      with campaign as (
        insert into campaigns (name, state, settings) values (gen_random_uuid()::text, 'running',
          jsonb_build_object('purpose', $2::text, 'trunks', jsonb_build_array($3::text),
            'callerId', jsonb_build_object('number', '+861012345678')))
        returning id
      ), list as (
        insert into dial_lists (name) values (gen_random_uuid()::text) returning id
      ), added as (
        insert into leads (list_id, phone) select list.id, n.phone
        from list, unnest($1::text[]) with ordinality as n (phone, rank) order by n.rank
        returning id
      ), work as (
        insert into campaign_leads (campaign_id, lead_id, rank)
        select campaign.id, added.id, added.id from campaign, added
      )
      select id from campaign`, [numbers, purpose, trunk]);
    const campaign = row?.["id"] as CampaignId;
    // A switch for each run: each has the seat of its own.
    const pbx = randomUUID();
    const { held: [seat] } = await store.takeSeats({
      controller: randomUUID() as ControllerId, switches: [pbx], usable: [pbx], leaseMs: 600_000,
    });
    const epoch = seat?.epoch as Epoch;
    const run: Run = {
      campaign, epoch, pbx,
      lease: (count = 10) =>
        gated.leaseLeads({ campaign, epoch, count, now: this.now, leaseMs: 60_000 }),
      intents: (leads, seen = this.moment()) => leads.map((lead): NewAttempt => ({
        attempt: randomUUID() as AttemptId, campaign, lead: lead.lead, number: lead.number,
        trunk: 1 as TrunkId, pbx, at: this.now, moment: seen,
        ...(lead.recording && { recording: lead.recording }),
      })),
      place: (leads, seen) => gated.placeAttempts(campaign, epoch, run.intents(leads, seen)),
      async dial() {
        const leads = await run.lease();
        await run.place(leads);
        return leads.map(({ number }) => number);
      },
      blocks: async () => (await database.query(`
        select l.phone || ' ' || b.code || coalesce(' until '
          || to_char(b.until at time zone 'UTC', 'MM-DD HH24:MI'), '') as block
        from gate_blocks b join leads l on l.id = b.lead_id order by l.id`))
        .map((each) => each["block"] as string),
    };
    return run;
  }

  /** Ends every open attempt. */
  async hangUp(outcome: string, disposition: string | null = null): Promise<void> {
    await this.database.query(`
      with ended as (
        update attempts set outcome = $1, spent = true, disposition = $2, ended_at = placed_at
        where outcome is null returning lead_id
      )
      update campaign_leads set state = 'retry', not_before = '-infinity'
      where lead_id in (select lead_id from ended)`, [outcome, disposition]);
  }

  /**
   * Places what each run has leased, all of it judged before any was stored; returns how many got
   * through. Stores of their own are controllers of their own.
   */
  async together(runs: readonly Run[], rule?: string, stores = [this.store]): Promise<number> {
    const rulebook = rule === undefined ? this.rulebook : this.rulesWith(rule);
    const leads = await Promise.all(runs.map((run) => run.lease()));
    let release: () => void = () => undefined;
    const allJudged = new Promise<void>((resolve) => { release = resolve; });
    let deciding = runs.length;
    const decided = (): void => { if (--deciding === 0) release(); };
    const placing = runs.map(async (run, i) => {
      const store = stores[i % stores.length] ?? this.store;
      let reached = false;
      const gate = this.gate({ rulebook, store: {
        ...store,
        async placeAttempts(campaign, epoch, attempts) {
          reached = true;
          decided();
          await allJudged;
          return store.placeAttempts(campaign, epoch, attempts);
        },
      } });
      const placed = await gate.placeAttempts(
        run.campaign, run.epoch, run.intents(leads[i] ?? []));
      // One whose leads the gate itself held back never came to the store.
      if (!reached) decided();
      return placed;
    });
    return (await Promise.all(placing)).flat().length;
  }
}
