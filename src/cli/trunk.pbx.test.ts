/** `trunk test` on a real switch: what it says as a carrier is added, comes and goes. */
import { createSocket, type Socket } from "node:dgram";
import { expect } from "chai";
import { systemClock } from "../clock.ts";
import { environment, loadConfig } from "../config.ts";
import { readLocalSwitch, writeSwitchConfig } from "../stack/asterisk.ts";
import { loopback } from "../stack/ports.ts";
import { accountsIn } from "../stack/switch-accounts.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { reloadModules } from "../telephony/asterisk/reload.ts";
import { runWithin } from "./program.ts";

/** A carrier that answers every request with 200 and knows nothing else. */
function openCarrier(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { port: from, address }) => {
    const lines = message.toString("latin1").split("\r\n");
    const header = (name: string): string => lines.find((line) => line.startsWith(`${name}:`)) ?? "";
    socket.send(["SIP/2.0 200 OK", header("Via"), header("From"), `${header("To")};tag=carrier`,
      header("Call-ID"), header("CSeq"), "Content-Length: 0", "", ""].join("\r\n"), from, address);
  });
  return new Promise((resolve) => {
    socket.bind(port, loopback, () => { resolve(socket); });
  });
}

describe("trunk test at a real switch", () => {
  const config = loadConfig();
  const local = readLocalSwitch(config.varDir);
  const [server] = config.switches;
  if (!local || !server) throw new Error("run `ringwright up` first");
  let database: TestDatabase;
  let carrier: Socket;
  let port = 0;

  async function render(accounts: Parameters<typeof writeSwitchConfig>[1]): Promise<void> {
    if (!local || !server) return;
    writeSwitchConfig(local, accounts);
    const account = { url: server.ariUrl, user: server.ariUser, password: server.ariPassword };
    await reloadModules(account, ["res_pjsip.so"], systemClock);
  }

  async function run(words: string): Promise<{ status: number; told: string }> {
    let told = "";
    const status = await runWithin(words.split(" "), {
      env: { ...environment(), LANG: "C", DATABASE_URL: database.url },
      out: (each) => { told += each; }, err: (each) => { told += each; },
      terminal: false, signal: AbortSignal.timeout(30_000),
    });
    return { status, told };
  }

  async function check(status: number, ...lines: readonly RegExp[]): Promise<void> {
    const tested = await run("trunk test tried-carrier");
    for (const line of lines) expect(tested.told).to.match(line);
    expect(tested.status).to.equal(status);
  }

  before(async () => {
    database = await createTestDatabase();
    carrier = await openCarrier(0);
    ({ port } = carrier.address());
    await run(`trunk add tried-carrier --host ${loopback} --port ${port}`);
  });
  after(async () => {
    await render({ trunks: [], phones: [] });
    await database.drop();
  });

  it("says that the switch does not know it before it is rendered", () =>
    check(1, /answered 200/, /the switch does not know it/, /→ .*pbx render --reload/));
  it("says that carrier and switch agree", async () => {
    await render(await accountsIn(database.url));
    await check(0, /answered 200/, /online at the switch/);
  });
  it("says at once that the carrier has gone, and not what the switch thought before", async () => {
    await new Promise<void>((resolve) => { carrier.close(() => { resolve(); }); });
    await check(1, /unreachable|cannot be reached/, /offline at the switch/);
  });
});
