/** Owns `ringwright list predict`: what a model says of the leads of a list. */
import type { Command } from "commander";
import { instant, systemClock, toIso, type Instant } from "../clock.ts";
import { inspectRequested } from "../engine/import-request.ts";
import { predictList, type PredictSummary } from "../engine/list-predict.ts";
import { text } from "../language.ts";
import { listNamed } from "../store/postgres/dial-list.ts";
import { openDatabase } from "../store/postgres/database.ts";
import { predictionDesk } from "../store/postgres/prediction-desk.ts";
import { percent } from "./campaign-lines.ts";
import type { CliContext } from "./command.ts";
import { databaseUrl } from "./database.ts";
import { matching, refused } from "./options.ts";
import { progressBar } from "./progress-bar.ts";

interface PredictOptions {
  readonly list: string;
  readonly model: string;
  readonly madeAt?: Instant;
  readonly column?: string;
  readonly region?: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly sheet?: string;
  readonly dryRun: boolean;
}

const moment = text("a day or moment not in the future, as 2026-01-05 or 2026-01-05T08:00:00Z",
  "不晚于现在的日期或时刻，例如 2026-01-05 或 2026-01-05T08:00:00Z");

function madeAt(given: string): Instant {
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/;
  const ms = iso.test(given) ? Date.parse(given) : Number.NaN;
  if (ms <= systemClock.now()) return instant(ms);
  throw refused("--made-at", given, moment);
}

function print(summary: PredictSummary, { list, model, dryRun }: PredictOptions,
  context: CliContext): void {
  const { say } = context;
  for (const { line, column, reason } of summary.rejections) {
    context.print(`  ${say(text(`line ${line}`, `第 ${line} 行`))}${column && `, ${column}`}: ${
      say(reason)}`);
  }
  const { rows, predicted, elsewhere, rejected, mean } = summary;
  const shown = mean === undefined ? "–" : percent(mean);
  context.print(say(text(
    `${rows} rows, mean ${shown}: ${predicted} leads of ${list} predicted by ${model}, `
      + `${elsewhere} not on the list, ${rejected} rejected`,
    `共 ${rows} 行，平均 ${shown}：名单 ${list} 中 ${predicted} 条由模型 ${model} 预测，`
      + `不在名单中 ${elsewhere} 条，拒绝 ${rejected} 条`)));
  if (dryRun) context.print(say(text("nothing was changed", "未作任何改动")));
}

async function predict(
  path: string, options: PredictOptions, context: CliContext,
): Promise<void> {
  const database = openDatabase(databaseUrl(context));
  try {
    const desk = predictionDesk(database);
    const list = await listNamed(database, options.list);
    const file = await inspectRequested(path, { ...options, map: [], notIn: [] }, undefined);
    const at = options.madeAt ?? systemClock.now();
    const model = options.dryRun ? undefined : await desk.model(options.model, at);
    const bar = progressBar(context, text("reading", "读取中"), file.bytes);
    const summary = await predictList({
      file, list, model, column: options.column, signal: context.signal,
      onStep: ({ bytes, rows }) => { bar.at(bytes, context.say(text(`${rows} rows`, `${rows} 行`))); },
    }, desk).finally(bar.end);
    print(summary, options, context);
    if (summary.predicted === 0) context.exitCode = 1;
    const { rejections, mean, ...counts } = summary;
    context.printJson({
      list: options.list, model: options.model, madeAt: toIso(at), ...counts, mean: mean ?? null,
      rejections: rejections.map(({ line, column, reason }) =>
        ({ line, column, reason: context.say(reason) })),
    });
  } finally {
    await database.close();
  }
}

export function registerPredict(list: Command, context: CliContext): void {
  const { say } = context;
  list.command("predict <file>")
    .description(say(text("load how likely each lead is to answer, from a CSV or XLSX file",
      "从 CSV 或 XLSX 文件载入各线索的接听概率")))
    .requiredOption("--list <name>", say(text("the list whose leads they are", "线索所属名单")))
    .requiredOption("--model <name>", say(text("what made the predictions, as bttc-3",
      "预测所用模型的名称，例如 bttc-3")),
    // `own` is what a campaign's own counts are called.
    matching("--model", /^(?!own$)[^\p{Cc}]{1,100}$/u, text("1 to 100 letters, not the word own",
      "1 至 100 个字符，且不为 own")))
    .option("--made-at <time>", say(text("when it made them; now by default",
      "预测的产生时间，默认为现在")), madeAt)
    .option("--column <name>", say(text("which column holds the probability, by name or number",
      "概率所在的列，按名称或序号")))
    .option("--region <country>", say(text(
      "country of numbers without a country code, as CN", "无国家代码的号码所属国家，例如 CN")))
    .option("--encoding <name>", say(text("when the guess is wrong", "编码识别有误时指定")))
    .option("--delimiter <letter>", say(text("when the guess is wrong; tab for a tab",
      "分隔符识别有误时指定；制表符写 tab")))
    .option("--sheet <name>", say(text("of a workbook; the first by default", "工作表名称，默认为第一个")))
    .option("--dry-run", say(text("read the file and change nothing", "只检查文件，不作改动")), false)
    .action((path: string, options: PredictOptions) => predict(path, options, context));
}
