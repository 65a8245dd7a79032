/** Owns reading from the database what the switch's configuration is rendered from. */
import { administer } from "../store/postgres/administration.ts";
import { createStore } from "../store/postgres/store.ts";
import type { SwitchAccounts } from "./asterisk.ts";

/** Nothing without a database: a switch can be started before there is one. */
export async function accountsIn(databaseUrl: string | undefined): Promise<SwitchAccounts> {
  if (databaseUrl === undefined) return { trunks: [], phones: [] };
  const store = createStore(databaseUrl);
  try {
    const trunks = await store.trunks();
    const { secrets, phones } = await administer(databaseUrl, async (desk) => ({
      secrets: await desk.trunks.secrets(), phones: await desk.agents.phones(),
    }));
    return {
      phones, trunks: trunks.map((each) => ({ ...each, password: secrets.get(each.name) })),
    };
  } finally {
    await store.close();
  }
}
