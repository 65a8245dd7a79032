/**
 * Owns what pacing a campaign leaves behind: the lessons of its floor, taken up again after a
 * restart, and each decision that dialed, for explaining it. All is saved behind the dialing, at a
 * bounded pace; a controller that dies loses the last seconds of it and nothing else.
 */
import { plus, toIso, type Clock, type Instant, type Timer } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Log } from "../log.ts";
import { nothingLearned, type LearnedFloor } from "../pacing/learned.ts";
import { readLearned } from "../pacing/learned-reading.ts";
import type { FloorSnapshot, PacingDecision } from "../pacing/pacer.ts";
import type { PacingRecord } from "../store/pacing-record.ts";
import type { OwnedCampaign, Store } from "../store/store.ts";
import { FloorLessons } from "./floor-lessons.ts";

interface MemoryWorld {
  readonly store: Pick<Store, "savePacing">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A decision that dialed, with all it was taken on. */
export interface Decided {
  readonly snapshot: FloorSnapshot;
  readonly decision: PacingDecision;
  readonly pacer: string;
  /** Lines that found a way out. */
  readonly placed: number;
}

export function recordOf({ snapshot, decision, pacer, placed }: Decided): PacingRecord {
  const { dials, why, forecast } = decision;
  const { agents, lines, waiting, answered, abandoned, abandonRateMax, now } = snapshot;
  return {
    at: now, pacer, why, dials, placed, agents: agents.length,
    ready: agents.filter(({ state }) => state === "ready").length,
    lines: lines.length, waiting: waiting.length, answered, abandoned, abandonRateMax,
    ...forecast && { forecast },
  };
}

export class PacingMemory {
  readonly lessons: FloorLessons;
  readonly #world: MemoryWorld;
  readonly #owned: OwnedCampaign;
  readonly #failed: (error: unknown) => void;
  #decisions: PacingRecord[] = [];
  #saved: LearnedFloor;
  #savedAt: Instant;
  #timer: Timer | undefined;
  #saving: Promise<void> | undefined;
  #stopped = false;

  /** `stored` as the store gave it; what cannot be read is passed over. */
  constructor(
    world: MemoryWorld,
    { owned, failed }: { owned: OwnedCampaign; failed: (error: unknown) => void },
    stored: unknown,
  ) {
    const learned = readLearned(stored);
    if (stored !== undefined && learned === undefined) {
      world.log.line("warn", "pacing-memory-unreadable", { campaign: owned.id });
    }
    this.#world = world;
    this.#owned = owned;
    this.#failed = failed;
    this.#saved = learned ?? nothingLearned();
    this.#savedAt = world.clock.now();
    this.lessons = new FloorLessons(this.#saved);
  }

  decided(decided: Decided): void {
    const { snapshot, decision, placed } = decided;
    this.#world.log.line("info", "paced", {
      campaign: this.#owned.id, at: toIso(snapshot.now), placed, ...decision,
    });
    this.#decisions.push(recordOf(decided));
    if (this.#decisions.length > limits.pacingBacklog) this.#decisions.shift();
    this.#saveLater();
  }

  /** Saves all that is not saved; never rejects. What the store did not take is kept for later. */
  async save(): Promise<void> {
    await this.#saving;
    await this.#saveNow(true);
  }

  /** Saves nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #saveLater(): void {
    if (this.#timer || this.#stopped) return;
    const { clock } = this.#world;
    this.#timer = clock.at(plus(clock.now(), limits.pacingSaveMs), () => {
      this.#timer = undefined;
      this.#saving = this.#saveNow(false).then(() => {
        this.#saving = undefined;
        if (this.#decisions.length > 0 || this.lessons.learned !== this.#saved) this.#saveLater();
      });
    });
  }

  async #saveNow(all: boolean): Promise<void> {
    const now = this.#world.clock.now();
    const { learned } = this.lessons;
    const due = all || now - this.#savedAt >= limits.pacingLearnedMs;
    const isNew = due && learned !== this.#saved;
    const decisions = this.#decisions;
    if (this.#stopped || (decisions.length === 0 && !isNew)) return;
    this.#decisions = [];
    const { id: campaign, epoch } = this.#owned;
    try {
      await this.#world.store.savePacing({
        campaign, epoch, decisions, forgetBefore: plus(now, -limits.pacingKeptMs),
        ...isNew ? { learned } : {},
      });
      if (!isNew) return;
      this.#saved = learned;
      this.#savedAt = now;
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        this.#decisions = [...decisions, ...this.#decisions].slice(-limits.pacingBacklog);
      } else if (error instanceof Fenced) this.stop();
      this.#failed(error);
    }
  }
}
