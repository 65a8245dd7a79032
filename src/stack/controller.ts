/**
 * Owns the controller as a background process: `ringwright serve`, with its log under var/log. It
 * is ready when it has said so: connected to database and switches, and its campaigns claimed.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectDir, type StackFile } from "../config.ts";
import { runningPid, startDaemon, stopDaemon, waitReady, type Daemon } from "./daemon.ts";

export const controllerDaemon = (varDir: string): Daemon => ({ name: "controller", varDir });

const readyFile = (varDir: string): string => join(varDir, "run", "controller.ready");

/** Whether it runs and serves. */
export const controllerServes = (varDir: string): boolean =>
  runningPid(controllerDaemon(varDir)) !== undefined && existsSync(readyFile(varDir));

/** Throws UserError with the end of its log when it dies before it serves. */
export async function startController(varDir: string, signal: AbortSignal): Promise<StackFile> {
  signal.throwIfAborted();
  const daemon = controllerDaemon(varDir);
  // One that was killed leaves its word behind.
  rmSync(readyFile(varDir), { force: true });
  await startDaemon(daemon, [
    join(projectDir, "bin", "ringwright"), "serve", "--ready-file", readyFile(varDir),
  ], projectDir);
  try {
    await waitReady(daemon, () => Promise.resolve(existsSync(readyFile(varDir))), signal);
  } catch (error) {
    await stopController(varDir);
    throw error;
  }
  return {};
}

export const stopController = (varDir: string): Promise<boolean> =>
  stopDaemon(controllerDaemon(varDir));
