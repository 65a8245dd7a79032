/**
 * Owns loading predictions for the leads of a list: a file with a column of numbers and one of
 * probabilities. Each batch is stored as it is read, so that an interrupt loses nothing that was
 * read; the same command again stores the same.
 */
import { UserError } from "../errors.ts";
import type { ListId } from "../ids.ts";
import { text, type Text } from "../language.ts";
import { probabilityColumn, probabilityIn } from "../leads/probability.ts";
import type { Rejection } from "../leads/row.ts";
import { limits } from "../limits.ts";
import type { PredictedNumber, PredictionDesk } from "../store/postgres/prediction-desk.ts";
import type { ListFile } from "./list-file.ts";
import { judgedRows, type Judged } from "./list-records.ts";

export interface PredictOrder {
  readonly file: ListFile;
  readonly list: ListId;
  /** The column of probabilities, by name or number; found by its name when undefined. */
  readonly column: string | undefined;
  /** Of the model; undefined only looks at the file. */
  readonly model: number | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: { readonly bytes: number; readonly rows: number }) => void;
}

export interface PredictSummary {
  readonly rows: number;
  readonly predicted: number;
  /** Numbers that are not on the list. */
  readonly elsewhere: number;
  readonly rejected: number;
  /** The first of them. */
  readonly rejections: readonly Rejection[];
  /** The mean of the rows that could be read; undefined when there were none. */
  readonly mean: number | undefined;
}

const badProbability: Text = text(
  "not a probability from 0 to 1, as 0.31 or 31%", "不是 0 至 1 的概率，例如 0.31 或 31%");

const noColumn = (file: ListFile, wanted: string | undefined): UserError => {
  const names = file.mapping.columns.join(", ");
  return new UserError(
    wanted === undefined
      ? text(`${file.path} has no column of probabilities that can be told by its name`,
        `${file.path} 中没有可识别的概率列`)
      : text(`${file.path} has no column ${JSON.stringify(wanted)}`,
        `${file.path} 中没有列 ${JSON.stringify(wanted)}`),
    text(`name it by --column; the file has: ${names}`, `请用 --column 指定；文件中的列：${names}`));
};

const interrupted = (): UserError => new UserError(
  text("interrupted; what was read is stored", "已中断；已读取的部分已保存"),
  text("run the same command again to load the rest", "再次运行同一命令即可载入其余部分"));

function read(judged: Judged, column: number, name: string):
PredictedNumber | { readonly rejection: Rejection } {
  if ("rejection" in judged) return judged;
  const { lead: { numbers: [number], line }, cells } = judged;
  const probability = probabilityIn(cells[column] ?? "");
  return probability === undefined
    ? { rejection: { line, column: name, reason: badProbability, cells } }
    : { number, probability };
}

/** Throws UserError when the file has no such column, and when it was interrupted. */
export async function predictList(
  { file, list, column: wanted, model, signal, onStep }: PredictOrder, desk: PredictionDesk,
): Promise<PredictSummary> {
  const column = probabilityColumn(file.mapping.columns, wanted);
  if (column === undefined) throw noColumn(file, wanted);
  const name = file.mapping.columns[column] ?? "";
  const rejections: Rejection[] = [];
  const sums = { rows: 0, predicted: 0, elsewhere: 0, rejected: 0, probability: 0 };
  for await (const { rows, bytes } of judgedRows(file, signal)) {
    const good: PredictedNumber[] = [];
    for (const judged of rows) {
      const row = read(judged, column, name);
      if ("number" in row) {
        good.push(row);
        continue;
      }
      sums.rejected++;
      if (rejections.length < limits.importShownRejects) rejections.push(row.rejection);
    }
    const known = await desk.matched(list, good.map((each) => each.number));
    if (model !== undefined && known > 0) await desk.predict({ list, model }, good);
    sums.rows += rows.length;
    sums.predicted += known;
    sums.elsewhere += good.length - known;
    sums.probability += good.reduce((sum, each) => sum + each.probability, 0);
    onStep({ bytes, rows: sums.rows });
  }
  if (signal.aborted) throw interrupted();
  const { probability, ...counts } = sums;
  const good = counts.predicted + counts.elsewhere;
  return { ...counts, rejections, mean: good === 0 ? undefined : probability / good };
}
