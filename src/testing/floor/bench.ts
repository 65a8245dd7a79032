/**
 * Owns a floor to try the engine on: the production controller on the real Asterisk and the real
 * databases of the local stack, a public played by SIPp, one person of the public at a real phone
 * whose ears we have, and agents at real phones. Each test brings its own campaign.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { loadConfig, type Config } from "../../config.ts";
import type { ControllerId, DialNumber, PhoneName, TrunkName } from "../../ids.ts";
import { Controller } from "../../engine/controller.ts";
import { discardFrom } from "../../engine/person-files.ts";
import { gatedStore } from "../../engine/gated-store.ts";
import { loadRulebook } from "../../engine/pack-files.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import type { Log } from "../../log.ts";
import { pacerFor } from "../../pacing/pacers.ts";
import { powerPacer } from "../../pacing/power.ts";
import { inspectRecording } from "../../recording/inspect.ts";
import { writeWav } from "../../recording/wav.ts";
import { readLocalSwitch, writeSwitchConfig, type LocalSwitch } from "../../stack/asterisk.ts";
import { waitUntil } from "../../stack/patience.ts";
import { loopback } from "../../stack/ports.ts";
import { accountsIn } from "../../stack/switch-accounts.ts";
import { administer } from "../../store/postgres/administration.ts";
import { compliance } from "../../store/postgres/compliance.ts";
import { openDatabase, type Database } from "../../store/postgres/database.ts";
import { createStore } from "../../store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../../store/postgres/test-database.ts";
import type { Store } from "../../store/store.ts";
import { AsteriskPbx } from "../../telephony/asterisk/asterisk-pbx.ts";
import { reloadModules } from "../../telephony/asterisk/reload.ts";
import { moduleOfFile } from "../../telephony/asterisk/render.ts";
import type { Person } from "../demo/people.ts";
import { Phone } from "../demo/phone.ts";
import { startPublic, type Public } from "../demo/public.ts";
import { agentSpeech, joinSamples, lineRate, silence, sine } from "../demo/voices.ts";
import { campaignSettings, onceOnly } from "../floor-plan.ts";
import type { Told } from "./told.ts";

/** Trunks: to SIPp, to the one phone of the public, and to one that says again what it hears. */
export const toPublic = "public";
export const toPerson = "person";
export const toEcho = "echo";
/** The number of the person at the phone; of the range kept for fiction. */
export const personNumber = "+12015550150" as DialNumber;
export const echoNumber = "+12015550151" as DialNumber;
/** What each speaks into a call: a tone of its own, by which the others' ears know it. */
export const voiceHz = { agent: 450, person: 700, supervisor: 1_000 } as const;

/** How long the person says hello, and then waits for an answer before saying it again. */
export const helloMs = 1_500;
/** Longer than any test; a phone whose voice ends hangs up. */
const voiceMs = 300_000;
const pin = "4711";
const password = "a-phone-of-a-test";

interface Parts {
  readonly config: Config;
  readonly local: LocalSwitch;
  readonly folder: string;
  readonly database: TestDatabase;
  readonly callees: Public;
  readonly rulebook: Awaited<ReturnType<typeof loadRulebook>>;
}

