/**
 * Owns what goes wrong in a rehearsal, drawn from the seed: small faults always, on every wire, and
 * a large one now and then at a switch, the store, Redis or a controller.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { limits } from "../limits.ts";
import { below, chance, exponential, type Random } from "../random.ts";
import type { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import type { RehearsedProcess } from "./rehearsed-process.ts";
import type { SimulatedStore } from "./simulated-store.ts";

export interface FaultySite {
  readonly clock: Clock;
  readonly store: SimulatedStore;
  readonly worlds: readonly VirtualSwitch[];
  readonly processes: readonly RehearsedProcess[];
  setRedis(isThere: boolean): void;
  /** Starts another in its place. */
  replace(process: RehearsedProcess, afterMs: number): void;
  /** A large fault begins, and nobody can be expected to be quick until then. */
  began(excusedUntil: Instant): void;
}

/** Between two large faults, on average. */
const meanMs = 15 * 60_000;

/** How long after a fault what waited in between comes through. */
const catchUpMs = 15_000;

export class RehearsedFaults {
  readonly #site: FaultySite;
  readonly #large: Random;
  /** Faults may overlap: each part is well when the last of its faults is over. */
  readonly #down = new Map<object, number>();

  constructor(site: FaultySite, random: Random) {
    this.#site = site;
    this.#large = random.fork("large-faults");
    const small = random.fork("small-faults");
    for (const world of site.worlds) {
      world.faults = {
        command: () => chance(small, 0.002) ? "lost-response" : "none",
        event: () => chance(small, 0.01) ? "twice" : "once",
      };
    }
    site.store.fault = () => this.#isDown(site.store) ? "away"
      : chance(small, 0.002) ? "lost-response" : "none";
  }

  /** Large faults, none of them beginning after `end`. */
  until(end: Instant): void {
    const { clock } = this.#site;
    const when = plus(clock.now(), exponential(this.#large, meanMs));
    if (when >= end) return;
    clock.at(when, () => {
      this.#strike();
      this.until(end);
    });
  }

  /** Everything is well again. */
  stop(): void {
    this.#down.clear();
    for (const world of this.#site.worlds) {
      world.faults = {};
      world.setReachable(true);
    }
    this.#site.store.fault = () => "none";
  }

  #strike(): void {
    const random = this.#large;
    const { clock, store, worlds } = this.#site;
    const lastsMs = 500 + random.next() * 4_000;
    const kind = random.next();
    const world = worlds[below(random, worlds.length)];
    this.#site.began(plus(clock.now(), lastsMs + catchUpMs));
    if (kind < 0.2) {
      world?.setReachable(false);
      this.#take(world ?? {}, lastsMs, () => { world?.setReachable(true); });
    } else if (kind < 0.3) {
      world?.restart(lastsMs);
    } else if (kind < 0.5) {
      this.#take(store, lastsMs, () => undefined);
    } else if (kind < 0.6) {
      this.#site.setRedis(false);
      this.#take(this, lastsMs, () => { this.#site.setRedis(true); });
    } else {
      this.#hurtProcess(kind < 0.8);
    }
  }

  /** One of the processes dies, or hangs for longer than its lease and wakes up again. */
  #hurtProcess(dies: boolean): void {
    const random = this.#large;
    const { clock, processes } = this.#site;
    const process = processes[below(random, processes.length)];
    if (!process) return;
    const hangsMs = 2_000 + random.next() * 20_000;
    this.#site.began(plus(clock.now(), limits.seatLeaseMs + hangsMs + catchUpMs));
    if (dies) {
      process.kill();
      this.#site.replace(process, hangsMs);
    } else {
      process.hang();
      clock.at(plus(clock.now(), hangsMs), () => { process.wake(); });
    }
  }

  #isDown(part: object): boolean {
    return (this.#down.get(part) ?? 0) > 0;
  }

  #take(part: object, ms: number, mend: () => void): void {
    const { clock } = this.#site;
    this.#down.set(part, (this.#down.get(part) ?? 0) + 1);
    clock.at(plus(clock.now(), ms), () => {
      const left = (this.#down.get(part) ?? 1) - 1;
      this.#down.set(part, left);
      if (left <= 0) mend();
    });
  }
}
