/**
 * Owns a deployment to try as its user runs it: one or two real Asterisks, controllers that are
 * processes of their own (`ringwright serve`), a public played by SIPp, and agents at real phones
 * who act by ear. Any part can be hurt by a signal. What happened is told by three who know nothing
 * of each other: SIPp's record, the agents' own notes, and the database.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { loadConfig, projectDir, type Config } from "../../config.ts";
import type { PhoneName, TrunkName } from "../../ids.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import { readCatalogue, tonesIn } from "../../prompts/catalogue.ts";
import { seededRandom } from "../../random.ts";
import { writeWav } from "../../recording/wav.ts";
import { waitUntil } from "../../stack/patience.ts";
import { loopback } from "../../stack/ports.ts";
import { accountsIn } from "../../stack/switch-accounts.ts";
import { administer } from "../../store/postgres/administration.ts";
import { createTestDatabase, type TestDatabase } from "../../store/postgres/test-database.ts";
import { failuresOf, judge, type ChaosReport, type Kill }
  from "../chaos/judge.ts";
import { DemoAgent } from "../demo/agent.ts";
import { startChild, type Child } from "../demo/child.ts";
import type { Person } from "../demo/people.ts";
import { startPublic, type Public } from "../demo/public.ts";
import { attemptRows, type RecordedAttempt } from "../demo/records.ts";
import { toneListener } from "../demo/tones.ts";
import { agentSpeech, lineRate } from "../demo/voices.ts";
import { campaignSettings, onceOnly } from "../floor-plan.ts";
import { startSecondSwitch, stopSecondSwitch } from "./second-switch.ts";
import { stackSwitch, type TestSwitch } from "./switches.ts";

const pin = "4711";
const password = "a-phone-of-a-test";
const trunk = "public" as TrunkName;
const campaign = "deployed";
/** Longer than any test; a phone whose voice ends hangs up. */
const voiceMs = 300_000;
/** A voice asks for the PIN for three seconds. */
const recallMs = 6_000;

export interface DeploymentOrder {
  /** Agents at the phones of each switch; the length says how many switches there are. */
  readonly agents: readonly [number] | readonly [number, number];
  /** Everybody on the list. */
  readonly people: readonly Person[];
  readonly settings?: Partial<CampaignSettings>;
}

interface Parts {
  readonly config: Config;
  readonly folder: string;
  readonly database: TestDatabase;
  readonly callees: Public;
  readonly switches: readonly TestSwitch[];
}

/** A controller's process. */
export interface Served extends Child {
  /** When each line with `words` was logged, milliseconds since 1970. */
  said(words: string): readonly number[];
}

export class Deployment {
  readonly #parts: Parts;
  readonly #agents = new Map<string, DemoAgent>();
  readonly #controllers: Served[] = [];
  #recalledAt = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Everything but the controllers, and nobody logged in yet. */
  static async open({ agents, people, settings }: DeploymentOrder): Promise<Deployment> {
    const config = loadConfig();
    const folder = mkdtempSync(join(tmpdir(), "ringwright-deployment-"));
    const { signal } = new AbortController();
    const deployment = new Deployment({
      config, folder, database: await createTestDatabase(),
      callees: await startPublic({ folder: join(folder, "public"), people, signal }),
      switches: [stackSwitch(),
        ...agents.length === 2 ? [await startSecondSwitch(config)] : []],
    });
    await deployment.#furnish(agents, people, settings ?? {});
    return deployment;
  }

  /** `asterisk-1` is the stack's own, `asterisk-2` the second. */
  switch(name: "asterisk-1" | "asterisk-2"): TestSwitch {
    const found = this.#parts.switches[name === "asterisk-1" ? 0 : 1];
    if (!found) throw new Error(`${name} is not part of this deployment`);
    return found;
  }

