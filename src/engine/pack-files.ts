/** Owns reading the rulebook from its files: the jurisdiction packs and the high-risk ranges. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HighRiskRange } from "../compliance/destinations.ts";
import { readPack, type Pack } from "../compliance/pack.ts";
import { readRanges } from "../compliance/ranges.ts";
import { projectDir } from "../config.ts";

export interface Rulebook {
  readonly packs: readonly Pack[];
  readonly ranges: readonly HighRiskRange[];
}

export const packsDir = join(projectDir, "src", "compliance", "packs");
export const rangesFile = join(projectDir, "src", "compliance", "ranges", "high-risk.yaml");

async function packsIn(folder: string): Promise<readonly Pack[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(files.map(async (file) =>
    readPack(await readFile(join(folder, file), "utf8"), join(folder, file))));
}

/**
 * The packs of the product and of the installation, if it has a folder of its own, each by name.
 * Throws UserError for the first file that cannot be used.
 */
export async function loadRulebook(ownPacksDir?: string): Promise<Rulebook> {
  const [packs, own, ranges] = await Promise.all([
    packsIn(packsDir), ownPacksDir === undefined ? [] : packsIn(ownPacksDir),
    readFile(rangesFile, "utf8"),
  ]);
  return { packs: [...packs, ...own], ranges: readRanges(ranges, rangesFile) };
}
