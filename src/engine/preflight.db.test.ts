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
    const [row] = await database.query(`
      with campaign as (
        insert into campaigns (name, state, settings)
        values ('spring', 'running', '{"purpose": "insurance", "trunks": [],
          "callerId": {"number": "+861012345678"}}') returning id
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

  it("tells of one lead what stands against it in each campaign", async () => {
    const [verdict] = await verdictsOn(parts, 101 as LeadId);
    expect(verdict).to.deep.include({ campaign: "spring", state: "due", purpose: "insurance" });
    expect(verdict?.judged.decision).to.deep.include({ verdict: "block", code: "do-not-call" });
    expect(await verdictsOn(parts, 9_999 as LeadId)).to.eql([]);
  });
});
