/** Owns what all parts of the local stack have in common, so that up, down and status are loops. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Config, StackFile } from "../config.ts";
import { readStackFile, stackFilePath } from "../config.ts";
import type { Text } from "../language.ts";
import type { Daemon } from "./daemon.ts";
import type { Secrets } from "./secrets.ts";

export interface Start {
  readonly varDir: string;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Says what a long step is at. */
  readonly note: (detail: string) => void;
}

export interface Service {
  readonly daemon: Daemon;
  readonly label: Text;
  /** The environment variable that names a server somebody else runs, and whether it is set. */
  readonly variable: string | undefined;
  isExternal(environment: Config): boolean;
  /** Where it is, for a person: host and port, without a password. Undefined when unknown. */
  place(config: Config): string | undefined;
  /** Whether it answers now. */
  answers(config: Config): Promise<boolean>;
  /** Starts it and returns what the other commands need to reach it. */
  start(start: Start): Promise<StackFile>;
  /** False when there was nothing to stop. */
  stop(): Promise<boolean>;
  /** The lines of the stack file that go when it stops. */
  readonly entries: readonly (keyof StackFile)[];
}

/** Replaces the stack file as a whole; only its owner may read it. */
export function writeStackFile(varDir: string, stack: StackFile): void {
  const path = stackFilePath(varDir);
  if (Object.keys(stack).length === 0) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function forget(varDir: string, entries: readonly (keyof StackFile)[]): void {
  const kept = Object.entries(readStackFile(varDir))
    .filter(([name]) => !(entries as readonly string[]).includes(name));
  writeStackFile(varDir, Object.fromEntries(kept));
}
