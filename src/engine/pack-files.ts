/** Owns reading the jurisdiction packs from their folder. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readPack, type Pack } from "../compliance/pack.ts";
import { projectDir } from "../config.ts";

export const packsDir = join(projectDir, "src", "compliance", "packs");

/** Every pack of the folder, by name. Throws UserError for the first that cannot be used. */
export async function loadPacks(folder = packsDir): Promise<readonly Pack[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(files.map(async (file) =>
    readPack(await readFile(join(folder, file), "utf8"), file)));
}
