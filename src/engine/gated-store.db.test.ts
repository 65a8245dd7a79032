import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { instant, plus, type Clock, type Instant } from "../clock.ts";
import type { AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId, TrunkId }
  from "../ids.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { createStore } from "../store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import type { HopperLead, NewAttempt, Store } from "../store/store.ts";
import { gatedStore } from "./gated-store.ts";
import { loadPacks } from "./pack-files.ts";

const at = (iso: string): Instant => instant(Date.parse(iso));
/** Noon on a Monday in China. */
const NOON = "2026-11-23T04:00:00Z";

describe("the store behind the gate", () => {
  let database: TestDatabase;
  let sql: Database;
  let store: Store;
  let gated: Store;
  let now = at(NOON);
  const clock: Clock = { now: () => now, at: () => ({ cancel: () => undefined }) };

  before(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    store = createStore(database.url, clock);
    gated = gatedStore({ store, compliance: compliance(sql), clock, packs: await loadPacks() });
  });
  beforeEach(async () => {
    now = at(NOON);
    await database.query("truncate campaigns, dial_lists, trunks, attempts, do_not_call, consents "
      + "restart identity cascade");
    await database.query("update kill_switch set is_on = false");
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 10, 5),
      ('home', '127.0.0.1', 5060, 'udp', '{alaw}', 10, 5)`);
  });
  after(async () => {
    await store.close();
    await sql.close();
    await database.drop();
  });

  interface Run {
    readonly campaign: CampaignId;
    readonly epoch: Epoch;
    lease(): Promise<readonly HopperLead[]>;
    place(leads: readonly HopperLead[]): Promise<readonly AttemptId[]>;
    dial(): Promise<readonly string[]>;
    blocks(): Promise<readonly string[]>;
  }

  /** A campaign over numbers, run by a controller of its own. */
  async function running(
    numbers: readonly string[], { purpose = "insurance", trunk = "out" } = {},
  ): Promise<Run> {
    const [row] = await database.query(`
      with campaign as (
        insert into campaigns (name, state, settings) values (gen_random_uuid()::text, 'running',
          jsonb_build_object('purpose', $2::text, 'trunks', jsonb_build_array($3::text)))
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
    const owner = randomUUID() as ControllerId;
    const owned = (await store.claimCampaigns(owner, 600_000)).find(({ id }) => id === campaign);
    const epoch = owned?.epoch as Epoch;
    const run: Run = {
      campaign, epoch,
      lease: () => gated.leaseLeads({ campaign, epoch, count: 10, now, leaseMs: 60_000 }),
      place: (leads) => gated.placeAttempts(campaign, epoch, leads.map((lead): NewAttempt => ({
        attempt: randomUUID() as AttemptId, campaign, lead: lead.lead, number: lead.number,
        trunk: 1 as TrunkId, pbx: "one", at: now,
        ...(lead.recording && { recording: lead.recording }),
      }))),
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
  const hangUp = (outcome: string, disposition: string | null = null): Promise<unknown> =>
    database.query(`
      with ended as (
        update attempts set outcome = $1, spent = true, disposition = $2, ended_at = placed_at
        where outcome is null returning lead_id
      )
      update campaign_leads set state = 'retry', not_before = '-infinity'
      where lead_id in (select lead_id from ended)`, [outcome, disposition]);

  const [one, two, three] = ["+8613800138000", "+8613800138001", "+8613800138002"] as const;

  it("leases, dials, and says by which rules", async () => {
    const run = await running([one, two]);
    expect(await run.dial()).to.eql([one, two]);
    expect(await run.blocks()).to.eql([]);
    const rules = await database.query("select versions, zones from attempt_rules");
    expect(rules).to.eql(Array.from({ length: 2 }, () => ({
      versions: ["cn-insurance@2026-11-23", "default@2026-11-23"], zones: ["Asia/Shanghai"],
    })));
  });

  it("says how a conversation may be recorded, and keeps that with the attempt", async () => {
    const run = await running([one]);
    const leads = await run.lease();
    expect(leads.map((each) => each.recording)).to.eql(["announce"]);
    const stricter = leads.map((each) => ({ ...each, recording: "do-not-record" as const }));
    expect(await run.place(stricter), "not what the gate says now").to.eql([]);
    await run.place(leads);
    const open = await store.openAttempts(run.campaign);
    expect(open.map((each) => each.recording)).to.eql(["announce"]);
  });

  it("puts off what may not be dialed, and leases the others", async () => {
    const run = await running([one, two, "+12125552368", three]);
    await database.query(`insert into do_not_call (phone, registry_id)
      select $1, id from do_not_call_registries where name = 'system'`, [two]);
    await database.query(`insert into consents (phone, given, proof) values ($1, false, 'letter')`,
      [three]);
    expect(await run.dial()).to.eql([one]);
    expect(await run.blocks()).to.eql([`${two} do-not-call`, "+12125552368 registry-missing",
      `${three} consent-revoked`]);
    expect(await run.lease()).to.eql([]);
  });

  it("dials nobody out of hours, and everybody when they open", async () => {
    const run = await running([one]);
    now = at("2026-11-23T13:30:00Z");
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} outside-hours until 11-24 01:00`]);
    now = at("2026-11-24T00:59:59Z");
    expect(await run.lease()).to.eql([]);
    now = at("2026-11-24T01:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });

  it("judges again in the moment of the dial", async () => {
    const run = await running([one, two]);
    const leads = await run.lease();
    await database.query(`insert into do_not_call (phone, registry_id)
      select $1, id from do_not_call_registries where name = 'system'`, [one]);
    expect(await run.place(leads)).to.have.length(1);
    expect(await run.blocks()).to.eql([`${one} do-not-call`]);
  });

  it("dials nothing while the kill switch is on", async () => {
    const run = await running([one]);
    await database.query("update kill_switch set is_on = true");
    expect(await run.lease()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} kill-switch`]);
    await database.query("update kill_switch set is_on = false");
    now = plus(now, 60_000);
    expect(await run.dial()).to.eql([one]);
  });

  it("keeps the caps of a number over all campaigns", async () => {
    const first = await running([one]);
    const second = await running([one]);
    for (const run of [first, second, first]) {
      expect(await run.dial()).to.eql([one]);
      await hangUp("no-answer");
      now = plus(now, 60_000);
    }
    expect(await second.dial()).to.eql([]);
    expect(await second.blocks()).to.eql([`${one} cap-reached until 11-24 04:00`]);
  });

  it("keeps its pauses after a refusal", async () => {
    const run = await running([one]);
    await run.dial();
    await hangUp("connected", "not-interested");
    now = at("2027-01-04T04:00:00Z");
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} cool-down until 05-26 16:00`]);
  });

  it("reserves a cap with the attempt: of two judged alike, one is placed", async () => {
    const runs = [await running([one]), await running([one])] as const;
    const leads = await Promise.all(runs.map((run) => run.lease()));
    // Both were judged when nothing had been dialed; the first is placed and is over already.
    const intent = (i: 0 | 1): NewAttempt => ({
      attempt: randomUUID() as AttemptId, campaign: runs[i].campaign,
      lead: leads[i]?.[0]?.lead as LeadId, number: one as DialNumber, trunk: 1 as TrunkId,
      pbx: "one", at: now, seen: 0,
    });
    const place = (i: 0 | 1) =>
      store.placeAttempts(runs[i].campaign, runs[i].epoch, [intent(i)]);
    expect(await place(0)).to.have.length(1);
    await hangUp("no-answer");
    expect(await place(1)).to.eql([]);
  });

  it("answers a repeated question as it did before", async () => {
    let lose = true;
    const forgetful = gatedStore({
      compliance: compliance(sql), clock, packs: await loadPacks(),
      store: {
        ...store,
        async placeAttempts(campaign, epoch, attempts) {
          const placed = await store.placeAttempts(campaign, epoch, attempts);
          if (!lose) return placed;
          lose = false;
          throw new Error("the answer is lost");
        },
      },
    });
    const run = await running([one]);
    const [lead] = await run.lease();
    const intent: NewAttempt = {
      attempt: randomUUID() as AttemptId, campaign: run.campaign, lead: lead?.lead as LeadId,
      number: one as DialNumber, trunk: 1 as TrunkId, pbx: "one", at: now,
    };
    const ask = () => forgetful.placeAttempts(run.campaign, run.epoch, [intent]);
    expect(await ask().catch((error: Error) => error.message)).to.equal("the answer is lost");
    expect(await ask()).to.eql([intent.attempt]);
  });

  it("asks no pack in a rehearsal, but the kill switch and do-not-call", async () => {
    const run = await running([one, two], { purpose: "by-trunk", trunk: "home" });
    await database.query(`insert into do_not_call (phone, registry_id)
      select $1, id from do_not_call_registries where name = 'system'`, [two]);
    now = at("2026-11-23T19:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });

  it("takes a campaign over an outside trunk for marketing unless it says otherwise", async () => {
    const run = await running([one], { purpose: "by-trunk" });
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} consent-missing`]);
    await database.query(`insert into consents (phone, purpose, given, proof)
      values ($1, 'marketing', true, 'form 7')`, [one]);
    now = at("2026-11-24T04:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });
});
