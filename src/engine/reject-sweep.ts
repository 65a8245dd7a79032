/**
 * Owns taking a person out of files of rejected rows: whole rows go, the others stay letter by
 * letter. A file that somebody has changed into another form is told of, and left alone.
 */
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { csvReader } from "../leads/csv.ts";
import { isRejectHeader, rowsOfPerson, type SoughtPerson } from "../leads/rejects.ts";
import { limits } from "../limits.ts";

export type SweepResult =
  /** `rows` were taken out, and the file is `bytes` long now. */
  | { readonly path: string; readonly rows: number; readonly bytes: number }
  | { readonly path: string; readonly left: "missing" | "changed" };

/** Somebody else has written this file. */
class Changed extends Error {}

/** Records as they stand in the file, each with its end; a line break inside quotes ends none. */
async function* recordsIn(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  let text = "";
  for await (const piece of createReadStream(path)) {
    try {
      text += decoder.decode(piece as Buffer, { stream: true });
    } catch {
      throw new Changed();
    }
    let start = 0;
    let quoted = false;
    for (let at = 0; at < text.length; at++) {
      if (text[at] === '"') quoted = !quoted;
      else if (text[at] === "\n" && !quoted) {
        yield text.slice(start, at + 1);
        start = at + 1;
      }
    }
    text = text.slice(start);
    if (text.length > limits.rejectRecordChars) throw new Changed();
  }
  if (text !== "") yield text;
}

function cellsOf(record: string): readonly string[] {
  const reader = csvReader({ delimiter: ",", newline: "\n" });
  const [found] = [...reader.push(record), ...reader.end()];
  return found === undefined ? [] : "cells" in found ? found.cells : [found.excerpt];
}

async function copyWithout(path: string, draft: string, person: SoughtPerson): Promise<number> {
  const { mode } = await stat(path);
  const isTheirs = rowsOfPerson(person);
  const out = await open(draft, "w", mode & 0o777);
  let rows = 0;
  let first = true;
  try {
    for await (const record of recordsIn(path)) {
      const cells = cellsOf(record);
      if (first && !isRejectHeader(cells)) throw new Changed();
      if (!first && isTheirs(cells)) rows++;
      else await out.write(record);
      first = false;
    }
  } finally {
    await out.close();
  }
  return rows;
}

/** Throws what the file system throws, save that there is no such file. */
export async function sweepRejects(path: string, person: SoughtPerson): Promise<SweepResult> {
  const draft = `${path}.sweep`;
  try {
    const rows = await copyWithout(path, draft, person);
    if (rows > 0) await rename(draft, path);
    return { path, rows, bytes: (await stat(path)).size };
  } catch (error) {
    if (error instanceof Changed) return { path, left: "changed" };
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { path, left: "missing" };
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