  /** Ends all that was started, also what hangs. */
  async close(): Promise<void> {
    const { callees, config, database, folder, switches: [first] } = this.#parts;
    await Promise.all(this.#controllers.map((each) => each.stop()));
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()));
    await callees.child.stop();
    await stopSecondSwitch(config.varDir);
    await first?.furnish({ trunks: [], phones: [] });
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }

  // The controllers.

  /** Starts one, and resolves when it serves, or stands by because others have all switches. */
  async serve(name: string): Promise<Served> {
    const { config, database, folder, switches } = this.#parts;
    const child = startChild({
      name, program: join(projectDir, "bin", "ringwright"), words: ["serve"], cwd: projectDir,
      log: join(folder, `${name}.log`), politeMs: 15_000,
      env: {
        DATABASE_URL: database.url, REDIS_URL: config.redisUrl ?? "",
        ASTERISK_URL: switches.map(({ ariUrl }) => ariUrl).join(","),
        ASTERISK_AMI_URL: switches.map(({ amiUrl }) => amiUrl).join(","),
        RINGWRIGHT_VAR: folder, RINGWRIGHT_RECORDINGS: config.recordingsDir,
        RINGWRIGHT_ARI_APP: config.ariApp, RINGWRIGHT_CONTROLLER: name,
        LOG_LEVEL: "info", LOG_NUMBERS: "full",
      },
    });
    const served: Served = { ...child, said: (words) => timesOf(child.log, words) };
    this.#controllers.push(served);
    await this.until(`${name} serves`, () =>
      served.said(" serving controller=").length + served.said(" standing-by").length > 0);
    return served;
  }

  // The agents.

  /** Names of the phones at a switch. */
  phonesAt(name: string): readonly string[] {
    return [...this.#agents.keys()].filter((phone) => phone.startsWith(`${name}-`));
  }

  /** Resolves when all of them are ready. */
  async logIn(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.logIn()));
    await this.agentsAre(["ready"], [...this.#agents.keys()]);
  }

  /**
   * Agents whom the product took for gone come back, as people do who see that nothing comes; now
   * and then, since a log-in takes its time.
   */
  async recall(): Promise<void> {
    if (systemClock.now() < this.#recalledAt + recallMs) return;
    this.#recalledAt = systemClock.now();
    const states = await this.#states();
    await Promise.all([...this.#agents].map(([phone, agent]) => agent.recall(states.get(phone))));
  }

  async agentsAre(wanted: readonly string[], phones: readonly string[]): Promise<void> {
    let states = new Map<string, string | null>();
    await this.until(() => `${phones.map((each) => `${each}: ${states.get(each)}`).join(", ")
    }; wanted: ${wanted.join(" or ")}`, async () => {
      states = await this.#states();
      return phones.every((phone) => wanted.includes(states.get(phone) ?? ""));
    }, 40_000);
  }

  async #states(): Promise<Map<string, string | null>> {
    const all = await administer(this.#parts.database.url, (desk) => desk.agents.list());
    return new Map(all.map(({ phone, state }) => [phone, state]));
  }

  // The campaign.

  move(how: "start" | "stop"): Promise<unknown> {
    return administer(this.#parts.database.url, (desk) => desk.campaigns.move(campaign, how));
  }

  async attempts(): Promise<readonly RecordedAttempt[]> {
    return await this.#parts.database.query(attemptRows, [campaign]) as unknown as
      RecordedAttempt[];
  }

  /** Resolves when the campaign has come to its end. */
  finished(ms = 60_000): Promise<void> {
    return this.until("the campaign's end", async () => {
      const [row] = await this.#parts.database.query(
        "select state from campaigns where name = $1", [campaign]);
      return row?.["state"] === "finished";
    }, ms);
  }

  /** What the three records say together, of what was done until now. */
  async report(kills: readonly Kill[], stoppedAt: number): Promise<
    ChaosReport & { readonly failures: readonly string[] }
  > {
    const report = judge({
      kills, stoppedAt, calls: this.#parts.callees.truth(), attempts: await this.attempts(),
      hangUps: new Map([...this.#agents].map(([phone, { tally }]) => [phone, tally.hangUps])),
    });
    return { ...report, failures: failuresOf(report) };
  }

  get callees(): Public { return this.#parts.callees; }

  async until(
    what: string | (() => string), look: () => boolean | Promise<boolean>, ms = 30_000,
  ): Promise<void> {
    const seen = await waitUntil(async () => await look() || undefined, { deadlineMs: ms });
    if (seen !== true) {
      const said = typeof what === "string" ? what : what();
      const logs = this.#controllers.map(({ name, log }) =>
        `\n--- ${name}\n${readFileSync(log, "utf8").split("\n").slice(-12).join("\n")}`);
      throw new Error(`not seen within ${ms} ms: ${said}${logs.join("")}`);
    }
  }

  // Below: how it is put together.

  async #furnish(
    agents: readonly number[], people: readonly Person[], settings: Partial<CampaignSettings>,
  ): Promise<void> {
    const { callees, database, switches } = this.#parts;
    const phones = agents.map((count, i) => Array.from({ length: count },
      (_, n) => `asterisk-${i + 1}-phone-${n + 1}` as PhoneName));
    await database.query(`
      with list as (insert into dial_lists (name) values ($1) returning id)
      insert into leads (list_id, phone) select id, unnest($2::text[]) from list`,
    [campaign, people.map(({ number }) => number)]);
    await administer(database.url, async (desk) => {
      await desk.trunks.add({
        name: trunk, host: loopback, port: callees.port, transport: "udp", username: undefined,
        password: undefined, codecs: ["alaw"], channelsMax: 50, callsPerSecond: 50, prefix: "",
      });
      for (const phone of phones.flat()) {
        await desk.agents.add({
          name: phone, phone, language: "en", pin, sipPassword: password, campaigns: [],
        });
      }
      await desk.campaigns.create({
        ...campaignSettings, name: campaign, lists: [campaign], trunks: [trunk], record: false,
        announce: ["tone"], ringMs: 15_000, retry: onceOnly, ...settings,
      });
    });
    const accounts = await accountsIn(database.url);
    for (const [i, each] of switches.entries()) {
      await each.furnish({ trunks: accounts.trunks,
        phones: accounts.phones.filter(({ phone }) => phones[i]?.includes(phone)) });
    }
    this.#seat(phones);
  }

  #seat(phones: readonly (readonly string[])[]): void {
    const { folder, switches } = this.#parts;
    const voice = join(folder, "agent-voice.wav");
    writeFileSync(voice, writeWav(agentSpeech(voiceMs), lineRate));
    const tones = tonesIn(
      readCatalogue(readFileSync(join(projectDir, "sounds", "prompts.yaml"), "utf8")));
    for (const [i, each] of switches.entries()) {
      for (const name of phones[i] ?? []) {
        this.#agents.set(name, new DemoAgent({
          mode: "off-hook", pin, random: seededRandom(i).fork(name), patient: true,
          phone: {
            name, password, sipPort: each.local.input.ports.sip, voice,
            folder: join(folder, `${name}-${randomUUID().slice(0, 8)}`),
            signal: new AbortController().signal, tones: () => toneListener(tones),
          },
        }));
      }
    }
  }
}

/** Each line of the log begins with its time. */
const timesOf = (log: string, words: string): readonly number[] =>
  readFileSync(log, "utf8").split("\n").filter((line) => line.includes(words))
    .map((line) => Date.parse(line.slice(0, line.indexOf(" "))));
