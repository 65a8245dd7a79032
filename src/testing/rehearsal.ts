/**
 * Owns a rehearsal: production controllers and the production gate against virtual switches, on
 * simulated time and a simulated store, with faults drawn from the seed, under the auditor's eyes.
 */
import { instant, plus, type Instant } from "../clock.ts";
import { Fault } from "../errors.ts";
import type { ControllerId, DialNumber, TrunkName } from "../ids.ts";
import { below, exponential, seededRandom, type Random } from "../random.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { Log } from "../log.ts";
import type { Pacer } from "../pacing/pacer.ts";
import { pacerFor } from "../pacing/pacers.ts";
import { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";
import { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import { gatedStore } from "../engine/gated-store.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import type { Store, Trunk } from "../store/store.ts";
import { Auditor } from "./auditor.ts";
import { agentNumbered, campaignSettings, trunkNamed } from "./floor-plan.ts";
import { populationOf, SimulatedAgent } from "./population.ts";
import { RehearsedDisk } from "./rehearsed-disk.ts";
import { RehearsedFaults } from "./rehearsed-faults.ts";
import { RehearsedProcess } from "./rehearsed-process.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { places, plainStore, simulatedCompliance, SimulatedLists } from "./simulated-compliance.ts";
import { SimulatedStore } from "./simulated-store.ts";

export interface RehearsalPlan {
  readonly seed: number;
  readonly hours: number;
  readonly leads: number;
  readonly agents: number;
  readonly faults: boolean;
  /** One, unless said otherwise; two controllers share them. */
  readonly switches?: number;
  /** Behind the gate, with people in several countries; else everybody may be called. */
  readonly lawful?: boolean;
  readonly settings?: Partial<CampaignSettings>;
  /** A second campaign, for the same agents and as many other leads. */
  readonly besides?: Partial<CampaignSettings>;
  readonly log?: Log;
  /** Changes the parts before they run: a test breaks a rule here. */
  readonly spoil?: (parts: {
    readonly world: VirtualSwitch; readonly store: SimulatedStore; readonly lists: SimulatedLists;
  }) => void;
  /** What the controllers pace by instead of the mode, for a test that breaks the pacer. */
  readonly pacer?: Pacer;
  /** What the controllers use instead of the gate, for a test that breaks the gate. */
  readonly gate?: (store: Store) => Store;
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

/** Half in China, the others in two zones of America and where nobody may be called. */
const placesOf = [0, 0, 0, 0, 1, 1, 2, 3] as const;

function numberOf(lead: number, lawful: boolean): DialNumber {
  if (!lawful) return `+4930${String(lead)}` as DialNumber;
  const { prefix } = places[placesOf[lead % placesOf.length] ?? 0] ?? places[0];
  const digits = prefix.startsWith("+86") ? 8 : 7;
  return `${prefix}${String(20_000_000 + lead).slice(-digits)}` as DialNumber;
}

/** As often as the cap of the place allows, and then some. */
const eagerly = Object.fromEntries(Object.entries(campaignSettings.retry).map(([why, retry]) =>
  [why, "attemptsMax" in retry ? { ...retry, attemptsMax: 6 } : retry],
)) as unknown as CampaignSettings["retry"];

/**
 * What docs/pacing.md says of the loan: 2.4 × agents^0.75 people and one for each switch's floor,
 * less and less until the window has 1,000 answers. Another one each may be lost by an agent whose
 * phone fails while a line rings for it.
 */
const lentTo = (agents: number, switches: number) => (answered: number): number =>
  switches * (2 + 2.4 * (agents / switches) ** 0.75 * Math.max(0, 1 - answered / 1_000));

class Rehearsal {
  readonly #plan: RehearsalPlan;
  readonly #random: Random;
  readonly #clock = new SimulatedClock(start);
  readonly #store = new SimulatedStore(this.#clock, 2);
  readonly #lists = new SimulatedLists();
  readonly #worlds: readonly VirtualSwitch[];
  readonly #auditor: Auditor;
  readonly #newId: () => string;
  readonly #errors: string[] = [];
  readonly #processes: RehearsedProcess[] = [];
  readonly #disk = new RehearsedDisk();
  readonly #gate: (store: Store) => Store;
  #redis = true;
  #over = false;
  #restarts = 0;
  #excusedUntil = start;

  /** `gate` is put between every controller and the store. */
  constructor(plan: RehearsalPlan, gate: (parts: GateParts) => Store) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#newId = idsFrom(this.#random.fork("ids"));
    const lawful = plan.lawful === true;
    const settings: CampaignSettings = {
      ...campaignSettings, ...lawful && { purpose: "insurance", retry: eagerly }, ...plan.settings,
    };
    const trunk = trunkNamed("carrier" as TrunkName);
    this.#auditor = new Auditor(this.#clock, this.#store, {
      connectWithinMs: settings.connectWithinMs, messageWithinMs: 250,
      channelsMax: trunk.channelsMax, callsPerSecond: trunk.callsPerSecond,
      abandonRateMax: settings.abandonRateMax, lawful,
      // The packs of the places that are called ask for thirty days.
      ...(lawful || (settings.abandonWithinDays ?? 1) > 1)
        && { dayRateMax: 4 * settings.abandonRateMax / 3 },
      ...settings.mode.kind === "predictive" && !plan.besides && {
        lent: lentTo(plan.agents, plan.switches ?? 1),
      },
    });
    this.#auditor.excused = () => this.#clock.now() < this.#excusedUntil;
    this.#worlds = Array.from({ length: plan.switches ?? 1 }, (_, i) => new VirtualSwitch({
      clock: this.#clock, random: this.#random.fork(i === 0 ? "switch" : `switch ${i}`),
      population: populationOf(this.#random.fork("people")),
      onlooker: this.#auditor.at(`virtual-${i + 1}`),
    }));
    this.#gate = plan.gate ?? ((store) => !lawful ? store
      : gate({
        store: plainStore(this.#store), clock: this.#clock,
        compliance: simulatedCompliance(this.#store, this.#lists),
      }));
    this.#furnish(settings, trunk);
    const [world] = this.#worlds;
    if (world) plan.spoil?.({ world, store: this.#store, lists: this.#lists });
  }

  #furnish(settings: CampaignSettings, trunk: Trunk): void {
    const { leads, agents, besides, lawful } = this.#plan;
    this.#store.addTrunk(trunk);
    const numbers = (first: number): DialNumber[] => Array.from(
      { length: leads }, (_, i) => numberOf(first + i, lawful === true));
    this.#store.addCampaign(settings, "running", numbers(1_000_000));
    if (besides) {
      this.#store.addCampaign(
        { ...settings, name: "besides", ...besides }, "running", numbers(2_000_000));
    }
    for (let i = 1; i <= agents; i++) this.#hire(i);
  }

  async run(): Promise<RehearsalReport> {
    const { hours, faults, lawful, seed, besides } = this.#plan;
    const end = plus(start, hours * hourMs);
    await this.#begin();
    const trouble = faults ? new RehearsedFaults({
      clock: this.#clock, store: this.#store, worlds: this.#worlds, processes: this.#processes,
      setRedis: (isThere) => { this.#redis = isThere; },
      replace: (process, afterMs) => { this.#replace(process, afterMs); },
      began: (until) => { this.#troubleUntil(until); },
    }, this.#random) : undefined;
    trouble?.until(end);
    if (lawful === true) this.#wishesUntil(end);
    await this.#clock.runUntil(end);
    trouble?.stop();
    await this.#quiet();
    this.#auditor.close(this.#worlds.flatMap((world) => world.survey().legs.map(({ leg }) => leg)));
    const outcomes: Record<string, number> = {};
    const perCampaign = [0, ...besides ? [0] : []];
    for (const { changes, campaign } of this.#store.attempts.values()) {
      perCampaign[campaign - 1] = (perCampaign[campaign - 1] ?? 0) + 1;
      const name = changes.outcome?.outcome ?? "none";
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    return {
      seed, hours, attempts: this.#store.attempts.size, outcomes, perCampaign,
      restarts: this.#restarts, errors: this.#errors, breaks: this.#auditor.breaks,
    };
  }

  #troubleUntil(until: Instant): void {
    if (this.#excusedUntil <= this.#clock.now()) this.#auditor.faultBegan();
    this.#excusedUntil = Math.max(this.#excusedUntil, until) as Instant;
  }

  /** People who do not want to be called any more, and now and then a hand at the kill switch. */
  #wishesUntil(end: Instant): void {
    const random = this.#random.fork("wishes");
    const { law } = this.#auditor;
    const next = (): void => {
      const when = plus(this.#clock.now(), exponential(random, 60_000));
      if (when >= end) return;
      this.#clock.at(when, () => {
        const number = numberOf(1_000_000 + below(random, this.#plan.leads), true);
        this.#lists.doNotCall.add(number);
        law.listed(number);
        if (below(random, 60) === 0) this.#stopAll();
        next();
      });
    };
    next();
  }

  #stopAll(): void {
    const turn = (isOn: boolean): void => {
      this.#lists.killSwitchOn = isOn;
      this.#auditor.law.killSwitch(isOn);
    };
    turn(true);
    this.#clock.at(plus(this.#clock.now(), 120_000), () => { turn(false); });
  }

  #hire(id: number): void {
    const agent = agentNumbered(id);
    this.#store.addAgent(agent, "4711");
    const world = this.#worlds[id % this.#worlds.length];
    if (!world) return;
    new SimulatedAgent(world, this.#clock, this.#random.fork(agent.name), {
      phone: agent.phone, pin: "4711", mode: id % 3 === 0 ? "on-hook" : "off-hook",
    }).arrive();
  }

  /** Two controllers, as in production: they share the switches, or one stands by. */
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
      store: this.#gate(this.#store), log,
      switches: this.#worlds.map((world, i) => new VirtualPbx(`virtual-${i + 1}`, world)),
      board: { publish: () => Promise.resolve(this.#redis) }, newId: this.#newId,
      measure: () => Promise.resolve({ durationMs: 1_000, bytes: 16_044 }),
      discard: () => Promise.resolve(),
      facts: this.#disk.folder(),
      pacerFor: ({ mode }) => this.#plan.pacer ?? pacerFor(mode),
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
}

type GateParts = Omit<Parameters<typeof gatedStore>[0], "rulebook">;

export async function rehearse(plan: RehearsalPlan): Promise<RehearsalReport> {
  const rulebook = await loadRulebook();
  return new Rehearsal(plan, (parts) => gatedStore({ ...parts, rulebook })).run();
}
