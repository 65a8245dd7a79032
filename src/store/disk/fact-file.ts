/**
 * Owns the facts that wait on disk while Postgres is away: a file of JSON lines for each process,
 * appended and synced before a promise resolves, so that they survive the process and the machine's
 * power. It is read in order, once, when Postgres is back, and emptied then. One that its process
 * left behind is read by whoever takes its switches over on this machine.
 */
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Epoch } from "../../ids.ts";
import { StoreUnavailable } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { AgentRecord, CallRecord, RecordingRow } from "../store.ts";

export type WaitingRecord =
  | { readonly of: "call"; readonly record: CallRecord }
  | { readonly of: "agent"; readonly record: AgentRecord }
  | { readonly of: "recording"; readonly record: RecordingRow };

/** Where facts wait; on disk in production, in memory in rehearsals. */
export interface FactFile {
  /** Durable when it resolves. Throws StoreUnavailable when it is full or cannot be written. */
  append(records: readonly WaitingRecord[]): Promise<void>;
  /** What waits, in the order in which it came. A line that was cut off by a crash is left out. */
  read(): Promise<readonly WaitingRecord[]>;
  /** All that `read` gave is in the store. */
  clear(): Promise<void>;
}

/** The facts that wait on this machine: this process's own, and what others left. */
export interface FactFolder {
  readonly own: FactFile;
  /**
   * What other processes wrote under an epoch, in order. It stays where it is: its process may
   * live, and to store a fact twice is harmless.
   */
  left(epoch: Epoch): Promise<readonly WaitingRecord[]>;
}

function recordIn(line: string): WaitingRecord | undefined {
  try {
    const found = JSON.parse(line) as Partial<WaitingRecord> | null;
    const whole = typeof found?.record === "object"
      && (found.of === "call" || found.of === "agent" || found.of === "recording");
    return whole ? found as WaitingRecord : undefined;
  } catch {
    return undefined;
  }
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** `path` is readable by its owner alone, since facts name people's numbers and what they chose. */
export function openFactFile(path: string): FactFile {
  async function write(text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    try {
      const { size } = await file.stat();
      if (size + Buffer.byteLength(text) > limits.factFileBytes) throw new Error("it is full");
      await file.write(text);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  return {
    async append(records) {
      try {
        await write(records.map((each) => `${JSON.stringify(each)}\n`).join(""));
      } catch (error) {
        // What was half written is cut off by its missing end, and by the newline put before more.
        await write("\n").catch(() => undefined);
        throw new StoreUnavailable(`${path} takes no facts`, { cause: error });
      }
    },
    async read() {
      try {
        const text = await readFile(path, "utf8");
        return text.split("\n").flatMap((line) => recordIn(line) ?? []);
      } catch (error) {
        if (isAbsent(error)) return [];
        throw new StoreUnavailable(`${path} cannot be read`, { cause: error });
      }
    },
    clear: () => rm(path, { force: true }),
  };
}

/** Files older than `limits.factFileKeptMs` are of no use to anybody, and are removed. */
export function openFactFolder(folder: string, process: string, now: () => number): FactFolder {
  const ownName = `facts-${process}.jsonl`;
  return {
    own: openFactFile(join(folder, ownName)),
    async left(epoch) {
      const names = await readdir(folder).catch(() => []);
      const found: WaitingRecord[] = [];
      for (const name of names.sort()) {
        if (name === ownName || !/^facts.*\.jsonl$/.test(name)) continue;
        const path = join(folder, name);
        const writtenAt = await stat(path).then(({ mtimeMs }) => mtimeMs, () => now());
        if (writtenAt < now() - limits.factFileKeptMs) await rm(path, { force: true });
        else found.push(...await openFactFile(path).read());
      }
      return found.filter(({ record }) => record.epoch === epoch);
    },
  };
}
