/**
 * Owns what every command of the CLI shares: its language, where it prints, and how it ends. A
 * group of commands is one file in cli/ that exports a Register function.
 */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import type { Text } from "../language.ts";

export interface CliContext {
  /** The variables the command was started with, for showing where a value comes from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read when first needed, so that `--help` works with a bad configuration. */
  config(): Config;
  /** `text` in the person's language. */
  say(text: Text): string;
  /** One line for a person, on standard output; nothing with `--json`. */
  print(line: string): void;
  /** The result for a program: one JSON document on standard output. */
  printJson(value: unknown): void;
  /** Any text on standard output, as it is: for what is redrawn, and for streams of JSON. */
  write(text: string): void;
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Standard output is a terminal: progress may be redrawn in place. */
  readonly terminal: boolean;
  /** Aborted by Ctrl-C or SIGTERM; a command that sees it cleans up and returns. */
  readonly signal: AbortSignal;
  /** The status the process ends with when the command returns; 0 unless set. */
  exitCode: number;
}

export type Register = (program: Command, context: CliContext) => void;
