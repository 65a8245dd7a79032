/**
 * Owns the second local Asterisk of tests that need two: from the same program or root folder as
 * the stack's, with a folder, ports and passwords of its own. One that a killed test left behind
 * is ended by the next start, and by the end of the suites.
 */
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { readLocalSwitch, startAsterisk, stopAsterisk } from "../../stack/asterisk.ts";
import { secretsIn } from "../../stack/secrets.ts";
import { switchAt, type TestSwitch } from "./switches.ts";

const folderIn = (varDir: string): string => join(varDir, "second-switch");

/** Up and answering; it records into the same folder as the first. */
export async function startSecondSwitch(config: Config): Promise<TestSwitch> {
  await stopSecondSwitch(config.varDir);
  const varDir = folderIn(config.varDir);
  const start = {
    varDir, secrets: secretsIn(varDir), signal: new AbortController().signal,
    note: () => undefined,
  };
  const { asteriskUrl, asteriskAmiUrl } = await startAsterisk(start, {
    name: "asterisk-2", recordings: config.recordingsDir, ariApp: config.ariApp,
    accounts: () => Promise.resolve({ trunks: [], phones: [] }),
  });
  const local = readLocalSwitch(varDir);
  if (!local || !asteriskUrl || !asteriskAmiUrl) throw new Error("the second switch has no address");
  return switchAt({ varDir, local, ariUrl: asteriskUrl, amiUrl: asteriskAmiUrl });
}

/** False when there was none. */
export const stopSecondSwitch = (varDir: string): Promise<boolean> =>
  stopAsterisk(folderIn(varDir));
