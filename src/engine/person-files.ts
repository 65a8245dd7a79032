/** Owns the sound of people on the disk: giving it to them, and taking it away. */
import { copyFile, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, isAbsolute, join, normalize } from "node:path";

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
