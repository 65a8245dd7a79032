import { expect } from "chai";
import { plus } from "../clock.ts";
import type { DialMoment } from "../compliance/gate.ts";
import { destinationDesk } from "../store/postgres/destination-desk.ts";
import type { TestDatabase } from "../store/postgres/test-database.ts";
import { at, by, GatedBench } from "./gated-bench.db.test.ts";

describe("the store behind the gate", () => {
  let bench: GatedBench;
  let database: TestDatabase;

  before(async () => {
    bench = await GatedBench.open();
    database = bench.database;
  });
  beforeEach(() => bench.reset());
  after(() => bench.close());

  const [one, two, three] = ["+8613800138000", "+8613800138001", "+8613800138002"] as const;

  it("leases, dials, and says by which rules", async () => {
    const run = await bench.running([one, two]);
    expect(await run.dial()).to.eql([one, two]);
    expect(await run.blocks()).to.eql([]);
    const rules = await database.query("select versions, zones from attempt_rules");
    expect(rules).to.eql(Array.from({ length: 2 }, () => ({
      versions: ["cn-insurance@2026-11-25", "default@2026-11-23"], zones: ["Asia/Shanghai"],
    })));
  });

  it("says how a conversation may be recorded, and keeps that with the attempt", async () => {
    const run = await bench.running([one]);
    const leads = await run.lease();
    expect(leads.map((each) => each.recording)).to.eql(["announce"]);
    const stricter = leads.map((each) => ({ ...each, recording: "do-not-record" as const }));
    expect(await run.place(stricter), "not what the gate says now").to.eql([]);
    await run.place(leads);
    const open = await bench.store.openAttempts(run.pbx);
    expect(open.map((each) => each.recording)).to.eql(["announce"]);
  });

  it("keeps how often a recorded call must beep, for who takes it over", async () => {
    const run = await bench.running(["+12125552368"]);
    await database.query(`insert into do_not_call_registries (name, country, as_of)
      values ('us', 'US', '2026-11-20')`);
    bench.now = at("2026-11-23T17:00:00Z");
    const gate = bench.gate(
      { rulebook: bench.rulesWith("kind: recording, policy: beep, everySeconds: 12") });
    const { campaign, epoch } = run;
    const order = { campaign, epoch, count: 5, now: bench.now, leaseMs: 60_000 };
    const leads = await gate.leaseLeads(order);
    expect(leads.map((each) => [each.recording, each.beepSeconds])).to.eql([["beep", 12]]);
    const intents = run.intents(leads).map((each) => ({ ...each, beepSeconds: 12 }));
    const otherwise = intents.map((each) => ({ ...each, beepSeconds: 15 }));
    expect(await gate.placeAttempts(campaign, epoch, otherwise), "not what holds now").to.eql([]);
    expect(await gate.placeAttempts(campaign, epoch, intents)).to.have.length(1);
    const open = await bench.store.openAttempts(run.pbx);
    expect(open.map((each) => [each.recording, each.beepSeconds])).to.eql([["beep", 12]]);
    await database.query("delete from do_not_call_registries where name = 'us'");
  });

  it("puts off what may not be dialed, and leases the others", async () => {
    const run = await bench.running([one, two, "+12125552368", three]);
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
    const run = await bench.running([one]);
    bench.now = at("2026-11-23T13:30:00Z");
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} outside-hours until 11-24 01:00`]);
    bench.now = at("2026-11-24T00:59:59Z");
    expect(await run.lease()).to.eql([]);
    bench.now = at("2026-11-24T01:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });

  it("judges again in the moment of the dial", async () => {
    const run = await bench.running([one, two]);
    const leads = await run.lease();
    await database.query(`insert into do_not_call (phone, registry_id)
      select $1, id from do_not_call_registries where name = 'system'`, [one]);
    expect(await run.place(leads)).to.have.length(1);
    expect(await run.blocks()).to.eql([`${one} do-not-call`]);
  });

  it("asks for trunk and abandon rate as they were when the line was chosen", async () => {
    const run = await bench.running([one]);
    const { trunk, abandon } = bench.moment();
    const leads = await run.lease();
    const blocked = async (seen: DialMoment): Promise<readonly string[]> => {
      expect(await run.place(leads, seen)).to.eql([]);
      // Put off for a minute, and not for a day as a lead that nothing but a command would mend.
      bench.now = plus(bench.now, 60_000);
      expect(await run.lease()).to.have.length(1);
      return run.blocks();
    };
    expect(await blocked({ trunk: { ...trunk, channelsFree: 0 }, abandon }))
      .to.eql([`${one} no-channel`]);
    const passed = { ...bench.moment().abandon, abandoned: 2 };
    expect(await blocked({ ...bench.moment(), abandon: passed }))
      .to.eql([`${one} abandon-limit`]);
    const readAt = plus(bench.now, -60_001);
    expect(await blocked({ ...bench.moment(), trunk: { ...trunk, readAt } }))
      .to.eql([`${one} facts-stale`]);
    const seen = { trunk: bench.moment().trunk,
      abandon: { ...bench.moment().abandon, abandoned: 2, agentReserved: true } };
    expect(await run.place(leads, seen)).to.have.length(1);
    expect(await database.query("select moment from attempt_rules")).to.eql([{ moment: seen }]);
  });

  it("keeps to the list of one campaign, by any of the person's numbers", async () => {
    const further = "+8613700000001";
    const [mine, other] = [await bench.running([one, two, three]), await bench.running([one])];
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select lead_id, 2, $2 from campaign_leads c join leads l on l.id = c.lead_id
      where c.campaign_id = $1 and l.phone = $3`, [mine.campaign, further, three]);
    await database.query(`insert into campaign_do_not_call (campaign_id, phone)
      select $1, unnest($2::text[])`, [mine.campaign, [one, further]]);
    expect(await mine.dial()).to.eql([two]);
    expect(await mine.blocks()).to.eql([`${one} do-not-call`, `${three} do-not-call`]);
    expect(await other.dial()).to.eql([one]);
  });

  it("dials nothing while the kill switch is on", async () => {
    const run = await bench.running([one]);
    await database.query("update kill_switch set is_on = true");
    expect(await run.lease()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} kill-switch`]);
    await database.query("update kill_switch set is_on = false");
    bench.now = plus(bench.now, 60_000);
    expect(await run.dial()).to.eql([one]);
  });

  it("takes the strictest of what number, ZIP and state column say of an American", async () => {
    const numbers = ["+12125552368", "+12125552369", "+12125552370", "+12125552371"];
    const said = [{}, { "Zip Code": "33101" }, { STATE: "Washington" }, { state: "NY", zip: "" }];
    const run = await bench.running(numbers);
    await database.query(`update leads set data = d.data from unnest($1::text[], $2::jsonb[])
      as d (phone, data) where leads.phone = d.phone`, [numbers, said.map((each) =>
      JSON.stringify(each))]);
    await database.query(`insert into do_not_call_registries (name, country, as_of)
      values ('us', 'US', '2026-11-20')`);
    // Half past eight in the evening in New York: too late for Florida and Washington.
    bench.now = at("2026-11-24T01:30:00Z");
    expect(await run.dial()).to.eql([numbers[0], numbers[3]]);
    expect(await run.blocks()).to.eql([`${numbers[1] ?? ""} outside-hours until 11-24 14:00`,
      // Eight in the morning in Washington too.
      `${numbers[2] ?? ""} outside-hours until 11-24 16:00`]);
    expect(await database.query("select places from attempt_rules"))
      .to.eql([{ places: ["US-NY"] }, { places: ["US-NY"] }]);
    await database.query("delete from do_not_call_registries where name = 'us'");
  });

  it("keeps the caps of a number over all campaigns", async () => {
    const first = await bench.running([one]);
    const second = await bench.running([one]);
    for (const run of [first, second, first]) {
      expect(await run.dial()).to.eql([one]);
      await bench.hangUp("no-answer");
      bench.now = plus(bench.now, 60_000);
    }
    expect(await second.dial()).to.eql([]);
    expect(await second.blocks()).to.eql([`${one} cap-reached until 11-24 04:00`]);
  });

  it("keeps its pauses after a refusal", async () => {
    const run = await bench.running([one]);
    await run.dial();
    await bench.hangUp("connected", "not-interested");
    bench.now = at("2027-01-04T04:00:00Z");
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} cool-down until 05-26 16:00`]);
  });

  it("goes nowhere that is not allowed, and looks again when it is", async () => {
    const run = await bench.running([one, "+8860912345678"]);
    await database.query("insert into consents (phone, given, proof) values ($1, true, 'form')",
      ["+8860912345678"]);
    await destinationDesk(bench.sql).set(["+86138"], { verdict: "forbidden", highRisk: false }, by);
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql(
      [`${one} destination-forbidden`, "+8860912345678 destination-not-allowed"]);
    await destinationDesk(bench.sql).drop(["+86138"], by);
    expect(await run.dial()).to.eql([one]);
  });

  it("shows only caller-IDs that are ours", async () => {
    const run = await bench.running([one]);
    await destinationDesk(bench.sql).dropCallerId("+861012345678", by);
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} caller-id-not-authorised`]);
    await destinationDesk(bench.sql).setCallerId({ number: "+861012345678", dailyMax: 5 }, by);
    expect(await run.dial()).to.eql([one]);
    expect(await database.query("select caller_id from attempts"))
      .to.eql([{ caller_id: "+861012345678" }]);
  });

  it("holds a campaign to the abandon rate of the law", async () => {
    const run = await bench.running([one]);
    await database.query(`update campaigns set settings = settings || '{"abandonRateMax": 0.2}'`);
    const mine = (await bench.gated.campaigns()).find(({ id }) => id === run.campaign);
    expect(mine?.settings.abandonRateMax).to.equal(0.03);
  });

  it("holds it over the window of the law of wherever the campaign calls", async () => {
    const window = async (run: { readonly campaign: number }): Promise<number | undefined> =>
      (await bench.gated.campaigns()).find(({ id }) => id === run.campaign)
        ?.settings.abandonWithinDays;
    await destinationDesk(bench.sql).set(["GB"], { verdict: "allowed", highRisk: false }, by);
    bench.now = at("2026-11-25T10:00:00Z");
    const run = await bench.running([one]);
    expect(await run.dial()).to.eql([one]);
    expect(await window(run)).to.equal(30);
    const british = "+442079460123";
    const both = await bench.running([two, british]);
    expect(await window(both)).to.equal(30);
    expect(await both.dial()).to.eql([two, british]);
    // Ofcom's rule is of 24 hours, and holds for the campaign as soon as one there is dialed.
    expect(await window(both)).to.equal(1);
    expect(await window(run)).to.equal(30);
    expect(await database.query("select place from campaign_places order by place"))
      .to.eql([{ place: "CN" }, { place: "CN" }, { place: "GB" }]);
    await database.query(`update campaigns set settings = settings || '{"abandonWithinDays": 7}'`);
    expect([await window(run), await window(both)]).to.eql([7, 1]);
  });

  it("says how agents may be recorded where they sit, where the campaign says, or by default", async () => {
    const run = await bench.running([one]);
    await database.query(`insert into agents (name, phone, language, pin_hash, sip_ha1, place)
      select 'a' || n, '900' || n, 'en', 'x', md5('x'), place
      from unnest('{US-NY,US-WA}'::text[]) with ordinality as p (place, n)`);
    const said = async (): Promise<unknown> => {
      const mine = (await bench.gated.campaigns()).find(({ id }) => id === run.campaign);
      return Object.fromEntries(Object.entries(mine?.agentRecording ?? {})
        .map(([place, { policy }]) => [place, policy]));
    };
    expect(await said()).to.eql({ "": "announce", "US-NY": "record", "US-WA": "announce" });
    await database.query(`update campaigns set settings = settings || '{"agentsAt": "US-NY"}'`);
    expect(await said()).to.eql({ "": "record", "US-NY": "record", "US-WA": "announce" });
    expect((await bench.store.agents()).map(({ place }) => place)).to.eql(["US-NY", "US-WA"]);
    await database.query("delete from agents where phone in ('9001', '9002')");
    const home = await bench.running([two], { purpose: "by-trunk", trunk: "home" });
    const rehearsed = (await bench.gated.campaigns()).find(({ id }) => id === home.campaign);
    expect(rehearsed?.agentRecording).to.eql({ "": { policy: "record" } });
  });

  it("answers a repeated question as it did before", async () => {
    let lose = true;
    const { store } = bench;
    const forgetful = bench.gate({
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
    const run = await bench.running([one]);
    const [lead] = await run.lease();
    const intents = run.intents(lead === undefined ? [] : [lead]);
    const ask = () => forgetful.placeAttempts(run.campaign, run.epoch, intents);
    expect(await ask().catch((error: Error) => error.message)).to.equal("the answer is lost");
    // Whoever dies here leaves no attempt of which nobody knows why it was allowed.
    expect(await database.query("select attempt, moment is not null as seen from attempt_rules"))
      .to.eql(intents.map(({ attempt }) => ({ attempt, seen: true })));
    expect(await ask()).to.eql(intents.map(({ attempt }) => attempt));
  });

  it("asks no pack in a rehearsal, but the kill switch and do-not-call", async () => {
    const run = await bench.running([one, two], { purpose: "by-trunk", trunk: "home" });
    await database.query(`insert into do_not_call (phone, registry_id)
      select $1, id from do_not_call_registries where name = 'system'`, [two]);
    bench.now = at("2026-11-23T19:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });

  it("takes a campaign over an outside trunk for marketing unless it says otherwise", async () => {
    const run = await bench.running([one], { purpose: "by-trunk" });
    expect(await run.dial()).to.eql([]);
    expect(await run.blocks()).to.eql([`${one} consent-missing`]);
    await database.query(`insert into consents (phone, purpose, given, proof)
      values ($1, 'marketing', true, 'form 7')`, [one]);
    bench.now = at("2026-11-24T04:00:00Z");
    expect(await run.dial()).to.eql([one]);
  });
});
