/**
 * Owns the root folder with an Asterisk in it, for a machine whose distribution has none or where
 * nothing shall be installed: made once by debootstrap from the mirror the machine already uses.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync }
  from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { command, firstLineOf } from "./command.ts";
import { installPackages, type Distribution } from "./system-packages.ts";

/** 499 MB when measured with Debian forky; twice that while packages are unpacked. */
const needsBytes = 1_200_000_000;

/** A distribution release that carries Asterisk 20 or newer, and the script that unpacks it. */
interface Suite {
  readonly name: string;
  readonly components: string;
  /** debootstrap of Debian 12 knows no `forky`, but every Debian suite unpacks like `sid`. */
  readonly script: string;
}

/** Undefined for a distribution of which we know no such release. */
export function suiteFor({ id, codename }: Distribution): Suite | undefined {
  // Debian 12 and 13 carry no Asterisk; forky carries 22 (LTS).
  if (id === "debian") return { name: "forky", components: "main", script: "sid" };
  if (id === "ubuntu") return { name: codename, components: "main,universe", script: codename };
  return undefined;
}

/** The first mirror of the distribution itself in apt's list of `address origin release`. */
export function mirrorIn(targets: string, { id }: Distribution): string | undefined {
  const lines = targets.split("\n").map((line) => line.split("|"));
  return lines.find(([, origin = "", codename = ""]) =>
    origin.toLowerCase() === id && !/security/.test(codename))?.[0];
}

async function mirror(distribution: Distribution, signal: AbortSignal): Promise<string> {
  const targets = await command([
    "apt-get", "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(CODENAME)",
    "Created-By: Packages",
  ], { signal });
  const found = mirrorIn(targets.output, distribution);
  if (found !== undefined) return found;
  throw new UserError(
    text(`apt knows no mirror of ${distribution.id}`, `apt 中没有 ${distribution.id} 的软件源`),
    text("run apt-get update, or give ASTERISK_URL", "请运行 apt-get update，或设置 ASTERISK_URL"),
    3,
  );
}

/** Throws UserError when the folder's disk has no room for the root folder. */
function mustHaveRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needsBytes) return;
  const free = Math.round(bavail * bsize / 1e6);
  throw new UserError(
    text(`${folder} has ${free} MB free, Asterisk needs ${needsBytes / 1e6}`,
      `${folder} 仅剩 ${free} MB，Asterisk 需要 ${needsBytes / 1e6} MB`),
    text("make room, or set RINGWRIGHT_VAR to another disk",
      "请腾出空间，或将 RINGWRIGHT_VAR 设到其他磁盘"),
    3,
  );
}

/** Removes what an interrupted debootstrap left; a folder of one that still runs is kept. */
function removeLeftovers(root: string): void {
  const left = new RegExp(`^${root.slice(dirname(root).length + 1)}\\.(\\d+)$`);
  for (const name of readdirSync(dirname(root))) {
    const pid = left.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(dirname(root), name), { recursive: true, force: true });
  }
}

/**
 * Makes `root` when it is not there yet. It is made beside its place and renamed when whole, so
 * that an interrupted run leaves nothing that looks finished.
 */
export async function makeRoot(
  root: string, distribution: Distribution, signal: AbortSignal, note: (detail: string) => void,
): Promise<void> {
  if (existsSync(root)) return;
  const suite = suiteFor(distribution);
  if (suite === undefined) throw new Error(`no suite with Asterisk for ${distribution.id}`);
  mkdirSync(dirname(root), { recursive: true });
  removeLeftovers(root);
  mustHaveRoom(dirname(root));
  if (await firstLineOf(["debootstrap", "--version"], { signal }) === undefined) {
    await installPackages(["debootstrap"], signal, note);
  }
  const made = `${root}.${process.pid}`;
  try {
    // The mounts that debootstrap makes are seen in its own namespace only: what is removed here
    // can never be the machine's own /dev.
    await command([
      "unshare", "--mount", "--propagation", "private", "debootstrap", "--variant=minbase",
      `--components=${suite.components}`,
      "--include=asterisk,asterisk-modules,ca-certificates",
      suite.name, made, await mirror(distribution, signal), suite.script,
    ], { signal, deadlineMs: limits.stackInstallMs, onLine: note });
    rmSync(join(made, "var", "cache", "apt", "archives"), { recursive: true, force: true });
    // Another up may have been faster; its folder is as good as ours.
    if (!existsSync(root)) renameSync(made, root);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** The user asterisk inside the root folder, as a number, which is what the host's files have. */
export function ownerIn(root: string): { readonly uid: number; readonly gid: number } {
  const line = /^asterisk:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(root, "etc/passwd"), "utf8"));
  if (line === null) throw new Error(`${root} has no user asterisk`);
  return { uid: Number(line[1]), gid: Number(line[2]) };
}
