/**
 * Owns the rules about whom may be called when, as a lawyer would check them from the carrier's
 * list of calls: by tables of its own, without a line of the gate. Stricter rules than these may
 * hold; what is reported here is wrong by any reading.
 */
import { toIso, type Clock, type Instant } from "../clock.ts";
import type { DialNumber, LegId } from "../ids.ts";
import type { WorldEvent } from "../telephony/virtual/world.ts";

interface Place {
  readonly prefix: string;
  /** Hours from UTC in the time of the rehearsal, which has no change of clocks. */
  readonly offsetHours: number;
  /** First and last hour of dialing, local time. */
  readonly from: number;
  readonly until: number;
  readonly weekends: boolean;
  /** Whether a person must be told before being recorded. */
  readonly announce: boolean;
}

/**
 * China: life insurance by telephone, 09:00 to 21:00 (2013 rules). United States: 16 CFR 310.4(c),
 * 08:00 to 21:00, and to 20:00 where the state is not known. Recording: announced in both, since
 * some states ask everybody's consent.
 */
const law: readonly Place[] = [
  { prefix: "+86", offsetHours: 8, from: 9, until: 21, weekends: true, announce: true },
  { prefix: "+1212", offsetHours: -5, from: 8, until: 20, weekends: true, announce: true },
  { prefix: "+1310", offsetHours: -8, from: 8, until: 20, weekends: true, announce: true },
];

/** Dials of one person in 24 hours, by the strictest daily cap. */
const capPerDay = 3;
const dayMs = 24 * 3_600_000;

/** A person who asked not to be called is not called from then on; what is under way may be. */
const graceMs = 5_000;

/** Q.850: no circuit, and the network's own trouble. Such a dial never rang at anybody's. */
const congestion: ReadonlySet<number> = new Set([34, 38, 41, 42]);

interface Heard {
  readonly number: DialNumber;
  readonly at: Instant;
  announced: boolean;
  answered: boolean;
}

export class LawAuditor {
  readonly #clock: Clock;
  readonly #report: (what: string) => void;
  readonly #dials = new Map<DialNumber, Instant[]>();
  readonly #listed = new Map<DialNumber, Instant>();
  readonly #legs = new Map<LegId, Heard>();
  #stoppedAt: Instant | undefined;

  constructor(clock: Clock, report: (what: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Everything was stopped by hand, or set free again. */
  killSwitch(isOn: boolean): void {
    this.#stoppedAt = isOn ? this.#clock.now() : undefined;
  }

  /** Somebody asked not to be called, or was found on a list. */
  listed(number: DialNumber): void {
    this.#listed.set(number, this.#clock.now());
  }

  see(event: WorldEvent): void {
    switch (event.type) {
      case "dialed":
        if (event.number !== undefined) this.#dialed(event.leg, event.number, event.at);
        return;
      case "heard": {
        const leg = this.#legs.get(event.leg);
        if (leg && event.prompt.kind === "prompt" && event.prompt.name === "recorded") {
          leg.announced = true;
        }
        return;
      }
      case "recorded":
        this.#recorded(event.call.replace(/^call-/, "") as LegId);
        return;
      case "answered": {
        const leg = this.#legs.get(event.leg);
        if (leg) leg.answered = true;
        return;
      }
      case "ended":
        this.#ended(event);
        return;
      default:
    }
  }

  #dialed(leg: LegId, number: DialNumber, at: Instant): void {
    this.#legs.set(leg, { number, at, announced: false, answered: false });
    const place = law.find(({ prefix }) => number.startsWith(prefix));
    if (place === undefined) {
      this.#report(`${leg} went to a place that is not allowed: ${number}`);
      return;
    }
    const local = new Date(at + place.offsetHours * 3_600_000);
    const hour = local.getUTCHours() + local.getUTCMinutes() / 60;
    const weekend = local.getUTCDay() === 0 || local.getUTCDay() === 6;
    if (hour < place.from || hour >= place.until || (weekend && !place.weekends)) {
      this.#report(`${leg} was dialed outside the hours, at ${toIso(local.getTime() as Instant)
        .slice(11, 16)} of its place`);
    }
    const recent = (this.#dials.get(number) ?? []).filter((each) => each > at - dayMs);
    recent.push(at);
    this.#dials.set(number, recent);
    if (recent.length > capPerDay) {
      this.#report(`${leg} is dial ${recent.length} of one person in a day`);
    }
    if (this.#stoppedAt !== undefined && at > this.#stoppedAt + graceMs) {
      this.#report(`${leg} was dialed while the kill switch was on`);
    }
    const listedAt = this.#listed.get(number);
    if (listedAt !== undefined && at > listedAt + graceMs) {
      this.#report(`${leg} went to somebody on the do-not-call list`);
    }
  }

  /** A dial that cannot have rung, or whose switch died, is none of those that are counted. */
  #ended({ leg: id, cause: { q850, by } }: Extract<WorldEvent, { type: "ended" }>): void {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    if (!leg || leg.answered || (!congestion.has(q850) && by !== "switch")) return;
    const dials = this.#dials.get(leg.number) ?? [];
    dials.splice(dials.indexOf(leg.at), 1);
  }

  #recorded(leg: LegId): void {
    const heard = this.#legs.get(leg);
    const place = law.find(({ prefix }) => heard?.number.startsWith(prefix));
    if (heard && place?.announce === true && !heard.announced) {
      this.#report(`${leg} was recorded before the person was told`);
    }
  }
}
