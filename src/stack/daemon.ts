/**
 * Owns the background processes of the local stack: starting one so that it outlives us, knowing
 * it again, and stopping it. A process is known by its pid, its start time and the boot it was
 * started in, so that a pid used again by a stranger is never taken for ours.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync }
  from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import type { Argv } from "./command.ts";
import { waitUntil } from "./patience.ts";

export interface DaemonRecord {
  readonly pid: number;
  /** Clock ticks after the boot, field 22 of /proc/PID/stat (see proc_pid_stat(5)). */
  readonly startTicks: string;
  /** /proc/sys/kernel/random/boot_id: start ticks of two boots cannot be compared. */
  readonly boot: string;
  /** How it was started, for starting it again as it was; holds no secret. */
  readonly argv?: Argv;
  readonly cwd?: string;
}

export interface Daemon {
  /** `postgres`, `redis`, `asterisk`, `controller`: names its record and its log. */
  readonly name: string;
  readonly varDir: string;
}

export const logPath = ({ varDir, name }: Daemon): string => join(varDir, "log", `${name}.log`);
export const recordPath = ({ varDir, name }: Daemon): string => join(varDir, "run", `${name}.json`);

/** The start time out of /proc/PID/stat; the second field may itself hold spaces and brackets. */
export function startTicksIn(stat: string): string | undefined {
  const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = afterName[0];
  // A zombie is over: it only waits for its parent to take note.
  return state === "Z" || state === "X" ? undefined : afterName[19];
}

function startTicksOf(pid: number): string | undefined {
  try {
    return startTicksIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Whatever the reason, a process whose start time cannot be read cannot be proven ours.
    return undefined;
  }
}

const bootId = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** The pid of the daemon when the very process we started is still there. */
export function runningPid(daemon: Daemon): number | undefined {
  let record: DaemonRecord;
  try {
    record = JSON.parse(readFileSync(recordPath(daemon), "utf8")) as DaemonRecord;
  } catch {
    return undefined;
  }
  const same = record.boot === bootId() && startTicksOf(record.pid) === record.startTicks;
  return same ? record.pid : undefined;
}

/** Notes that `pid` is the daemon. Renamed into place, so that a record is whole or absent. */
export function recordProcess(
  daemon: Daemon, pid: number, start: { readonly argv?: Argv; readonly cwd?: string } = {},
): void {
  const startTicks = startTicksOf(pid) ?? "gone";
  const record: DaemonRecord = { pid, startTicks, boot: bootId(), ...start };
  writeFileSync(`${recordPath(daemon)}.new`, JSON.stringify(record));
  renameSync(`${recordPath(daemon)}.new`, recordPath(daemon));
}

/** Starts a program in a session of its own, its output in the log; does not wait for readiness. */
export async function startDaemon(daemon: Daemon, argv: Argv, cwd: string): Promise<number> {
  mkdirSync(dirname(logPath(daemon)), { recursive: true });
  mkdirSync(dirname(recordPath(daemon)), { recursive: true });
  const log = openSync(logPath(daemon), "w", 0o600);
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { cwd, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const pid = child.pid ?? 0;
  child.unref();
  recordProcess(daemon, pid, { argv, cwd });
  return pid;
}

/** Starts a daemon that died anew, with the same words, so at the same place. */
export async function restartDaemon(daemon: Daemon): Promise<void> {
  const { argv, cwd } = JSON.parse(readFileSync(recordPath(daemon), "utf8")) as DaemonRecord;
  if (argv === undefined || cwd === undefined) throw new Error(`${daemon.name} was not started here`);
  await startDaemon(daemon, argv, cwd);
}

/** The end of the daemon's log, without colours. */
export function lastLogLines(daemon: Daemon, count = 5): string {
  try {
    const lines = readFileSync(logPath(daemon), "utf8").trimEnd().split("\n").slice(-count);
    return lines.join("\n    ").replaceAll(/\u001b\[[0-9;]*m/g, "");
  } catch {
    return "";
  }
}

/** Waits for the first answer; throws UserError with the log's end when the process dies first. */
export async function waitReady(
  daemon: Daemon, answers: () => Promise<boolean>, signal: AbortSignal,
): Promise<void> {
  const ready = await waitUntil(async () => {
    if (runningPid(daemon) === undefined) return "died";
    return (await answers()) ? "ready" : undefined;
  }, { deadlineMs: limits.stackReadyMs, signal });
  if (ready === "ready") return;
  const seconds = limits.stackReadyMs / 1000;
  throw new UserError(
    ready === "died"
      ? text(`${daemon.name} ended at once`, `${daemon.name} 启动后立即退出`)
      : text(`${daemon.name} did not answer within ${seconds} s`,
        `${daemon.name} 在 ${seconds} 秒内没有应答`),
    text(`its log ${logPath(daemon)} ends with:\n    ${lastLogLines(daemon)}`,
      `其日志 ${logPath(daemon)} 的末尾：\n    ${lastLogLines(daemon)}`),
    3,
  );
}

/**
 * Asks the daemon to end, insists after `patienceMs`, and resolves when it is gone. False when
 * there was nothing to stop. `polite` is SIGTERM but for Postgres, whose fast stop is SIGINT.
 */
export async function stopDaemon(
  daemon: Daemon,
  { polite = "SIGTERM", patienceMs = limits.stackStopMs }:
  { readonly polite?: "SIGTERM" | "SIGINT"; readonly patienceMs?: number } = {},
): Promise<boolean> {
  const pid = runningPid(daemon);
  if (pid === undefined) {
    rmSync(recordPath(daemon), { force: true });
    return false;
  }
  const isGone = async (): Promise<true | undefined> =>
    Promise.resolve(runningPid(daemon) === undefined || undefined);
  for (const signal of [polite, "SIGKILL"] as const) {
    if (runningPid(daemon) !== undefined) process.kill(pid, signal);
    if (await waitUntil(isGone, { deadlineMs: patienceMs })) break;
  }
  rmSync(recordPath(daemon), { force: true });
  return true;
}
