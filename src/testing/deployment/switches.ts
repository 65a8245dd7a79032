/** Owns what a test does to a local Asterisk known by its folder: accounts, hurt, return. */
import { systemClock } from "../../clock.ts";
import { loadConfig, readStackFile } from "../../config.ts";
import { asteriskAnswers } from "../../stack/ask-switch.ts";
import { asteriskDaemon, readLocalSwitch, writeSwitchConfig, type LocalSwitch, type SwitchAccounts }
  from "../../stack/asterisk.ts";
import { restartDaemon, runningPid } from "../../stack/daemon.ts";
import { waitUntil } from "../../stack/patience.ts";
import { reloadModules } from "../../telephony/asterisk/reload.ts";
import { moduleOfFile } from "../../telephony/asterisk/render.ts";

/** From its start to its first answer on a busy machine, milliseconds. */
const readyMs = 60_000;

export interface TestSwitch {
  readonly local: LocalSwitch;
  /** With user and password, as ASTERISK_URL and ASTERISK_AMI_URL want them. */
  readonly ariUrl: string;
  readonly amiUrl: string;
  /** Gives it these trunks and phones, and no others. */
  furnish(accounts: SwitchAccounts): Promise<void>;
  /** SIGSTOP, SIGCONT or SIGKILL to its process. */
  signal(name: NodeJS.Signals): void;
  /** Starts it anew after its death, at the same place; resolves when it answers. */
  revive(): Promise<void>;
}

interface Place {
  readonly varDir: string;
  readonly local: LocalSwitch;
  readonly ariUrl: string;
  readonly amiUrl: string;
}

export function switchAt({ varDir, local, ariUrl, amiUrl }: Place): TestSwitch {
  const daemon = asteriskDaemon(varDir);
  const [server] = loadConfig({ ASTERISK_URL: ariUrl, ASTERISK_AMI_URL: amiUrl }, {}).switches;
  if (!server) throw new Error("a switch without an address");
  const account = { url: server.ariUrl, user: server.ariUser, password: server.ariPassword };
  return {
    local, ariUrl, amiUrl,
    async furnish(accounts) {
      writeSwitchConfig(local, accounts);
      await reloadModules(account, [...moduleOfFile.values()], systemClock);
    },
    signal(name) {
      const pid = runningPid(daemon);
      if (pid === undefined) throw new Error(`no Asterisk of ${varDir} is running`);
      process.kill(pid, name);
    },
    async revive() {
      const back = await waitUntil(async () => {
        // A first start may find its port still held by what is dying.
        if (runningPid(daemon) === undefined) await restartDaemon(daemon);
        return await asteriskAnswers(server) || undefined;
      }, { deadlineMs: readyMs });
      if (!back) throw new Error(`the Asterisk of ${varDir} did not come back`);
    },
  };
}

/** The switch of the local stack. */
export function stackSwitch(): TestSwitch {
  const { varDir } = loadConfig();
  const local = readLocalSwitch(varDir);
  const { asteriskUrl, asteriskAmiUrl } = readStackFile(varDir);
  if (!local || !asteriskUrl || !asteriskAmiUrl) {
    throw new Error("no local Asterisk: run `ringwright up` first");
  }
  return switchAt({ varDir, local, ariUrl: asteriskUrl, amiUrl: asteriskAmiUrl });
}
