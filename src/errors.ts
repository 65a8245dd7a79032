/**
 * Owns the three kinds of error. An outcome is a value, never thrown. A Fault comes from outside
 * and says whose it is, which decides the retry. A UserError is a person's input that cannot be
 * used: it says what, where and how to mend it. Anything else thrown is a bug.
 */
import type { Language, Text } from "./language.ts";

export type FaultOwner = "lead" | "carrier" | "switch" | "store" | "us";

export abstract class Fault extends Error {
  abstract readonly code: string;
  abstract readonly fault: FaultOwner;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The switch did not answer, or its socket is down: whether the command acted is not known. */
export class SwitchUnreachable extends Fault {
  readonly code = "switch-unreachable";
  readonly fault = "switch";
}

/** The switch answered and refused; sending it again unchanged will not help. */
export class SwitchRefused extends Fault {
  readonly code = "switch-refused";
  readonly fault = "switch";
}

/** The leg is not on the switch (any more): a normal race with a hang-up. */
export class LegGone extends Fault {
  readonly code = "leg-gone";
  readonly fault = "switch";
}

/** Postgres or Redis is away or refused. */
export class StoreUnavailable extends Fault {
  readonly code = "store-unavailable";
  readonly fault = "store";
}

/** Another controller holds the lease: this one must stop writing at once. */
export class Fenced extends Fault {
  readonly code = "fenced";
  readonly fault = "us";
}

/** A value that would be dangerous on a wire (a control character, a forbidden letter). */
export class UnsafeValue extends Fault {
  readonly code = "unsafe-value";
  readonly fault = "us";
}

/** Exit codes: 1 a check failed, 2 wrong input or usage, 3 something outside is away. */
export type ExitCode = 1 | 2 | 3;

/** Something a person can mend. Printed as two lines: what and where, then how to mend it. */
export class UserError extends Error {
  readonly what: Text;
  readonly remedy: Text;
  readonly exitCode: ExitCode;

  constructor(what: Text, remedy: Text, exitCode: ExitCode = 2) {
    super(what.en);
    this.name = "UserError";
    this.what = what;
    this.remedy = remedy;
    this.exitCode = exitCode;
  }

  print(language: Language): string {
    return `${this.what[language]}\n  → ${this.remedy[language]}`;
  }
}

/** Makes the compiler prove that a switch is complete; reaching it is a bug. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
