/**
 * Owns a run of the retention policy: what is over age is counted, and taken away unless the run is
 * a rehearsal. The sound goes before its row, so that no file is left that no row knows of.
 */
import type { Instant } from "../clock.ts";
import type { Pack } from "../compliance/pack.ts";
import type { Doer } from "../store/postgres/compliance-desk.ts";
import {
  RETENTION_BATCH, retained, type KeepRule, type Retained, type RetentionDesk,
} from "../store/postgres/retention-desk.ts";
import { removeRecordings } from "./person-files.ts";

/** What the packs want kept longer than anybody's policy. */
export const keepRules = (packs: readonly Pack[]): readonly KeepRule[] =>
  packs.flatMap((pack) => pack.rules.flatMap(({ rule }) => rule.kind === "keep"
    ? [{ pack: pack.id, what: rule.what, days: rule.days }] : []));

export interface RetentionRun {
  readonly now: Instant;
  readonly dryRun: boolean;
  readonly packs: readonly Pack[];
  readonly recordingsDir: string;
  readonly by: Doer;
  readonly signal: AbortSignal;
}

/** Most recordings that a dry run looks at: it counts, and a person reads the number. */
const COUNTED = 1_000_000;

async function recordings(
  desk: RetentionDesk, run: RetentionRun, days: number, keep: readonly KeepRule[],
): Promise<number> {
  if (run.dryRun) return (await desk.oldRecordings(run.now, days, keep, COUNTED)).length;
  let gone = 0;
  while (!run.signal.aborted) {
    const batch = await desk.oldRecordings(run.now, days, keep, RETENTION_BATCH);
    if (batch.length === 0) break;
    await removeRecordings(run.recordingsDir, batch.map(({ file }) => file));
    await desk.recordingsErased(batch);
    gone += batch.length;
  }
  return gone;
}

async function rows(
  desk: RetentionDesk, run: RetentionRun, what: Exclude<Retained, "recordings">, days: number,
  keep: readonly KeepRule[],
): Promise<number> {
  if (run.dryRun) return desk.count(what, run.now, days, keep);
  let gone = 0;
  while (!run.signal.aborted) {
    const dropped = await desk.drop(what, run.now, days, keep);
    if (dropped === 0) break;
    gone += dropped;
  }
  return gone;
}

/** How many of each were taken away, or would be. What has no policy is not in it. */
export async function runRetention(
  desk: RetentionDesk, run: RetentionRun,
): Promise<Readonly<Partial<Record<Retained, number>>>> {
  const keep = keepRules(run.packs);
  const policies = new Map((await desk.list()).map(({ what, days }) => [what, days]));
  const found: Partial<Record<Retained, number>> = {};
  // Recordings before the calls they belong to, and calls before the leads they were with.
  for (const what of retained) {
    const days = policies.get(what);
    if (days === undefined) continue;
    found[what] = what === "recordings"
      ? await recordings(desk, run, days, keep) : await rows(desk, run, what, days, keep);
  }
  if (!run.dryRun) await desk.ran(found, run.by);
  return found;
}
