/** Owns reading the rulebook from its files: the jurisdiction packs and the high-risk ranges. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HighRiskRange } from "../compliance/destinations.ts";
import { readPack, type Pack } from "../compliance/pack.ts";
import { readRanges } from "../compliance/ranges.ts";
import { projectDir } from "../config.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { PlaceTables } from "../leads/places.ts";
import { placeTables } from "./place-files.ts";

export interface Rulebook {
  readonly packs: readonly Pack[];
  readonly ranges: readonly HighRiskRange[];
  /** Areas and time zones of numbers; read when the first is asked for. */
  readonly tables: PlaceTables;
}

export const packsDir = join(projectDir, "src", "compliance", "packs");
export const rangesFile = join(projectDir, "src", "compliance", "ranges", "high-risk.yaml");

async function packsIn(folder: string): Promise<readonly Pack[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(files.map(async (file) =>
    readPack(await readFile(join(folder, file), "utf8"), join(folder, file))));
}

/**
 * The newest edition of each: so an installation loads a year of holidays, or a law that changed,
 * before there is a new release. An older one is refused: it would bring back what was
 * mended since.
 */
export function newestEditions(packs: readonly Pack[], own: readonly Pack[]): readonly Pack[] {
  for (const pack of own) {
    const ours = packs.find(({ id }) => id === pack.id);
    if (ours === undefined || pack.version > ours.version) continue;
    throw new UserError(
      text(`pack ${pack.id} of ${pack.version} is not newer than ours of ${ours.version}`,
        `法规包 ${pack.id}（${pack.version}）不新于自带版本（${ours.version}）`),
      text("give it a later version, or an id of its own to hold beside ours",
        "请使用更晚的版本日期，或改用独立的 id 与自带版本并行"));
  }
  const replaced = new Set(own.map(({ id }) => id));
  return [...packs.filter(({ id }) => !replaced.has(id)), ...own];
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
  return {
    packs: newestEditions(packs, own), ranges: readRanges(ranges, rangesFile),
    tables: placeTables(),
  };
}
