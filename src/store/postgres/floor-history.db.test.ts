import { expect } from "chai";
import { measuredOf, scenarioOf } from "../../simulation/replay.ts";
import { campaignSettings } from "../../testing/floor-plan.ts";
import { administer } from "./administration.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

const hour = 3_600_000;
const minute = 60_000;

/** Two days of a campaign; the second, the 6th, is the busier, and two agents work in it. */
const records = `
  with trunk as (
    insert into trunks (name, host, port, transport, codecs, channels_max, calls_per_second)
    values ('carrier', '127.0.0.1', 5060, 'udp', '{alaw}', 30, 5) returning id
  ), list as (
    insert into dial_lists (name) values ('people') returning id
  ), lead as (
    insert into leads (list_id, phone) select id, '+4930' || n from list, generate_series(1, 9) n
    returning id
  ), agent as (
    insert into agents (name, phone, language, pin_hash, sip_ha1)
    values ('Ann', '1001', 'en', 'x', repeat('0', 32)), ('Bo', '1002', 'en', 'x', repeat('0', 32))
    returning id, phone
  ), campaign as (
    insert into campaigns (name, settings, state) values ('spring', $1, 'running') returning id
  ), dialed (at, outcome, reason, answered, joined, ended) as (values
    ('2026-01-05T23:50:00Z'::timestamptz, 'no-answer', 'ring-time-over', null, null, 25),
    ('2026-01-06T09:00:00Z', 'connected', 'answered', 10, 11, 71),
    ('2026-01-06T09:10:00Z', 'connected', 'answered', 12, 12, 132),
    ('2026-01-06T09:20:00Z', 'abandoned', 'no-agent-in-time', 8, null, 16),
    ('2026-01-06T09:30:00Z', 'hung-up-early', 'left-before-agent', 9, null, 10),
    ('2026-01-06T09:40:00Z', 'busy', 'busy', null, null, 2),
    ('2026-01-06T09:50:00Z', 'no-answer', 'ring-time-over', null, null, 25),
    ('2026-01-06T10:00:00Z', 'failed', 'congestion', null, null, 1)
  ), attempt as (
    insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
      answered_at, joined_at, ended_at, outcome, reason, spent)
    select gen_random_uuid(), c.id, l.id, '+4930', t.id, 'a', 1, d.at,
      d.at + d.answered * interval '1 s', d.at + d.joined * interval '1 s',
      d.at + d.ended * interval '1 s', d.outcome, d.reason, true
    from dialed d, campaign c, trunk t, (select min(id) as id from lead) l
  ), fact (phone, at, type) as (values
    ('1001', '2026-01-06T08:55:00Z'::timestamptz, 'logged-in'),
    ('1001', '2026-01-06T09:00:10Z', 'reserved'), ('1001', '2026-01-06T09:01:11Z', 'wrap-up-began'),
    ('1001', '2026-01-06T09:01:41Z', 'became-ready'),
    ('1001', '2026-01-06T09:30:00Z', 'paused'), ('1001', '2026-01-06T09:45:00Z', 'became-ready'),
    ('1002', '2026-01-06T09:05:00Z', 'logged-in'),
    ('1002', '2026-01-06T09:10:12Z', 'reserved'), ('1002', '2026-01-06T09:12:12Z', 'wrap-up-began'),
    ('1002', '2026-01-06T09:13:12Z', 'paused'), ('1002', '2026-01-06T09:35:00Z', 'logged-out')
  )
  insert into agent_facts (agent_id, at, seq, type, data)
  select a.id, f.at, row_number() over (order by f.at), f.type, '{}'
  from fact f join agent a on a.phone = f.phone`;

