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
import type { LegId, TrunkId, TrunkName } from "../../src/ids.ts";
import type { CampaignSettings } from "../../src/campaign/settings.ts";
import { readLocalSwitch, writeSwitchConfig } from "../../src/stack/asterisk.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import { createTestDatabase, type TestDatabase } from "../../src/store/postgres/test-database.ts";
import { reloadModules } from "../../src/telephony/asterisk/reload.ts";
import { campaignSettings } from "../../src/testing/floor-plan.ts";
import {
  accountOf, pbxAt, startController, type PacerFor, type Running, type Watch,
} from "./controller.ts";
import { startPeople, type Manners, type SipPeople } from "./sip-people.ts";

export interface FloorPlan {
  readonly agents: number;
  readonly leads: number;
  /** Of the people who are called. */
  readonly ringMs: number;
  readonly talkMs: number;
  readonly settings: Partial<CampaignSettings>;
  readonly callsPerSecond: number;
  /** People of a second campaign, `talkers`, who talk for long. */
  readonly talkers?: { readonly leads: number; readonly talkMs: number };
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
  controller(pacerFor: PacerFor, watch?: Watch): Promise<Running>;
  close(): Promise<void>;
}

const run = (words: readonly string[]): void => {
  execFileSync(join(projectDir, "bin", "ringwright"), words, { stdio: ["ignore", "ignore", 2] });
};

const trunkAt = (name: string, port: number, callsPerSecond: number) => ({
  id: 1 as TrunkId, name: name as TrunkName, host: "127.0.0.1", port, transport: "udp" as const,
  username: undefined, password: undefined, codecs: ["alaw"], channelsMax: 5_000,
  callsPerSecond, prefix: "", enabled: true,
});

/** People who send no sound would be hung up on after 30 s. */
function withoutSoundTimeouts(etc: string): void {
  const path = join(etc, "pjsip.conf");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^rtp_timeout = \d+$/gm, "rtp_timeout = 0"));
}

async function prepareSwitch(
  config: SwitchConfig, ports: Readonly<Record<string, number>>,
): Promise<void> {
  const local = readLocalSwitch(loadConfig().varDir);
  if (!local) throw new Error("this bench needs the switch that `ringwright up` starts");
  writeSwitchConfig(local, {
    trunks: Object.entries(ports).map(([name, port]) => trunkAt(name, port, 1_000)),
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

/** A campaign as the command line would have written it, with a trunk and a list of its own. */
async function addCampaign(database: TestDatabase, order: {
  readonly id: number; readonly name: string; readonly trunk: string; readonly port: number;
  readonly leads: number; readonly firstNumber: number; readonly callsPerSecond: number;
  readonly settings: Partial<CampaignSettings>;
}): Promise<void> {
  const { id, name, trunk, leads, firstNumber } = order;
  await database.query(`
    insert into trunks (name, host, port, transport, codecs, channels_max, calls_per_second)
    values ($1, '127.0.0.1', $2, 'udp', '{alaw}', 5000, $3)`,
  [trunk, order.port, order.callsPerSecond]);
  const settings: CampaignSettings = {
    ...campaignSettings, name, trunks: [trunk], purpose: "rehearsal", wrapUpMs: 0,
    ...order.settings,
  };
  await database.query("insert into campaigns (name, settings, state) values ($1, $2, 'running')",
    [name, JSON.stringify(settings)]);
  await database.query("insert into dial_lists (name) values ($1)", [name]);
  await database.query(`
    with added as (
      insert into leads (list_id, phone) select $1, '+1201' || ($2::integer + n)
      from generate_series(0, $3::integer - 1) n order by n returning id
    ) insert into campaign_leads (campaign_id, lead_id, rank) select $1, id, id from added`,
  [id, firstNumber, leads]);
}

/** Agents at their phones, off-hook and ready. */
async function addAgents(database: TestDatabase, legs: readonly LegId[]): Promise<void> {
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
}

const FIRST_PERSON = 5_000_000;
const FIRST_TALKER = 8_000_000;

export async function openFloor(plan: FloorPlan): Promise<Floor> {
  run(["up", "--without", "controller", "redis"]);
  const [switchConfig] = loadConfig().switches;
  if (!switchConfig) throw new Error("no switch: `ringwright up` started none");
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), "ringwright-bench-"));
  const people = (name: string, manners: Manners): Promise<SipPeople> =>
    startPeople({ folder: join(folder, name), manners, signal });
  const callees = await people("people", plan);
  const phones = await people("desks", { ringMs: 0, talkMs: undefined });
  const { talkers: talkersPlan } = plan;
  const talkers = talkersPlan && await people("talkers", { ...plan, ...talkersPlan });
  await prepareSwitch(switchConfig, {
    people: callees.port, desks: phones.port, ...talkers && { talkers: talkers.port },
  });
  const agentLegs = await seatAgents(switchConfig, plan.agents, signal);
  const database = await createTestDatabase();
  const { settings, callsPerSecond, leads } = plan;
  const shared = { settings, callsPerSecond };
  await addCampaign(database, {
    ...shared, id: 1, name: "bench", trunk: "people", port: callees.port, leads,
    firstNumber: FIRST_PERSON,
  });
  if (talkers && talkersPlan) {
    await addCampaign(database, {
      ...shared, id: 2, name: "talkers", trunk: "talkers", port: talkers.port,
      leads: talkersPlan.leads, firstNumber: FIRST_TALKER,
    });
  }
  await addAgents(database, agentLegs);
  // As after an import. An empty table that is analyzed is planned for as one that stays empty.
  await database.query("analyze leads, campaign_leads, agents");
  const parts = { databaseUrl: database.url, switchConfig, agents: plan.agents };
  return {
    database, switchConfig, agentLegs, callees, signal,
    numberOf: (index) => `+1201${FIRST_PERSON + index}`,
    controller: (pacerFor, watch) => startController(parts, pacerFor, watch),
    async close() {
      // Its legs end with the phones.
      await Promise.all([phones.stop(), callees.stop(), talkers?.stop()]);
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
      run(["down"]);
    },
  };
}
