/**
 * Owns a rehearsal: the production controller against the virtual switch, on simulated time and a
 * simulated store, with faults drawn from the seed, under the auditor's eyes.
 */
import { instant, plus, type Instant } from "../clock.ts";
import { Fault } from "../errors.ts";
import type { ControllerId, DialNumber, TrunkName } from "../ids.ts";
import { limits } from "../limits.ts";
import { below, chance, exponential, seededRandom, type Random } from "../random.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Log } from "../log.ts";
import { pacerFor } from "../pacing/pacers.ts";
import { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";
import { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import { Auditor } from "./auditor.ts";
import { agentNumbered, campaignSettings, trunkNamed } from "./floor-plan.ts";
import { populationOf, SimulatedAgent } from "./population.ts";
import { RehearsedDisk } from "./rehearsed-disk.ts";
import { RehearsedProcess } from "./rehearsed-process.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedStore } from "./simulated-store.ts";

export interface RehearsalPlan {
  readonly seed: number;
  readonly hours: number;
  readonly leads: number;
  readonly agents: number;
  readonly faults: boolean;
  readonly settings?: Partial<CampaignSettings>;
  /** A second campaign, for the same agents and as many other leads. */
  readonly besides?: Partial<CampaignSettings>;
  readonly log?: Log;
  /** Changes the parts before they run: a test breaks a rule here. */
  readonly spoil?:
    (parts: { readonly world: VirtualSwitch; readonly store: SimulatedStore }) => void;
}

export interface RehearsalReport {
  readonly seed: number;
  readonly hours: number;
  readonly attempts: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Attempts of each campaign, in the order of their making. */
  readonly perCampaign: readonly number[];
  readonly restarts: number;
  readonly errors: readonly string[];
  readonly breaks: readonly string[];
}

const start = instant(Date.UTC(2026, 0, 5, 9));
const hourMs = 3_600_000;

/** A UUID's shape, from the seed. */
function idsFrom(random: Random): () => string {
  const hex = (digits: number): string => Array.from({ length: digits }, () =>
    Math.floor(random.next() * 16).toString(16)).join("");
  return () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}

class Rehearsal {
  readonly #plan: RehearsalPlan;
  readonly #random: Random;
  readonly #clock = new SimulatedClock(start);
  readonly #store = new SimulatedStore(this.#clock, 2);
  readonly #world: VirtualSwitch;
  readonly #auditor: Auditor;
  readonly #newId: () => string;
  readonly #errors: string[] = [];
  readonly #processes: RehearsedProcess[] = [];
  readonly #disk = new RehearsedDisk();
  #redis = true;
  #over = false;
  #restarts = 0;
  #excusedUntil = start;

  constructor(plan: RehearsalPlan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#newId = idsFrom(this.#random.fork("ids"));
    const settings = { ...campaignSettings, ...plan.settings };
    const trunk = trunkNamed("carrier" as TrunkName);
    this.#auditor = new Auditor(this.#clock, this.#store, {
      connectWithinMs: settings.connectWithinMs, messageWithinMs: 250,
      channelsMax: trunk.channelsMax,
    });
    this.#auditor.excused = () => this.#clock.now() < this.#excusedUntil;
    this.#world = new VirtualSwitch({
      clock: this.#clock, random: this.#random.fork("switch"),
      population: populationOf(this.#random.fork("people")), onlooker: this.#auditor.see,
    });
    this.#store.addTrunk(trunk);
    const numbers = (first: number): DialNumber[] => Array.from({ length: plan.leads },
      (_, i) => `+4930${String(first + i)}` as DialNumber);
    this.#store.addCampaign(settings, "running", numbers(1_000_000));
    if (plan.besides) {
      this.#store.addCampaign(
        { ...settings, name: "besides", ...plan.besides }, "running", numbers(2_000_000));
    }
    for (let i = 1; i <= plan.agents; i++) this.#hire(i);
    plan.spoil?.({ world: this.#world, store: this.#store });
  }

  async run(): Promise<RehearsalReport> {
    const { hours, faults } = this.#plan;
    const end = plus(start, hours * hourMs);
    await this.#begin();
    if (faults) this.#faultsUntil(end);
    await this.#clock.runUntil(end);
    await this.#quiet();
    this.#auditor.close(this.#world.survey().legs.map((each) => each.leg));
    const outcomes: Record<string, number> = {};
    const perCampaign = [0, ...this.#plan.besides ? [0] : []];
    for (const { changes, campaign } of this.#store.attempts.values()) {
      perCampaign[campaign - 1] = (perCampaign[campaign - 1] ?? 0) + 1;
      const name = changes.outcome?.outcome ?? "none";
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    return {
      seed: this.#plan.seed, hours, attempts: this.#store.attempts.size, outcomes, perCampaign,
      restarts: this.#restarts, errors: this.#errors, breaks: this.#auditor.breaks,
    };
  }

  #hire(id: number): void {
    const agent = agentNumbered(id);
    this.#store.addAgent(agent, "4711");
    new SimulatedAgent(this.#world, this.#clock, this.#random.fork(agent.name), {
      phone: agent.phone, pin: "4711", mode: id % 3 === 0 ? "on-hook" : "off-hook",
    }).arrive();
  }

  /** Two controllers, as in production: one serves, the other stands by. */
  async #begin(): Promise<void> {
    this.#serveOne();
    await this.#clock.runFor(1_000);
    this.#serveOne();
  }

  /** Starts a process; when it ends by itself another one follows, as under a service manager. */
  #serveOne(): void {
    const process = this.#make();
    this.#processes.push(process);
    void process.start();
  }

  #replace(process: RehearsedProcess, afterMs: number): void {
    this.#processes.splice(this.#processes.indexOf(process), 1);
    this.#clock.at(plus(this.#clock.now(), afterMs), () => {
      if (!this.#over) this.#serveOne();
    });
  }

  #make(): RehearsedProcess {
    const log: Log = {
      line: (level, event, fields) => {
        this.#plan.log?.line(level, event, fields);
        if (level === "error") this.#errors.push(`${event} ${JSON.stringify(fields)}`);
      },
    };
    const process = new RehearsedProcess({
      id: `controller-${++this.#restarts}` as ControllerId, clock: this.#clock,
      store: this.#store, switches: [new VirtualPbx("virtual-1", this.#world)], log,
      board: { publish: () => Promise.resolve(this.#redis) }, newId: this.#newId,
      measure: () => Promise.resolve({ durationMs: 1_000, bytes: 16_044 }),
      facts: this.#disk.folder(),
      pacerFor: ({ mode }) => pacerFor(mode),
      ended: (error) => {
        if (!(error instanceof Fault)) this.#errors.push(String(error));
        this.#replace(process, 1_000);
      },
    });
    return process;
  }

  /** Lets time pass until `promise` settles. */
  async #during(promise: Promise<unknown>): Promise<void> {
    let done = false;
    const finished = promise.catch((error: unknown) => { this.#errors.push(String(error)); })
      .then(() => { done = true; });
    for (let i = 0; !done && i < 600; i++) await this.#clock.runFor(100);
    await finished;
  }

  /** Nothing new is dialed; all calls come to their end. */
  async #quiet(): Promise<void> {
    this.#world.faults = {};
    this.#store.fault = () => "none";
    this.#world.setReachable(true);
    for (const each of this.#processes) each.wake();
    // Whoever died is replaced, and whoever serves has taken over, before the end is begun.
    await this.#clock.runFor(60_000);
    const live = (): number =>
      this.#processes.reduce((sum, { controller }) => sum + controller.liveCalls, 0);
    for (const { controller } of this.#processes) controller.drain();
    // A minute at least, for events still under way; an hour bounds the longest conversation.
    for (let i = 0; i < 60 && (i === 0 || live() > 0); i++) await this.#clock.runFor(60_000);
    this.#over = true;
    for (const { controller } of [...this.#processes].reverse()) {
      await this.#during(controller.stop());
    }
  }

  /** Small faults always, and a large one now and then. */
  #faultsUntil(end: Instant): void {
    const small = this.#random.fork("small-faults");
    this.#world.faults = {
      command: () => chance(small, 0.002) ? "lost-response" : "none",
      event: () => chance(small, 0.01) ? "twice" : "once",
    };
    this.#store.fault = () => chance(small, 0.002) ? "lost-response" : "none";
    const large = this.#random.fork("large-faults");
    const next = (): void => {
      const when = plus(this.#clock.now(), exponential(large, hourMs / 4));
      if (when >= end) return;
      this.#clock.at(when, () => {
        this.#largeFault(large);
        next();
      });
    };
    next();
  }

  #largeFault(random: Random): void {
    const lastsMs = 500 + random.next() * 4_000;
    const kind = random.next();
    // Until it is mended, and until all that waited in between has come through.
    this.#excusedUntil = plus(this.#clock.now(), lastsMs + 15_000);
    const later = (run: () => void, ms = lastsMs): void => {
      this.#clock.at(plus(this.#clock.now(), ms), run);
    };
    if (kind < 0.2) {
      this.#world.setReachable(false);
      later(() => { this.#world.setReachable(true); });
    } else if (kind < 0.3) {
      this.#world.restart(lastsMs);
    } else if (kind < 0.5) {
      const fault = this.#store.fault;
      this.#store.fault = () => "away";
      later(() => { this.#store.fault = fault; });
    } else if (kind < 0.6) {
      this.#redis = false;
      later(() => { this.#redis = true; });
    } else {
      this.#hurtProcess(random, kind < 0.8, later);
    }
  }

  /** One of the processes dies, or hangs for longer than its lease and wakes up again. */
  #hurtProcess(
    random: Random, dies: boolean, later: (run: () => void, ms: number) => void,
  ): void {
    const process = this.#processes[below(random, this.#processes.length)];
    if (!process) return;
    const hangsMs = 2_000 + random.next() * 20_000;
    this.#excusedUntil = plus(this.#clock.now(), limits.seatLeaseMs + hangsMs + 15_000);
    if (dies) {
      process.kill();
      this.#replace(process, hangsMs);
    } else {
      process.hang();
      later(() => { process.wake(); }, hangsMs);
    }
  }
}

export const rehearse = (plan: RehearsalPlan): Promise<RehearsalReport> =>
  new Rehearsal(plan).run();
