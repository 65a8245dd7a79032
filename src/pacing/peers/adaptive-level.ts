/**
 * Owns the pacers that adapt a dial level: VICIdial's three methods and OSDial's. They are here to
 * be compared with, and for those who migrate and want what they know. Written from the published
 * behaviour: a level is corrected every 15 s by how many agents wait, and lowered over the limit;
 * every 2.5 s, level × agents lines are kept up. Left out: the cap of 23 trunks per server, which
 * an installation of any size changes. They remember; make one per campaign.
 */
import type { FloorSnapshot, Pacer, PacingDecision } from "../pacer.ts";

export type LevelMethod = "hard-limit" | "average" | "tapered" | "osdial-hard-limit" | "osdial-average";

export interface LevelSettings {
  readonly method: LevelMethod;
  /** VICIdial's "available only tally": counts free agents only, not those who talk. */
  readonly readyOnly: boolean;
  /** The level never passes this; VICIdial's own default is 3. */
  readonly levelMax: number;
}

const SAMPLE_MS = 1_000;
const SAMPLES = 15;
const ADAPT_MS = 15_000;
const DROPS_MS = 60_000;
const DIAL_MS = 2_500;
/** Each call placed makes the loop longer: five calls a second is the original's default. */
const PER_CALL_MS = 200;
/** Above this many calls in the last minute of which half were dropped, the level is cut. */
const FLOOD_CALLS = 20;
const CALLS_LEAST = 50;
/** OSDial's step for going over the limit, and back under it. */
const OSDIAL_DOWN = 0.98;
const OSDIAL_UP = 1.02;
/** TAPERED's "latest server time", as HHMM: 21:00. */
const TAPER_END = 2_100;

interface Sample {
  readonly ready: number;
  readonly waiting: number;
  readonly agents: number;
}

/** The campaign's counts at the end of a minute; the drop rates are reckoned only then. */
interface Minute {
  readonly calls: number;
  readonly answered: number;
  readonly abandoned: number;
}

const nothing: Minute = { calls: 0, answered: 0, abandoned: 0 };

export function adaptiveLevelPacer(settings: LevelSettings): Pacer {
  return new AdaptiveLevel(settings);
}

class AdaptiveLevel implements Pacer {
  readonly name: string;
  readonly #settings: LevelSettings;
  readonly #samples: Sample[] = [];
  /** The last six ends of a minute, the newest first. */
  readonly #minutes: Minute[] = [];
  #level = 1;
  #calls = 0;
  #sampleAt = 0;
  #adaptAt = 0;
  #minuteAt = 0;
  #dialAt = 0;

  constructor(settings: LevelSettings) {
    this.#settings = settings;
    this.name = settings.method.startsWith("osdial") ? settings.method : `vicidial-${settings.method}`;
  }

  decide(snapshot: FloorSnapshot): PacingDecision {
    const { now } = snapshot;
    if (now >= this.#sampleAt) this.#sample(snapshot);
    if (now >= this.#minuteAt) {
      this.#minuteAt = now + DROPS_MS;
      this.#minutes.unshift({
        calls: this.#calls, answered: snapshot.answered, abandoned: snapshot.abandoned,
      });
      this.#minutes.length = Math.min(6, this.#minutes.length);
    }
    if (now >= this.#adaptAt) {
      this.#adaptAt = now + ADAPT_MS;
      this.#adapt(snapshot);
    }
    if (now < this.#dialAt) return { dials: 0, why: "between-loops" };
    const decision = this.#dial(snapshot);
    this.#dialAt = now + DIAL_MS + PER_CALL_MS * decision.dials;
    return decision;
  }

  #sample({ now, agents, waiting }: FloorSnapshot): void {
    this.#sampleAt = now + SAMPLE_MS;
    this.#samples.push({
      ready: agents.filter((each) => each.state === "ready").length,
      waiting: waiting.length, agents: agents.length,
    });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  #adapt(snapshot: FloorSnapshot): void {
    const mean = (value: (each: Sample) => number): number =>
      this.#samples.reduce((sum, each) => sum + value(each), 0) / Math.max(1, this.#samples.length);
    const agents = mean((each) => each.agents);
    const spare = mean((each) => each.ready) - mean((each) => each.waiting);
    let level = this.#level * (1 + (agents > 0 ? spare / agents : 0));
    level = Math.max(1, Math.min(this.#settings.levelMax, Math.round(level * 1_000) / 1_000));
    level = this.#settings.method.startsWith("osdial")
      ? this.#osdial(level, snapshot.abandonRateMax) : this.#vicidial(level, snapshot);
    this.#level = Math.max(1, level);
  }

  /** What happened in so many minutes before the last end of one. */
  #within(minutes: number): Minute {
    const now = this.#minutes[0] ?? nothing;
    const then = this.#minutes[Math.min(minutes, this.#minutes.length - 1)] ?? nothing;
    return {
      calls: now.calls - then.calls, answered: now.answered - then.answered,
      abandoned: now.abandoned - then.abandoned,
    };
  }

  #floods(): boolean {
    const { calls, abandoned } = this.#within(1);
    return calls > FLOOD_CALLS && abandoned > calls / 2;
  }

  #isOver(abandonRateMax: number): boolean {
    const { calls, answered, abandoned } = this.#minutes[0] ?? nothing;
    return calls > CALLS_LEAST && abandoned > abandonRateMax * answered;
  }

  #vicidial(before: number, { now, abandonRateMax }: FloorSnapshot): number {
    const level = this.#floods() ? before / 2 : before;
    if (!this.#isOver(abandonRateMax)) return level;
    switch (this.#settings.method) {
      case "average": return level / 2;
      case "tapered": {
        const minutes = Math.floor(now / 60_000) % 1_440;
        // Hours and minutes are subtracted as four-digit numbers, as the original does.
        const left = TAPER_END - (Math.floor(minutes / 60) * 100 + minutes % 60);
        return left < 0 ? 1 : level * Math.min(1, left / 1_000);
      }
      default: return 1;
    }
  }

  #osdial(before: number, abandonRateMax: number): number {
    const level = this.#floods() ? before * OSDIAL_DOWN * 0.75 : before;
    if (!this.#isOver(abandonRateMax)) return level;
    if (this.#settings.method === "osdial-hard-limit") return 1;
    const keeps = ({ answered, abandoned }: Minute): boolean =>
      abandoned <= abandonRateMax * answered;
    if (!keeps(this.#within(1))) return level * OSDIAL_DOWN;
    return keeps(this.#within(5)) ? level * OSDIAL_UP : level;
  }

  #dial(snapshot: FloorSnapshot): PacingDecision {
    const count = (state: string): number =>
      snapshot.agents.filter((each) => each.state === state).length;
    const ready = count("ready");
    const talking = count("talking") + count("connecting");
    const { readyOnly } = this.#settings;
    // Wrap-up counts as paused there, hence neither as ready nor as talking.
    const goal = Math.round(this.#level * (readyOnly ? ready : ready + talking))
      + (readyOnly ? talking : 0);
    const existing = snapshot.lines.length + snapshot.waiting.length + talking;
    const room = Math.min(snapshot.next.length, snapshot.linesMax - snapshot.lines.length);
    const dials = Math.max(0, Math.min(goal - existing, room));
    this.#calls += dials;
    return { dials, why: dials > 0 ? "level" : "lines-enough" };
  }
}
