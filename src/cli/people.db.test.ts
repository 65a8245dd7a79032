import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { runWithin } from "./program.ts";

/** What is known of people, kept as long as it must be, given to them, and forgotten. */
describe("the records of calls and people", () => {
  let database: TestDatabase;
  let folder = "";
  const one = "+8613800138000";
  const two = "+8613800138001";

  /** Interrupted once it has printed `until`. */
  const runUntil = async (until: RegExp | undefined, words: readonly string[]) => {
    let [out, err] = ["", ""];
    const interrupt = new AbortController();
    const status = await runWithin(words, {
      env: { DATABASE_URL: database.url, RINGWRIGHT_VAR: folder, LANG: "en_US.UTF-8" },
      out: (each) => {
        out += each;
        if (until?.test(out) === true) interrupt.abort();
      },
      err: (each) => { err += each; }, terminal: false, signal: interrupt.signal,
    });
    return { status, out, err };
  };
  const run = (...words: readonly string[]) => runUntil(undefined, words);
  const rows = (query: string) => database.query(query);

  /** A call so many days ago, recorded, allowed by a pack. */
  async function call(phone: string, daysAgo: number, pack = "cn-marketing"): Promise<string> {
    const id = randomUUID();
    mkdirSync(join(folder, "recordings"), { recursive: true });
    writeFileSync(join(folder, "recordings", `${id}-lead.wav`), "sound");
    await database.query(`
      with placed as (
        insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at,
          answered_at, ended_at, outcome, spent, disposition, caller_id)
        select $1, 1, l.id, l.phone, 1, 'one', 1, now() - make_interval(days => $3),
          now() - make_interval(days => $3), now() - make_interval(days => $3, secs => -90),
          'connected', true, 'success', '+861012345678'
        from leads l where l.phone = $2
        returning id
      ), ruled as (
        insert into attempt_rules (attempt, versions, zones)
        select id, array[$4 || '@2026-11-25'], '{Asia/Shanghai}' from placed
      ), told as (
        insert into call_facts (attempt, seq, at, type, data)
        select id, 1, now(), 'ringing', '{}' from placed
      )
      insert into recordings (attempt, leg, file, started_at, state)
      select id, 'lead', id || '-lead.wav', now(), 'whole' from placed`,
    [id, phone, daysAgo, pack]);
    return id;
  }
  const soundOf = (id: string): boolean =>
    existsSync(join(folder, "recordings", `${id}-lead.wav`));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "ringwright-people-"));
    database = await createTestDatabase();
    await rows(`
      with trunk as (
        insert into trunks (name, host, port, transport, codecs, channels_max, calls_per_second)
        values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 10, 5)
      ), list as (insert into dial_lists (name) values ('spring') returning id)
      insert into leads (list_id, phone, name, data)
      select id, n, 'Wang', '{"city": "Chengdu"}' from list, unnest(array['${one}', '${two}']) n`);
    await rows(`insert into campaigns (name, state, settings, created_at) values ('spring',
      'running', '{"callerId": {"number": "+861012345678", "name": "Acme"},
        "callRecord": {"seller": "Acme", "goods": "insurance", "calledParty": "consumer"}}',
      now() - interval '4000 days')`);
    await rows(`insert into campaign_leads (campaign_id, lead_id, rank)
      select 1, id, id from leads`);
    await rows("update campaign_versions set at = now() - interval '4000 days'");
  });
  afterEach(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it("keeps the ten items of a call, by the settings of its day", async () => {
    await run("caller-id", "add", "+861012345678", "--proof", "contract 7");
    const id = await call(one, 1);
    await rows(`update campaigns set settings = jsonb_set(settings, '{callRecord,seller}', '"New"')`);
    const record = await run("call", "record", id.slice(0, 8));
    expect(record.err).to.equal("");
    expect(record.out).to.match(/2 seller +Acme\n/).and.match(/1 telemarketer +not said/);
    expect(record.out).to.match(/6 calling, called number +\+861012345678 → \+8613800138000/);
    expect(record.out).to.match(/7 date, time, duration .*, 90 s/);
    expect(record.out).to.match(/9 caller-ID and its right +\+861012345678 \(Acme\): contract 7/);
    const { out } = await run("call", "records", "--from", "2020-01-01");
    expect(JSON.parse(out)).to.deep.include({ call: id, seller: "Acme", outcome: "connected" });
    expect((await run("call", "records", "--from", "2020-01-01", "--to", "2020-02-01")).out)
      .to.equal("");
    expect((await run("call", "records", "--from", "yesterday")).err).to.include("is not a date");
  });

  it("gives a person everything, under all of their numbers, with the sound", async () => {
    await rows(`insert into lead_numbers (lead_id, position, phone) values (1, 2, '${two}')`);
    const ids = [await call(one, 3), await call(two, 2)];
    await run("consent", "give", two, "--proof", "form 9");
    await rows(`with m as (insert into prediction_models (name, made_at) values ('m1', now())
      returning id) insert into lead_predictions select 1, id, 0.25 from m`);
    const out = join(folder, "out");
    const told = await run("person", "export", two, "--why", "asked by letter", "--out", out);
    expect(told.err).to.equal("");
    expect(told.out).to.include("2 leads, 2 calls, 2 recordings");
    const person = JSON.parse(readFileSync(join(out, "person.json"), "utf8")) as {
      numbers: string[]; calls: { attempt: string }[]; consents: { proof: string }[];
      predictions: { model: string; answerProbability: number }[];
    };
    expect(person.predictions.map(({ model, answerProbability }) => `${model} ${answerProbability}`))
      .to.eql(["m1 0.25"]);
    expect(person.numbers).to.eql([one, two]);
    expect(person.calls.map(({ attempt }) => attempt)).to.eql(ids);
    expect(person.consents.map(({ proof }) => proof)).to.eql(["form 9"]);
    for (const id of ids) expect(existsSync(join(out, "recordings", `${id}-lead.wav`))).to.equal(true);
  });

  it("forgets a person everywhere, and never calls them again", async () => {
    const id = await call(one, 3);
    await run("dnc", "add", one, "--why", "asked");
    await run("dnc", "add", one, two, "--campaign", "spring", "--why", "a customer already");
    expect((await run("dnc", "list")).out).to.include("campaign spring alone: 2 numbers");
    expect((await run("dnc", "add", one, "--campaign", "autumn", "--why", "x")).err)
      .to.include('no campaign "autumn"');
    expect((await run("dnc", "remove", two, "--campaign", "spring", "--why", "x")).out)
      .to.include("removed");
    expect((await run("dnc", "remove", two, "--campaign", "spring", "--why", "x")).status)
      .to.equal(1);
    await run("consent", "withdraw", one, "--proof", "letter");
    await run("lead", "event", one, "--what", "inquiry", "--value", "700");
    expect(await rows("select why, data::json->'value' as value from audit_log where what = 'lead event'"))
      .to.eql([{ why: "inquiry", value: 700 }]);
    await run("lead", "retire", one, "--why", "no such number");
    await rows(`with m as (insert into prediction_models (name, made_at) values ('m1', now())
      returning id) insert into lead_predictions select 1, id, 0.25 from m`);
    const [word] = await rows(`select what, why, data from audit_log
      where what like 'number %'`) as { what: string; why: string; data: string }[];
    expect(word).to.include({ what: "number retired", why: "no such number" });
    expect(word?.data).to.match(/^\{"people" : \["[0-9a-f]{64}"\]\}$/);
    expect(await rows("select what from audit_log where what like 'prediction_model %'"))
      .to.eql([{ what: "prediction_model added" }]);
    await rows(`insert into number_lookups (phone, at, state, word)
      values ('${one}', now(), 'dead', 'empty')`);
    const doubled = join(folder, "doubled.csv");
    writeFileSync(doubled, `phone,name\n138-0013-8077,Li\n13800138000,Wang\n${one},Wang\n${one},\n`);
    await run("list", "import", doubled, "--list", "doubled", "--region", "CN");
    const rejects = readFileSync(`${doubled}.rejected.csv`, "utf8");
    expect(rejects.match(/13800138000/g)).to.have.length(3);
    await run("person", "export", one, "--why", "asked");
    expect((await run("person", "erase", one, "--why", "asked")).err).to.include("--yes");
    const told = await run("person", "erase", one, "--why", "asked by letter", "--yes");
    expect(told.out).to.include("1 numbers, 1 leads, 1 calls without their number, 1 files, "
      + "3 rejected rows").and.match(/delete it yourself: .*exports\/8613800138000/);
    expect(readFileSync(`${doubled}.rejected.csv`, "utf8")).to.match(/^\ufeff[^\n]*\r\n$/);
    expect(soundOf(id)).to.equal(false);
    expect(await rows("select from lead_predictions")).to.eql([]);
    // Not a trace of the number or the name in any column of any table.
    const tables = await rows(`select c.table_name as name from information_schema.tables c
      where c.table_schema = 'public' and c.table_type = 'BASE TABLE'`);
    for (const { name } of tables) {
      const found = await rows(`select count(*)::integer as n from "${name as string}" t
        where t::text like '%13800138000%'`);
      expect(found[0]?.["n"], name as string).to.equal(0);
    }
    expect((await rows("select name, data::text from leads where id = 1"))[0])
      .to.eql({ name: "", data: "{}" });
    expect((await run("person", "export", one, "--why", "again")).err).to.include("was erased on");
    // Brought again by a file, they are left out.
    const file = join(folder, "again.csv");
    writeFileSync(file, `phone,name\n${one},Wang\n+8613800138077,Li\n`);
    expect((await run("list", "import", file, "--list", "again")).status).to.equal(0);
    expect(await rows(`select phone from listed_leads l join dial_lists d on d.id = l.list_id
      where d.name = 'again'`)).to.eql([{ phone: "+8613800138077" }]);
    expect(readFileSync(`${file}.rejected.csv`, "utf8")).to.match(/\r\n2,phone,[^,\n]*\r\n$/)
      .and.not.match(/13800138000|Wang/);
    expect((await run("audit", "verify")).status).to.equal(0);
  });

  // Large files come in as a table of their own, which is no part of all leads before the end.
  for (const [size, note] of [["an", ""], ["a large", `,${"x".repeat(70)}`]] as const) it(
    `forgets a person in ${size} interrupted import, which goes on without them`, async () => {
    const file = join(folder, "long.csv");
    const others = Array.from({ length: 60_000 }, (_, i) => `1390${String(i).padStart(7, "0")},Li${note}`);
    writeFileSync(file, [`phone,name${note && ",note"}`, `${one},Wang`, `${one},Wang`, ...others, others[0]].join("\n"));
    const words = ["list", "import", file, "--list", "long", "--region", "CN"];
    expect((await runUntil(/ [2-5]0 %/, words)).err).to.include("interrupted");
    expect(readFileSync(`${file}.rejected.csv.part`, "utf8")).to.include("13800138000");
    expect(await rows("select from imports where own_table")).to.have.length(note ? 1 : 0);
    const told0 = await run("person", "export", one, "--why", "asked", "--out", join(folder, "out"));
    expect(told0.out).to.include("2 leads");
    expect((await run("person", "erase", one, "--why", "asked", "--yes")).out)
      .to.include("1 rejected rows");
    const told = await run(...words);
    expect(told.out).to.include("went on after row").and.include("60001 added to long");
    const rejects = readFileSync(`${file}.rejected.csv`, "utf8");
    expect(rejects).to.not.match(/13800138000|Wang/);
    expect(rejects.match(/13900000000/g)).to.have.length(1);
    expect(await rows("select from leads where phone = '+8613800138000'")).to.have.length(0);
  });

  it("forgets nobody who is on a call", async () => {
    const id = await call(one, 0);
    await rows(`update attempts set outcome = null where id = '${id}'`);
    expect((await run("person", "erase", one, "--why", "asked", "--yes")).err)
      .to.include("a call with this person is up");
    expect(soundOf(id)).to.equal(true);
  });

  it("takes away what is over age, and what the law wants kept stays", async () => {
    const [old, insured, fresh] = [await call(one, 400), await call(one, 400, "cn-insurance"),
      await call(two, 10)];
    expect((await run("retention", "run")).out).to.include("kept for ever");
    expect((await run("retention", "set", "calls", "365", "--why", "less")).err)
      .to.include("five years");
    await run("retention", "set", "recordings", "365", "--why", "policy 3");
    await run("retention", "set", "facts", "365", "--why", "policy 3");
    expect((await run("retention", "run", "--dry-run")).out)
      .to.equal("recordings: 1 would be taken away\nfacts: 2 would be taken away\n");
    expect(soundOf(old)).to.equal(true);
    expect((await run("retention", "run")).out).to.equal("recordings: 1 taken away\nfacts: 2 taken away\n");
    expect([old, insured, fresh].map(soundOf)).to.eql([false, true, true]);
    expect((await run("retention", "run")).out).to.equal("recordings: 0 taken away\nfacts: 0 taken away\n");
    expect((await rows(`select state from recordings where attempt = '${old}'`))[0])
      .to.eql({ state: "erased" });
    expect((await run("retention", "list")).out).to.match(/recordings +365 .*3653 \(cn-insurance\)/);
  });

  it("takes calls away after five years, and people after their campaigns", async () => {
    await call(one, 2_000);
    const kept = await call(two, 100);
    await run("retention", "set", "recordings", "30", "--why", "policy 3");
    await run("retention", "set", "calls", "1827", "--why", "policy 3");
    await run("retention", "set", "leads", "365", "--why", "policy 3");
    await rows("update campaigns set state = 'finished', finished_at = now() - interval '2 years'");
    expect((await run("retention", "run")).out)
      .to.equal("recordings: 2 taken away\ncalls: 1 taken away\nleads: 2 taken away\n");
    expect(await rows("select id from attempts")).to.eql([{ id: kept }]);
    // The lead of a call that is kept stays, without its name.
    expect(await rows("select phone, name from leads")).to.eql([{ phone: "+02", name: "" }]);
  });

  it("notes the end of the audit log outside the database", async () => {
    await run("kill-switch", "on", "--why", "test");
    await run("kill-switch", "off", "--why", "test");
    const anchors = join(folder, "audit", "anchors.jsonl");
    expect((await run("audit", "verify")).status).to.equal(0);
    expect(readFileSync(anchors, "utf8").split("\n").filter(Boolean)).to.have.length(1);
    // Somebody with all rights cuts the end off and mends the head.
    await rows(`alter table audit_log disable trigger all`);
    await rows(`alter table audit_head disable trigger all`);
    const [{ n } = { n: 0 }] = await rows("select max(seq)::integer as n from audit_log");
    await rows(`delete from audit_log where seq = ${n as number}`);
    await rows(`update audit_head set (seq, hash) =
      (select seq, hash from audit_log order by seq desc limit 1)`);
    const cut = await run("audit", "verify");
    expect(cut.status).to.equal(1);
    expect(cut.out).to.equal(`entry ${n as number}: the log was cut off: it had ${n as number} entries once\n`);
  });
});
