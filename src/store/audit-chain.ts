/**
 * Owns the chain of the audit log: whether each entry holds the hash of the one before and its
 * own, and which is the first that does not.
 */
import { createHash } from "node:crypto";
import { text, type Text } from "../language.ts";

export interface AuditEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly why: string;
  /** JSON, letter by letter as it was hashed. */
  readonly data: string;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export const noEntry: AuditHead = { seq: 0, hash: "0".repeat(64) };

export function hashOf(previous: string, entry: Omit<AuditEntry, "previous" | "hash">): string {
  const fields = [String(entry.seq), String(entry.atMs), entry.who, entry.what, entry.why,
    entry.data];
  const sized = fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join("");
  return createHash("sha256").update(previous + sized).digest("hex");
}

export interface ChainFault {
  readonly seq: number;
  readonly what: Text;
}

/** Checks the entries that follow `head`; returns the new head, or the first fault. */
export function followChain(
  head: AuditHead, entries: readonly AuditEntry[],
): { readonly head: AuditHead } | { readonly fault: ChainFault } {
  let last = head;
  for (const entry of entries) {
    const { seq } = entry;
    if (seq !== last.seq + 1) {
      return { fault: { seq: last.seq + 1, what: text("the entry is missing", "该条目缺失") } };
    }
    if (entry.previous !== last.hash) {
      return { fault: { seq, what: text("it does not follow from the entry before",
        "与前一条目不衔接") } };
    }
    if (entry.hash !== hashOf(entry.previous, entry)) {
      return { fault: { seq, what: text("it was changed after it was written",
        "写入后被改动") } };
    }
    last = { seq, hash: entry.hash };
  }
  return { head: last };
}

/**
 * The entries against what was noted of them outside the database. `checked` are the entries of
 * an unbroken chain that anchors name; an anchor without its entry tells where the log was cut.
 */
export function checkAnchors(
  anchors: readonly AuditHead[], checked: ReadonlyMap<number, string>, end: AuditHead,
): ChainFault | undefined {
  for (const { seq, hash } of anchors) {
    if (seq > end.seq) {
      return { seq: end.seq + 1, what: text(
        `the log was cut off: it had ${seq} entries once`, `日志被截断：曾有 ${seq} 条`) };
    }
    if (seq > 0 && checked.get(seq) !== hash) {
      return { seq, what: text("it is not the entry that was noted outside the database",
        "与数据库外保存的锚点不符") };
    }
  }
  return undefined;
}

/** The end of the log against the head that is held apart. */
export const checkEnd = (found: AuditHead, held: AuditHead): ChainFault | undefined => {
  if (found.seq === held.seq && found.hash === held.hash) return undefined;
  return {
    seq: Math.min(found.seq, held.seq) + 1,
    what: text("the end of the log is not the one that was last written",
      "日志末尾与最后写入的记录不符"),
  };
};
