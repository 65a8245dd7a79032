/** Owns `ringwright list …`: dial lists from the command line. */
import type { Command } from "commander";
import { inspectRequested, orderOf, type ImportRequest } from "../engine/import-request.ts";
import { importList, type ImportSummary } from "../engine/list-import.ts";
import { tryList, type ImportStep } from "../engine/list-reading.ts";
import type { ListFile } from "../engine/list-file.ts";
import { text, type Text } from "../language.ts";
import { fieldTexts, leadFields } from "../leads/columns.ts";
import type { Encoding } from "../leads/encoding.ts";
import type { Rejection } from "../leads/row.ts";
import { openImportStore } from "../store/postgres/import.ts";
import { toIso } from "../clock.ts";
import { withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { registerLookup } from "./list-lookup.ts";
import { registerPredict } from "./list-predict.ts";
import { atDesk, databaseUrl } from "./database.ts";
import { progressBar } from "./progress-bar.ts";
import { table } from "./table.ts";

interface ImportOptions extends ImportRequest {
  readonly rejects?: string;
  readonly dryRun: boolean;
}

function textForm(encoding: Encoding, delimiter: string): Text {
  const shown = delimiter === "\t" ? "tab" : delimiter;
  return text(`${encoding}, delimiter ${shown}`, `编码 ${encoding}，分隔符 ${shown}`);
}

/** Shows what was understood of the file before anything is read. */
function printMapping(file: ListFile, context: CliContext): void {
  const { mapping, form } = file;
  const how = form.kind === "workbook" ? text(`sheet ${form.sheet}`, `工作表 ${form.sheet}`)
    : textForm(form.encoding, form.format.delimiter);
  context.print(context.say(text(
    `${file.path}: ${how.en}, ${mapping.columns.length} columns`,
    `${file.path}：${how.zh}，共 ${mapping.columns.length} 列`,
  )));
  const byColumn = new Map(leadFields.flatMap((field) => {
    const column = mapping.fields[field];
    return column === undefined ? [] : [[column, context.say(fieldTexts[field])] as const];
  }));
  mapping.columns.forEach((name, column) => {
    const kept = mapping.others.includes(column)
      ? context.say(text("kept with the lead", "随号码保存")) : context.say(text("not read", "忽略"));
    const example = (file.examples[0]?.[column] ?? "").slice(0, 40);
    context.print(`  ${name} → ${byColumn.get(column) ?? kept}${example && `   (${example})`}`);
  });
}

const place = (rejection: Rejection, context: CliContext): string =>
  rejection.column === ""
    ? context.say(text(`line ${rejection.line}`, `第 ${rejection.line} 行`))
    : context.say(text(`line ${rejection.line}, ${rejection.column}`,
      `第 ${rejection.line} 行，${rejection.column}`));

function printSummary(summary: ImportSummary, list: string, context: CliContext): void {
  const { rows, added, known, doubled, unwanted, elsewhere, rejected, rejectFile, resumedAt }
    = summary;
  if (resumedAt > 0) {
    context.print(context.say(text(`went on after row ${resumedAt} of an earlier run`,
      `从上次中断的第 ${resumedAt} 行继续`)));
  }
  context.print(context.say(text(
    `${rows} rows: ${added} added to ${list}, ${known} were in it, `
      + `${doubled} doubled in the file, ${unwanted} on do-not-call, `
      + `${elsewhere} on lists left out, ${rejected} rejected`,
    `共 ${rows} 行：新增 ${added} 条到 ${list}，已存在 ${known} 条，文件内重复 ${doubled} 条，`
      + `谢绝来电 ${unwanted} 条，属于要排除的名单 ${elsewhere} 条，拒绝 ${rejected} 条`,
  )));
  if (rejectFile !== undefined) {
    context.print(context.say(text(`rejected rows with their reasons: ${rejectFile}`,
      `被拒行及原因：${rejectFile}`)));
  }
  context.printJson({ list, ...summary });
}

async function dryRun(file: ListFile, context: CliContext): Promise<void> {
  const bar = barFor(file, context);
  const { rows, good, rejected, rejections } = await tryList(file, context.signal, bar.step);
  bar.end();
  for (const each of rejections) {
    context.print(`  ${place(each, context)}: ${context.say(each.reason)}`);
  }
  context.print(context.say(text(
    `${rows} rows: ${good} good, ${rejected} would be rejected; nothing was changed`,
    `共 ${rows} 行：有效 ${good} 条，将拒绝 ${rejected} 条；未作任何改动`,
  )));
  context.printJson({
    rows, good, rejected, mapping: file.mapping,
    rejections: rejections.map((each) => ({
      line: each.line, column: each.column, reason: context.say(each.reason),
    })),
  });
}

function barFor(file: ListFile, context: CliContext):
{ step: (step: ImportStep) => void; end: () => void } {
  const bar = progressBar(context, text("reading", "读取中"), file.bytes);
  return {
    step: ({ bytes, rows, rejected }) => {
      bar.at(bytes, context.say(text(`${rows} rows, ${rejected} rejected`,
        `${rows} 行，拒绝 ${rejected} 条`)));
    },
    end: bar.end,
  };
}

async function runImport(path: string, options: ImportOptions, context: CliContext): Promise<void> {
  const store = options.dryRun && options.source === undefined
    ? undefined : await openImportStore(databaseUrl(context));
  try {
    const file = await inspectRequested(path, options, store);
    printMapping(file, context);
    if (options.dryRun || store === undefined) {
      await dryRun(file, context);
      return;
    }
    if (options.source !== undefined) await store.saveSourceMapping(options.source, orderOf(file));
    const bar = barFor(file, context);
    const summary = await importList({
      file, list: options.list, leftOut: options.notIn, rejectFile: options.rejects ?? `${path}.rejected.csv`,
      language: context.config().language, signal: context.signal, onStep: bar.step,
    }, store).finally(bar.end);
    printSummary(summary, options.list, context);
  } finally {
    await store?.close();
  }
}

async function show(context: CliContext): Promise<void> {
  const { lists, sources } = await atDesk(context, async (desk) =>
    ({ lists: await desk.lists.lists(), sources: await desk.lists.sources() }));
  const { say } = context;
  table([text("list", "名单"), text("leads", "线索数"), text("last file", "最近文件"),
    text("imported", "导入时间")].map(say),
  lists.map((each) => [each.name, each.leads, each.file, each.importState === "reading"
    ? say(text("interrupted", "已中断")) : each.importedAt && toIso(each.importedAt)]),
  ).forEach(context.print);
  if (sources.length > 0) {
    context.print("");
    table([text("source", "来源"), text("columns", "列对应")].map(say),
      sources.map((each) => [each.name, each.mapping.join(" ")])).forEach(context.print);
  }
  context.printJson({ lists: withIsoTimes(lists), sources: withIsoTimes(sources) });
}

export const registerList: Register = (program: Command, context: CliContext) => {
  const { say } = context;
  const list = program.command("list").description(say(text("dial lists", "外呼名单")));
  list.command("show")
    .description(say(text("the lists, and the sources whose columns are remembered",
      "名单，以及已记住列对应的来源")))
    .action(() => show(context));
  list.command("import <file>")
    .description(say(text("put the leads of a CSV or XLSX file into a dial list", "将 CSV 或 XLSX 文件中的客户导入名单")))
    .requiredOption("--list <name>", say(text("name of the list; made when new", "名单名称，不存在则新建")))
    .option("--region <country>", say(text(
      "country of numbers without a country code, as CN", "无国家代码的号码所属国家，例如 CN")))
    .option("--map <field=column...>", say(text(
      `which column is what: ${leadFields.join(", ")}`, `指定各列含义：${leadFields.join("、")}`)), [])
    .option("--source <name>", say(text(
      "remember the columns under this name, and use them next time", "以此名称记住列的含义，下次沿用")))
    .option("--not-in <list...>", say(text(
      "leave out the people of these lists", "排除这些名单中的人员")), [])
    .option("--encoding <name>", say(text("when the guess is wrong", "编码识别有误时指定")))
    .option("--delimiter <letter>", say(text("when the guess is wrong; tab for a tab",
      "分隔符识别有误时指定；制表符写 tab")))
    .option("--sheet <name>", say(text("of a workbook; the first by default", "工作表名称，默认为第一个")))
    .option("--rejects <file>", say(text("where rejected rows go; FILE.rejected.csv by default",
      "被拒行的输出文件，默认为 FILE.rejected.csv")))
    .option("--dry-run", say(text("read the file and change nothing", "只检查文件，不作改动")), false)
    .action((path: string, options: ImportOptions) => runImport(path, options, context));
  registerLookup(list, context);
  registerPredict(list, context);
};
