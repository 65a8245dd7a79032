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
  /** For programs: `postgres`, `trunk-carrier-a`. */
  readonly name: string;
  readonly label: Text;
  /** Of the check that must hold for this one to be worth a look: its name. */
  readonly behind?: string;
  run(): Promise<Verdict>;
}

/** Checks of which the first says whether there is anything for the others to look at. */
export const allBehindFirst = (checks: readonly Check[]): readonly Check[] => {
  const [first, ...others] = checks;
  if (first === undefined) return [];
  return [first, ...others.map((each) => ({ behind: first.name, ...each }))];
};

/** What is said of a check that nothing was looked at for. */
export const notLookedAt = (behind: Text): Verdict => bad(
  text(`not looked at, since ${behind.en} fails`, `因 ${behind.zh} 未通过而未检查`),
  text(`mend ${behind.en} first`, `请先修复 ${behind.zh}`));

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
