/** Owns a place to try controllers at: switches, a store, agents, and who shares them. */
import { instant } from "../clock.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { ControllerId, DialNumber, TrunkName } from "../ids.ts";
import { seededRandom } from "../random.ts";
import { pacerFor } from "../pacing/pacers.ts";
import { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";
import { VirtualSwitch } from "../telephony/virtual/virtual-switch.ts";
import type { Callee } from "../telephony/virtual/world.ts";
import { agentNumbered, campaignSettings, trunkNamed } from "../testing/floor-plan.ts";
import { SimulatedAgent } from "../testing/population.ts";
import { RehearsedDisk } from "../testing/rehearsed-disk.ts";
import { RehearsedProcess } from "../testing/rehearsed-process.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { SimulatedStore } from "../testing/simulated-store.ts";

/** Answers soon, and talks for two minutes. */
export const talks = {
  does: "answers", ringsAfterMs: 200, answersAfterMs: 2_000, greeting: undefined,
  waitsMs: 20_000, talksMs: 120_000,
} as const satisfies Callee;

/** Switches, controllers that share them, and what became of each. */
export class Site {
  readonly clock = new SimulatedClock(instant(Date.UTC(2026, 0, 5, 9)));
  readonly store = new SimulatedStore(this.clock, 2);
  readonly worlds: readonly VirtualSwitch[];
  readonly ended: string[] = [];
  /** Everybody who is called. */
  callee: Callee = talks;
  readonly errors: string[] = [];
  mostLines = 0;
  /** How often a lead's leg heard the safe-harbour message. */
  messages = 0;
  #lines = 0;
  readonly #disk = new RehearsedDisk();
  #ids = 0;

  constructor(switches: number) {
    const random = seededRandom(1);
    this.worlds = Array.from({ length: switches }, (_, i) => new VirtualSwitch({
      clock: this.clock, random: random.fork(`switch ${i}`), population: () => this.callee,
      onlooker: (event) => {
        if (event.type === "dialed" && event.number !== undefined) this.#lines += 1;
        if (event.type === "ended" && /^0{8}/.test(event.leg)) this.#lines -= 1;
        this.mostLines = Math.max(this.mostLines, this.#lines);
        if (event.type === "heard" && event.prompt.kind === "prompt"
          && event.prompt.name === "safe-harbour") this.messages += 1;
      },
    }));
  }

  /** A campaign with a long list, a trunk, and agents at each switch. */
  open({ agentsEach, channels, ranks = [], settings = {} }: {
    agentsEach: number; channels: number; ranks?: readonly number[];
    settings?: Partial<CampaignSettings>;
  }): void {
    this.store.addTrunk({
      ...trunkNamed("carrier" as TrunkName), channelsMax: channels, callsPerSecond: 50,
    });
    this.store.addCampaign({ ...campaignSettings, record: false, ...settings }, "running",
      Array.from({ length: 2_000 }, (_, i) => `+4930${1_000_000 + i}` as DialNumber));
    let id = 0;
    for (const world of this.worlds) {
      for (let i = 0; i < agentsEach; i++) {
        const agent = { ...agentNumbered(++id), rank: ranks[i] ?? 5 };
        this.store.addAgent(agent, "4711");
        new SimulatedAgent(world, this.clock, seededRandom(id), {
          phone: agent.phone, pin: "4711", mode: "off-hook",
        }).arrive();
      }
    }
  }

  start(name: string): RehearsedProcess {
    const process: RehearsedProcess = new RehearsedProcess({
      id: name as ControllerId, clock: this.clock, store: this.store,
      switches: this.worlds.map((world, i) => new VirtualPbx(`virtual-${i + 1}`, world)),
      log: { line: (level, event, fields) => {
        if (level === "error") this.errors.push(`${event} ${JSON.stringify(fields)}`);
      } },
      board: { publish: () => Promise.resolve(true) }, facts: this.#disk.folder(),
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`,
      measure: () => Promise.resolve({ durationMs: 1, bytes: 16 }),
      discard: () => Promise.resolve(),
      pacerFor: ({ mode }) => pacerFor(mode),
      ended: (error) => { this.ended.push(`${name}: ${(error as Error).message}`); },
    });
    void process.start();
    return process;
  }

  /** Who has which switch. */
  shares(...processes: readonly RehearsedProcess[]): readonly (readonly string[])[] {
    return processes.map(({ controller }) => [...controller.switches].sort());
  }

  get connected(): number {
    return [...this.store.attempts.values()]
      .filter(({ facts }) => [...facts.values()].some(({ type }) => type === "connected")).length;
  }
}
