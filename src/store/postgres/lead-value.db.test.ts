import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { instant, plus, toIso, type Instant } from "../../clock.ts";
import type { AgentId, AttemptId, CampaignId, Epoch, TrunkId } from "../../ids.ts";
import { callPoints, eventPoints } from "../../leads/value.ts";
import { campaignSettings } from "../../testing/floor-plan.ts";
import type { AttemptChanges, LeadChange } from "../store.ts";
import { administer } from "./administration.ts";
import { attempts } from "./attempts.ts";
import { openDatabase, type Database } from "./database.ts";
import { hopper } from "./hopper.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

/** What calls, values and bands do to the order of leads, in real SQL. */
describe("what leads are worth", () => {
  let database: TestDatabase;
  let sql: Database;
  const epoch = 77 as Epoch;
  const now = instant(Date.now());
  const phones = ["+8613900000001", "+8613900000002", "+8613900000003", "+8613900000004"];

  beforeEach(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    await database.query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('carrier', '127.0.0.1', 5060, 'udp', '{ulaw}', 10, 10)`);
    await database.query(`insert into agents (name, phone, language, pin_hash, sip_ha1)
      values ('Li', '1001', 'zh', '', repeat('0', 32))`);
    await database.query(`insert into seats (pbx, controller, epoch, leased_until)
      values ('pbx', 'me', 77, now() + interval '1 hour')`);
    await database.query(`with list as (insert into dial_lists (name) values ('spring') returning id)
      insert into leads (list_id, phone) select id, n from list, unnest($1::text[]) n`, [phones]);
  });
  afterEach(async () => {
    await sql.close();
    await database.drop();
  });

  async function campaign(
    name: string, settings: Partial<typeof campaignSettings> = {},
  ): Promise<CampaignId> {
    await administer(database.url, async (desk) => {
      await desk.campaigns.create({
        ...campaignSettings, order: "value", ...settings, name, lists: ["spring"],
        trunks: ["carrier"],
      });
      await desk.campaigns.move(name, "start");
    });
    return (await database.query("select id from campaigns where name = $1", [name]))[0]?.["id"] as
      CampaignId;
  }
  const leased = (of: CampaignId, count = 10, at: Instant = now) => hopper(sql).leaseLeads(
    { campaign: of, epoch, count, now: at, leaseMs: 1 });
  /** Who comes next, by the last digit; nobody is taken. */
  const order = async (of: CampaignId): Promise<string> => (await database.query(`
    select right(l.phone, 1) as end from campaign_leads c join leads l on l.id = c.lead_id
    where c.campaign_id = $1 and c.state = 'due' order by c.rank`, [of]))
    .map((row) => row["end"]).join("");
  const worth = (values: Readonly<Record<number, number>>) => administer(database.url,
    async (desk) => {
      for (const [lead, value] of Object.entries(values)) {
        await desk.leads.event(
          { lead: Number(lead) as never, at: now, what: "value", points: undefined, value }, "ann");
      }
    });
  const scoreOf = async (lead: number) => (await database.query(`
    select engagement::float8, timely_at as timely from lead_scores where lead_id = $1`, [lead]))[0];

  /** A call with the next lead of a campaign: each of `steps` is one batch of facts. */
  async function call(
    of: CampaignId, ...steps: readonly (AttemptChanges & { readonly lead?: LeadChange })[]
  ): Promise<AttemptId> {
    const [lead] = await leased(of, 1);
    if (!lead) throw new Error("nobody is due");
    const attempt = randomUUID() as AttemptId;
    const calls = attempts(sql);
    await calls.placeAttempts(of, epoch, [{
      attempt, campaign: of, lead: lead.lead, number: lead.number, trunk: 1 as TrunkId, pbx: "pbx",
      at: now,
    }]);
    for (const { lead: change, ...changes } of steps) {
      const record = { attempt, campaign: of, epoch, facts: [], changes, lead: change };
      await calls.recordCalls([record]);
      // The store did not answer in time, and is told again.
      await calls.recordCalls([record]);
    }
    return attempt;
  }
  const talked = (ms: number) => [
    { answeredAt: now }, { joinedAt: now, agent: 1 as AgentId },
    { endedAt: plus(now, ms), outcome: { outcome: "connected", reason: "answered", spent: true } },
  ] as const;
  const close = (actual: unknown, expected: number) =>
    expect(actual).to.be.closeTo(expected, 1e-3);
  const together = (...points: readonly number[]) =>
    1 - points.reduce((rest, each) => rest * (1 - each), 1);

  describe("by what calls come to", () => {
    it("is more when they answered, and talked", async () => {
      const one = await campaign("one");
      await call(one, ...talked(90_000));
      const score = await scoreOf(1);
      close(score?.["engagement"], together(eventPoints.answered, callPoints.talk / 2));
      expect(toIso(instant(Number(score?.["timely"])))).to.equal(toIso(plus(now, 90_000)));
    });
    it("counts a conversation in full from three minutes on, in whatever batches it comes", async () => {
      const one = await campaign("one");
      const [answered, joined, ended] = talked(600_000);
      await call(one, { ...answered, ...joined, ...ended });
      close((await scoreOf(1))?.["engagement"], together(eventPoints.answered, callPoints.talk));
    });
    it("is no more for hanging up, but a sign of life", async () => {
      const one = await campaign("one");
      await call(one, { answeredAt: now, endedAt: plus(now, 500),
        outcome: { outcome: "hung-up-early", reason: "left-before-agent", spent: true } });
      expect(await scoreOf(1)).to.deep.include({ engagement: 0 });
      expect((await scoreOf(1))?.["timely"]).to.not.equal(null);
    });
    it("says nothing when nobody answered", async () => {
      const one = await campaign("one");
      await call(one, { endedAt: plus(now, 25_000),
        outcome: { outcome: "no-answer", reason: "ring-time-over", spent: true } });
      expect(await scoreOf(1)).to.equal(undefined);
    });
    it("rises by a promise, and by what a disposition says, and falls by a refusal", async () => {
      const label = { en: "x", zh: "x" };
      const one = await campaign("one", { dispositions: [
        { key: "1", code: "hot", label, then: "retry", interest: 0.5 },
        { key: "2", code: "refused", label, then: "final", interest: -1 },
        { key: "3", code: "later", label, then: "callback", afterMs: 3_600_000 },
      ] });
      const base = together(eventPoints.answered);
      const over = talked(0);
      await call(one, ...over, { disposition: "hot", lead: { then: "finished" } });
      close((await scoreOf(1))?.["engagement"], together(base, 0.5));
      await call(one, ...over, { disposition: "refused", lead: { then: "finished" } });
      close((await scoreOf(2))?.["engagement"], 0);
      await call(one, ...over, { disposition: "later",
        lead: { then: "retry", notBefore: plus(now, 3_600_000), callback: true } });
      close((await scoreOf(3))?.["engagement"], together(base, callPoints.callback));
    });
    it("moves the lead in another campaign that dials by value, at once", async () => {
      const [one, two] = [await campaign("one"), await campaign("two")];
      expect(await order(two)).to.equal("1234");
      await leased(one, 2);
      await call(one, ...talked(60_000));
      expect(await order(two)).to.equal("3124");
    });
  });

  describe("by bands", () => {
    it("is graded by the company's, or by those of the campaign", async () => {
      await worth({ 1: 50, 2: 3_500, 3: 12_000 });
      const own = { A: 40, B: 30, C: 20, D: 10 };
      const [company, campaigns] = [await campaign("one"), await campaign("two", { valueBands: own })];
      const graded = async (of: CampaignId) => (await leased(of))
        .map(({ number, grade }) => `${number.slice(-1)}${grade ?? "-"}`).sort().join(" ");
      expect(await graded(company)).to.equal("1E 2B 3A 4-");
      expect(await graded(campaigns)).to.equal("1A 2A 3A 4-");
    });
    it("puts running campaigns in order anew when they change", async () => {
      await worth({ 1: 250, 2: 3_500, 3: 12_000, 4: 700 });
      const [company, own] = [await campaign("one"),
        await campaign("two", { valueBands: { A: 600, B: 500, C: 400, D: 300 } })];
      expect([await order(company), await order(own)]).to.deep.equal(["3214", "2341"]);
      await administer(database.url, (desk) =>
        desk.leads.setBands({ A: 13_000, B: 650, C: 260, D: 100 }, "me"));
      expect([await order(company), await order(own)]).to.deep.equal(["2341", "2341"]);
      await administer(database.url, (desk) => desk.campaigns.set("two", {
        change: (settings) => ({ ...settings, valueBands: { A: 4e3, B: 3e3, C: 2e3, D: 1e3 } }),
        who: "me", why: "",
      }));
      expect(await order(own)).to.equal("3214");
    });
    it("takes up what has faded when a campaign goes on", async () => {
      const one = await campaign("one");
      await database.query(`insert into lead_scores (lead_id, engagement, engaged_at)
        values (4, 1, now())`);
      expect(await order(one)).to.equal("1234");
      await administer(database.url, async (desk) => {
        await desk.campaigns.move("one", "pause");
        await desk.campaigns.move("one", "resume");
      });
      expect(await order(one)).to.equal("4123");
    });
    it("becomes known without being a sign of life", async () => {
      await worth({ 1: 700 });
      expect(await scoreOf(1)).to.deep.equal({ engagement: 0, timely: null });
    });
  });
});
