import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { plus, toIso } from "../clock.ts";
import { countsAs } from "../compliance/frequency.ts";
import type { LeadId } from "../ids.ts";
import { below, seededRandom } from "../random.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { createStore } from "../store/postgres/store.ts";
import type { TestDatabase } from "../store/postgres/test-database.ts";
import { destinationDesk } from "../store/postgres/destination-desk.ts";
import { by, GatedBench, type Run } from "./gated-bench.db.test.ts";

describe("caps that are reserved with the attempt", () => {
  let bench: GatedBench;
  let database: TestDatabase;

  before(async () => {
    bench = await GatedBench.open();
    database = bench.database;
  });
  beforeEach(() => bench.reset());
  after(() => bench.close());

  const [one, two, three] = ["+8613800138000", "+8613800138001", "+8613800138002"] as const;

  it("reserves a person's cap with the attempt, by whichever number", async () => {
    const runs = [await bench.running([one]), await bench.running([two])];
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select id, 2, $2 from leads where phone = $1`, [one, two]);
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select id, 2, $2 from leads where phone = $1`, [two, one]);
    expect(await bench.together(runs, "kind: cap, per: person, counts: attempts, max: 1, within: 24 h"))
      .to.equal(1);
  });

  /** So many people of one company or one number range, each in a campaign of its own. */
  const people = (count: number): Promise<Run[]> => Promise.all(Array.from({ length: count },
    (_, i) => bench.running([`+8613800138${100 + i}`])));

  it("reserves a company's cap over its people, on real Postgres and at once", async () => {
    const runs = await people(3);
    await database.query("update leads set data = '{\"公司\": \" Acme  Ltd \"}'");
    expect(await bench.together(runs,
      "kind: cap, per: company, counts: attempts, max: 2, within: 24 h")).to.equal(2);
  });

  it("lets exactly as many dials through as a cap has room for, of many at once", async function () {
    this.timeout(60_000);
    const stores = Array.from({ length: 3 }, () => createStore(database.url, bench.clock));
    try {
      const runs = await people(40);
      await database.query("update leads set data = '{\"company\": \"Acme\"}'");
      const rule = (max: number): string =>
        `kind: cap, per: company, counts: attempts, max: ${max}, within: 1 days`;
      expect(await bench.together(runs, rule(7), stores)).to.equal(7);
      // Those that were told no are tried again, and none gets in before the day is over.
      bench.now = plus(bench.now, 120_000);
      expect(await bench.together(runs, rule(7), stores)).to.equal(0);
      await database.query(`update campaign_leads set not_before = '-infinity'
        where state <> 'dialing'`);
      expect(await bench.together(runs, rule(11), stores)).to.equal(4);
      const [row] = await database.query("select count(*)::int as dials from attempts");
      expect(row).to.eql({ dials: 11 });
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  it("counts a batch's own dials exactly, and leaves out those that cannot be stored", async () => {
    const first = await bench.running(
      ["+8613800138100", "+8613800138101", "+8613800138102", "+8613800138103"]);
    const second = await bench.running(["+8613800138104", "+8613800138105"]);
    await database.query("update leads set data = '{\"company\": \"Acme\"}'");
    // Its lead was taken away meanwhile: it takes no place that another could have.
    const rulebook = bench.rulesWith("kind: cap, per: company, counts: attempts, max: 4, within: 24 h");
    const [one, two] = [await first.lease(), await second.lease()];
    await database.query("update campaign_leads set state = 'retry' where lead_id = $1",
      [one.at(-1)?.lead]);
    const gate = bench.gate({ rulebook });
    const placed = await Promise.all([
      gate.placeAttempts(first.campaign, first.epoch, first.intents(one)),
      gate.placeAttempts(second.campaign, second.epoch, second.intents(two)),
    ]);
    expect(placed.flat()).to.have.length(4);
  });

  it("counts in the store what the gate counts, for every kind of limit and of contact", async () => {
    const now = bench.now;
    const run = await bench.running([one]);
    await database.query(`insert into lead_numbers (lead_id, position, phone)
      select id, 2, $1 from leads`, [two]);
    await database.query("update leads set data = '{\"company\": \"Acme\"}'");
    await database.query(`insert into leads (list_id, phone, data)
      select id, $1, '{"company": "Acme"}' from dial_lists`, [three]);
    const outcomes = ["connected", "abandoned", "no-answer", "busy", "failed", null] as const;
    const random = seededRandom("reserved-caps");
    const kinds = ["attempts", "conversations", "unanswered", "conversation", "abandoned",
      "refusal"] as const;
    for (let round = 0; round < 60; round++) {
      await database.query("truncate attempts cascade");
      const used = new Set<string>();
      for (let i = 0; i < 1 + below(random, 6); i++) {
        const number = [one, two, three][below(random, 3)] ?? one;
        const outcome = outcomes[below(random, outcomes.length)] ?? null;
        // A number has one live call at the most, and the one to be dialed has none.
        if (outcome === null && (number === one || used.has(number))) continue;
        if (outcome === null) used.add(number);
        await database.query(`insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx,
            epoch, placed_at, outcome, spent, disposition, company)
          select gen_random_uuid(), $1, l.id, $2, 1, 'pbx', 1, $3, $4, $5, $6, 'acme' from leads l
          where l.phone = case when $2 = $7 then $8 else $2 end
            and ($4::text is not null or not exists
              (select from attempts a where a.lead_id = l.id and a.outcome is null))`,
        [run.campaign, number, new Date(now - below(random, 50) * 3_600_000).toISOString(), outcome,
          outcome === null ? null : below(random, 4) > 0,
          below(random, 3) === 0 ? "not-interested" : null, two, one]);
      }
      const [facts] = await compliance(bench.sql).factsOf(
        { id: run.campaign, purpose: "insurance" },
        (await database.query("select id from leads where phone = $1", [one]))
          .map(({ id }) => id as LeadId), now);
      const limit = {
        per: (["number", "person", "company"] as const)[below(random, 3)] ?? "person",
        counts: kinds[below(random, kinds.length)] ?? "attempts",
        max: 1 + below(random, 3), since: plus(now, -below(random, 50) * 3_600_000),
      };
      const known = { number: facts?.ofNumber, person: facts?.ofPerson, company: facts?.ofCompany };
      const room = (known[limit.per] ?? []).filter((each) =>
        each.at > limit.since && countsAs(each, limit.counts)).length < limit.max;
      const attempt = randomUUID();
      const [answer] = await database.query(
        "select count(*)::int as taken from reserve_dials($1, array[$2::uuid])",
        [JSON.stringify([{ attempt, at: toIso(now), number: one, numbers: [one, two],
          company: "acme", limits: [{ ...limit, since: toIso(limit.since) }] }]), attempt]);
      expect(answer?.["taken"], JSON.stringify({ round, limit, known })).to.equal(room ? 1 : 0);
    }
  });

  it("puts off at once, with the reason, whoever was refused the last place", async () => {
    const runs = await people(3);
    await database.query("update leads set data = '{\"company\": \"Acme\"}'");
    expect(await bench.together(runs,
      "kind: cap, per: company, counts: attempts, max: 1, within: 1 days")).to.equal(1);
    expect(await database.query(`select state, count(*)::int as leads from campaign_leads
      group by 1 order by 1`)).to.eql(
      [{ state: "dialing", leads: 1 }, { state: "retry", leads: 2 }]);
    expect(await runs[0]?.blocks()).to.have.length(2);
    expect((await runs[0]?.blocks())?.every((each) => each.includes("cap-reached"))).to.equal(true);
  });

  it("counts the dials of one batch against each other", async () => {
    const run = await bench.running([one, two, three]);
    await database.query("update leads set data = '{\"company\": \"ACME ltd\"}'");
    expect(await bench.together([run],
      "kind: cap, per: company, counts: attempts, max: 2, within: 1 days")).to.equal(2);
    expect(await run.blocks()).to.eql([`${three} cap-reached until 11-23 16:00`]);
  });

  it("keeps a caller-ID's dials of a day over all campaigns, also at once", async () => {
    await destinationDesk(bench.sql).setCallerId({ number: "+861012345678", dailyMax: 2 }, by);
    expect(await bench.together(await people(3)))
      .to.equal(2);
    const late = await bench.running(["+8613800138009"]);
    bench.now = plus(bench.now, 60_000);
    expect(await late.dial()).to.eql([]);
    expect(await late.blocks()).to.include("+8613800138009 caller-id-used-up until 11-24 04:00");
  });
});
