import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { runWithin } from "./program.ts";

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the commands as a person does, one after the other, on one database. */
describe("the command line", () => {
  let database: TestDatabase;
  let folder: string;
  before(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), "ringwright-cli-"));
  });
  after(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** `onOut` hears each piece of output; aborting is Ctrl-C. */
  async function run(
    line: string, env: Readonly<Record<string, string>> = {},
    onOut: (interrupt: AbortController) => void = () => undefined,
  ): Promise<Ran> {
    let [out, err] = ["", ""];
    const interrupt = new AbortController();
    const status = await runWithin(line.split(" "), {
      env: { DATABASE_URL: database.url, RINGWRIGHT_VAR: folder, ...env },
      out: (each) => { out += each; onOut(interrupt); },
      err: (each) => { err += each; },
      terminal: false,
      signal: interrupt.signal,
    });
    return { status, out, err };
  }

  /** What a command prints, and with which status it ends. */
  async function check(line: string, status: number, ...patterns: RegExp[]): Promise<void> {
    const ran = await run(line);
    for (const each of patterns) expect(ran.out + ran.err).to.match(each);
    expect(ran.status, ran.err).to.equal(status);
  }

  const json = async (line: string): Promise<Record<string, unknown>> => {
    const ran = await run(`${line} --json`);
    return JSON.parse(ran.out) as Record<string, unknown>;
  };

  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  const campaignFile = (name: string): string => `
name: ${name}
lists: [people]
trunks: [carrier]
callerId: { number: "+4930123" }
`;

  it("tells what the database lacks", () => check("db status", 0, /0001_core.sql +20\d\d-/));
  it("adds a trunk", () => check("trunk add carrier --host 127.0.0.1 --port 9", 0, /added/));
  it("refuses a second one of the name", () =>
    check("trunk add carrier --host 127.0.0.1", 2, /already/, /→/));
  it("refuses a host that is none", () =>
    check("trunk add other --host a;b", 2, /--host is "a;b", which is not allowed/));
  it("refuses a user without a password", () =>
    check("trunk add other --host a --username u", 2, /--username/));
  it("shows no password of a trunk", async () => {
    const secret = await file("secret", "p-hidden\n");
    await check(`trunk add known --host 127.0.0.1 --username u --password-file ${secret}`, 0);
    const { out } = await run("trunk list --json");
    expect(out).to.match(/"known"/).and.not.to.match(/p-hidden/);
  });
  it("lists trunks", () => check("trunk list", 0, /^name .*\ncarrier +udp:127.0.0.1:9 /));
  it("tests a trunk that nobody answers", () =>
    check("trunk test carrier", 1, /OPTIONS 127.0.0.1:9: cannot be reached: ECONNREFUSED/));
  it("removes a trunk that was never used", () => check("trunk remove known", 0, /removed/));
  it("knows no trunk of another name", () => check("trunk test other", 2, /no trunk "other"/));

  it("adds an agent and shows the secrets once", () =>
    check("agent add Ann --phone 1001", 0, /PIN +\d{6}\n/, /SIP password +[0-9a-f]{32}\n/));
  it("does not repeat secrets that were given", async () => {
    const { out } = await run("agent add Bob --phone 1002 --pin 4711 --sip-password hidden-pw");
    expect(out).to.match(/Bob/).and.not.to.match(/4711|hidden-pw/);
  });
  it("refuses a phone that is taken", () => check("agent add Cy --phone 1001", 2, /belongs/));
  it("refuses a PIN of letters, and does not repeat it", async () => {
    const { err } = await run("agent add Cy --phone 1003 --pin abcd");
    expect(err).to.match(/--pin/).and.not.to.match(/abcd/);
  });
  it("says where an agent sits", () => check("agent place 1001 us-ca", 0, /is in US-CA/));
  it("takes that back", () => check("agent place 1001 none", 0, /has no place/));
  it("refuses a place there is not", async () => {
    for (const wrong of ["XX", "US-XX", "CN-11", "California"]) {
      await check(`agent place 1001 ${wrong}`, 2, /a country, as CN, or a state of the US/);
    }
  });
  it("ranks an agent", () => check("agent rank 1001 9", 0, /has rank 9/));
  it("refuses a rank there is not", () => check("agent rank 1001 10", 2, /from 1 to 9/));
  it("refuses to rank a phone nobody has", () => check("agent rank 1009 9", 2, /no agent has/));
  it("lists agents", () => check("agent list", 0, /1001 +Ann +en +9 .*never logged in/));
  it("shows the bands of value", () => check("lead bands", 0, /^A=10000 B=3000 C=1000 D=200\n$/));
  it("sets them", () => check("lead bands A=20000 D=100", 0, /^A=20000 B=3000 C=1000 D=100\n$/));
  it("refuses bands that cross", () => check("lead bands B=30000", 2, /must fall from A to D/));
  it("refuses bands that are none", () => check("lead bands E=1", 2, /A, B, C or D with an amount/));
  it("removes an agent", () => check("agent remove 1002", 0, /removed/));

  it("refuses a campaign of unknown lists", async () =>
    check(`campaign create -f ${await file("a.yaml", campaignFile("spring"))}`, 2,
      /no dial list "people"/, /ringwright list import/));
  it("refuses a file with its places", async () =>
    check(`campaign create -f ${await file("b.yaml", "name: x\nlist: [a]\n")}`, 2,
      /b\.yaml:2:1: "list" is not a key; did you mean lists\?/));
  it("refuses a file that is not there", () =>
    check("campaign create -f /nowhere.yaml", 2, /nowhere.yaml cannot be read/));

  it("creates a campaign", async () => {
    await database.query(`with list as (
      insert into dial_lists (name) values ('people'), ('others') returning id
    ) insert into leads (list_id, phone, name)
      select id, '+4930' || n, 'Zoë' from list, generate_series(1000, 1002) n`);
    await check(`campaign create -f ${join(folder, "a.yaml")}`, 0, /campaign spring created/);
    await check(`campaign create -f ${join(folder, "a.yaml")}`, 2, /already/);
  });
  it("does not remove a trunk that a campaign needs", () =>
    check("trunk remove carrier", 2, /used by campaign spring/));
  it("does not pause a draft", () => check("campaign pause spring", 2, /draft/, /start spring/));
  it("judges the leads of a draft, those too that came after the last look", async () => {
    const one = "insert into leads (list_id, phone) select id, '+49301003' from dial_lists limit 1";
    expect(await json("campaign preflight spring")).to.include({ state: "draft", judged: 3 });
    const [added] = await database.query(`${one} returning id`);
    expect(await json("why campaign spring")).to.include({ judged: 4 });
    await database.query("delete from leads where id = $1", [added?.["id"]]);
    expect(await json("campaign preflight spring")).to.include({ judged: 3 });
    await check("campaign preflight nobody", 2, /no campaign "nobody"/);
  });
  it("starts it, and a second time harmlessly", async () => {
    expect(await json("campaign start spring")).to.include({ to: "running", changed: true });
    expect(await json("campaign start spring")).to.include({ to: "running", changed: false });
    expect(await database.query("select count(*)::int as n from campaign_leads"))
      .to.deep.equal([{ n: 3 }]);
  });
  it("dials a number of two lists once", async () => {
    const two = campaignFile("both").replace("[people]", "[people, others]");
    await run(`campaign create -f ${await file("c.yaml", two)}`);
    await run("campaign start both");
    expect(await json("campaign status both")).to.have.nested.property("counts.leads", 3);
  });
  it("lists campaigns", () => check("campaign list", 0, /spring +running +3 +progressive/));
  it("tells its status without Redis or a controller", () =>
    check("campaign status spring", 0, /0 of 3 leads finished/, /no live figures/));
  it("changes the settings of a running campaign, and says what it changed", async () => {
    await check("campaign set spring mode=predictive lines.max=40", 0,
      /^mode +\{"kind":"progressive"\} → \{"kind":"predictive"\}$/m, /^lines .*"max":40/m);
    await check("campaign set spring mode=predictive", 0, /is set so already/);
    await check("campaign settings spring", 0, /^mode +\{"kind":"predictive"\}$/m);
    const { out } = await run("audit export");
    expect(out).to.match(/campaign-set.*mode=predictive lines.max=40/);
    await check("campaign set spring mode=progressive", 0);
  });
  it("refuses a setting that is none, and changes nothing", async () => {
    await check("campaign set spring mode=fast", 2, /mode: "fast" is not allowed/, /nothing was/);
    await check("campaign set spring trunks=[other]", 2, /no trunk "other"/);
    await check("campaign set nowhere mode=preview", 2, /no campaign "nowhere"/);
  });
  it("says it in Chinese", async () => {
    const { out } = await run("campaign status spring", { LANG: "zh_CN.UTF-8" });
    expect(out).to.match(/3 条线索中已完成 0 条/);
  });
  it("shows a lead by its number", () =>
    check("lead show +49301000", 0, /number +\+49301000\n/, /spring +due/));
  it("knows no other lead", () => check("lead show 99999999", 2, /no lead/));

  it("reports what came of calls, and shows each", async () => {
    await database.query(`
      with one as (
        insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
          answered_at, joined_at, ended_at, outcome, reason, spent, q850, sip, agent_id,
          disposition)
        select '11111111-2222-4333-8444-555555555555', c.id, l.id, l.phone, t.id, 'asterisk-1', 1,
          '2026-01-05T12:00:00Z', '2026-01-05T12:00:05Z', '2026-01-05T12:00:05.040Z',
          '2026-01-05T12:01:05.040Z', 'connected', 'answered', true, 16, 200, g.id, 'sale'
        from campaigns c, leads l, trunks t, agents g
        where c.name = 'spring' and l.id = 1 and t.name = 'carrier' and g.phone = '1001'
        returning id, agent_id
      ), facts as (
        insert into call_facts select id, 1, '2026-01-05T12:00:05Z', 'answered', '{"by": "x"}'
        from one
      )
      insert into agent_facts select agent_id, '2026-01-05T12:01:05Z'::timestamptz + n * interval
        '10 seconds', n, case n when 0 then 'wrap-up-began' else 'became-ready' end,
        jsonb_build_object('call', id) from one, generate_series(0, 1) n`);
    const report = await json("campaign report spring");
    expect(report).to.deep.include({
      leads: 3, attempts: 1, connected: 1, abandoned: 0, abandonRate: 0, recordings: 0,
      answerToBridgeMs: { p50: 40, p95: 40, p99: 40 },
      attemptsWithoutOutcome: 0, leadsDialedTwiceAtOnce: 0,
      trunks: [{ trunk: "carrier", q850: 16, sip: 200, outcome: "connected", reason: "answered",
        attempts: 1 }],
      agents: [{ name: "Ann", phone: "1001", calls: 1, talkMs: 60_000, wrapUpMs: 10_000,
        dispositions: { sale: 1 } }],
    });
    await database.query(`
      insert into agent_facts select g.id, '2026-01-05T13:00:00Z', n, 'preview-decided',
        jsonb_build_object('campaign', c.id, 'how', how, 'by', by, 'afterMs', ms)
      from campaigns c, agents g, (values (1, 'dial', 'key', 2000), (2, 'skip', 'key', 4000),
        (3, 'timed-out', 'time', 30000)) as v (n, how, by, ms)
      where c.name = 'spring' and g.phone = '1001'`);
    expect(await json("campaign report spring")).to.have.deep.property("previews", {
      dialed: 1, skipped: 1, timedOut: 1, left: 0, withdrawn: 0,
      decideMs: { mean: 3_000, p95: 3_900 },
    });
    await check("campaign report spring", 0, /no key in time +1/, /mean 3.0 s, p95 3.9 s/);
    await check("campaign report spring", 0, /p50 40/, /Ann +1001 +1 +0:01:00 +0:00:10 +sale 1/);
    await check("call show 11111111", 0, /12:00:05.000 +5000 +answered +by=x/, /SIP 200/);
    await check("call show 2222", 2, /no call/);
  });
  it("explains which decision dialed a call", async () => {
    const id = "11111111-2222-4333-8444-555555555555";
    await check(`call explain ${id}`, 0, /campaign +spring/, /decision that dialed it is not stored/);
    await database.query(`
      insert into pacing_decisions select '2026-01-05T12:00:00Z', c.id, 'predictive', 'agents-free',
        2, 1, 5, 1, 3, 0, 100, 2, 0.03, 9000, 1.5, 1.25, 0.01, 0.05
      from campaigns c where c.name = 'spring'`);
    await check(`call explain ${id}`, 0, /by predictive: agents-free; 2 lines wanted, 1 placed/,
      /1 of 5 agents ready, 3 lines up/, /2 abandoned of 100 answered, limit 3.0 %/,
      /in 9.0 s 1.5 agents free, 1.3 answers; risk 1.0 %, allowed 5.0 %/);
    expect(await json(`call explain ${id}`)).to.have.nested.property("pacing.forecast.inMs", 9_000);
    await database.query(`update attempts set answer_probability = 0.31, predicted_by = 'own'
      where id = '${id}'`);
    await check(`call explain ${id}`, 0, /answer: 31.0 %, by what the campaign has seen/);
    await database.query(`update attempts set predicted_by = 'bttc-1', predicted_at = '2026-01-05Z'
      where id = '${id}'`);
    await check(`call explain ${id}`, 0, /answer: 31.0 %, predicted by bttc-1 of 2026-01-05T00:00/);
    await database.query(`insert into attempt_rules (attempt, versions, zones)
      values ('${id}', '{us-federal@1}', '{America/New_York}')`);
    await check(`call explain ${id}`, 0,
      /had to allow it until 12:00:15.000 UTC; dialed by 12:00:02.000 or not at all/);
  });
  it("disables a trunk and an agent that calls refer to", async () => {
    await check("agent remove 1001", 0, /disabled/);
    await database.query("update campaigns set state = 'finished' where name = 'both'");
  });

  it("stops it", () => check("campaign stop spring", 0, /stopping/));
  it("watches it until it is finished, a line for each change", async () => {
    const { status, out } = await run("campaign watch spring", {}, () => {
      void database.query("update campaigns set state = 'finished' where name = 'spring'");
    });
    expect(out).to.match(/^stopping: 0\/3 leads[^\n]*\nfinished: [^\n]*\n$/);
    expect(status).to.equal(0);
  });
  it("leaves a watch at Ctrl-C", async () => {
    await database.query("update campaigns set state = 'running' where name = 'spring'");
    const { status } = await run("campaign watch spring", {}, (interrupt) => { interrupt.abort(); });
    expect(status).to.equal(0);
  });

  it("shows every option without its password", async () => {
    const env = { REDIS_URL: "redis://me:hidden@127.0.0.1:6379/0?password=hidden" };
    const { status, out } = await run("config show", env);
    expect(out).to.match(/REDIS_URL = redis:\/\/me:\*\*\*@127.0.0.1:6379\/0 +.from the env/);
    expect(out).not.to.match(/hidden@|=hidden/);
    expect(status).to.equal(0);
  });
  it("shows an option that is not allowed", async () => {
    const { status, out } = await run("config show", { LOG_LEVEL: "loud" });
    expect(out).to.match(/LOG_LEVEL = loud [^✗]*✗/);
    expect(status).to.equal(1);
  });

  it("says that the database is away", async () => {
    const { status, err } = await run("campaign list", { DATABASE_URL: "postgres://127.0.0.1:1/x" });
    expect(status).to.equal(3);
    expect(err).to.match(/Postgres is away/);
  });
  it("says that its port is another's", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { status, err } = await run("http",
      { RINGWRIGHT_HTTP_TOKEN: "a-token-of-some-length", RINGWRIGHT_HTTP_PORT: String(port) });
    other.close();
    expect(status).to.equal(3);
    expect(err).to.match(/cannot listen on 127\.0\.0\.1:\d+: .*\n +→ set RINGWRIGHT_HTTP_PORT/);
  });
  it("says that none is configured", async () => {
    const { status, err } = await run("campaign list", { DATABASE_URL: "" });
    expect(status).to.equal(3);
    expect(err).to.match(/ringwright up/);
  });
});
