import { expect } from "chai";
import fc from "fast-check";
import { instant, plus, toIso, type Instant } from "../../clock.ts";
import type { CampaignId, Epoch, LeadId } from "../../ids.ts";
import { afterEvent, eventPoints, scoreOf, type LeadScore } from "../../leads/value.ts";
import { campaignSettings } from "../../testing/floor-plan.ts";
import { administer } from "./administration.ts";
import { openDatabase, type Database } from "./database.ts";
import { hopper } from "./hopper.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

describe("the order of leads", () => {
  let database: TestDatabase;
  let sql: Database;
  let epoch: Epoch;
  let made = 0;
  const now = instant(Date.now());

  before(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('carrier', '127.0.0.1', 5060, 'udp', '{ulaw}', 10, 10)`);
    const [seat] = await database.query(`insert into seats (pbx, controller, epoch, leased_until)
      values ('pbx', 'me', 77, now() + interval '1 hour') returning epoch`);
    epoch = Number(seat?.["epoch"]) as Epoch;
  });
  after(async () => {
    await sql.close();
    await database.drop();
  });

  /** Lists by name with people as `number` or `number+number`, and a campaign over all of them. */
  async function campaignOf(
    lists: Readonly<Record<string, readonly string[]>>,
    settings: Partial<typeof campaignSettings> = {}, values: Readonly<Record<string, number>> = {},
  ): Promise<CampaignId> {
    const mark = `-${++made}`;
    for (const [name, people] of Object.entries(lists)) {
      for (const person of people) {
        const [phone = "", ...more] = person.split("+")
          .map((each) => `+86139${mark.slice(1).padStart(4, "0")}${each}`);
        await database.query(`with list as (
            insert into dial_lists (name) values ($1)
            on conflict (name) do update set name = excluded.name returning id
          ), lead as (insert into leads (list_id, phone, name) select id, $2, $4 from list returning id),
          scored as (insert into lead_scores (lead_id, lifetime_value)
            select id, $5::float8 from lead where $5 is not null)
          insert into lead_numbers (lead_id, position, phone)
          select lead.id, n.position + 1, n.phone
          from lead, unnest($3::text[]) with ordinality as n (phone, position)`,
        [name + mark, phone, more, person, values[person] ?? null]);
      }
    }
    const names = Object.keys(lists).map((each) => each + mark);
    const mix = settings.mix && Object.fromEntries(
      Object.entries(settings.mix).map(([name, share]) => [name + mark, share]));
    const name = `campaign${mark}`;
    await administer(database.url, async (desk) => {
      await desk.campaigns.create({
        ...campaignSettings, ...settings, name, lists: names, trunks: ["carrier"],
        ...(mix && { mix }),
      });
      await desk.campaigns.move(name, "start");
    });
    const [row] = await database.query("select id from campaigns where name = $1", [name]);
    return row?.["id"] as CampaignId;
  }

  /** The next leads as the last four digits of what is dialed, and the person where it differs. */
  async function lease(campaign: CampaignId, count = 100, at: Instant = now): Promise<string[]> {
    const leads = await hopper(sql).leaseLeads(
      { campaign, epoch, count, now: at, leaseMs: 60_000 });
    return leads.map((each) => each.number.slice(-4));
  }
  const leadId = async (campaign: CampaignId, person: string): Promise<LeadId> =>
    (await database.query(`select l.id from leads l join campaign_leads c on c.lead_id = l.id
      where c.campaign_id = $1 and l.name = $2`, [campaign, person]))[0]?.["id"] as LeadId;
  const say = (phone: string, quality: string, source = "line"): Promise<unknown> =>
    database.query(`insert into number_evidence (phone, at, quality, source, what)
      values ($1, clock_timestamp(), $2, $3, 'test')`, [phone, quality, source]);

  it("says what was predicted of a lead, and by which model of when", async () => {
    const campaign = await campaignOf({ a: ["0101", "0102"] });
    await database.query(`with model as (
        insert into prediction_models (name, made_at) values ('bttc-1', $2) returning id)
      insert into lead_predictions (lead_id, model_id, answer_probability)
      select $1, id, 0.31 from model`, [await leadId(campaign, "0102"), "2026-01-05T08:00:00Z"]);
    const leads = await hopper(sql).leaseLeads(
      { campaign, epoch, count: 2, now, leaseMs: 60_000 });
    expect(leads.map(({ prediction }) => prediction)).to.deep.equal([undefined, {
      answerProbability: 0.31, by: "bttc-1", madeAt: Date.UTC(2026, 0, 5, 8),
    }]);
  });

  it("mixes lists by percentage all the way", async () => {
    const campaign = await campaignOf({
      a: ["1001", "1002", "1003", "1004", "1005", "1006"], b: ["2001", "2002"],
    }, { mix: { a: 75, b: 25 } });
    expect(await lease(campaign, 4)).to.have.members(["1001", "1002", "1003", "2001"]);
    expect(await lease(campaign, 4)).to.have.members(["1004", "1005", "1006", "2002"]);
  });

  it("puts the worthiest first, and takes an event up at once", async () => {
    const campaign = await campaignOf({ a: ["3001", "3002", "3003", "3004"] }, { order: "value" },
      { 3003: 20_000, 3002: 1_500, 3004: 5 });
    expect(await lease(campaign, 1)).to.eql(["3003"]);
    await database.query("select lead_events(array[$1]::bigint[], array[now()], '{0.6}', null)",
      [await leadId(campaign, "3004")]);
    expect(await lease(campaign)).to.eql(["3004", "3002", "3001"]);
  });

  it("dials a person of several lists once, whichever of their numbers comes first", async () => {
    const campaign = await campaignOf({
      // 8105 is the line at home of two people: a further number of both keeps neither out.
      a: ["8101+8102", "8103+8105", "8104"], b: ["8102", "8106+8104", "8107+8105", "8101", "8108"],
      c: ["8109+8108", "8110"],
    });
    expect(await lease(campaign)).to.eql(["8101", "8103", "8104", "8107", "8108", "8110"]);
  });

  it("puts the newest first", async () => {
    const campaign = await campaignOf({ a: ["4001", "4002", "4003"] }, { order: "newest" });
    expect(await lease(campaign)).to.eql(["4003", "4002", "4001"]);
  });

  it("puts promised calls before all others, when their moment has come", async () => {
    const campaign = await campaignOf({ a: ["5001", "5002", "5003"] });
    const lead = await leadId(campaign, "5003");
    const at = plus(now, 3_600_000);
    await administer(database.url, (desk) => desk.leads.callBack(
      { lead, campaign: `campaign-${made}`, at, agent: undefined }));
    expect(await lease(campaign, 1)).to.eql(["5001"]);
    expect(await lease(campaign, 2, at)).to.eql(["5003", "5001"]);
    const [found] = await hopper(sql).leaseLeads(
      { campaign, epoch, count: 1, now: plus(at, 120_000), leaseMs: 1 });
    expect(found?.callback).to.eql({ at, agent: undefined });
  });

  describe("on two switches that share a campaign", () => {
    const other = 78 as Epoch;
    /** Agent 1 is at our switch, 2 at the other, 3 has gone home, 4 was never there. */
    before(async () => {
      await database.query(`insert into seats (pbx, controller, epoch, leased_until)
        values ('other', 'you', 78, now() + interval '1 hour')`);
      await database.query(`insert into agents (name, phone, language, pin_hash, sip_ha1)
        select 'Li', 'p' || n, 'zh', '', repeat('0', 32) from generate_series(1, 4) n`);
      await database.query(`insert into agent_states (agent_id, state, since, snapshot, pbx) values
        (1, 'ready', now(), '{}', 'pbx'), (2, 'wrap-up', now(), '{}', 'other'),
        (3, 'logged-out', now(), '{}', 'pbx')`);
    });
    const promise = (campaign: CampaignId, promises: Readonly<Record<string, [number, number]>>) =>
      Promise.all(Object.entries(promises).map(async ([person, [agent, minutesAgo]]) =>
        database.query(`update campaign_leads set state = 'retry', promised_to = $3,
            promised_at = $4, not_before = $4
          where campaign_id = $1 and lead_id = $2`,
        [campaign, await leadId(campaign, person), agent || null,
          toIso(plus(now, -minutesAgo * 60_000))])));
    const leaseAt = async (campaign: CampaignId, at: Epoch, count: number, when = now) =>
      (await hopper(sql).leaseLeads(
        { campaign, epoch: at, count, now: when, leaseMs: 60_000 })).map(({ number, callback }) =>
        `${number.slice(-4)}${callback ? `>${callback.agent ?? "any"}` : ""}`);

    it("gives a promised call to the switch of its agent, and before all others", async () => {
      const campaign = await campaignOf({ a: ["8201", "8202", "8203", "8204", "8205", "8206"] });
      await promise(campaign, { 8203: [1, 1], 8204: [2, 2], 8205: [0, 3] });
      expect(await leaseAt(campaign, other, 2)).to.eql(["8205>any", "8204>2"]);
      expect(await leaseAt(campaign, epoch, 2)).to.eql(["8203>1", "8201"]);
      expect(await leaseAt(campaign, other, 9)).to.eql(["8202", "8206"]);
    });
    it("keeps it for an agent who is away, for as long as the campaign holds it", async () => {
      const campaign = await campaignOf({ a: ["8301", "8302", "8303"] },
        { callbackHoldMs: 600_000 });
      await promise(campaign, { 8301: [3, 1], 8302: [4, 9], 8303: [3, 11] });
      expect(await leaseAt(campaign, other, 9)).to.eql(["8303>3"]);
      expect(await leaseAt(campaign, epoch, 9)).to.eql([]);
      expect(await leaseAt(campaign, epoch, 9, plus(now, 120_000))).to.include("8302>4");
    });
    it("gives each call to one of them, however they hurry", async () => {
      const people = Array.from({ length: 300 }, (_, i) => String(1000 + i));
      const campaign = await campaignOf({ a: people });
      const promised = people.slice(0, 120);
      await promise(campaign, Object.fromEntries(
        promised.map((each, i): [string, [number, number]] => [each, [1 + i % 2, i % 7]])));
      const taken: string[][] = [[], []];
      const hurry = async (mine: string[], at: Epoch) => {
        for (;;) {
          const leads = await leaseAt(campaign, at, 7);
          if (leads.length === 0) return;
          mine.push(...leads);
        }
      };
      await Promise.all([hurry(taken[0] ?? [], epoch), hurry(taken[1] ?? [], other)]);
      const [ours = [], theirs = []] = taken;
      expect([...ours, ...theirs].map((each) => each.slice(0, 4)).sort()).to.eql(people);
      for (const [i, mine] of [ours, theirs].entries()) {
        // Promised ones first, and each with its own agent.
        expect(mine.slice(0, 60).every((each) => each.endsWith(`>${i + 1}`))).to.equal(true);
        expect(mine.slice(60).some((each) => each.includes(">"))).to.equal(false);
      }
    });
  });

  it("passes over dead numbers, gives a person up with the last, and takes him back", async () => {
    const campaign = await campaignOf({ a: ["6001+6002", "6003"] });
    const number = (end: string): string => `+86139${String(made).padStart(4, "0")}${end}`;
    await say(number("6001"), "dead");
    await say(number("6003"), "dead");
    expect(await lease(campaign)).to.eql(["6002"]);
    expect((await database.query(`select retired, state from campaign_leads
      where campaign_id = $1 and lead_id = $2`, [campaign, await leadId(campaign, "6003")]))[0])
      .to.eql({ retired: true, state: "finished" });
    await say(number("6003"), "valid", "lookup");
    expect(await lease(campaign, 100, plus(now, 10_000))).to.eql([]);
    await say(number("6003"), "valid");
    expect(await lease(campaign, 100, plus(now, 3_600_000))).to.include("6003");
  });

  it("scores a lead in the database as in the program", async () => {
    const campaign = await campaignOf({ a: ["7001"] });
    const lead = await leadId(campaign, "7001");
    const bands = await administer(database.url, (desk) => desk.leads.bands());
    const event = fc.record({
      after: fc.integer({ min: 0, max: 30 * 86_400_000 }),
      points: fc.constantFrom(undefined, -1, -0.5, 0, ...Object.values(eventPoints)),
      value: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
    });
    const several = fc.array(event, { minLength: 1, maxLength: 5 });
    const ownBands = fc.option(fc.record({
      A: fc.integer({ min: 0, max: 20_000 }), B: fc.integer({ min: 0, max: 20_000 }),
      C: fc.integer({ min: 0, max: 20_000 }), D: fc.integer({ min: 0, max: 20_000 }),
    }), { nil: undefined });
    // One by one, or several of one lead in one batch.
    const oneBatch = fc.boolean();
    await fc.assert(fc.asyncProperty(several, ownBands, oneBatch, async (events, own, atOnce) => {
      await database.query("delete from lead_scores");
      let score: LeadScore = {
        lifetimeValue: undefined, engagement: 0, engagedAt: now, timelyAt: undefined,
      };
      let at = now;
      const given: { at: string; points: number | null; value: number | null }[] = [];
      for (const { after, points, value } of events) {
        at = plus(at, after);
        score = {
          ...points === undefined ? score : afterEvent(score, points, at),
          lifetimeValue: value ?? score.lifetimeValue,
        };
        given.push({ at: toIso(at), points: points ?? null, value: value ?? null });
      }
      for (const batch of atOnce ? [given] : given.map((each) => [each])) {
        await database.query(
          "select lead_events($1::bigint[], $2::timestamptz[], $3::real[], $4::float8[])",
          [batch.map(() => lead), batch.map((each) => each.at), batch.map((each) => each.points),
            batch.map((each) => each.value)]);
      }
      const later = plus(at, 86_400_000);
      const [row] = await database.query(
        `select lead_score(s, $2, $3) as score, lead_grade(s.lifetime_value, $3) as grade
        from lead_scores s where lead_id = $1`,
        [lead, toIso(later), own ? JSON.stringify(own) : null]);
      const { score: expected, grade = null } = scoreOf(score, { now: later, bands: own ?? bands });
      expect(row?.["score"]).to.be.closeTo(expected, 1e-4);
      expect(row?.["grade"]).to.equal(grade);
    }), { numRuns: 40 });
  });
});
