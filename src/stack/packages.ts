/**
 * Owns packages of the Linux distribution that we use without installing them: downloaded by
 * apt-get from the mirror the machine already uses, and unpacked into a folder of our own. Needs
 * no root.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { command, tryCommand } from "./command.ts";

/** `Inst libjemalloc2 (5.3.0-1 Debian:12/stable [amd64])` → `libjemalloc2=5.3.0-1`. */
export function packagesToInstall(simulation: string): readonly string[] {
  const lines = simulation.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) .*\[(\S+)\]\)/gm);
  return [...lines].map(([, name, version]) => `${name}=${version}`);
}

/**
 * Lists of our own, for a machine whose lists are absent or older than its mirror: an ordinary
 * user cannot renew those of the system.
 */
async function ownLists(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  mkdirSync(join(folder, "state", "lists", "partial"), { recursive: true });
  mkdirSync(join(folder, "cache", "archives", "partial"), { recursive: true });
  const options = [
    "-o", `Dir::State::Lists=${join(folder, "state", "lists")}`,
    "-o", `Dir::Cache=${join(folder, "cache")}`,
    // root would hand the download to the user _apt, who cannot write into our folder.
    "-o", "APT::Sandbox::User=",
  ];
  await command(["apt-get", ...options, "-q", "update"],
    { signal, deadlineMs: limits.stackInstallMs });
  return options;
}

/**
 * Unpacks `name` and what it needs beyond the installed packages into `target`, once. `target`
 * appears whole or not at all.
 */
export async function unpackPackage(
  name: string, target: string, signal: AbortSignal,
): Promise<void> {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(`${target}.`);
  try {
    const simulate = async (options: readonly string[]): Promise<readonly string[] | undefined> => {
      const result = await tryCommand(
        ["apt-get", ...options, "-s", "-q", "--no-install-recommends", "install", name],
        { signal });
      return result?.status === 0 ? packagesToInstall(result.output) : undefined;
    };
    const download = async (options: readonly string[]): Promise<boolean> => {
      const names = await simulate(options);
      if (names === undefined || names.length === 0) return false;
      const result = await tryCommand(
        ["apt-get", ...options, "-o", "APT::Sandbox::User=", "-q", "download", ...names],
        { signal, cwd: work, deadlineMs: limits.stackInstallMs });
      return result?.status === 0;
    };
    if (!await download([]) && !await download(await ownLists(join(work, "apt"), signal))) {
      throw new UserError(
        text(`the package ${name} cannot be downloaded`, `无法下载软件包 ${name}`),
        text(`install it: sudo apt-get install ${name}`, `请安装：sudo apt-get install ${name}`),
        3,
      );
    }
    for (const file of readdirSync(work).filter((each) => each.endsWith(".deb"))) {
      await command(["dpkg", "-x", join(work, file), join(work, "root")], { signal });
    }
    renameSync(join(work, "root"), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
