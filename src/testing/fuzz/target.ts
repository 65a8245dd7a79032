/** Owns what a fuzzed parser is to the fuzzer: where its inputs come from, and what must hold. */
import type { Random } from "../../random.ts";

export interface FuzzTarget {
  readonly name: string;
  /** Inputs of this target for each one of a target of weight 1; expensive ones have less. */
  readonly weight: number;
  /** Makes one input and gives it to the parser; throws when the parser did what it must not. */
  run(random: Random): void | Promise<void>;
}

/** Throws with the input that led here, shortened, so that the report says what broke. */
export function hold(holds: boolean, what: string, input: unknown): void {
  if (!holds) throw new Error(`${what}: ${shown(input)}`);
}

export const shown = (input: unknown): string =>
  (typeof input === "string" ? JSON.stringify(input) : JSON.stringify(input) ?? "").slice(0, 400);
