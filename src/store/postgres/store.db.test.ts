import { sipDigest } from "../../telephony/asterisk/render.ts";
import { hashPin } from "../pin.ts";
import { storeConformance, type StoreUnderTest } from "../conformance.ts";
import type { AgentId, CampaignId, PhoneName, TrunkId } from "../../ids.ts";
import { createStore } from "./store.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

describe("the Postgres store", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  async function open(): Promise<StoreUnderTest> {
    await database.query(`
      truncate campaigns, dial_lists, trunks, agents, attempts, seats, controllers restart identity cascade`);
    const store = createStore(database.url);
    const idOf = async (sql: string, values: readonly unknown[]) =>
      (await database.query(sql, values))[0]?.["id"] as number;
    return {
      store,
      async addCampaign({ state, numbers }) {
        const campaign = await idOf(
          `insert into campaigns (name, settings, state)
           values (gen_random_uuid()::text, '{}', $1) returning id`, [state],
        );
        await database.query(
          `with list as (
             insert into dial_lists (name) values (gen_random_uuid()::text) returning id
           ), added as (
             insert into leads (list_id, phone) select list.id, n.phone
             from list, unnest($1::text[]) with ordinality as n (phone, rank)
             order by n.rank returning id, phone
           )
           insert into campaign_leads (campaign_id, lead_id, rank)
           select $2, id, id from added`, [numbers, campaign],
        );
        return campaign as CampaignId;
      },
      async setState(campaign, state) {
        await database.query(`update campaigns set state = $2 where id = $1`, [campaign, state]);
      },
      addTrunk: async (name) => await idOf(
        `insert into trunks (name, host, port, transport, codecs, channels_max, calls_per_second)
         values ($1, '127.0.0.1', 5060, 'udp', '{alaw}', 10, 5) returning id`, [name],
      ) as TrunkId,
      addAgent: async ({ phone, pin }) => await idOf(
        `insert into agents (name, phone, language, pin_hash, sip_ha1)
         values ($1, $1, 'en', $2, $3) returning id`,
        [phone, await hashPin(pin), sipDigest(phone as PhoneName, "secret")],
      ) as AgentId,
      async expireSeats() {
        await database.query(`update seats set leased_until = now() - interval '1 second'`);
        await database.query("delete from controllers");
      },
      close: () => store.close(),
    };
  }

  storeConformance("Postgres", open);
});
