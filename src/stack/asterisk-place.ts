/**
 * Owns the choice of an Asterisk program: the machine's own, a container's, or one in a root
 * folder. All are given the same configuration at the same paths.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../config.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { makeRoot, ownerIn, suiteFor } from "./asterisk-root.ts";
import { command, firstLineOf, tryCommand, type Argv } from "./command.ts";
import { thisDistribution } from "./system-packages.ts";
import { isRoot, unprivilegedPrefix, withPrefix } from "./unprivileged.ts";

/** The oldest Asterisk that has all we use; Ubuntu 24.04 carries 20.6. */
const oldestMajor = 20;
const image = "ringwright-asterisk:22";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Place {
  readonly kind: "machine" | "container" | "root-folder";
  /** As `asterisk -V` says it: `22.10.1`. */
  readonly version: string;
  /** Folders as the switch sees them. */
  readonly modules: string;
  /** Who the switch runs as, when its files must be given to somebody. */
  readonly owner: Owner | undefined;
  /** The words that run `asterisk` with `args`, with `folders` at their own paths. */
  argv(folders: readonly string[], args: readonly string[]): Argv;
}

/** `Asterisk 22.10.1+dfsg+~cs6.17` → `22.10.1`; undefined for what is no Asterisk. */
export const versionIn = (line: string | undefined): string | undefined =>
  /^Asterisk (?:certified[/-])?(\d+(?:\.\d+)*)/.exec(line ?? "")?.[1];

const newEnough = (version: string | undefined): version is string =>
  version !== undefined && Number(version.split(".")[0]) >= oldestMajor;

/** Where Debian, Ubuntu and a build from source put the modules, below `root`. */
function modulesBelow(root: string): string {
  const lib = join(root, "usr/lib");
  const candidates = [lib, ...readdirSync(lib).filter((name) => name.includes("-linux-gnu"))
    .map((name) => join(lib, name)), join(root, "usr/lib64"), join(root, "usr/local/lib")];
  const found = candidates.map((each) => join(each, "asterisk", "modules"))
    .find((each) => existsSync(each));
  if (found === undefined) throw new Error(`no Asterisk modules below ${lib}`);
  return found.slice(root === "/" ? 0 : root.length);
}

async function onMachine(signal: AbortSignal): Promise<Place | undefined> {
  const version = versionIn(await firstLineOf(["asterisk", "-V"], { signal }));
  if (!newEnough(version)) return undefined;
  const prefix = await unprivilegedPrefix(signal);
  return {
    kind: "machine", version, modules: modulesBelow("/"), owner: undefined,
    argv: (_folders, args) => withPrefix(prefix, ["asterisk", ...args]),
  };
}

async function inContainer(
  signal: AbortSignal, note: (detail: string) => void,
): Promise<Place | undefined> {
  for (const engine of ["docker", "podman"] as const) {
    // A client without its server is common: only one whose server answers counts.
    const server = await tryCommand([engine, "info"], { signal });
    if (server?.status !== 0) continue;
    await command([engine, "build", "--tag", image, "--file",
      join(projectDir, "docker", "asterisk.Dockerfile"), projectDir],
    { signal, deadlineMs: limits.stackInstallMs, onLine: note });
    const run = [engine, "run", "--rm", "--init", "--network", "host"] as const;
    const said = await command([...run, image, "asterisk", "-V"], { signal });
    const version = versionIn(said.output);
    if (!newEnough(version)) throw new Error(`${image} holds no Asterisk ${oldestMajor}`);
    const owner = isRoot()
      ? { uid: 65_534, gid: 65_534 }
      : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const triplet = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    return {
      kind: "container", version, modules: `/usr/lib/${triplet}/asterisk/modules`,
      owner: isRoot() ? owner : undefined,
      argv: (folders, args) => [
        ...run, "--user", `${owner.uid}:${owner.gid}`,
        ...folders.flatMap((each) => ["--volume", `${each}:${each}`]), image, "asterisk", ...args,
      ],
    };
  }
  return undefined;
}

async function inRootFolder(
  signal: AbortSignal, note: (detail: string) => void,
): Promise<Place | undefined> {
  const distribution = thisDistribution();
  if (!isRoot() || suiteFor(distribution) === undefined) return undefined;
  // Every stack of this checkout shares the folder: making it is slow and it is never written to.
  const root = join(projectDir, "var", "asterisk", "root");
  await makeRoot(root, distribution, signal, note);
  const version = versionIn((await command(["chroot", root, "asterisk", "-V"], { signal })).output);
  if (!newEnough(version)) throw new Error(`${root} holds no Asterisk ${oldestMajor}`);
  const enter = join(projectDir, "src", "stack", "enter-root.sh");
  return {
    kind: "root-folder", version, modules: modulesBelow(root), owner: ownerIn(root),
    argv: (folders, args) =>
      ["unshare", "--mount", "--", "sh", enter, root, ...folders, "--", "asterisk", ...args],
  };
}

/** The first that this machine offers; throws UserError when there is none. */
export async function findAsterisk(
  signal: AbortSignal, note: (detail: string) => void,
): Promise<Place> {
  const place = await onMachine(signal) ?? await inContainer(signal, note)
    ?? await inRootFolder(signal, note);
  if (place !== undefined) return place;
  throw new UserError(
    text(`no Asterisk ${oldestMajor} or newer, no container engine, and no root to make one`,
      `没有 Asterisk ${oldestMajor} 或更新版本，没有容器引擎，也没有 root 权限来安装`),
    text("install asterisk, docker or podman; or run this once as root; or give ASTERISK_URL",
      "请安装 asterisk、docker 或 podman；或以 root 运行一次；或设置 ASTERISK_URL"),
    3,
  );
}
