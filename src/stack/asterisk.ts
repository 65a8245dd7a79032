/**
 * Owns the local Asterisk: its folders, its ports, its configuration as telephony/asterisk renders
 * it, starting and stopping it. What is needed to render it again is kept in var/asterisk/.
 */
import { randomInt } from "node:crypto";
import { chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, renameSync,
  rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { projectDir, type StackFile, type SwitchConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { renderSwitchConfig, secretFiles, type PhoneToRender, type SwitchInput,
  type SwitchPaths, type TrunkToRender } from "../telephony/asterisk/render.ts";
import { findAsterisk, type Owner, type Place } from "./asterisk-place.ts";
import { startDaemon, stopDaemon, waitReady, type Daemon } from "./daemon.ts";
import { freePort, freeUdpPort, loopback } from "./ports.ts";
import type { Start } from "./service.ts";

export const asteriskDaemon = (varDir: string): Daemon => ({ name: "asterisk", varDir });

/** Ports of sound: a block of its own below the range from which the system gives ports itself. */
const rtp = { first: 10_000, blocks: 5, size: 4_000 } as const;

/** What has to be known to render the configuration again while the switch runs. */
export interface LocalSwitch {
  readonly input: Omit<SwitchInput, "trunks" | "phones">;
  readonly owner: Owner | undefined;
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
    sip: await freeUdpPort(), http: await freePort(), ami: await freePort(),
    rtpFirst, rtpLast: rtpFirst + rtp.size - 1,
  };
}

/** The first bytes a server sends by itself; empty when it cannot be reached. */
function greetingOf(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (said: string): void => {
      socket.destroy();
      resolve(said);
    };
    socket.once("data", (data) => { end(data.toString("latin1")); });
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => { end(""); });
  });
}

/** Whether ARI takes our password and AMI is there. */
export async function asteriskAnswers(config: SwitchConfig | undefined): Promise<boolean> {
  if (config === undefined) return false;
  const { ariUrl, ariUser, ariPassword, amiHost, amiPort } = config;
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const ari = await fetch(`${ariUrl}/ari/asterisk/info`, {
    headers: { authorization }, signal: AbortSignal.timeout(limits.switchRequestMs),
  }).then(async (response) => {
    await response.arrayBuffer();
    return response.ok;
  }).catch(() => false);
  return ari && (await greetingOf(amiHost, amiPort)).startsWith("Asterisk Call Manager/");
}

/** Starts Asterisk with our configuration and returns where its ARI and AMI are. */
export async function startAsterisk(
  { varDir, secrets, signal, note }: Start,
  recordings: string, ariApp: string, accounts: () => Promise<SwitchAccounts>,
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
    input: { ports, paths, credentials, ariApp, version: place.version }, owner: place.owner,
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
    name: "asterisk-1", ...credentials,
    ariUrl: `http://${loopback}:${ports.http}`, amiHost: loopback, amiPort: ports.ami,
    linesMax: Infinity,
  };
  try {
    await waitReady(daemon, () => asteriskAnswers(config), signal);
  } catch (error) {
    await stopAsterisk(varDir);
    throw error;
  }
  return entries;
}

/**
 * Ends every call that is up. Asterisk itself waits up to 15 s for its channels when it is told to
 * stop, and a leg in our application does not hear that; asked by ARI, each is gone at once.
 */
async function endCalls({ input: { ports, credentials } }: LocalSwitch): Promise<void> {
  const { ariUser, ariPassword } = credentials;
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const ask = (path: string, method: "GET" | "DELETE"): Promise<Response> =>
    fetch(`http://${loopback}:${ports.http}/ari/${path}`, {
      method, headers: { authorization }, signal: AbortSignal.timeout(limits.switchRequestMs),
    });
  const channels = await (await ask("channels", "GET")).json() as readonly { id: string }[];
  for (const { id } of channels) await ask(`channels/${encodeURIComponent(id)}`, "DELETE");
}

export async function stopAsterisk(varDir: string): Promise<boolean> {
  const local = readLocalSwitch(varDir);
  // One that does not answer has no call that could still be ended in good order.
  if (local) await endCalls(local).catch(() => undefined);
  const stopped = await stopDaemon(asteriskDaemon(varDir));
  rmSync(localSwitchPath(varDir), { force: true });
  return stopped;
}
