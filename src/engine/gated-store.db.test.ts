import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { instant, plus, type Clock, type Instant } from "../clock.ts";
import type { AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId, TrunkId }
  from "../ids.ts";
import { readPack } from "../compliance/pack.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { destinationDesk } from "../store/postgres/destination-desk.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { createStore } from "../store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import type { DialMoment } from "../compliance/gate.ts";
import type { HopperLead, NewAttempt, Store } from "../store/store.ts";
import { gatedStore } from "./gated-store.ts";
import { loadRulebook, type Rulebook } from "./pack-files.ts";

const at = (iso: string): Instant => instant(Date.parse(iso));
/** Noon on a Monday in China. */
const NOON = "2026-11-23T04:00:00Z";

const by = { who: "ann@desk", why: "contract 7" };

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
    const rulebook = await loadRulebook();
    gated = gatedStore({ store, compliance: compliance(sql), clock, rulebook });
  });
  beforeEach(async () => {
    now = at(NOON);
    await database.query("truncate campaigns, dial_lists, trunks, attempts, do_not_call, consents, "
      + "destinations, caller_ids restart identity cascade");
    await database.query("update kill_switch set is_on = false");
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 10, 5),
      ('home', '127.0.0.1', 5060, 'udp', '{alaw}', 10, 5)`);
    await destinationDesk(sql).set(["CN", "US"], { verdict: "allowed", highRisk: false }, by);
    await destinationDesk(sql).setCallerId({ number: "+861012345678", dailyMax: undefined }, by);
  });
  after(async () => {
    await store.close();
    await sql.close();
    await database.drop();
  });

  const moment = (): DialMoment => ({
    trunk: { readAt: now, channelsFree: 1, channels: 10, tokens: 1 },
    abandon: {
      readAt: now, answered: 50, abandoned: 1, rateMax: 0.03, lent: 0, agentReserved: false,
    },
  });

  interface Run {
    readonly campaign: CampaignId;
    readonly epoch: Epoch;
    readonly pbx: string;
    lease(): Promise<readonly HopperLead[]>;
    place(leads: readonly HopperLead[], seen?: DialMoment): Promise<readonly AttemptId[]>;
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
      lease: () => gated.leaseLeads({ campaign, epoch, count: 10, now, leaseMs: 60_000 }),
      place: (leads, seen = moment()) => gated.placeAttempts(campaign, epoch,
        leads.map((lead): NewAttempt => ({
        attempt: randomUUID() as AttemptId, campaign, lead: lead.lead, number: lead.number,
        trunk: 1 as TrunkId, pbx, at: now, moment: seen,
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
      versions: ["cn-insurance@2026-11-25", "default@2026-11-23"], zones: ["Asia/Shanghai"],
    })));
  });

  it("says how a conversation may be recorded, and keeps that with the attempt", async () => {
    const run = await running([one]);
    const leads = await run.lease();
    expect(leads.map((each) => each.recording)).to.eql(["announce"]);
    const stricter = leads.map((each) => ({ ...each, recording: "do-not-record" as const }));
    expect(await run.place(stricter), "not what the gate says now").to.eql([]);
    await run.place(leads);
    const open = await store.openAttempts(run.pbx);
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

  it("asks for trunk and abandon rate as they were when the line was chosen", async () => {
    const run = await running([one]);
    const { trunk, abandon } = moment();
    const leads = await run.lease();
    const blocked = async (seen: DialMoment): Promise<readonly string[]> => {
      expect(await run.place(leads, seen)).to.eql([]);
      // Put off for a minute, and not for a day as a lead that nothing but a command would mend.
      now = plus(now, 60_000);
      expect(await run.lease()).to.have.length(1);
      return run.blocks();
    };
    expect(await blocked({ trunk: { ...trunk, channelsFree: 0 }, abandon }))
      .to.eql([`${one} no-channel`]);
    expect(await blocked({ ...moment(), abandon: { ...moment().abandon, abandoned: 2 } }))
      .to.eql([`${one} abandon-limit`]);
    expect(await blocked({ ...moment(), trunk: { ...trunk, readAt: plus(now, -60_001) } }))
      .to.eql([`${one} facts-stale`]);
    const seen = { trunk: moment().trunk,
      abandon: { ...moment().abandon, abandoned: 2, agentReserved: true } };
    expect(await run.place(leads, seen)).to.have.length(1);
    expect(await database.query("select moment from attempt_rules")).to.eql([{ moment: seen }]);
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

  it("takes the strictest of what number, ZIP and state column say of an American", async () => {
    const numbers = ["+12125552368", "+12125552369", "+12125552370", "+12125552371"];
    const said = [{}, { "Zip Code": "33101" }, { STATE: "Washington" }, { state: "NY", zip: "" }];
    const run = await running(numbers);
    await database.query(`update leads set data = d.data from unnest($1::text[], $2::jsonb[])
      as d (phone, data) where leads.phone = d.phone`, [numbers, said.map((each) =>
      JSON.stringify(each))]);
    await database.query(`insert into do_not_call_registries (name, country, as_of)
      values ('us', 'US', '2026-11-20')`);
    // Half past eight in the evening in New York: too late for Florida and Washington.
    now = at("2026-11-24T01:30:00Z");
    expect(await run.dial()).to.eql([numbers[0], numbers[3]]);
    expect(await run.blocks()).to.eql([`${numbers[1] ?? ""} outside-hours until 11-24 14:00`,
      // Eight in the morning in Washington too.
      `${numbers[2] ?? ""} outside-hours until 11-24 16:00`]);
    expect(await database.query("select places from attempt_rules"))
      .to.eql([{ places: ["US-NY"] }, { places: ["US-NY"] }]);
    await database.query("delete from do_not_call_registries where name = 'us'");
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

  /** One intent for each run, all judged before any of them was stored. */
  const together = async (runs: readonly Run[], packs?: string): Promise<number> => {
    const rulebook = packs === undefined ? await loadRulebook() : await withOwnPack(packs);
    const held: (() => void)[] = [];
    let judged: () => void = () => undefined;
    const allJudged = new Promise<void>((resolve) => { judged = resolve; });
    const waiting = gatedStore({
      compliance: compliance(sql), clock, rulebook,
      store: {
        ...store,
        async placeAttempts(campaign, epoch, attempts) {
          await new Promise<void>((resolve) => {
            held.push(resolve);
            if (held.length === runs.length) judged();
          });
          return store.placeAttempts(campaign, epoch, attempts);
        },
      },
    });
    const leads = await Promise.all(runs.map((run) => run.lease()));
    const placing = runs.map((run, i) => waiting.placeAttempts(run.campaign, run.epoch,
      (leads[i] ?? []).map((lead): NewAttempt => ({
        attempt: randomUUID() as AttemptId, campaign: run.campaign, lead: lead.lead,
        number: lead.number, trunk: 1 as TrunkId, pbx: run.pbx, at: now,
        moment: moment(),
        ...(lead.recording && { recording: lead.recording }),
      }))));
    await allJudged;
    for (const release of held) release();
    return (await Promise.all(placing)).flat().length;
  };

  const withOwnPack = async (rule: string): Promise<Rulebook> => {
    const rulebook = await loadRulebook();
    const pack = readPack(`{ id: house, version: 2026-11-25, status: active, country: "*",
      title: { en: House, zh: 自定 }, rules: [{ ${rule}, source: { text: our own rule } }] }`,
    "house.yaml");
    return { ...rulebook, packs: [...rulebook.packs, pack] };
  };

  it("reserves a person's cap with the attempt, by whichever number", async () => {
    const runs = [await running([one]), await running([two])];
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select id, 2, $2 from leads where phone = $1`, [one, two]);
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select id, 2, $2 from leads where phone = $1`, [two, one]);
    expect(await together(runs, "kind: cap, per: person, counts: attempts, max: 1, within: 24 h"))
      .to.equal(1);
  });

  it("reserves a company's cap over its people, on real Postgres and at once", async () => {
    const runs = [await running([one]), await running([two]), await running([three])];
    await database.query("update leads set data = '{\"公司\": \" Acme  Ltd \"}'");
    expect(await together(runs, "kind: cap, per: company, counts: attempts, max: 2, within: 24 h"))
      // Judged alike, all three saw none; the first that is stored shows it to the others.
      .to.equal(1);
  });

  it("counts the dials of one batch against each other", async () => {
    const run = await running([one, two, three]);
    await database.query("update leads set data = '{\"company\": \"ACME ltd\"}'");
    expect(await together([run],
      "kind: cap, per: company, counts: attempts, max: 2, within: 1 days")).to.equal(2);
    expect(await run.blocks()).to.eql([`${three} cap-reached until 11-23 16:00`]);
  });

  it("goes nowhere that is not allowed, and looks again when it is", async () => {
    const run = await running([one, "+8860912345678"]);
    await database.query("insert into consents (phone, given, proof) values ($1, true, 'form')",
      ["+8860912345678"]);
    await destinationDesk(sql).set(["+86138"], { verdict: "forbidden", highRisk: false }, by);
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql(
      [`${one} destination-forbidden`, "+8860912345678 destination-not-allowed"]);
    await destinationDesk(sql).drop(["+86138"], by);
    expect(await run.dial()).to.eql([one]);
  });

  it("shows only caller-IDs that are ours", async () => {
    const run = await running([one]);
    await destinationDesk(sql).dropCallerId("+861012345678", by);
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} caller-id-not-authorised`]);
    await destinationDesk(sql).setCallerId({ number: "+861012345678", dailyMax: 5 }, by);
    expect(await run.dial()).to.eql([one]);
    expect(await database.query("select caller_id from attempts"))
      .to.eql([{ caller_id: "+861012345678" }]);
  });

  it("keeps a caller-ID's dials of a day over all campaigns, also at once", async () => {
    await destinationDesk(sql).setCallerId({ number: "+861012345678", dailyMax: 2 }, by);
    expect(await together([await running([one]), await running([two]), await running([three])]))
      .to.equal(2);
    const late = await running(["+8613800138009"]);
    now = plus(now, 60_000);
    expect(await late.dial()).to.eql([]);
    expect(await late.blocks()).to.include("+8613800138009 caller-id-used-up until 11-24 04:00");
  });

  it("holds a campaign to the abandon rate of the law", async () => {
    const run = await running([one]);
    await database.query(`update campaigns set settings = settings || '{"abandonRateMax": 0.2}'`);
    const mine = (await gated.campaigns()).find(({ id }) => id === run.campaign);
    expect(mine?.settings.abandonRateMax).to.equal(0.03);
  });

  it("answers a repeated question as it did before", async () => {
    let lose = true;
    const forgetful = gatedStore({
      compliance: compliance(sql), clock, rulebook: await loadRulebook(),
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
      number: one as DialNumber, trunk: 1 as TrunkId, pbx: run.pbx, at: now,
        moment: moment(),
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
