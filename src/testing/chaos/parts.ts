/** Owns hurting the parts of a running stack: their sudden death, their hanging, their return. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plus, systemClock } from "../../clock.ts";
import { loadConfig, projectDir } from "../../config.ts";
import { restartDaemon, runningPid, type Daemon } from "../../stack/daemon.ts";
import { environmentConfig } from "../../stack/up.ts";
import { servicesOf } from "../../stack/local-stack.ts";
import { waitUntil } from "../../stack/patience.ts";
import { startChild, type Child } from "../demo/child.ts";
import { ChaosFailure } from "./failure.ts";
import type { Kill, Victim } from "./judge.ts";

/** A server that died is started again at once; it may take this long to answer, milliseconds. */
const returnMs = 60_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => {
  systemClock.at(plus(systemClock.now(), ms), resolve);
});

const names: Readonly<Record<Exclude<Victim, "controller">, string>> =
  { switch: "asterisk", postgres: "postgres", redis: "redis" };

function serviceOf(victim: Exclude<Victim, "controller">) {
  const found = servicesOf(environmentConfig())
    .find(({ daemon }) => daemon.name === names[victim]);
  if (!found) throw new ChaosFailure(`${victim} is no part of the stack`);
  return found;
}

function signal(daemon: Daemon, name: NodeJS.Signals): void {
  const pid = runningPid(daemon);
  if (pid === undefined) throw new ChaosFailure(`${daemon.name} is not running`);
  process.kill(pid, name);
}

/** Does one fault to a server of the stack, and resolves when it answers again. */
export async function hurt(
  victim: Exclude<Victim, "controller">, manner: Kill["manner"], awayMs: number,
): Promise<Kill> {
  const { daemon, answers } = serviceOf(victim);
  const at = systemClock.now();
  signal(daemon, manner === "kill" ? "SIGKILL" : "SIGSTOP");
  await pause(awayMs);
  if (manner === "hang") signal(daemon, "SIGCONT");
  const back = await waitUntil(async () => {
    // A first start may find its port still held by what is dying.
    if (runningPid(daemon) === undefined) await restartDaemon(daemon);
    return await answers(loadConfig()) || undefined;
  }, { deadlineMs: returnMs });
  if (!back) throw new ChaosFailure(`${victim} did not come back`);
  return { victim, manner, at, backAt: systemClock.now() };
}

/** The status of a controller that another one took a switch from. */
const lostSeat = 3;

/** The controllers, each kept running by us as a service manager would. */
export class Controllers {
  readonly #folder: string;
  readonly #living = new Map<string, Child>();
  /** Controllers that ended by themselves, and not because they lost their seat. */
  readonly crashes: string[] = [];
  #starts = 0;
  #over = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts one and resolves when it serves or stands by; it is started again whenever it ends. */
  async keep(name: string): Promise<void> {
    const child = startChild({
      name, program: join(projectDir, "bin", "ringwright"), words: ["serve"], cwd: projectDir,
      log: join(this.#folder, `${name}-${++this.#starts}.log`), politeMs: 15_000,
      env: { RINGWRIGHT_CONTROLLER: name },
    });
    this.#living.set(name, child);
    let gone = false;
    void child.ended.then(async (status) => {
      gone = true;
      if (this.#over || this.#living.get(name) !== child) return;
      if (status !== lostSeat) this.crashes.push(`ended with ${status ?? "a signal"}: ${child.log}`);
      await pause(500);
      if (!this.#over && this.#living.get(name) === child) await this.keep(name);
    });
    await waitUntil(() => Promise.resolve(
      gone || / serving controller=| standing-by/.test(readFileSync(child.log, "utf8")) || undefined,
    ), { deadlineMs: returnMs });
  }

  /** Kills one, or lets it hang; resolves when it, or the one in its place, is there again. */
  async hurt(name: string, manner: Kill["manner"], awayMs: number): Promise<Kill> {
    const child = this.#living.get(name);
    if (!child) throw new ChaosFailure(`${name} is no controller`);
    const at = systemClock.now();
    child.signal(manner === "kill" ? "SIGKILL" : "SIGSTOP");
    if (manner === "kill") this.#living.delete(name);
    await pause(awayMs);
    if (manner === "hang") child.signal("SIGCONT");
    else await this.keep(name);
    return { victim: "controller", manner, at, backAt: systemClock.now() };
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#living.values()].map((each) => each.stop()));
  }
}

