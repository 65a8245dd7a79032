/** Owns the rows of recordings: running when one begins, measured when the switch closed it. */
import { plus, type Clock, type Instant } from "../clock.ts";
import type { AttemptId, Epoch } from "../ids.ts";
import { limits } from "../limits.ts";
import type { RecordingRow } from "../store/store.ts";
import type { FactJournal } from "./fact-journal.ts";

export interface RecordingFiles {
  readonly lead: string;
  readonly agent: string;
}

/** Looks at one file, a path relative to the recordings folder; undefined when it is not there. */
export type Measure =
  (file: string) => Promise<{ readonly durationMs: number; readonly bytes: number } | undefined>;

/** Takes one file away; one that is gone is as good. */
export type Discard = (file: string) => Promise<void>;

interface Running {
  readonly files: RecordingFiles;
  readonly startedAt: Instant;
}

export class RecordingDesk {
  readonly #running = new Map<AttemptId, Running>();
  readonly #journal: FactJournal;
  readonly #clock: Clock;
  readonly #measure: Measure;
  readonly #discard: Discard;
  /** What their persons did not want. */
  readonly #refused = new Set<AttemptId>();
  readonly #epoch: Epoch;

  /** Of one switch, whose seat has this epoch. */
  constructor(
    { journal, clock, measure, discard }: {
      journal: FactJournal; clock: Clock; measure: Measure; discard: Discard;
    },
    epoch: Epoch,
  ) {
    this.#journal = journal;
    this.#clock = clock;
    this.#measure = measure;
    this.#discard = discard;
    this.#epoch = epoch;
  }

  async began(attempt: AttemptId, files: RecordingFiles, startedAt: Instant): Promise<void> {
    this.#running.set(attempt, { files, startedAt });
    await this.#write(attempt, { files, startedAt }, () => Promise.resolve({ state: "running" }));
  }

  /** A recording that a controller before this one began. */
  resume(attempt: AttemptId, files: RecordingFiles, startedAt: Instant): void {
    this.#running.set(attempt, { files, startedAt });
  }

  /** The person did not want it: its files go as soon as the switch has closed them. */
  refused(attempt: AttemptId): void {
    if (this.#running.has(attempt)) this.#refused.add(attempt);
  }

  /** The switch has closed the files. Twice is harmless. */
  async ended(attempt: AttemptId): Promise<void> {
    const recording = this.#running.get(attempt);
    if (!recording) return;
    this.#running.delete(attempt);
    const refused = this.#refused.delete(attempt);
    await this.#write(attempt, recording, async (file) => {
      if (refused) {
        await this.#discard(file);
        return { state: "discarded" };
      }
      const found = await this.#measure(file);
      return found ? { ...found, state: "whole" } : { state: "missing" };
    });
  }

  /** The call is over: its recording is measured soon, even when no event says that it ended. */
  callOver(attempt: AttemptId, failed: (error: unknown) => void): void {
    if (!this.#running.has(attempt)) return;
    this.#clock.at(plus(this.#clock.now(), limits.eventGraceMs), () => {
      this.ended(attempt).catch(failed);
    });
  }

  async #write(
    attempt: AttemptId, { files, startedAt }: Running,
    look: (file: string) => Promise<
      Pick<RecordingRow, "state"> & Partial<Pick<RecordingRow, "durationMs" | "bytes">>
    >,
  ): Promise<void> {
    await Promise.all((["lead", "agent"] as const).map(async (leg) => {
      const file = files[leg];
      const found = await look(file);
      await this.#journal.recording({
        attempt, epoch: this.#epoch, leg, file, startedAt, state: found.state,
        durationMs: found.durationMs, bytes: found.bytes,
      });
    }));
  }
}
