/**
 * Owns the anchors of the audit log: its end at some moments, in a file outside the database. Who
 * may rewrite the whole database can forge a chain, but not one that also ends in these.
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../errors.ts";
import { text } from "../../language.ts";
import type { AuditHead } from "../audit-chain.ts";

export interface AuditAnchor extends AuditHead {
  /** ISO 8601, UTC. */
  readonly at: string;
}

const isAnchor = (value: unknown): value is AuditAnchor => {
  const { seq, hash, at } = (value ?? {}) as Partial<AuditAnchor>;
  return typeof seq === "number" && typeof at === "string" && /^[0-9a-f]{64}$/.test(hash ?? "");
};

function anchorOf(line: string, place: string): AuditAnchor {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (isAnchor(value)) return value;
  throw new UserError(text(`${place} is no anchor`, `${place} 不是有效的锚点`),
    text("restore the file from its copy; it is only ever appended to", "请从备份恢复该文件；它只会追加"));
}

/** Oldest first; none where there is no file yet. Throws UserError for a line that is no anchor. */
export async function readAnchors(file: string): Promise<readonly AuditAnchor[]> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return content.split("\n").flatMap((line, i) =>
    line === "" ? [] : [anchorOf(line, `${file}:${i + 1}`)]);
}

export async function addAnchor(file: string, anchor: AuditAnchor): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(anchor)}\n`, { mode: 0o600 });
}
