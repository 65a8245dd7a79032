/**
 * Owns the floor that benches measure on: the local stack, SIPp as the public and as the agents'
 * phones, a fresh database, and the production controller in this process. It watches from
 * outside, at the ports of the switch and of the store, so that what it times is what ships.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { loadConfig, projectDir, type SwitchConfig } from "../../src/config.ts";
import { Controller } from "../../src/engine/controller.ts";
import { gatedStore } from "../../src/engine/gated-store.ts";
import { loadRulebook } from "../../src/engine/pack-files.ts";
import type { ControllerId, LegId, PhoneName, TrunkId, TrunkName } from "../../src/ids.ts";
import type { CampaignSettings } from "../../src/campaign/settings.ts";
import type { Pacer } from "../../src/pacing/pacer.ts";
import { readLocalSwitch, writeSwitchConfig } from "../../src/stack/asterisk.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import { compliance } from "../../src/store/postgres/compliance.ts";
import { openDatabase } from "../../src/store/postgres/database.ts";
import { createStore } from "../../src/store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../../src/store/postgres/test-database.ts";
import type { Store } from "../../src/store/store.ts";
import { AsteriskPbx } from "../../src/telephony/asterisk/asterisk-pbx.ts";
import { reloadModules } from "../../src/telephony/asterisk/reload.ts";
import { campaignSettings } from "../../src/testing/floor-plan.ts";
import { startPeople, type SipPeople } from "./sip-people.ts";

/** Ours alone: no other controller on the same switch is disturbed, and none disturbs us. */
const APP = "ringwright";

export interface FloorPlan {
  readonly agents: number;
  readonly leads: number;
  /** Of the people who are called. */
  readonly ringMs: number;
  readonly talkMs: number;
  readonly settings: Partial<CampaignSettings>;
  readonly callsPerSecond: number;
}

export interface Floor {
  readonly database: TestDatabase;
  readonly switchConfig: SwitchConfig;
  readonly callees: SipPeople;
  readonly agentLegs: readonly LegId[];
  readonly signal: AbortSignal;
  /** The number of lead `index`. */
  numberOf(index: number): string;
  /** The production controller; `watch` may wrap the ports it is given. */
  controller(pacer: Pacer, watch: (pbx: AsteriskPbx, store: Store) => Store): Promise<Running>;
  close(): Promise<void>;
}

export interface Running {
  readonly controller: Controller;
  stop(): Promise<void>;
}

const run = (words: readonly string[]): void => {
  execFileSync(join(projectDir, "bin", "ringwright"), words, { stdio: ["ignore", "ignore", 2] });
};

const trunkAt = (name: string, port: number, callsPerSecond: number) => ({
  id: 1 as TrunkId, name: name as TrunkName, host: "127.0.0.1", port, transport: "udp" as const,
  username: undefined, password: undefined, codecs: ["alaw"], channelsMax: 5_000,
  callsPerSecond, prefix: "", enabled: true,
});

const accountOf = (config: SwitchConfig) =>
  ({ url: config.ariUrl, user: config.ariUser, password: config.ariPassword });

function pbxAt(config: SwitchConfig): AsteriskPbx {
  const { recordingsDir, switchRecordingsDir } = loadConfig();
  return new AsteriskPbx({
    name: config.name, app: APP, clock: systemClock, ari: accountOf(config),
    ami: {
      host: config.amiHost, port: config.amiPort, user: config.amiUser, secret: config.amiSecret,
    },
    recordings: { here: recordingsDir, onSwitch: switchRecordingsDir },
  });
}

/** People who send no sound would be hung up on after 30 s. */
function withoutSoundTimeouts(etc: string): void {
  const path = join(etc, "pjsip.conf");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^rtp_timeout = \d+$/gm, "rtp_timeout = 0"));
}

async function prepareSwitch(
  config: SwitchConfig, ports: { readonly callees: number; readonly phones: number },
): Promise<void> {
  const local = readLocalSwitch(loadConfig().varDir);
  if (!local) throw new Error("this bench needs the switch that `ringwright up` starts");
  writeSwitchConfig(local, {
    trunks: [trunkAt("people", ports.callees, 1_000), trunkAt("desks", ports.phones, 1_000)],
    phones: [],
  });
  withoutSoundTimeouts(local.input.paths.etc);
  await reloadModules(accountOf(config), ["res_pjsip.so", "pbx_config.so"], systemClock);
}

/** Calls every agent's phone, whose leg then stays up off-hook as after a log-in. */
async function seatAgents(
  config: SwitchConfig, count: number, signal: AbortSignal,
): Promise<readonly LegId[]> {
  const legs = Array.from({ length: count }, () => randomUUID() as string as LegId);
  if (count === 0) return legs;
  const pbx = pbxAt(config);
  const up = new Set<LegId>();
  pbx.onEvent((event) => { if (event.type === "leg-answered") up.add(event.leg); });
  await pbx.open();
  for (const [index, leg] of legs.entries()) {
    await pbx.placeLeg({
      leg, to: { kind: "number", number: `+9${index}` as never, trunk: "desks" as TrunkName },
      callerId: { number: "1000", name: "Bench" }, ringMs: 15_000,
      tags: { agent: String(index + 1) }, reportTalking: false,
      safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" },
    });
  }
  const seated = await waitUntil(() => Promise.resolve(up.size === count || undefined),
    { deadlineMs: 20_000, signal });
  await pbx.close();
  if (seated !== true) throw new Error(`${up.size} of ${count} agents' phones answered`);
  return legs;
}

