import { expect } from "chai";
import pg from "pg";
import type { ControllerId } from "../../ids.ts";
import { waitUntil } from "../../stack/patience.ts";
import { createStore } from "./store.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

describe("what is news to a controller", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  /** The tables that `act` made news of, in order; a change of a trunk ends the count. */
  async function newsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
    const told: string[] = [];
    const client = new pg.Client({ connectionString: database.url });
    client.on("notification", ({ payload = "" }) => { told.push(payload); });
    await client.connect();
    try {
      await client.query("listen ringwright_changed");
      await act();
      await database.query("update trunks set enabled = enabled");
      await waitUntil(() => Promise.resolve(told.includes("trunks") || undefined),
        { deadlineMs: 5_000 });
      return told.slice(0, -1);
    } finally {
      await client.end();
    }
  }

  it("is a seat that changes hands, and no renewal of one", async () => {
    const store = createStore(database.url);
    const take = () => store.takeSeats({
      controller: "one" as ControllerId, switches: ["local"], usable: [], leaseMs: 60_000,
    });
    try {
      expect(await newsOf(take)).to.deep.equal(["seats"]);
      // Each look of a controller renews its seats: were that news, it would look without an end.
      expect(await newsOf(async () => { await take(); await take(); })).to.deep.equal([]);
      expect(await newsOf(() => store.releaseSeats("one" as ControllerId)))
        .to.deep.equal(["seats"]);
    } finally {
      await store.close();
    }
  });
});
