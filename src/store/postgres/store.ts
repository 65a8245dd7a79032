/** Owns the store as Postgres keeps it: one database and the parts that speak to it. */
import { systemClock, type Clock } from "../../clock.ts";
import type { Store } from "../store.ts";
import { agents } from "./agents.ts";
import { attempts } from "./attempts.ts";
import { listenForChanges } from "./changes.ts";
import { openDatabase } from "./database.ts";
import { figures } from "./figures.ts";
import { hopper } from "./hopper.ts";
import { ownership } from "./ownership.ts";
import { pacingMemory } from "./pacing-memory.ts";
import { recordings } from "./recordings.ts";
import { trunks } from "./trunks.ts";

/** Connects when first used. The database must be migrated (`ringwright db migrate`). */
export function createStore(url: string, clock: Clock = systemClock): Store {
  const database = openDatabase(url, { lookups: true });
  const listeners = new Set<{ close(): Promise<void> }>();
  return {
    ...ownership(database),
    ...trunks(database),
    ...agents(database),
    ...hopper(database),
    ...attempts(database),
    ...recordings(database),
    ...figures(database),
    ...pacingMemory(database),
    async onChange(listener) {
      const listening = await listenForChanges(url, clock, listener);
      listeners.add(listening);
      return {
        async close() {
          listeners.delete(listening);
          await listening.close();
        },
      };
    },
    async close() {
      await Promise.all([...listeners].map((each) => each.close()));
      await database.close();
    },
  };
}
