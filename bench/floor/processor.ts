/**
 * Owns whose processor time a round takes: of the controller's process, and of the trees of
 * processes under Postgres, Asterisk and SIPp. On a machine that all share, that is what bounds
 * the calls per second; so they may be set apart, as switch and controller are in production.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { loadConfig } from "../../src/config.ts";
import { runningPid } from "../../src/stack/daemon.ts";
import { ownProcessorMs } from "../../src/testing/processor-time.ts";

export type Part = "ours" | "postgres" | "asterisk" | "sipp";

/** Milliseconds of processor since each part began. */
export type ProcessorTimes = Readonly<Record<Part, number>>;

/** The kernel counts in ticks of a hundredth of a second, whatever its own rate (USER_HZ). */
const tickMs = 10;

interface Process {
  readonly parent: number;
  readonly name: string;
  readonly ms: number;
}

function processes(): ReadonlyMap<number, Process> {
  const found = new Map<number, Process>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${entry}/stat`, "utf8");
    } catch {
      continue; // It ended between the two looks.
    }
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const ms = ((fields[11] ?? 0) + (fields[12] ?? 0)) * tickMs;
    found.set(Number(entry), { parent: fields[1] ?? 0, name, ms });
  }
  return found;
}

/** A process and all that it started. */
function tree(all: ReadonlyMap<number, Process>, root: number | undefined): readonly number[] {
  if (root === undefined) return [];
  const children = [...all].filter(([, { parent }]) => parent === root);
  return [root, ...children.flatMap(([pid]) => tree(all, pid))];
}

function partsOf(all: ReadonlyMap<number, Process>): Readonly<Record<Part, readonly number[]>> {
  const { varDir } = loadConfig();
  return {
    ours: [process.pid],
    sipp: [...all].flatMap(([pid, { parent, name }]) =>
      parent === process.pid && name === "sipp" ? [pid] : []),
    postgres: tree(all, runningPid({ name: "postgres", varDir })),
    asterisk: tree(all, runningPid({ name: "asterisk", varDir })),
  };
}

export function processorTimes(): ProcessorTimes {
  const all = processes();
  const { sipp, postgres, asterisk } = partsOf(all);
  const ms = (pids: readonly number[]): number =>
    pids.reduce((sum, pid) => sum + (all.get(pid)?.ms ?? 0), 0);
  return {
    ours: ownProcessorMs(), sipp: ms(sipp), postgres: ms(postgres), asterisk: ms(asterisk),
  };
}

/** Switch and callees on the first core; whoever controls them, and the database, on the second. */
export function setApart(): void {
  const { ours, sipp, postgres, asterisk } = partsOf(processes());
  for (const [core, pids] of [["0", [...asterisk, ...sipp]], ["1", [...ours, ...postgres]]] as const) {
    for (const pid of pids) execFileSync("taskset", ["-acp", core, String(pid)], { stdio: "ignore" });
  }
}

/** What each part took between two looks, in milliseconds for each of `calls`. */
export function perCall(
  before: ProcessorTimes, after: ProcessorTimes, calls: number,
): Readonly<Record<Part, number>> {
  const of = (part: Part): number =>
    Math.round((after[part] - before[part]) / calls * 100) / 100;
  return {
    ours: of("ours"), postgres: of("postgres"), asterisk: of("asterisk"), sipp: of("sipp"),
  };
}
