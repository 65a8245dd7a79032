/**
 * Owns whose processor time a round takes: of the controller's process, and of the trees of
 * processes under Postgres, Asterisk and SIPp. On a machine that all share, that is what bounds
 * the calls per second.
 */
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

function treeMs(all: ReadonlyMap<number, Process>, root: number | undefined): number {
  if (root === undefined) return 0;
  let ms = all.get(root)?.ms ?? 0;
  for (const [pid, { parent }] of all) if (parent === root) ms += treeMs(all, pid);
  return ms;
}

export function processorTimes(): ProcessorTimes {
  const { varDir } = loadConfig();
  const all = processes();
  let sipp = 0;
  for (const [, { parent, name, ms }] of all) {
    if (parent === process.pid && name === "sipp") sipp += ms;
  }
  return {
    ours: ownProcessorMs(), sipp,
    postgres: treeMs(all, runningPid({ name: "postgres", varDir })),
    asterisk: treeMs(all, runningPid({ name: "asterisk", varDir })),
  };
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
