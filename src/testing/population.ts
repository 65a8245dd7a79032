/**
 * Owns the simulated people: what a called number does, drawn from the seed, and agents who log
 * in, talk, choose a result, take a break and sometimes lose their phone.
 */
import { plus, type Clock } from "../clock.ts";
import type { LegId, PhoneName } from "../ids.ts";
import { below, chance, exponential, logNormal, type Random } from "../random.ts";
import type { Prompt } from "../telephony/pbx.ts";
import type { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import type { Callee, PhoneUser, Population } from "../telephony/virtual/world.ts";

const refuses = (
  q850: number, sip: number, rings: boolean, afterMs: number,
): Callee & { readonly does: "refuses" } => ({
  does: "refuses", rings, afterMs, cause: { q850, sip, by: "far-end" },
});

/** A network says in tones what is the matter, and then ends the call or plays on. */
function intercepted(random: Random, silent: Callee & { readonly does: "rings" }): Callee {
  const tones = chance(random, 0.5) ? "vacant" : "unknown";
  return chance(random, 0.5) ? { ...silent, tones }
    : { ...refuses(19, 480, false, 2_000 + below(random, 6_000)), tones };
}

/** The mix of a day list; shares are of all dials. */
function draw(random: Random): Callee {
  const kind = random.next();
  const ringsAfterMs = 200 + below(random, 1_500);
  const answersAfterMs = ringsAfterMs + logNormal(random, { mean: 9_000, cv: 0.6 });
  const person = { does: "answers", ringsAfterMs, answersAfterMs,
    greeting: { fromMs: 300, toMs: 1_300 } } as const;
  if (kind < 0.3) {
    return { ...person, waitsMs: 3_000 + exponential(random, 20_000),
      talksMs: logNormal(random, { mean: 60_000, cv: 0.8 }) };
  }
  if (kind < 0.35) return { ...person, waitsMs: below(random, 1_000), talksMs: below(random, 500) };
  if (kind < 0.5) return { ...person, waitsMs: 30_000, talksMs: 20_000 };
  if (kind < 0.6) return refuses(17, 486, false, 400);
  if (kind < 0.64) return refuses(21, 603, true, 4_000);
  if (kind < 0.67) return refuses(1, 404, false, 200);
  if (kind < 0.7) return refuses(34, 503, false, 150);
  const silent = { does: "rings", ringsAfterMs, earlyMedia: chance(random, 0.1) } as const;
  return silent.earlyMedia && chance(random, 0.3) ? intercepted(random, silent) : silent;
}

export const populationOf = (random: Random): Population =>
  (number, at) => draw(random.fork(`${number} at ${at}`));

export interface AgentHabits {
  readonly phone: PhoneName;
  readonly pin: string;
  readonly mode: "off-hook" | "on-hook";
}

/** One person at one phone. Logs in again whenever the phone tells that it must. */
export class SimulatedAgent implements PhoneUser {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #world: VirtualSwitch;
  readonly #habits: AgentHabits;
  #desk: LegId | undefined;

  constructor(world: VirtualSwitch, clock: Clock, random: Random, habits: AgentHabits) {
    this.#world = world;
    this.#clock = clock;
    this.#random = random;
    this.#habits = habits;
  }

  arrive(): void {
    this.#world.addPhone(this.#habits.phone, this);
    this.#logInAfter(below(this.#random, 5_000));
    this.#nextMishap();
  }

  answersAfterMs(): number {
    return 300 + below(this.#random, 400);
  }

  hears(leg: LegId, prompts: readonly Prompt[]): void {
    for (const each of prompts) {
      if (each.kind !== "prompt") continue;
      if (each.name === "enter-pin") this.#type(leg, `${this.#habits.pin}#`, 800);
      if (each.name === "preview") this.#typeChoice(leg);
      if (each.name === "wrap-up") this.#typeResult(leg);
      if (each.name === "logged-out" || each.name === "try-later") this.#logInAfter(10_000);
    }
  }

  ended(leg: LegId): void {
    if (leg !== this.#desk) return;
    this.#desk = undefined;
    // An off-hook agent whose line is gone calls again; on-hook the log-in call is meant to end.
    if (this.#habits.mode === "off-hook") this.#logInAfter(2_000 + below(this.#random, 5_000));
  }

  #logInAfter(ms: number): void {
    this.#after(ms, () => {
      if (this.#desk !== undefined) return;
      this.#desk = this.#world.dial(
        this.#habits.phone, this.#habits.mode === "off-hook" ? "*11" : "*12");
      // Its phone is out: it tries again when it may be back.
      if (this.#desk === undefined) this.#logInAfter(30_000);
    });
  }

  #typeResult(leg: LegId): void {
    const key = ["1", "2", "", "*61"][below(this.#random, 4)] ?? "";
    this.#type(leg, key, 500 + below(this.#random, 6_000));
    if (key === "*61") this.#after(60_000, () => { this.#becomeReady(leg); });
  }

  /** Most leads are dialed, some are skipped, and now and then nobody looks. */
  #typeChoice(leg: LegId): void {
    const key = ["1", "1", "1", "2", ""][below(this.#random, 5)] ?? "";
    this.#type(leg, key, 500 + below(this.#random, 6_000));
  }

  #becomeReady(leg: LegId): void {
    if (this.#habits.mode === "off-hook") this.#type(leg, "*60", 0);
    else this.#world.dial(this.#habits.phone, "*60");
  }

  #type(leg: LegId, keys: string, afterMs: number): void {
    [...keys].forEach((key, i) => {
      this.#after(afterMs + 150 * i, () => { this.#world.press(leg, key); });
    });
  }

  /** About twice a day of eight hours something happens to this phone or its user. */
  #nextMishap(): void {
    this.#after(exponential(this.#random, 4 * 3_600_000), () => {
      const { phone } = this.#habits;
      if (chance(this.#random, 0.5)) {
        this.#world.unplug(phone);
        this.#after(60_000, () => {
          this.#world.plugIn(phone);
          this.#after(1_000, () => { this.#world.dial(phone, "*60"); });
        });
      } else {
        this.#world.dial(phone, "*62");
        this.#after(300_000, () => { this.#world.dial(phone, "*60"); });
      }
      this.#nextMishap();
    });
  }

  #after(ms: number, run: () => void): void {
    this.#clock.at(plus(this.#clock.now(), ms), run);
  }
}
