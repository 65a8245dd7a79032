/**
 * Owns the local Redis: the machine's own redis-server, or the distribution's package unpacked
 * under var/. Loopback, a random password, a free port, and nothing written to disk: what is in
 * Redis may be lost at any moment.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { projectDir } from "../config.ts";
import { limits } from "../limits.ts";
import { firstLineOf, type Argv } from "./command.ts";
import { lastLogLines, runningPid, startDaemon, stopDaemon, waitReady, type Daemon }
  from "./daemon.ts";
import { unpackPackage } from "./packages.ts";
import { freePort, loopback } from "./ports.ts";
import { unprivilegedPrefix, withPrefix } from "./unprivileged.ts";

export const redisDaemon = (varDir: string): Daemon => ({ name: "redis", varDir });

/** Libraries of a Debian package lie below the name of the processor's architecture. */
const libraryDirs = (root: string): string => {
  const triplet = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return [join(root, "usr/lib", triplet), join(root, "lib", triplet)].join(":");
};

/** The words that start redis-server here; downloads the package when the machine has none. */
async function redisServer(signal: AbortSignal): Promise<Argv> {
  if (await firstLineOf(["redis-server", "--version"], { signal }) !== undefined) {
    return ["redis-server"];
  }
  const root = join(projectDir, "var", "packages", "redis-server");
  await unpackPackage("redis-server", root, signal);
  // The file is a link to redis-check-rdb and looks at its own name: keep the name.
  return ["env", `LD_LIBRARY_PATH=${libraryDirs(root)}`, join(root, "usr/bin/redis-server")];
}

export const redisSettings = (port: number, password: string, folder: string): string => [
  `bind ${loopback}`,
  "protected-mode yes",
  `port ${port}`,
  `requirepass ${password}`,
  `dir ${JSON.stringify(folder)}`,
  'save ""',
  "appendonly no",
  "maxmemory 256mb",
  "maxmemory-policy noeviction",
  "",
].join("\n");

/** Whether a server takes our password there. */
export async function redisAnswers(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, connectTimeout: 2_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await client.ping() === "PONG";
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

/** Starts Redis and returns its URL. */
export async function startRedis(
  varDir: string, password: string, signal: AbortSignal,
): Promise<string> {
  const server = await redisServer(signal);
  const prefix = await unprivilegedPrefix(signal);
  const folder = join(varDir, "redis");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = join(folder, "redis.conf");
  const daemon = redisDaemon(varDir);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    writeFileSync(settings, redisSettings(port, password, folder), { mode: 0o600 });
    await startDaemon(daemon, withPrefix(prefix, [...server, settings]), folder);
    const url = `redis://:${password}@${loopback}:${port}`;
    try {
      await waitReady(daemon, () => redisAnswers(url), signal);
      return url;
    } catch (error) {
      const portTaken = runningPid(daemon) === undefined
        && /Address already in use/.test(lastLogLines(daemon, 20));
      await stopRedis(varDir);
      if (!portTaken || attempt === limits.stackPortTries) throw error;
    }
  }
}

export const stopRedis = (varDir: string): Promise<boolean> => stopDaemon(redisDaemon(varDir));
