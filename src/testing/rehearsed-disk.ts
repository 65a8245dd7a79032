/** Owns the disk of a rehearsal: facts that wait there outlive every process. */
import type { Epoch } from "../ids.ts";
import type { FactFile, FactFolder, WaitingRecord } from "../store/disk/fact-file.ts";

class RehearsedFile implements FactFile {
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

export class RehearsedDisk {
  readonly #files: RehearsedFile[] = [];

  /** The folder as a new process sees it, with a file of its own. */
  folder(): FactFolder {
    const own = new RehearsedFile();
    this.#files.push(own);
    return {
      own,
      left: async (epoch: Epoch) => {
        const others = this.#files.filter((file) => file !== own);
        const all = (await Promise.all(others.map((file) => file.read()))).flat();
        return all.filter(({ record }) => record.epoch === epoch);
      },
    };
  }
}