export class Floor {
  readonly errors: string[] = [];
  readonly #parts: Parts;
  readonly #phones: Phone[] = [];
  #store: Store;
  #facts: Database | undefined;
  #controller: Controller;
  #pbx: AsteriskPbx;
  #campaigns = 0;
  #person: Phone | undefined;
  #echo: Phone | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#store = this.#newStore();
    this.#pbx = this.#newPbx();
    this.#controller = this.#newController();
  }

  /** `agents` are names of phones; each is an agent with the same PIN. */
  static async open(people: readonly Person[], agents: readonly string[]): Promise<Floor> {
    const config = loadConfig();
    const local = readLocalSwitch(config.varDir);
    if (!local) throw new Error("no local Asterisk: run `ringwright up` first");
    const folder = mkdtempSync(join(tmpdir(), "ringwright-floor-"));
    const { signal } = new AbortController();
    const floor = new Floor({
      config, local, folder, database: await createTestDatabase(),
      callees: await startPublic({ folder: join(folder, "public"), people, signal }),
      rulebook: await loadRulebook(),
    });
    // A switch that asks a trunk when nobody is there yet asks again in a while only.
    await floor.#furnish(agents, await floor.#startPublicPhones());
    await floor.#controller.start();
    return floor;
  }

  get callees(): Public { return this.#parts.callees; }
  get pbx(): AsteriskPbx { return this.#pbx; }
  get recordings(): string { return this.#parts.config.recordingsDir; }
  get pin(): string { return pin; }

  async close(): Promise<void> {
    await this.#controller.stop();
    await this.#closeStore();
    for (const phone of this.#phones) await phone.stop();
    const { callees, database, folder, local } = this.#parts;
    await callees.child.stop();
    await database.drop();
    writeSwitchConfig(local, { trunks: [], phones: [] });
    await this.#reload();
    rmSync(folder, { recursive: true, force: true });
  }

  /** The controller dies: no word to store or switch, its connections are cut. */
  async killController(): Promise<void> {
    this.#controller.kill();
    await this.#controller.disconnect();
    await this.#closeStore();
  }

  /** Another one is started in its place; it has the campaigns when the old leases run out. */
  async startController(): Promise<void> {
    this.#store = this.#newStore();
    this.#pbx = this.#newPbx();
    this.#controller = this.#newController();
    await this.#controller.start();
  }

  /** Resolves when `look` finds something; throws, naming it, when it never does. */
  async until<T>(what: string, look: () => Promise<T | undefined>, ms = 15_000): Promise<T> {
    const found = await waitUntil(look, { deadlineMs: ms });
    if (found === undefined) throw new Error(`not seen within ${ms} ms: ${what}`);
    return found;
  }

  // The people.

  /** An agent's phone, registered and silent until told otherwise. */
  phone(name: string, autoAnswer = false): Promise<Phone> {
    const hz = name === "supervisor" ? voiceHz.supervisor : voiceHz.agent;
    return this.#startPhone(name, sine({ hz, ms: voiceMs, level: 0.2 }), { autoAnswer });
  }

  /** The phone of `personNumber`, which is to be answered: says hello, listens, and so on. */
  get person(): Phone { return started(this.#person); }
  /** The phone of `echoNumber`, which is to be answered. */
  get echo(): Phone { return started(this.#echo); }

  /** An agent's phone whose user reads aloud, so that one moment sounds unlike another. */
  reader(name: string): Promise<Phone> {
    return this.#startPhone(name, agentSpeech(60_000), {});
  }

  async logIn(phone: Phone, mode: "off-hook" | "on-hook" = "off-hook"): Promise<void> {
    await phone.dial(mode === "off-hook" ? "*11" : "*12");
    await this.sayPin(phone);
    await this.agentIs(phone.name, "ready");
  }

  /** Dials a code and waits until the switch has said its word and hung up. */
  async dialCode(phone: Phone, code: string): Promise<void> {
    await phone.dial(code);
    await this.until(`the end of ${code}`, async () => !phone.inCall || undefined);
  }

  /** Keys that come before the switch asks for them are lost, so we wait for the visit. */
  async sayPin(phone: Phone, digits = pin): Promise<void> {
    await this.until(`${phone.name} is asked for its PIN`, async () =>
      (await this.#snapshotOf(phone.name))?.visits.some(({ doing }) => doing === "pin") || undefined);
    const checks = await this.#pinChecks(phone.name);
    await phone.press(`${digits}#`);
    await this.until("the PIN is taken", async () =>
      await this.#pinChecks(phone.name) > checks || undefined);
  }

  /** Resolves when the store has the agent in this state. */
  agentIs(phone: string, state: string, ms?: number): Promise<true> {
    return this.until(`${phone} is ${state}`, async () => {
      const all = await administer(this.#url, (desk) => desk.agents.list());
      return all.find((each) => each.phone === phone)?.state === state || undefined;
    }, ms);
  }

  async agentFacts(phone: string): Promise<readonly { type: string; data: unknown }[]> {
    return await this.#query(`
      select f.type, f.data from agent_facts f join agents a on a.id = f.agent_id
      where a.phone = $1 order by f.at, f.seq`, [phone]) as unknown as { type: string; data: unknown }[];
  }

  // The campaigns.

  /** Starts a campaign of its own for `numbers`, and returns its name. */
  async campaign(settings: Partial<CampaignSettings>, ...numbers: string[]): Promise<string> {
    const name = `campaign-${++this.#campaigns}`;
    await this.#query(`
      with list as (insert into dial_lists (name) values ($1) returning id)
      insert into leads (list_id, phone) select id, unnest($2::text[]) from list`, [name, numbers]);
    await administer(this.#url, async ({ campaigns }) => {
      await campaigns.create({
        ...campaignSettings, name, lists: [name], trunks: [toPublic], announce: ["tone"],
        retry: onceOnly, ...settings,
      });
      await campaigns.move(name, "start");
    });
    return name;
  }

  /** Everything stored of a campaign's attempts. */
  async told(campaign: string): Promise<readonly Told[]> {
    return await this.#query(`
      select a.id as attempt, a.number, a.outcome, a.reason, a.spent, a.disposition,
        coalesce((select json_agg(json_build_object(
          'type', f.type, 'at', (extract(epoch from f.at) * 1000)::float8, 'data', f.data)
          order by f.seq) from call_facts f where f.attempt = a.id), '[]') as facts
      from attempts a join campaigns c on c.id = a.campaign_id
      where c.name = $1 order by a.placed_at`, [campaign]) as unknown as Told[];
  }

  async recordingsOf(attempt: string): Promise<readonly { file: string; state: string }[]> {
    return await this.#query("select file, state from recordings where attempt = $1 order by leg",
      [attempt]) as unknown as { file: string; state: string }[];
  }

  async evidenceOf(number: string): Promise<readonly object[]> {
    return await this.#query("select quality, source, what from number_evidence where phone = $1",
      [number]);
  }

  /** Of the first lead of a campaign. */
  async leadState(campaign: string): Promise<unknown> {
    const [row] = await this.#query(`
      select l.state from campaign_leads l join campaigns c on c.id = l.campaign_id
      where c.name = $1`, [campaign]);
    return row?.["state"];
  }

  /** Resolves with the attempt when `fact` was stored of the first. */
  fact(campaign: string, fact: string, ms?: number): Promise<Told> {
    return this.until(`${fact} in ${campaign}`, async () => (await this.told(campaign))
      .find((each) => each.facts.some(({ type }) => type === fact)), ms);
  }

  /** Resolves with the attempts when there are `count`, each with its outcome and its leg gone. */
  async over(campaign: string, count = 1, ms = 30_000): Promise<readonly Told[]> {
    return this.until(`${count} attempts of ${campaign} are over`, async () => {
      const all = await this.told(campaign);
      const done = all.filter(({ outcome, facts }) =>
        outcome !== null && facts.some(({ type }) => type === "leg-ended"));
      return done.length >= count ? all : undefined;
    }, ms);
  }

  // Below: how it is put together.

  get #url(): string { return this.#parts.database.url; }

  #query(sql: string, values: readonly unknown[]) {
    return this.#parts.database.query(sql, values);
  }

  async #snapshotOf(phone: string): Promise<{ visits: readonly { doing: string }[] } | undefined> {
    const [row] = await this.#query(`
      select s.snapshot from agent_states s join agents a on a.id = s.agent_id
      where a.phone = $1`, [phone]);
    return row?.["snapshot"] as { visits: readonly { doing: string }[] } | undefined;
  }

  async #pinChecks(phone: string): Promise<number> {
    const facts = await this.agentFacts(phone);
    return facts.filter(({ type, data }) =>
      type === "visit-moved" && (data as { doing?: string }).doing === "checking").length;
  }

  async #furnish(
    agents: readonly string[], { person, echo }: { person: Phone; echo: Phone },
  ): Promise<void> {
    const { callees, local } = this.#parts;
    await administer(this.#url, async (desk) => {
      const trunks =
        [[toPublic, callees.port], [toPerson, person.port], [toEcho, echo.port]] as const;
      for (const [name, port] of trunks) {
        await desk.trunks.add({
          name: name as TrunkName, host: loopback, port, transport: "udp", username: undefined,
          password: undefined, codecs: ["alaw"], channelsMax: 50, callsPerSecond: 50, prefix: "",
        });
      }
      for (const name of agents) {
        await desk.agents.add({
          name, phone: name as PhoneName, language: "en", pin, sipPassword: password,
          campaigns: [],
        });
      }
    });
    // A phone answers OPTIONS without a user by 404. An older switch takes that for health too.
    const input = { ...local.input, version: "22.1.0" };
    writeSwitchConfig({ ...local, input }, await accountsIn(this.#url));
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const [first] = this.#parts.config.switches;
    if (!first) throw new Error("no switch is configured");
    const account = { url: first.ariUrl, user: first.ariUser, password: first.ariPassword };
    await reloadModules(account, [...moduleOfFile.values()], systemClock);
  }

  async #startPublicPhones(): Promise<{ person: Phone; echo: Phone }> {
    const hello = sine({ hz: voiceHz.person, ms: helloMs, level: 0.2 });
    const round = joinSamples([hello, silence(helloMs)]);
    const rounds = Array.from({ length: voiceMs / (2 * helloMs) }, () => round);
    const person = await this.#startPhone(personNumber, joinSamples(rounds), { ofPublic: true });
    const echo = await this.#startPhone(echoNumber, "echo", { ofPublic: true });
    this.#person = person;
    this.#echo = echo;
    return { person, echo };
  }

  async #startPhone(
    name: string, speech: Int16Array | "echo",
    { autoAnswer = false, ofPublic = false }: { autoAnswer?: boolean; ofPublic?: boolean },
  ): Promise<Phone> {
    const folder = join(this.#parts.folder, `${name}-${randomUUID().slice(0, 8)}`);
    const voice = speech === "echo" ? speech : `${folder}.wav`;
    if (speech !== "echo") writeFileSync(voice, writeWav(speech, lineRate));
    const phone = await Phone.start({
      name, password, sipPort: this.#parts.local.input.ports.sip, autoAnswer, ofPublic, folder,
      voice, signal: new AbortController().signal, tones: () => () => [],
    }, () => undefined);
    this.#phones.push(phone);
    return phone;
  }

  /** Behind the gate as in production: it also says which calls may be recorded. */
  #newStore(): Store {
    const { database, rulebook } = this.#parts;
    this.#facts = openDatabase(database.url);
    return gatedStore({
      store: createStore(database.url), compliance: compliance(this.#facts), clock: systemClock,
      rulebook,
    });
  }

  async #closeStore(): Promise<void> {
    await this.#store.close();
    await this.#facts?.close();
  }

  #newPbx(): AsteriskPbx {
    const { config } = this.#parts;
    const [first] = config.switches;
    if (!first) throw new Error("no switch is configured");
    return new AsteriskPbx({
      name: first.name, app: config.ariApp, clock: systemClock,
      ari: { url: first.ariUrl, user: first.ariUser, password: first.ariPassword },
      ami: {
        host: first.amiHost, port: first.amiPort, user: first.amiUser, secret: first.amiSecret,
      },
      recordings: { here: config.recordingsDir, onSwitch: config.switchRecordingsDir },
    });
  }

  #newController(): Controller {
    const { config } = this.#parts;
    const log: Log = { line: (level, event, fields) => {
      if (level === "error") this.errors.push(`${event} ${JSON.stringify(fields)}`);
    } };
    return new Controller({
      id: `floor/${randomUUID()}` as ControllerId, clock: systemClock, store: this.#store,
      switches: [this.#pbx], log, newId: randomUUID,
      board: { publish: () => Promise.resolve(true) },
      measure: async (file) => {
        const path = join(config.recordingsDir, file);
        const found = await inspectRecording(path);
        return found.kind === "sound"
          ? { durationMs: found.durationMs, bytes: (await stat(path)).size } : undefined;
      },
      discard: discardFrom(config.recordingsDir),
      // Without a governor, so that a test may have more people answer than there are agents.
      pacerFor: ({ mode }) =>
        mode.kind === "power" ? powerPacer(mode.linesPerAgent) : pacerFor(mode),
      onFatal: (error) => { this.errors.push(String(error)); },
    });
  }
}

function started(phone: Phone | undefined): Phone {
  if (!phone) throw new Error("the floor is not open");
  return phone;
}