/** The rows that the command line would have written. */
async function fillDatabase(
  database: TestDatabase, plan: FloorPlan, calleePort: number, legs: readonly LegId[],
): Promise<void> {
  await database.query(`
    insert into trunks (name, host, port, transport, codecs, channels_max, calls_per_second)
    values ('people', '127.0.0.1', $1, 'udp', '{alaw}', 5000, $2)`,
  [calleePort, plan.callsPerSecond]);
  const settings: CampaignSettings = {
    ...campaignSettings, name: "bench", trunks: ["people"], purpose: "rehearsal", wrapUpMs: 0,
    ...plan.settings,
  };
  await database.query(
    "insert into campaigns (name, settings, state) values ('bench', $1, 'running')",
    [JSON.stringify(settings)]);
  await database.query("insert into dial_lists (name) values ('people')");
  await database.query(`
    with added as (
      insert into leads (list_id, phone) select 1, '+1201' || (5000000 + n)
      from generate_series(0, $1::integer - 1) n order by n returning id
    ) insert into campaign_leads (campaign_id, lead_id, rank) select 1, id, id from added`,
  [plan.leads]);
  for (const [index, leg] of legs.entries()) {
    const since = systemClock.now();
    const snapshot = {
      work: { at: "ready" }, since, mode: "off-hook", leg, next: { do: "ready" },
      typed: { keys: "", at: since }, visits: [],
    };
    await database.query(`
      with agent as (
        insert into agents (name, phone, language, pin_hash, sip_ha1)
        values ($1, $1, 'en', '', repeat('0', 32)) returning id
      ) insert into agent_states (agent_id, state, since, snapshot)
      select id, 'ready', to_timestamp($2::float8 / 1000), $3 from agent`,
    [`desk-${index + 1}`, since, JSON.stringify(snapshot)]);
  }
  await database.query("analyze");
}

async function startController(
  { database, switchConfig, agentLegs }: Pick<Floor, "database" | "switchConfig" | "agentLegs">,
  pacer: Pacer, watch: (pbx: AsteriskPbx, store: Store) => Store,
): Promise<Running> {
  const pbx = pbxAt(switchConfig);
  // SIPp registers nowhere; its phones are there all the same.
  const survey = pbx.survey.bind(pbx);
  const phones = agentLegs.map((_, index) => `desk-${index + 1}` as PhoneName);
  pbx.survey = async () => ({ ...await survey(), reachablePhones: phones });
  const sql = openDatabase(database.url);
  const store = watch(pbx, createStore(database.url));
  const controller = new Controller({
    id: randomUUID() as string as ControllerId, clock: systemClock, switches: [pbx],
    store: gatedStore({
      store, compliance: compliance(sql), clock: systemClock, rulebook: await loadRulebook(),
    }),
    log: { line: (level, event, fields) => {
      if (level === "error") process.stderr.write(`${event} ${JSON.stringify(fields)}\n`);
    } },
    board: { publish: () => Promise.resolve(true) }, newId: randomUUID,
    measure: () => Promise.resolve(undefined), pacerFor: () => pacer,
    discard: () => Promise.resolve(),
    onFatal: (error) => { process.stderr.write(`${String(error)}\n`); },
  });
  await controller.start();
  return {
    controller,
    async stop() {
      controller.drain();
      await waitUntil(() => Promise.resolve(controller.liveCalls === 0 || undefined),
        { deadlineMs: 20_000, signal: new AbortController().signal });
      // The switch closes the last recordings some moments after their calls.
      await waitUntil(async () => (await database.query(
        "select from recordings where state = 'running' limit 1")).length === 0 || undefined,
      { deadlineMs: 20_000, signal: new AbortController().signal });
      await controller.stop();
      await store.close();
      await sql.close();
    },
  };
}

export async function openFloor(plan: FloorPlan): Promise<Floor> {
  run(["up", "--without", "controller", "redis"]);
  const [switchConfig] = loadConfig().switches;
  if (!switchConfig) throw new Error("no switch: `ringwright up` started none");
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), "ringwright-bench-"));
  const callees = await startPeople({
    folder: join(folder, "callees"), manners: plan, signal });
  const phones = await startPeople({
    folder: join(folder, "phones"), manners: { ringMs: 0, talkMs: undefined }, signal });
  await prepareSwitch(switchConfig, { callees: callees.port, phones: phones.port });
  const agentLegs = await seatAgents(switchConfig, plan.agents, signal);
  const database = await createTestDatabase();
  await fillDatabase(database, plan, callees.port, agentLegs);
  const parts = { database, switchConfig, agentLegs };
  return {
    ...parts, callees, signal,
    numberOf: (index) => `+1201${5_000_000 + index}`,
    controller: (pacer, watch) => startController(parts, pacer, watch),
    async close() {
      // Its legs end with the phones.
      await phones.stop();
      await callees.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
      run(["down"]);
    },
  };
}
