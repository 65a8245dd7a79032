/** Owns telling a running switch to read its configuration again: by ARI, not by its console. */
import type { Clock } from "../../clock.ts";
import { AriClient, type AriAccount } from "./ari-client.ts";

/** Throws SwitchUnreachable, or SwitchRefused for a module that is not loaded. */
export async function reloadModules(
  account: AriAccount, modules: readonly string[], clock: Clock,
): Promise<void> {
  const nothing = (): void => undefined;
  const ari = new AriClient(account, "", clock, {
    frame: nothing, probe: () => Promise.resolve(), opened: () => Promise.resolve(), up: nothing,
    down: nothing,
  });
  try {
    for (const module of modules) {
      await ari.request({ method: "PUT", path: ["asterisk", "modules", module] });
    }
  } finally {
    await ari.close();
  }
}
