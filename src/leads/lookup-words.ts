/**
 * Owns what the words of lookup services mean. Each has its own; these are those that services and
 * their Chinese kin (空号检测) use. A word nobody knows says nothing of the number. Pure.
 */
import { bareWord } from "./bare-word.ts";
import type { Evidence } from "./quality.ts";

/** What is known of a line: in use, off or blocked for now, not given to anybody, nothing. */
export type LineWord = "live" | "absent" | "dead" | "unknown";

const WORDS: Readonly<Record<Exclude<LineWord, "unknown">, readonly string[]>> = {
  live: ["live", "active", "valid", "reachable", "connected", "assigned", "inservice", "ok",
    "实号", "正常", "活跃", "在用", "有效"],
  absent: ["absent", "absentsubscriber", "unreachable", "off", "poweredoff", "suspended", "blocked",
    "inactive", "silent", "risk", "risky", "关机", "停机", "沉默", "沉默号", "风险", "风险号"],
  dead: ["dead", "empty", "unallocated", "unassigned", "invalid", "disconnected", "notinservice",
    "outofservice", "nonexistent", "vacant", "空号", "无效", "注销", "销号"],
};

const meanings: ReadonlyMap<string, LineWord> = new Map(
  (Object.keys(WORDS) as (keyof typeof WORDS)[]).flatMap((meaning) =>
    WORDS[meaning].map((word) => [word, meaning] as const)));

export const lineWordOf = (word: string): LineWord =>
  meanings.get(bareWord(word)) ?? "unknown";

/** What an answer says of the number; undefined when it says nothing. */
export function lookupVerdict(
  line: LineWord, word: string,
): Pick<Evidence, "quality" | "what"> | undefined {
  switch (line) {
    case "live": return { quality: "valid", what: `lookup ${word}` };
    case "absent": return { quality: "suspicious", what: `lookup ${word}` };
    case "dead": return { quality: "dead", what: `lookup ${word}` };
    case "unknown": return undefined;
  }
}
