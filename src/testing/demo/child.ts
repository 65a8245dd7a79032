/**
 * Owns the processes that the demo starts for itself: the public, the phones, the controller. Each
 * ends with the demo, whatever happens to it (the kernel sees to that), and leaves its output in a
 * log.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { plus, systemClock } from "../../clock.ts";

export interface Child {
  readonly name: string;
  readonly log: string;
  /** Resolves with the exit status, or undefined when a signal ended it. Never rejects. */
  readonly ended: Promise<number | undefined>;
  /** Ends it politely, then by force; resolves when it is gone. Again is harmless. */
  stop(): Promise<void>;
  /** Sends a signal as it is; nothing when it is gone. */
  signal(name: NodeJS.Signals): void;
}

export interface ChildOrder {
  readonly name: string;
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take to end by itself after the first signal, milliseconds. */
  readonly politeMs?: number;
}

const politeMs = 3_000;

export function startChild(order: ChildOrder): Child {
  mkdirSync(dirname(order.log), { recursive: true });
  const log = openSync(order.log, "a", 0o600);
  // PR_SET_PDEATHSIG of prctl(2): who kills us by force leaves no phone behind.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", order.program, ...order.words], {
    cwd: order.cwd, stdio: ["ignore", log, log], env: { ...process.env, ...order.env },
    // A session of its own: Ctrl-C reaches the demo alone, which then ends all in good order.
    detached: true,
  });
  closeSync(log);
  let gone = false;
  const ended = new Promise<number | undefined>((resolve) => {
    const end = (status: number | undefined): void => { gone = true; resolve(status); };
    child.once("exit", (status) => { end(status ?? undefined); });
    // setpriv ends with the shell's status for a program that is not there; so do we for itself.
    child.once("error", () => { end(127); });
  });
  return {
    name: order.name,
    log: order.log,
    ended,
    signal(name) { if (!gone) child.kill(name); },
    async stop() {
      if (gone) return;
      child.kill("SIGTERM");
      // One that was stopped hears no other signal before this.
      child.kill("SIGCONT");
      const insist = systemClock.at(
        plus(systemClock.now(), order.politeMs ?? politeMs), () => { child.kill("SIGKILL"); });
      await ended;
      insist.cancel();
    },
  };
}
