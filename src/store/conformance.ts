/**
 * Owns what every store must do, whatever it is made of. Postgres and the simulated store run the
 * same suite; a difference is a bug in one of them, or a line for the contract in store.ts.
 */
import { agents, changes, figures, pacing } from "./conformance/floor.ts";
import { oldEpochs, records } from "./conformance/facts.ts";
import { intents, leads } from "./conformance/leads.ts";
import type { StoreUnderTest } from "./conformance/run.ts";
import { seats, shares, work } from "./conformance/seats.ts";

export type { StoreUnderTest } from "./conformance/run.ts";

/** Runs the suite against the stores that `open` makes, a fresh one for each test. */
export function storeConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => { under = await open(); });
    afterEach(() => under.close());

    describe("seats", () => { seats(() => under); });
    describe("work", () => { work(() => under); });
    describe("shares of trunks", () => { shares(() => under); });
    describe("leads", () => { leads(() => under); });
    describe("intents", () => { intents(() => under); });
    describe("facts and outcomes", () => { records(() => under); });
    describe("old epochs", () => { oldEpochs(() => under); });
    describe("figures", () => { figures(() => under); });
    describe("agents", () => { agents(() => under); });
    describe("the memory of pacing", () => { pacing(() => under); });
    describe("changes", () => { changes(() => under); });
  });
}
