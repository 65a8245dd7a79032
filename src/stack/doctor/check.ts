/**
 * Owns what one check of the doctor is: it looks, then judges what it saw. The judging is pure, so
 * that both verdicts of every check can be tested without breaking a machine.
 */
import type { Config, SwitchConfig } from "../../config.ts";
import { messageOf, UserError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { text } from "../../language.ts";

export interface Verdict {
  readonly ok: boolean;
  /** What was seen: a version, a figure, a name. Never a password. */
  readonly seen: Text;
  /** How to mend it; there for each failure. */
  readonly remedy?: Text;
}

export const good = (seen: Text): Verdict => ({ ok: true, seen });
export const bad = (seen: Text, remedy: Text): Verdict => ({ ok: false, seen, remedy });

/** The same words in every language: versions, figures, names. */
export const plain = (words: string): Text => text(words, words);

export interface Check {
  /** For programs: `postgres`, `trunk carrier-a`. */
  readonly name: string;
  readonly label: Text;
  run(): Promise<Verdict>;
}

/** A check made of looking and judging. A fault while looking is a failure with its own remedy. */
export const checkOf = <Facts>(parts: {
  readonly name: string;
  readonly label: Text;
  readonly look: () => Promise<Facts>;
  readonly judge: (facts: Facts) => Verdict;
  readonly whenBlind: Text;
}): Check => ({
  name: parts.name,
  label: parts.label,
  async run() {
    let facts: Facts;
    try {
      facts = await parts.look();
    } catch (error) {
      if (error instanceof UserError) return bad(error.what, error.remedy);
      return bad(plain(messageOf(error)), parts.whenBlind);
    }
    return parts.judge(facts);
  },
});

/** `22.10.1` is at least `20`; compares number by number. */
export function atLeast(version: string, oldest: string): boolean {
  const [has, needs] = [version, oldest].map((each) => each.split(".").map(Number));
  for (const [i, need] of (needs ?? []).entries()) {
    const part = has?.[i] ?? 0;
    if (part !== need) return part > need;
  }
  return true;
}

export interface Target {
  readonly config: Config;
  readonly server: SwitchConfig;
}
