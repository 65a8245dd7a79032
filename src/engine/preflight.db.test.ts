import { expect } from "chai";
import { instant, type Clock } from "../clock.ts";
import type { CampaignId, DialNumber, LeadId } from "../ids.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { complianceDesk } from "../store/postgres/compliance-desk.ts";
import { destinationDesk } from "../store/postgres/destination-desk.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { loadRulebook } from "./pack-files.ts";
import { survey, verdictsOn, worstBlock, type SurveyParts } from "./preflight.ts";

describe("asking why before anything is dialed", () => {
  let database: TestDatabase;
  let sql: Database;
  let parts: SurveyParts;
  let campaign: CampaignId;
  let now = instant(Date.parse("2026-11-23T04:00:00Z"));
  const clock: Clock = { now: () => now, at: () => ({ cancel: () => undefined }) };

  before(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    const desk = complianceDesk(sql);
    const by = { who: "ann", why: "contract 7" };
    await destinationDesk(sql).set(["CN"], { verdict: "allowed", highRisk: false }, by);
    await destinationDesk(sql).setCallerId({ number: "+861012345678", dailyMax: undefined }, by);
    parts = { desk, compliance: compliance(sql), rulebook: await loadRulebook(), clock };
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 2, 5)`);
    const [row] = await database.query(`
      with campaign as (
        insert into campaigns (name, state, settings)
        values ('spring', 'running', '{"purpose": "insurance", "trunks": ["out"],
          "mode": {"kind": "power", "linesPerAgent": 2}, "abandonRateMax": 0.03, "callerId": {"number": "+861012345678"}}') returning id
      ), list as (
        insert into dial_lists (name) values ('spring') returning id
      ), added as (
        insert into leads (list_id, phone)
        select list.id, '+86138000' || 10000 + n from list, generate_series(1, 2500) n
        order by n returning id
      ), work as (
        insert into campaign_leads (campaign_id, lead_id, rank, state)
        select campaign.id, added.id, added.id,
          case when added.id <= 100 then 'finished' else 'due' end from campaign, added
      )
      select id from campaign`);
    campaign = row?.["id"] as CampaignId;
    await desk.doNotCall.add(["+8613800010101", "+8613800010102"] as DialNumber[],
      { who: "ann", why: "asked" });
  });
  after(async () => {
    await sql.close();
    await database.drop();
  });

  it("counts every lead once, by the reason it would be skipped", async () => {
    const found = await survey(parts, campaign);
    expect(found).to.deep.include(
      { purpose: "insurance", states: { finished: 100, due: 2400 }, judged: 2400, allowed: 2398 });
    expect(found.blocks.map(({ block, leads }) => [block.code, leads]))
      .to.eql([["do-not-call", 2]]);
    expect(found.callerId).to.include({ authorised: true, dialed: 0 });
    expect(found.unsaid).to.include.members(["seller", "script"]);
  });

  it("names the reason of most leads first, and when the first may be asked again", async () => {
    now = instant(Date.parse("2026-11-23T14:00:00Z"));
    const { allowed, blocks } = await survey(parts, campaign);
    expect(allowed).to.equal(0);
    expect(blocks.map(({ block, leads, soonest }) => [block.code, leads, soonest])).to.eql([
      ["outside-hours", 2398, Date.parse("2026-11-24T01:00:00Z")], ["do-not-call", 2, undefined]]);
  });

  it("tells what would let most leads through, and what time alone mends", async () => {
    now = instant(Date.parse("2026-11-23T14:00:00Z"));
    expect(worstBlock(await survey(parts, campaign))?.block.code).to.equal("do-not-call");
    now = instant(Date.parse("2026-11-23T04:00:00Z"));
    await destinationDesk(sql).drop(["CN"], { who: "ann", why: "contract over" });
    const { blocks, allowed } = await survey(parts, campaign);
    expect(allowed).to.equal(0);
    expect(worstBlock({ blocks })).to.deep.include({ leads: 2398 });
    expect(blocks[0]?.block.code).to.equal("destination-not-allowed");
  });

  /** Calls of the campaign in the last hour, and how they ended; null is one that is up. */
  const calls = async (...outcomes: readonly (string | null)[]): Promise<void> => {
    await database.query(`insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx,
        epoch, placed_at, answered_at, outcome, spent)
      select gen_random_uuid(), $1, 3000 + n, '+1555' || n, t.id, 'pbx', 1, $3::timestamptz,
        $3, o, true
      from unnest($2::text[]) with ordinality as o (o, n), trunks t`,
    [campaign, outcomes, new Date(now - 60_000).toISOString()]);
  };

  it("names the trunk without a free channel, which a start does not have yet", async () => {
    now = instant(Date.parse("2026-11-23T04:00:00Z"));
    await destinationDesk(sql).set(["CN"], { verdict: "allowed", highRisk: false },
      { who: "ann", why: "contract 8" });
    await database.query(`insert into leads (id, list_id, phone) overriding system value
      select 3000 + n, id, '+1555000' || n from dial_lists, generate_series(1, 99) n`);
    await calls(null, null);
    const reasons = async (when: "now" | "start"): Promise<readonly string[]> =>
      (await survey(parts, campaign, when)).blocks
        .map(({ block: { code }, leads }) => `${leads} ${code}`);
    expect(await reasons("now")).to.eql(["2398 no-channel", "2 do-not-call"]);
    expect(await reasons("start")).to.eql(["2 do-not-call"]);
    await database.query("update trunks set enabled = false");
    expect(await reasons("start")).to.eql(["2398 no-channel", "2 do-not-call"]);
    await database.query("update trunks set enabled = true");
    await database.query("delete from attempts");
  });

  it("names the abandon limit, and the state of the campaign of a lead", async () => {
    await calls("connected", "connected", "abandoned");
    const verdict = async () => (await verdictsOn(parts, 200 as LeadId))[0];
    expect((await verdict())?.judged.decision).to.include({ code: "abandon-limit" });
    await database.query("delete from attempts");
    expect((await verdict())?.judged.decision).to.include({ verdict: "allow" });
    await database.query("update campaigns set state = 'paused'");
    expect((await verdict())?.judged.decision).to.include({ code: "campaign-not-running" });
    expect((await verdict())?.ifRunning.decision).to.include({ verdict: "allow" });
    await database.query("update campaigns set state = 'running'");
  });

  it("tells of one lead what stands against it in each campaign", async () => {
    const [verdict] = await verdictsOn(parts, 101 as LeadId);
    expect(verdict).to.deep.include({ campaign: "spring", state: "due", purpose: "insurance" });
    expect(verdict?.judged.decision).to.deep.include({ verdict: "block", code: "do-not-call" });
    expect(await verdictsOn(parts, 9_999 as LeadId)).to.eql([]);
  });
});
