/** Owns reading a list to its end and storing nothing: a dry run, and the numbers of a registry. */
import { UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { text } from "../language.ts";
import type { Rejection } from "../leads/row.ts";
import { limits } from "../limits.ts";
import type { ListFile } from "./list-file.ts";
import { judgedRows } from "./list-records.ts";

/** How far reading has come. */
export interface ImportStep {
  readonly bytes: number;
  readonly rows: number;
  readonly rejected: number;
}

export const interrupted = (): UserError => new UserError(
  text("the import was interrupted; the list is unchanged", "导入被中断；名单未作任何改动"),
  text("run the same command again to go on where it stopped", "再次运行同一命令即可从中断处继续"),
);

/** Reads the whole file and changes nothing: how many rows would be taken, and the first faults. */
export async function tryList(
  file: ListFile, signal: AbortSignal, onStep: (step: ImportStep) => void,
): Promise<{ rows: number; good: number; rejections: readonly Rejection[]; rejected: number }> {
  const rejections: Rejection[] = [];
  let rows = 0;
  let rejected = 0;
  for await (const batch of judgedRows(file, signal)) {
    rows += batch.rows.length;
    for (const row of batch.rows) {
      if ("lead" in row) continue;
      rejected++;
      if (rejections.length < limits.importShownRejects) rejections.push(row.rejection);
    }
    onStep({ bytes: batch.bytes, rows, rejected });
  }
  if (signal.aborted) throw interrupted();
  return { rows, good: rows - rejected, rejections, rejected };
}

/** Numbers in one batch of a registry. */
const REGISTRY_BATCH = 20_000;

/** The good numbers of a file, of all of its phone columns, in batches; counts the other rows. */
export async function* goodNumbersOf(
  file: ListFile, signal: AbortSignal, tally: { rejected: number },
): AsyncGenerator<readonly DialNumber[]> {
  let numbers: DialNumber[] = [];
  for await (const { rows } of judgedRows(file, signal)) {
    for (const row of rows) {
      if ("lead" in row) numbers.push(...row.lead.numbers);
      else tally.rejected++;
    }
    if (numbers.length < REGISTRY_BATCH) continue;
    yield numbers;
    numbers = [];
  }
  if (signal.aborted) throw interrupted();
  if (numbers.length > 0) yield numbers;
}
