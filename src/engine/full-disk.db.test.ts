/**
 * A real Postgres whose disk is full: it runs, answers every question, and takes no row. The
 * controller is that of production, on the real clock; only the switch is virtual.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { plus, systemClock } from "../clock.ts";
import type { ControllerId, PhoneName } from "../ids.ts";
import { limits } from "../limits.ts";
import { progressivePacer } from "../pacing/progressive.ts";
import { seededRandom } from "../random.ts";
import { waitUntil } from "../stack/patience.ts";
import { openFactFolder, type FactFolder } from "../store/disk/fact-file.ts";
import { hashPin } from "../store/pin.ts";
import { createStore } from "../store/postgres/store.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import type { Store } from "../store/store.ts";
import { sipDigest } from "../telephony/asterisk/render.ts";
import { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";
import { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import { campaignSettings, onceOnly } from "../testing/floor-plan.ts";
import { mountSmallDisk, type SmallDisk } from "../testing/small-disk.ts";
import { Controller } from "./controller.ts";

const agents = 8;
/** A fresh database of ours has 10 MB, and this test adds less than one. */
const diskMegabytes = 32;

describe("a full disk under Postgres (needs to mount a file system: root, or sudo)", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "ringwright-full-disk-"));
  let disk: SmallDisk | undefined;
  let first: TestDatabase;
  let database: TestDatabase | undefined;
  let store: Store;
  let controller: Controller;
  let facts: FactFolder;
  let dialed = 0;
  const errors: string[] = [];
  /** What each call was told, in order, as its log has it. */
  const told = new Map<string, string[]>();

  before(async function () {
    first = await createTestDatabase();
    const [row] = await first.query("show data_directory");
    disk = mountSmallDisk(diskMegabytes, String(row?.["data_directory"]));
    if (!disk) return this.skip();
    const place = join(disk.folder, "tablespace");
    mkdirSync(place);
    await first.query(`create tablespace small_disk location '${place}'`);
    database = await createTestDatabase(undefined, "small_disk");
    await furnish(database);
    store = createStore(database.url);
    facts = openFactFolder(join(folder, "journal"), "one", () => Date.now());
    controller = newController();
  });
  after(async () => {
    disk?.free();
    if (database) {
      await controller.stop();
      await store.close();
      await database.drop();
      await first.query("drop tablespace small_disk");
    }
    await first.drop();
    disk?.unmount();
    rmSync(folder, { recursive: true });
  });

  async function furnish({ query }: TestDatabase): Promise<void> {
    const settings = {
      ...campaignSettings, purpose: "rehearsal", record: false, wrapUpMs: 1_000, retry: onceOnly,
    };
    await query(`insert into trunks (name, host, port, transport, codecs, channels_max,
      calls_per_second) values ('carrier', '127.0.0.1', 5060, 'udp', '{alaw}', 50, 50)`);
    await query(`with campaign as (
        insert into campaigns (name, state, settings) values ('full', 'running', $1) returning id
      ), list as (
        insert into dial_lists (name) values ('people') returning id
      ), added as (
        insert into leads (list_id, phone)
        select list.id, '+4930' || n from list, generate_series(1000000, 1003000) as n returning id
      )
      insert into campaign_leads (campaign_id, lead_id, rank)
      select campaign.id, added.id, added.id from campaign, added`, [JSON.stringify(settings)]);
    const pin = await hashPin("4711");
    for (let i = 1; i <= agents; i++) {
      const phone = `phone-${i}` as PhoneName;
      await query(`insert into agents (name, phone, language, pin_hash, sip_ha1)
        values ($1, $1, 'en', $2, $3)`, [phone, pin, sipDigest(phone, "secret")]);
    }
  }

  function newController(): Controller {
    const world = new VirtualSwitch({
      clock: systemClock, random: seededRandom(1),
      population: () => ({
        does: "answers", ringsAfterMs: 50, answersAfterMs: 200, greeting: undefined,
        waitsMs: 20_000, talksMs: 700,
      }),
      onlooker: (event) => {
        if (event.type === "dialed" && event.number !== undefined) dialed += 1;
      },
    });
    for (let i = 1; i <= agents; i++) arrive(world, `phone-${i}` as PhoneName);
    return new Controller({
      id: "one" as ControllerId, clock: systemClock, store, facts,
      switches: [new VirtualPbx("virtual-1", world)],
      log: { line: (level, event, { attempt }) => {
        if (level === "error") errors.push(event);
        if (typeof attempt !== "string" || event === "placed") return;
        told.set(attempt, [...told.get(attempt) ?? [], event]);
      } },
      board: { publish: () => Promise.resolve(true) },
      measure: () => Promise.resolve({ durationMs: 1, bytes: 16 }),
      discard: () => Promise.resolve(), newId: randomUUID, pacerFor: () => progressivePacer,
      onFatal: (error) => { errors.push(String(error)); },
    });
  }

  /** An agent who logs in as soon as there is a controller, and never rests. */
  function arrive(world: VirtualSwitch, phone: PhoneName): void {
    const logIn = (): void => {
      systemClock.at(plus(systemClock.now(), 500), () => { world.dial(phone, "*11"); });
    };
    world.addPhone(phone, {
      answersAfterMs: () => 100,
      hears: (leg, prompts) => {
        if (!prompts.some((each) => each.kind === "prompt" && each.name === "enter-pin")) return;
        for (const key of "4711#") world.press(leg, key);
      },
      ended: logIn,
    });
    logIn();
  }

  const until = async (what: string, look: () => Promise<boolean>, deadlineMs: number) => {
    const found = await waitUntil(async () => await look() || undefined, { deadlineMs });
    expect(found, what).to.equal(true);
  };

  it("stops the dialing, keeps every fact, and stores all of them in order when it has space",
    async () => {
      await controller.start();
      await until("calls", () => Promise.resolve(dialed > 20), 60_000);
      // Postgres makes a busy table longer by up to half a megabyte ahead of its rows, which could
      // take facts for minutes: these pages are given back first.
      await database?.query("vacuum full call_facts");
      disk?.fill();
      // What pages have room for is stored still; then nothing is.
      let since = { dialed: -1, at: 0 };
      await until("facts on our disk, and nobody dialed for three seconds", async () => {
        // Postgres gives room back now and then, which is taken as well.
        disk?.fill();
        if (dialed !== since.dialed) since = { dialed, at: Date.now() };
        return (await facts.own.read()).length > 0
          && Date.now() - since.at > limits.staleIntentMs + 1_000;
      }, 90_000);
      const before = dialed;
      const refused = await database?.query("create table more as select 1 as one")
        .then(() => "taken", (error: unknown) => (error as { code?: string }).code);
      expect(refused, "Postgres says that its disk is full").to.equal("53100");
      await until("live calls end", () => Promise.resolve(controller.liveCalls === 0), 30_000);
      expect((await facts.own.read()).length, "their facts wait").to.be.greaterThan(0);
      expect(dialed).to.equal(before);

      disk?.free();
      await until("dialing again", () => Promise.resolve(dialed > before + 10), 30_000);
      controller.drain();
      await until("all calls end", () => Promise.resolve(controller.liveCalls === 0), 60_000);
      await until("nothing waits", async () => (await facts.own.read()).length === 0, 10_000);
      const rows = async () => await database?.query(`select attempt, max(seq) as last,
        array_agg(type order by seq) as types from call_facts group by attempt`) ?? [];
      // What nobody waits for gathers for a moment before it is stored.
      await until("as many facts stored as told", async () =>
        (await rows()).reduce((sum, row) => sum + (row["last"] as number), 0)
          >= [...told.values()].flat().length, 10_000);
      const stored = await rows();
      expect(Object.fromEntries(stored.map((row) => [row["attempt"] as string, row["types"]])))
        .to.deep.equal(Object.fromEntries(told));
      for (const row of stored) expect(row["last"]).to.equal((row["types"] as unknown[]).length);
      const open = await database?.query("select id from attempts where outcome is null");
      expect(open, "attempts without an outcome").to.deep.equal([]);
      expect(errors).to.deep.equal([]);
    });
});
