import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
import { checkEnd, followChain, noEntry, type AuditEntry } from "./audit-chain.ts";
import { complianceDesk, type ComplianceDesk } from "./postgres/compliance-desk.ts";
import { doerName, openDatabase, type Database } from "./postgres/database.ts";
import { createTestDatabase, type TestDatabase } from "./postgres/test-database.ts";

describe("the audit log", () => {
  let database: TestDatabase;
  let sql: Database;
  let desk: ComplianceDesk;
  const by = { who: "ann@desk", why: "她说：不要再打 \n'; --" };

  beforeEach(async () => {
    database = await createTestDatabase();
    sql = openDatabase(database.url);
    desk = complianceDesk(sql);
    await desk.setKillSwitch(true, by);
    await desk.doNotCall.add(["+8613800138000" as DialNumber], by);
    await desk.consent({ number: "+8613800138001" as DialNumber, purpose: "", given: true }, by);
    await desk.setKillSwitch(false, by);
  });
  afterEach(async () => {
    await sql.close();
    await database.drop();
  });

  const found = async (): Promise<string> => {
    const entries = await desk.auditEntries(0, 100);
    const followed = followChain(noEntry, entries);
    const fault = "fault" in followed ? followed.fault
      : checkEnd(followed.head, await desk.auditHead() ?? noEntry);
    return fault === undefined ? `${entries.length} unbroken` : `${fault.seq}: ${fault.what.en}`;
  };

  /** What somebody with all rights on the database can do. */
  const tamper = async (statement: string): Promise<void> => {
    await database.query("alter table audit_log disable trigger all");
    await database.query(statement);
  };

  it("holds every change with who and why, and is unbroken", async () => {
    expect(await found()).to.equal("4 unbroken");
    const entries: readonly AuditEntry[] = await desk.auditEntries(0, 100);
    expect(entries.map(({ what }) => what)).to.eql(
      ["kill switch on", "do-not-call added", "consent given", "kill switch off"]);
    expect(entries.every(({ who, why }) => who === by.who && why === by.why)).to.equal(true);
  });

  it("names the first entry that was changed", async () => {
    await tamper("update audit_log set why = 'nothing' where seq = 2");
    expect(await found()).to.equal("2: it was changed after it was written");
  });

  it("names the first entry that was taken away", async () => {
    await tamper("delete from audit_log where seq = 2");
    expect(await found()).to.equal("2: the entry is missing");
  });

  it("notices an end that was cut off", async () => {
    await tamper("delete from audit_log where seq >= 3");
    expect(await found()).to.equal("3: the end of the log is not the one that was last written");
  });

  it("notices a changed entry whose hash was mended too", async () => {
    await tamper(`update audit_log set why = 'nothing',
      hash = audit_hash(previous, seq::text, at_ms::text, who, what, 'nothing', data)
      where seq = 2`);
    expect(await found()).to.equal("3: it does not follow from the entry before");
  });

  it("is append-only for everybody else", async () => {
    for (const statement of ["update audit_log set why = ''", "delete from audit_log",
      "truncate audit_log", "update audit_head set seq = 0", "delete from audit_head",
      "update audit_head set seq = seq + 1", "truncate audit_head"]) {
      const failure = await database.query(statement).catch((error: Error) => error.message);
      expect(failure).to.equal("the audit log is append-only");
    }
  });

  it("holds who adds, changes and removes campaigns, trunks and agents, without secrets", async () => {
    const order = `insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second, username, password) values ('out', '192.0.2.1', 5060, 'udp', '{alaw}', 10,
      5, 'us', 'open sesame')`;
    await sql.query({ name: "test-trunk", text: order });
    await sql.query({ name: "test-agent", text: `insert into agents (name, phone, language, pin_hash,
      sip_ha1) values ('Wang Fang', 'desk-1', 'zh', 'secret', repeat('a', 32))` });
    await sql.query({ name: "test-campaign",
      text: "insert into campaigns (name, settings) values ('spring', '{}')" });
    await sql.query({ name: "test-start", text: "update campaigns set state = 'running'" });
    const fresh = (await desk.auditEntries(4, 100)) as readonly AuditEntry[];
    expect(fresh.map(({ what }) => what))
      .to.eql(["trunk added", "agent added", "campaign added", "campaign changed"]);
    expect(fresh.every(({ who }) => who === doerName())).to.equal(true);
    expect(JSON.stringify(fresh)).not.to.match(/open sesame|secret|Wang|aaaaaaaa/);
    expect(await found()).to.equal("8 unbroken");
  });

  it("keeps no change that could not be logged", async () => {
    await database.query("alter table audit_head disable trigger all");
    await database.query("delete from audit_head");
    const failure = await desk.setKillSwitch(true, by).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect((await desk.killSwitch())?.isOn).to.equal(false);
  });
});
