/**
 * Owns legs that nobody here knows: left by a controller whose attempt is closed, or by a phone
 * that is nobody's. An answered person hears the message; then the leg is ended.
 */
import { plus, type Clock } from "../clock.ts";
import { Fault, messageOf } from "../errors.ts";
import type { LegId, PlayId } from "../ids.ts";
import { limits } from "../limits.ts";
import { prompt } from "../agent/prompts.ts";
import type { Log } from "../log.ts";
import type { LiveLeg, Pbx, PbxEvent } from "../telephony/pbx.ts";
import type { SwitchLink } from "./switch-link.ts";

export class StrayLegs {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #newId: () => string;

  constructor(clock: Clock, log: Log, newId: () => string) {
    this.#clock = clock;
    this.#log = log;
    this.#newId = newId;
  }

  end(pbx: Pbx, live: LiveLeg): void {
    const { leg, tags, state } = live;
    // The switch plays the message by itself, or hands it to us: then we are told.
    if (tags.attempt !== undefined && state === "answered") return;
    this.#log.line("warn", "stray-leg", { pbx: pbx.name, leg, campaign: tags.campaign });
    if (tags.attempt === undefined || state !== "up") this.#dismiss(pbx, leg);
    else this.#message(pbx, leg);
  }

  /** An event of a leg that nobody here knows. */
  event(pbx: Pbx, event: PbxEvent): void {
    // A phone that is nobody's gets no answer from us, and no way to anywhere.
    if (event.type === "leg-arrived") this.#dismiss(pbx, event.leg);
    if (event.type === "leg-answered") {
      this.#answered(pbx, event.leg)
        .catch((error: unknown) => { this.#gone(event.leg, error); });
    }
  }

  /** A lead answered whom nobody here has called; a phone that somebody rang is theirs. */
  async #answered(pbx: Pbx, leg: LegId): Promise<void> {
    const [live] = await pbx.strangers((each) => each !== leg);
    if (live?.tags.attempt === undefined) return;
    this.#log.line("warn", "stray-leg", { pbx: pbx.name, leg });
    this.#message(pbx, leg);
  }

  #message(pbx: Pbx, leg: LegId): void {
    pbx.play({
      play: this.#newId() as PlayId, leg, over: false, prompts: [prompt("safe-harbour", "en")],
    }).catch((error: unknown) => { this.#gone(leg, error); });
    const at = plus(this.#clock.now(), limits.eventGraceMs);
    this.#clock.at(at, () => { this.#dismiss(pbx, leg); });
  }

  /**
   * A hang-up may be lost, and a switch that was stuck carries out late what it was told: lines of
   * attempts that are over may ring or be up. Only those are ended here: any other may be new.
   */
  async endLate(link: SwitchLink, knows: (leg: LegId) => boolean): Promise<void> {
    try {
      for (const live of await link.pbx.strangers(knows)) {
        if (link.usable && live.tags.attempt !== undefined && !knows(live.leg)) {
          this.end(link.pbx, live);
        }
      }
    } catch (error) {
      // After its return it is surveyed anyway.
      if (!(error instanceof Fault)) throw error;
    }
  }

  #dismiss(pbx: Pbx, leg: LegId): void {
    pbx.hangUp(leg, "normal").catch((error: unknown) => { this.#gone(leg, error); });
  }

  /** It ended by itself, or the switch is away: the survey after its return finds it again. */
  #gone(leg: LegId, error: unknown): void {
    this.#log.line("warn", "stray-leg-not-ended", { leg, why: messageOf(error) });
  }
}
