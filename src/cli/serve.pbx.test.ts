/** `serve` at its start, on a real stack: what is away or wrong is told in two lines. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { systemClock } from "../clock.ts";
import { environment, loadConfig } from "../config.ts";
import { readLocalSwitch, writeSwitchConfig } from "../stack/asterisk.ts";
import { waitUntil } from "../stack/patience.ts";
import { reloadModules } from "../telephony/asterisk/reload.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { runWithin } from "./program.ts";

describe("a controller that cannot start", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  const config = loadConfig();
  const [server] = config.switches;
  if (!server) throw new Error("run `ringwright up` first");
  const { ariUrl, ariUser, ariPassword, amiHost, amiPort, amiUser, amiSecret } = server;
  const ari = (password: string) => ariUrl.replace("://", `://${ariUser}:${password}@`);
  const ami = (secret: string) => `tcp://${amiUser}:${secret}@${amiHost}:${amiPort}`;

  /** It ends with status 3 and two lines, the second of which says how to mend it. */
  async function check(env: Readonly<Record<string, string>>, what: RegExp): Promise<void> {
    let told = "";
    const status = await runWithin(["serve"], {
      env: {
        ...environment(), LANG: "C", LOG_LEVEL: "error", DATABASE_URL: database.url,
        ASTERISK_URL: ari(ariPassword), ASTERISK_AMI_URL: ami(amiSecret), ...env,
      },
      out: (each) => { told += each; }, err: (each) => { told += each; },
      terminal: false, signal: AbortSignal.timeout(20_000),
    });
    expect(told).to.match(what);
    expect(told.trim().split("\n")).to.have.length(2);
    expect(told).to.match(/\n {2}→ \S/);
    expect(status).to.equal(3);
  }

  it("says that ARI is away", () =>
    check({ ASTERISK_URL: "http://a:bbbbbbbb@127.0.0.1:1" }, /^the switch is away: .*127.0.0.1:1/));
  it("says that AMI is away", () =>
    check({ ASTERISK_AMI_URL: "tcp://a:b@127.0.0.1:1" }, /^the switch is away: .*127.0.0.1:1/));
  it("says that ARI's password is wrong", () =>
    check({ ASTERISK_URL: ari("not-the-password") }, /^the switch refuses us: .*401/));
  it("says that AMI's secret is wrong", () =>
    check({ ASTERISK_AMI_URL: ami("not-the-secret") }, /^the switch refuses us: Login/));
  it("says that the database is away", () =>
    check({ DATABASE_URL: "postgres://a:b@127.0.0.1:1/c" }, /^the database is away/));
  it("says that there is no such database", () =>
    check({ DATABASE_URL: `${database.url}-not` }, /^the server has no such database/));
});

describe("a controller at a switch without any trunk or phone", () => {
  let database: TestDatabase;
  const config = loadConfig();
  const folder = mkdtempSync(join(tmpdir(), "ringwright-serve-"));
  before(async () => {
    database = await createTestDatabase();
    const local = readLocalSwitch(config.varDir);
    const [server] = config.switches;
    if (!local || !server) throw new Error("run `ringwright up` first");
    writeSwitchConfig(local, { trunks: [], phones: [] });
    const account = { url: server.ariUrl, user: server.ariUser, password: server.ariPassword };
    await reloadModules(account, ["res_pjsip.so"], systemClock);
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  it("serves, as on the first day of a new stack, and ends when it is told to", async () => {
    const ready = join(folder, "ready");
    const interrupt = new AbortController();
    let told = "";
    const ended = runWithin(["serve", "--ready-file", ready], {
      env: { ...environment(), LANG: "C", LOG_LEVEL: "error", DATABASE_URL: database.url },
      out: (each) => { told += each; }, err: (each) => { told += each; },
      terminal: false, signal: interrupt.signal,
    });
    const served = await waitUntil(() => Promise.resolve(existsSync(ready) || undefined),
      { deadlineMs: 20_000 });
    interrupt.abort();
    expect(await ended, told).to.equal(0);
    expect(served, told).to.equal(true);
  });
});
