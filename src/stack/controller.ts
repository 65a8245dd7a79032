/** Owns the controller as a background process: `ringwright serve`, with its log under var/log. */
import { join } from "node:path";
import { projectDir, type StackFile } from "../config.ts";
import { startDaemon, stopDaemon, type Daemon } from "./daemon.ts";

export const controllerDaemon = (varDir: string): Daemon => ({ name: "controller", varDir });

export async function startController(varDir: string, signal: AbortSignal): Promise<StackFile> {
  signal.throwIfAborted();
  await startDaemon(controllerDaemon(varDir), [join(projectDir, "bin", "ringwright"), "serve"],
    projectDir);
  return {};
}

export const stopController = (varDir: string): Promise<boolean> =>
  stopDaemon(controllerDaemon(varDir));
