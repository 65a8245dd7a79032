/**
 * Owns the local Asterisk: its folders, its ports, its configuration as telephony/asterisk renders
 * it, starting and stopping it. What is needed to render it again is kept in var/asterisk/.
 */
import { randomInt } from "node:crypto";
import { chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, renameSync,
  rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir, type StackFile, type SwitchConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { renderSwitchConfig, secretFiles, type PhoneToRender, type SwitchInput,
  type SwitchPaths, type TrunkToRender, wantedModules } from "../telephony/asterisk/render.ts";
import { asteriskAnswers, endCalls, hasStarted } from "./ask-switch.ts";
import { findAsterisk, type Owner, type Place } from "./asterisk-place.ts";
import { startDaemon, stopDaemon, waitReady, type Daemon } from "./daemon.ts";
import { waitUntil } from "./patience.ts";
import { freePort, loopback } from "./ports.ts";
import type { Start } from "./service.ts";

export const asteriskDaemon = (varDir: string): Daemon => ({ name: "asterisk", varDir });

/** Ports of sound: a block of its own below the range from which the system gives ports itself. */
const rtp = { first: 10_000, blocks: 5, size: 4_000 } as const;

/** What has to be known to render the configuration again while the switch runs. */
export interface LocalSwitch {
  readonly input: Omit<SwitchInput, "trunks" | "phones">;
  readonly owner: Owner | undefined;
  readonly kind: Place["kind"];
}

/** What comes from the database. */
export interface SwitchAccounts {
  readonly trunks: readonly TrunkToRender[];
  readonly phones: readonly PhoneToRender[];
}

const folderOf = (varDir: string): string => join(varDir, "asterisk");
const localSwitchPath = (varDir: string): string => join(folderOf(varDir), "switch.json");

/** Undefined when `ringwright up` has started no switch here. */
export function readLocalSwitch(varDir: string): LocalSwitch | undefined {
  try {
    return JSON.parse(readFileSync(localSwitchPath(varDir), "utf8")) as LocalSwitch;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function pathsIn(folder: string, place: Place): SwitchPaths {
  return {
    etc: join(folder, "etc"), lib: join(folder, "lib"), spool: join(folder, "spool"),
    log: join(folder, "log"), run: join(folder, "run"), data: join(folder, "data"),
    modules: place.modules,
  };
}

/** A file or link that the switch may read and nobody else. */
function give(path: string, owner: Owner | undefined): void {
  if (owner) lchownSync(path, owner.uid, owner.gid);
}

/** Makes the folders; each but the configuration is the switch's own to write. */
function makeFolders(paths: SwitchPaths, recordings: string, owner: Owner | undefined): void {
  const { etc, lib, spool, log, run, data } = paths;
  for (const folder of [etc, lib, spool, log, run, join(data, "sounds"), recordings]) {
    mkdirSync(folder, { recursive: true });
    if (owner) chownSync(folder, owner.uid, owner.gid);
  }
  link(join(projectDir, "sounds"), join(data, "sounds", "ringwright"));
  link("/usr/share/asterisk/documentation", join(data, "documentation"));
}

function link(target: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** Writes each file whole; a file of an earlier run that is no longer rendered goes. */
export function writeSwitchConfig(
  { input, owner }: LocalSwitch, { trunks, phones }: SwitchAccounts,
): void {
  const { etc } = input.paths;
  const files = renderSwitchConfig({ ...input, trunks, phones });
  for (const [name, content] of files) {
    const path = join(etc, name);
    const mode = secretFiles.has(name) ? 0o600 : 0o644;
    rmSync(`${path}.new`, { force: true });
    writeFileSync(`${path}.new`, content, { mode });
    give(`${path}.new`, owner);
    renameSync(`${path}.new`, path);
  }
  for (const name of readdirSync(etc)) if (!files.has(name)) rmSync(join(etc, name));
}

async function choosePorts(): Promise<SwitchInput["ports"]> {
  const rtpFirst = rtp.first + rtp.size * randomInt(rtp.blocks);
  return {
    sip: await freePort(), http: await freePort(), ami: await freePort(),
    rtpFirst, rtpLast: rtpFirst + rtp.size - 1,
  };
}

/** One that has not got all modules is told by the doctor; the start waits for it only so long. */
async function waitStarted(
  server: SwitchConfig, version: string, signal: AbortSignal,
): Promise<void> {
  await waitUntil(async () => await hasStarted(server, wantedModules(version)) || undefined,
    { deadlineMs: limits.switchModulesMs, signal });
}

/** What the switch is to serve. */
export interface SwitchWork {
  /** On its log lines and in the ids of what arrives; no two switches share one. */
  readonly name: string;
  readonly recordings: string;
  readonly ariApp: string;
  readonly accounts: () => Promise<SwitchAccounts>;
}

/** Starts Asterisk with our configuration and returns where its ARI and AMI are. */
export async function startAsterisk(
  { varDir, secrets, signal, note }: Start, { name, recordings, ariApp, accounts }: SwitchWork,
): Promise<StackFile> {
  const place = await findAsterisk(signal, note);
  const folder = folderOf(varDir);
  const paths = pathsIn(folder, place);
  makeFolders(paths, recordings, place.owner);
  const ports = await choosePorts();
  const credentials = {
    ariUser: "ringwright", ariPassword: secrets.ari,
    amiUser: "ringwright", amiSecret: secrets.ami,
  };
  const local: LocalSwitch = {
    input: { ports, paths, credentials, ariApp, name, version: place.version },
    owner: place.owner, kind: place.kind,
  };
  writeSwitchConfig(local, await accounts());
  writeFileSync(`${localSwitchPath(varDir)}.new`, JSON.stringify(local), { mode: 0o600 });
  renameSync(`${localSwitchPath(varDir)}.new`, localSwitchPath(varDir));
  const daemon = asteriskDaemon(varDir);
  const folders = [paths.etc, paths.lib, paths.spool, paths.log, paths.run, paths.data,
    recordings, join(projectDir, "sounds")].filter((each) => existsSync(each));
  await startDaemon(daemon, place.argv(folders, [
    "-f", "-C", join(paths.etc, "asterisk.conf"),
  ]), folder);
  const entries = {
    asteriskUrl: `http://ringwright:${secrets.ari}@${loopback}:${ports.http}`,
    asteriskAmiUrl: `tcp://ringwright:${secrets.ami}@${loopback}:${ports.ami}`,
  };
  const config: SwitchConfig = {
    name, ...credentials,
    ariUrl: `http://${loopback}:${ports.http}`, amiHost: loopback, amiPort: ports.ami,
    linesMax: Infinity,
  };
  try {
    await waitReady(daemon, () => asteriskAnswers(config), signal);
    await waitStarted(config, place.version, signal);
  } catch (error) {
    await stopAsterisk(varDir);
    throw error;
  }
  return entries;
}

/**
 * What is left when no call is up is not worth a wait: Asterisk looks for channels it has lost
 * count of for 15 s. A container hears only a polite end: the signal that insists ends its client.
 */
export async function stopAsterisk(varDir: string): Promise<boolean> {
  const local = readLocalSwitch(varDir);
  let patienceMs: number = limits.stackStopMs;
  if (local) {
    const { ports, credentials } = local.input;
    const server = { ariUrl: `http://${loopback}:${ports.http}`, ...credentials };
    // One that does not answer has no call that could still be ended in good order.
    await endCalls(server).catch(() => undefined);
    if (local.kind !== "container") patienceMs = limits.switchStopMs;
  }
  const stopped = await stopDaemon(asteriskDaemon(varDir), { patienceMs });
  rmSync(localSwitchPath(varDir), { force: true });
  return stopped;
}
