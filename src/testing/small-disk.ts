/**
 * Owns a file system of a few megabytes for a test that fills it: a disk that is full is nothing
 * that a stub could be. Mounting takes root, or sudo without a password, and a local Postgres.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const done = (words: readonly string[]): boolean => {
  const [program = "", ...rest] = words;
  return spawnSync(program, rest, { stdio: "ignore" }).status === 0;
};

const asRoot = (words: readonly string[]): boolean =>
  done(words) || done(["sudo", "-n", ...words]);

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no byte; nothing happens twice. */
  fill(): void;
  /** Takes away what `fill` wrote. */
  free(): void;
  unmount(): void;
}

/** Whose folder `like` is, his is the file system. Undefined where none can be mounted. */
export function mountSmallDisk(megabytes: number, like: string): SmallDisk | undefined {
  const parent = mkdtempSync(join(tmpdir(), "ringwright-small-disk-"));
  let owner: { readonly uid: number; readonly gid: number };
  try {
    owner = statSync(like);
  } catch {
    rmSync(parent, { recursive: true });
    return undefined;
  }
  const { uid, gid } = owner;
  const options = `size=${megabytes}m,mode=0777,uid=${uid},gid=${gid}`;
  if (!asRoot(["mount", "-t", "tmpfs", "-o", options, "tmpfs", parent])) {
    rmSync(parent, { recursive: true });
    return undefined;
  }
  const filler = join(parent, "filler");
  return {
    folder: parent,
    fill() {
      const file = openSync(filler, "a");
      const block = Buffer.alloc(4_096);
      try {
        for (;;) writeSync(file, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    free() { rmSync(filler, { force: true }); },
    unmount() {
      asRoot(["umount", parent]);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
