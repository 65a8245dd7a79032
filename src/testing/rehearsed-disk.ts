/** Owns the disk of a rehearsal: facts that wait there outlive every process. */
import type { FactFile, WaitingRecord } from "../store/disk/fact-file.ts";

export class RehearsedDisk implements FactFile {
  #lines: string[] = [];

  append(records: readonly WaitingRecord[]): Promise<void> {
    // As text, so that what does not survive JSON is not relied on.
    this.#lines.push(...records.map((each) => JSON.stringify(each)));
    return Promise.resolve();
  }

  read(): Promise<readonly WaitingRecord[]> {
    return Promise.resolve(this.#lines.map((line) => JSON.parse(line) as WaitingRecord));
  }

  clear(): Promise<void> {
    this.#lines = [];
    return Promise.resolve();
  }
}
