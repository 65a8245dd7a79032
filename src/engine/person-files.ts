/** Owns what the disk holds of people: giving it to them, and taking it away. */
import { copyFile, mkdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, isAbsolute, join, normalize } from "node:path";
import type { Outside } from "../store/postgres/person-desk.ts";
import { sweepRejects } from "./reject-sweep.ts";

/** A path of the recordings table, inside the folder; a row that points outside is a forgery. */
export function insideFolder(folder: string, file: string): string {
  const path = normalize(file);
  if (isAbsolute(path) || path.split("/").includes("..")) {
    throw new RangeError(`recording ${JSON.stringify(file)} is outside its folder`);
  }
  return join(folder, path);
}

/** Removes recordings; one that is gone already is as good. Returns how many were there. */
export async function removeRecordings(
  folder: string, files: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const file of files) {
    const path = insideFolder(folder, file);
    if (await stat(path).catch(() => undefined) === undefined) continue;
    await rm(path);
    removed += 1;
  }
  return removed;
}

/** What became of the files of rejected rows. */
export interface SweptRejects {
  /** Rows taken out, over all files. */
  readonly rows: number;
  /** Files where the person may still be: changed by somebody, or on another machine. */
  readonly left: readonly { readonly path: string; readonly why: "changed" | "elsewhere" }[];
  /** How long the file of each unfinished import is now. */
  readonly written: readonly { readonly id: number; readonly bytes: number }[];
}

/** Takes a person out of the files of rejected rows on this machine, finished or not. */
export async function removeRejects({ rejects, person }: Outside): Promise<SweptRejects> {
  const left: SweptRejects["left"][number][] = [];
  const written: SweptRejects["written"][number][] = [];
  let rows = 0;
  for (const { id, open, path: named, host, bytes } of rejects) {
    const path = open ? `${named}.part` : named;
    if (host !== hostname()) {
      left.push({ path: `${host}:${path}`, why: "elsewhere" });
      continue;
    }
    // Behind that the file holds what the import will write again when it goes on.
    const longer = open && await stat(path).then(({ size }) => size > bytes, () => false);
    if (longer) await truncate(path, bytes);
    const swept = await sweepRejects(path, person);
    if ("rows" in swept) {
      rows += swept.rows;
      if (open && swept.rows > 0) written.push({ id, bytes: swept.bytes });
    } else if (swept.left === "changed") {
      left.push({ path, why: "changed" });
    }
  }
  return { rows, left, written };
}

/** Writes what is known of a person and copies the sound; returns the files that are missing. */
export async function writePerson(
  out: string, person: object,
  sound: { readonly folder: string; readonly files: readonly string[] },
): Promise<readonly string[]> {
  // 0700 and 0600: it is all about one person, and for that person.
  await mkdir(join(out, "recordings"), { recursive: true, mode: 0o700 });
  await writeFile(join(out, "person.json"), `${JSON.stringify(person, null, 2)}\n`, { mode: 0o600 });
  const missing: string[] = [];
  for (const file of sound.files) {
    const from = insideFolder(sound.folder, file);
    await copyFile(from, join(out, "recordings", basename(file))).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      missing.push(file);
    });
  }
  return missing;
}

/** For a controller: takes one recording away. */
export const discardFrom = (folder: string) => async (file: string): Promise<void> => {
  await removeRecordings(folder, [file]);
};
