/**
 * Owns this controller's place at the switches: waiting for it, keeping it, noticing that it may
 * be lost. One controller commands the switches at a time; another one stands by and takes the seat
 * when it was not renewed within the lease. A process that hung ends itself when it wakes, before
 * it reads or sends anything: what it knows is old, and the seat may be another's.
 */
import { plus, type Clock, type Timer } from "../clock.ts";
import { StoreUnavailable, SwitchUnreachable } from "../errors.ts";
import type { ControllerId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Store } from "../store/store.ts";

/** How often a process looks whether it hung; well below `limits.hungMs`. */
const PULSE_MS = 500;

export class Seat {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #controller: ControllerId;
  readonly #lost: (why: Error) => void;
  #pulse: Timer | undefined;
  #stopped = false;

  constructor(store: Store, clock: Clock, controller: ControllerId, lost: (why: Error) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#controller = controller;
    this.#lost = lost;
  }

  /** Resolves with true once the seat is ours, and with false when it is no longer wanted. */
  async wait(standingBy: () => void): Promise<boolean> {
    let told = false;
    for (;;) {
      if (this.#stopped) return false;
      const ours = await this.#take().catch((error: unknown) => {
        // While the store is away nobody can take the seat, so it is waited for; but a person who
        // starts a controller without a database is told so at once.
        if (!(error instanceof StoreUnavailable) || !told) throw error;
        return false;
      });
      if (ours) break;
      if (!told) standingBy();
      told = true;
      await new Promise<void>((resolve) => {
        this.#clock.at(plus(this.#clock.now(), limits.standByMs), resolve);
      });
    }
    this.#beat();
    return true;
  }

  /** Called with each renewal of the campaigns' leases, after it, so that they run out first. */
  async renew(): Promise<void> {
    if (this.#stopped || await this.#take() || this.#isStopped()) return;
    this.#lost(new SwitchUnreachable("another controller has taken over"));
  }

  stop(): void {
    this.#stopped = true;
    this.#pulse?.cancel();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #take(): Promise<boolean> {
    return this.#store.takeSeat(this.#controller, limits.campaignLeaseMs);
  }

  #beat(): void {
    if (this.#stopped) return;
    const before = this.#clock.now();
    this.#pulse = this.#clock.at(plus(before, PULSE_MS), () => {
      const sleptMs = this.#clock.now() - before;
      if (sleptMs < limits.hungMs) this.#beat();
      else this.#lost(new SwitchUnreachable(`this process did nothing for ${sleptMs} ms`));
    });
  }
}
