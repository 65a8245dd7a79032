/** Owns installing packages of the Linux distribution, which only root can. */
import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { command, tryCommand } from "./command.ts";
import { isRoot } from "./unprivileged.ts";

export interface Distribution {
  /** `debian`, `ubuntu`, …; empty when the machine does not say. */
  readonly id: string;
  /** `bookworm`, `noble`, … */
  readonly codename: string;
}

/** Reads os-release(5). */
export function distributionIn(osRelease: string): Distribution {
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  return { id: field("ID"), codename: field("VERSION_CODENAME") };
}

export function thisDistribution(): Distribution {
  try {
    return distributionIn(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return { id: "", codename: "" };
  }
}

/** Installs packages; throws UserError with the command to type when we may not. */
export async function installPackages(
  names: readonly string[], signal: AbortSignal, note: (detail: string) => void,
): Promise<void> {
  if (!isRoot()) {
    throw new UserError(
      text(`missing: ${names.join(" ")}`, `缺少：${names.join(" ")}`),
      text(`install with: sudo apt-get install ${names.join(" ")}`,
        `请安装：sudo apt-get install ${names.join(" ")}`),
      3,
    );
  }
  const options = { signal, deadlineMs: limits.stackInstallMs, onLine: note };
  // DEBIAN_FRONTEND keeps a package from asking; Lock::Timeout waits for another apt-get.
  const install = [
    "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y",
    "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends", ...names,
  ] as const;
  const first = await tryCommand([...install], options);
  if (first?.status === 0) return;
  await command(["apt-get", "-q", "update"], options);
  await command([...install], options);
}
