/** Owns the seats of the simulated store: who commands which switch, and its share of trunks. */
import { plus, type Clock, type Instant } from "../clock.ts";
import { Fenced } from "../errors.ts";
import type { ControllerId, Epoch, TrunkId } from "../ids.ts";
import type { Seats, ShareAsked, Trunk } from "../store/store.ts";

interface SeatRow {
  readonly pbx: string;
  controller: ControllerId | undefined;
  epoch: Epoch;
  before: Epoch;
  until: Instant;
  usable: boolean;
}

interface ShareRow {
  channels: number;
  wanted: number;
}

export class SimulatedSeats {
  readonly #clock: Clock;
  readonly #seats = new Map<string, SeatRow>();
  readonly #controllers = new Map<ControllerId, Instant>();
  /** By trunk, then by switch. */
  readonly #shares = new Map<TrunkId, Map<string, ShareRow>>();
  /** Told of each taking, by whoever looks on. */
  taken: (pbx: string, epoch: Epoch) => void = () => undefined;
  /** Told of each epoch that such a taking ends. */
  over: (epoch: Epoch) => void = () => undefined;
  #epochs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The seat's current epoch; 0 for one that was never taken. */
  epochOf(pbx: string): Epoch {
    return this.#seats.get(pbx)?.epoch ?? 0 as Epoch;
  }

  /** The switch whose seat has this epoch. Throws Fenced when none has. */
  pbxOf(epoch: Epoch): string {
    for (const seat of this.#seats.values()) if (seat.epoch === epoch) return seat.pbx;
    throw new Fenced(`epoch ${epoch} is over`);
  }

  /** Whether a controller has the switch in use. */
  isServed(pbx: string | undefined): boolean {
    const seat = pbx === undefined ? undefined : this.#seats.get(pbx);
    return seat !== undefined && seat.usable && seat.until > this.#clock.now();
  }

  take({ controller, switches, usable, leaseMs }: {
    controller: ControllerId; switches: readonly string[]; usable: readonly string[];
    leaseMs: number;
  }): Seats {
    const now = this.#clock.now();
    this.#controllers.set(controller, plus(now, leaseMs));
    for (const [id, until] of this.#controllers) if (until <= now) this.#controllers.delete(id);
    const share = Math.ceil(switches.length / this.#controllers.size);
    const rows = [...switches].sort().map((pbx) => this.#row(pbx));
    const held = rows.filter((row) => row.controller === controller);
    const mine = this.#takeFree(rows, { controller, now, most: share - held.length })
      ? rows.filter((row) => row.controller === controller) : held;
    for (const row of mine) {
      row.until = plus(now, leaseMs);
      row.usable = held.includes(row) && usable.includes(row.pbx);
    }
    return { held: mine.map(({ pbx, epoch, before }) => ({ pbx, epoch, before })), share };
  }

  /** Whether any was free to take. */
  #takeFree(
    rows: readonly SeatRow[],
    { controller, now, most }: { controller: ControllerId; now: Instant; most: number },
  ): boolean {
    let taken = 0;
    for (const row of rows) {
      if (taken >= most) break;
      if (row.controller === controller || row.until > now) continue;
      taken += 1;
      row.controller = controller;
      row.before = row.epoch;
      row.epoch = ++this.#epochs as Epoch;
      this.taken(row.pbx, row.epoch);
      this.over(row.before);
    }
    return taken > 0;
  }

  /** Whether one was moved, which every controller is told. */
  release(controller: ControllerId, switches: readonly string[] | undefined): boolean {
    if (switches === undefined) this.#controllers.delete(controller);
    let moved = false;
    for (const row of this.#seats.values()) {
      if (row.controller !== controller || switches?.includes(row.pbx) === false) continue;
      row.controller = undefined;
      row.until = 0 as Instant;
      moved = true;
    }
    return moved;
  }

  expire(): void {
    for (const row of this.#seats.values()) row.until = 0 as Instant;
    this.#controllers.clear();
  }

  share(
    epoch: Epoch, asked: readonly ShareAsked[], trunks: readonly Trunk[],
  ): ReadonlyMap<TrunkId, number> {
    const pbx = this.pbxOf(epoch);
    const answer = new Map<TrunkId, number>();
    for (const { trunk, using, wanted } of asked) {
      const channels = trunks.find((each) => each.id === trunk)?.channelsMax ?? 0;
      const shares = this.#shares.get(trunk) ?? new Map<string, ShareRow>();
      this.#shares.set(trunk, shares);
      const others = [...shares].filter(([name]) => name !== pbx);
      const sum = (of: (row: ShareRow) => number): number =>
        others.reduce((total, [, row]) => total + of(row), 0);
      const rivals = others.filter(([, row]) => row.wanted > 0);
      const before = rivals.filter(([name]) => name < pbx).length;
      const parts = rivals.length + 1;
      const fair = Math.floor(channels / parts) + (before < channels % parts ? 1 : 0);
      const most = others.some(([, row]) => row.wanted > row.channels)
        ? Math.max(fair, channels - sum((row) => row.wanted)) : channels;
      const free = channels - sum((row) => row.channels);
      const more = wanted === 0 ? 0 : rivals.length === 0 ? free : Math.min(wanted, free, most);
      const granted = Math.max(using, more);
      shares.set(pbx, { channels: granted, wanted });
      answer.set(trunk, granted);
    }
    return answer;
  }

  #row(pbx: string): SeatRow {
    const known = this.#seats.get(pbx);
    if (known) return known;
    const made: SeatRow = {
      pbx, controller: undefined, epoch: ++this.#epochs as Epoch, before: 0 as Epoch,
      until: 0 as Instant, usable: false,
    };
    this.#seats.set(pbx, made);
    return made;
  }
}
