import { expect } from "chai";
import { instant, plus, type Instant } from "../../clock.ts";
import type { AttemptId, CampaignId, ControllerId, Epoch } from "../../ids.ts";
import type { PacingRecord } from "../pacing-record.ts";
import { openKnex } from "./knex.ts";
import { decisionOf } from "./pacing-memory.ts";
import { createStore } from "./store.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

const noon = instant(Date.UTC(2026, 0, 5, 12));
const attempt = "00000000-0000-4000-8000-000000000001" as AttemptId;
const decision: PacingRecord = {
  at: noon, pacer: "predictive", why: "agents-free", dials: 2, placed: 1, agents: 5, ready: 1,
  lines: 3, waiting: 0, answered: 100, abandoned: 2, abandonRateMax: 0.03,
  forecast: { inMs: 9_000, agentsFree: 1.5, answers: 1.25, risk: 0.01, riskMax: 0.05 },
};

describe("decisions of pacing", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
    await database.query(`
      insert into campaigns (name, settings, state) values ('a', '{}', 'running')`);
    await database.query(`
      with list as (insert into dial_lists (name) values ('l') returning id),
      person as (insert into leads (list_id, phone) select id, '+4930123456' from list returning id),
      trunk as (insert into trunks (name, host, port, transport, codecs, channels_max,
        calls_per_second) values ('t', '127.0.0.1', 5060, 'udp', '{alaw}', 10, 5) returning id)
      insert into attempts (id, campaign_id, lead_id, number, trunk_id, pbx, epoch, placed_at)
      select $1, 1, person.id, '+4930123456', trunk.id, 'virtual', 1, $2 from person, trunk`,
    [attempt, new Date(noon)]);
  });
  after(() => database.drop());

  async function save(decisions: readonly PacingRecord[], forgetBefore: Instant): Promise<void> {
    const store = createStore(database.url);
    const { held: [seat] } = await store.takeSeats({
      controller: "one" as ControllerId, switches: ["virtual"], usable: [], leaseMs: 60_000,
    });
    await store.savePacing({
      campaign: 1 as CampaignId, epoch: seat?.epoch ?? 0 as Epoch, decisions, forgetBefore,
    });
    await store.close();
  }

  async function found(): Promise<unknown> {
    const sql = openKnex(database.url);
    try {
      return await decisionOf(sql, attempt);
    } finally {
      await sql.destroy();
    }
  }

  it("are none for an attempt from before them", async () => {
    expect(await found()).to.equal(undefined);
  });

  it("are found by the attempt they dialed", async () => {
    const { forecast: _, ...bare } = decision;
    await save([decision, { ...bare, at: plus(noon, 10) }], plus(noon, -1));
    expect(await found()).to.deep.equal({ campaign: 1, ...decision });
  });

  it("are forgotten when they are old, and the younger ones are not", async () => {
    await save([], plus(noon, 1));
    expect(await found()).to.equal(undefined);
    expect(await database.query("select lines, risk from pacing_decisions"))
      .to.deep.equal([{ lines: 3, risk: null }]);
  });
});