describe("the history of a floor", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
    await database.query(records, [JSON.stringify({ ...campaignSettings, lists: ["people"] })]);
  });
  after(() => database.drop());

  const replay = () => administer(database.url, async (desk) =>
    desk.replay(await desk.campaigns.get("spring")));

  it("is that of the busiest day, between its first dial and its last", async () => {
    const { history, beginsAtMs } = await replay();
    const at = (ms: number): string => new Date(beginsAtMs + ms).toISOString();
    expect([at(history.fromMs), at(history.toMs)]).to.deep.equal(
      ["2026-01-06T09:00:00.000Z", "2026-01-06T10:00:00.000Z"]);
  });

  it("has the figures as they were", async () => {
    const measured = measuredOf((await replay()).history);
    // Ann: an hour less 15 min of pause, 91 s busy. Bo: 8 min 12 s, of which 3 min busy.
    const atWork = 45 * minute + 8.2 * minute;
    expect(measured).to.deep.include({
      agents: 2, abandonRate: 0.25, answered: 4, connected: 2, dialed: 7,
    });
    expect(measured.utilisation).to.be.closeTo((91_000 + 180_000) / atWork, 1e-6);
    expect(measured.callsPerAgentHour).to.be.closeTo(2 / (atWork / hour), 1e-6);
  });

  it("tells how leads came to be dialed again, and how fast its trunks may dial", async () => {
    const { redials, callsPerSecond } = (await replay()).history;
    expect(redials).to.deep.equal(
      { leads: 1, missed: 3, again: 2, afterMs: [575_000, 598_000] });
    expect(callsPerSecond).to.equal(5);
  });

  it("becomes a scenario of what was measured on all days", async () => {
    const scenario = scenarioOf((await replay()).history);
    expect(scenario.ring).to.deep.equal({ kind: "empirical", ms: [9_000, 8_000, 12_000, 10_000] });
    expect(scenario.noAnswer).to.deep.equal({ kind: "empirical", ms: [25_000, 25_000] });
    expect(scenario.talk).to.deep.equal({ kind: "empirical", ms: [120_000, 60_000] });
    expect(scenario.wrapUp).to.deep.equal({ kind: "empirical", ms: [30_000, 60_000] });
    expect(scenario.busy).to.deep.equal(
      { share: 0.5, after: { kind: "empirical", ms: [1_000, 2_000] } });
    expect(scenario.earlyHangUps.share).to.equal(0.25);
    expect(scenario.linesMax).to.equal(30);
    expect(scenario.answer.byTime.map(({ rate }) => rate)).to.deep.equal([0.5]);
    expect(scenario.shifts.map(({ toMs, fromMs, breaks }) =>
      [(toMs - fromMs) / minute, breaks.map((each) => each.ms / minute)]))
      .to.deep.equal([[60, [15]], [30, [21.8]]]);
  });

  it("knows how predictions came true, once there are enough of them", async () => {
    expect((await replay()).history.predictions).to.equal(undefined);
    // Of 0.2 one in five answers, of 0.4 two: the answers follow the model to the letter.
    await database.query(`
      insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
        ended_at, outcome, reason, spent, answer_probability, predicted_by, predicted_at)
      select gen_random_uuid(), c.id, l.id, '+4930', t.id, 'a', 1, '2026-01-04T09:00:00Z',
        '2026-01-04T09:01:00Z', case when n % 10 < 2 * k then 'hung-up-early' else 'no-answer' end,
        'test', true, 0.2 * k, 'bttc-1', '2026-01-01Z'
      from generate_series(1, 5) n, generate_series(1, 2) k, campaigns c, trunks t,
        (select min(id) as id from leads) l
      where c.name = 'spring'`);
    expect((await replay()).history.predictions, "of ten lines").to.equal(undefined);
    await database.query(`
      insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
        ended_at, outcome, reason, spent, answer_probability, predicted_by, predicted_at)
      select gen_random_uuid(), a.campaign_id, a.lead_id, a.number, a.trunk_id, a.pbx, 1,
        a.placed_at, a.ended_at,
        case when n % 5 < 5 * a.answer_probability - 0.5 then 'hung-up-early' else 'no-answer' end,
        'test', true, a.answer_probability, 'bttc-1', a.predicted_at
      from attempts a, generate_series(1, 100) n where a.predicted_at is not null`);
    const { predictions } = (await replay()).history;
    expect(predictions?.mean).to.be.closeTo(0.3, 1e-6);
    expect(predictions?.variance).to.be.closeTo(0.01, 1e-6);
    expect((predictions?.covariance ?? 0) / 0.01).to.be.within(0.95, 1.05);
    await database.query("delete from attempts where predicted_at is not null");
  });

  it("is none where nothing was dialed", async () => {
    await database.query("insert into campaigns (name, settings) select 'new', settings from campaigns");
    const refused = await administer(database.url, async (desk) =>
      desk.replay(await desk.campaigns.get("new"))).catch((error: unknown) => error);
    expect(String(refused)).to.include("has not dialed yet");
  });
});
