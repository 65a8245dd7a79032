/**
 * Owns the file of rejected rows while it is written: under another name until it is whole, and
 * cut back to what belongs to stored progress when an import goes on.
 */
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";

export class RejectFile {
  readonly path: string;
  readonly #head: string;
  #handle: FileHandle | undefined;
  #waiting = "";
  #bytes: number;

  /** `head` opens the file; `bytes` of it were written by an earlier run. */
  constructor(path: string, head: string, bytes: number) {
    this.path = path;
    this.#head = head;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(line: string): void {
    this.#waiting += line;
  }

  /** Writes what was added; a part that belongs to no stored progress is cut off first. */
  async flush(): Promise<void> {
    if (this.#waiting === "") return;
    if (this.#handle === undefined) {
      // Rejected rows are personal data: readable for the owner alone.
      this.#handle = await open(`${this.path}.part`, this.#bytes === 0 ? "w" : "r+", 0o600);
      await this.#handle.truncate(this.#bytes);
    }
    const chunk = Buffer.from(this.#bytes === 0 ? this.#head + this.#waiting : this.#waiting);
    await this.#handle.write(chunk, 0, chunk.length, this.#bytes);
    this.#bytes += chunk.length;
    this.#waiting = "";
  }

  /** Closes it, under its own name when `whole`. Returns the path, or undefined when empty. */
  async close(whole: boolean): Promise<string | undefined> {
    await this.#handle?.close();
    if (!whole) return undefined;
    if (this.#bytes === 0) {
      await rm(`${this.path}.part`, { force: true });
      return undefined;
    }
    await rename(`${this.path}.part`, this.path);
    return this.path;
  }
}

/** Whether the unfinished reject file of an earlier run is still there in full. */
export async function stillHasRejects(path: string, bytes: number): Promise<boolean> {
  if (bytes === 0) return true;
  try {
    return (await stat(`${path}.part`)).size >= bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
