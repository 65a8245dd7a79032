/** Owns `ringwright call record | records`: the ten items of each call that the law wants kept. */
import type { Command } from "commander";
import { instant, systemClock, toIso, type Instant } from "../clock.ts";
import { UserError } from "../errors.ts";
import type { AttemptId } from "../ids.ts";
import { text, type Text } from "../language.ts";
import { callRecords, type CallRecordRow } from "../store/postgres/call-records.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk, databaseUrl } from "./database.ts";
import { table } from "./table.ts";

async function atRecords<T>(
  context: CliContext, work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(context));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The ten items in the order of the rule. */
const items: readonly (readonly [Text, (row: CallRecordRow) => string | number | null])[] = [
  [text("1 telemarketer", "1 营销方"), (row) => row.telemarketer],
  [text("2 seller", "2 卖方"), (row) => row.seller],
  [text("3 goods or services", "3 商品或服务"), (row) => row.goods],
  [text("4 consumer or business", "4 消费者或企业"), (row) => row.calledParty],
  [text("5 direction, prerecorded", "5 方向、是否预录"),
    (row) => `${row.direction}, ${row.prerecorded ? "prerecorded" : "live"}`],
  [text("6 calling, called number", "6 主叫、被叫号码"),
    (row) => `${row.callingNumber ?? "?"} → ${row.calledNumber}`],
  [text("7 date, time, duration", "7 日期、时间、时长"), (row) =>
    `${toIso(row.placedAt)}, ${row.durationMs === null ? "?" : `${row.durationMs / 1_000} s`}`],
  [text("8 script", "8 话术"), (row) => row.script],
  [text("9 caller-ID and its right", "9 主叫显示及其授权"), (row) =>
    row.callerId && `${row.callerId}${row.callerIdName === null ? "" : ` (${row.callerIdName})`}: `
      + (row.callerIdProof ?? "?")],
  [text("10 what came of it", "10 处理结果"), (row) =>
    [row.outcome, row.disposition, row.agent && `${row.agent} (${row.agentPhone ?? ""})`]
      .filter((each) => each !== null && each !== "").join(", ") || null],
];

async function show(which: string, context: CliContext): Promise<void> {
  const { attempt } = await atDesk(context, (desk) => desk.histories.call(which));
  const row = await atRecords(context, (database) =>
    callRecords(database).of(attempt as AttemptId));
  if (row === undefined) return;
  const notSaid = context.say(text("not said: `callRecord` of the campaign",
    "未填写：请在活动中设置 `callRecord`"));
  table(["", ""], [
    [context.say(text("call", "通话")), row.call], [context.say(text("campaign", "活动")), row.campaign],
    ...items.map(([name, of]) => [context.say(name), of(row) ?? notSaid]),
  ]).slice(1).forEach(context.print);
  context.printJson(withIsoTimes(row));
}

function dayOf(option: string, given: string): Instant {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(`${given}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms)) return instant(ms);
  throw new UserError(text(`${option} ${given} is not a date`, `${option} ${given} 不是日期`),
    text("give a day in UTC, as 2026-11-25", "请给出 UTC 日期，例如 2026-11-25"));
}

interface ExportOptions {
  readonly from: string;
  readonly to?: string;
  readonly campaign?: string;
}

/** One JSON document per line, so that years of calls need no memory. */
async function exportAll(options: ExportOptions, context: CliContext): Promise<void> {
  const asked = {
    from: dayOf("--from", options.from), campaign: options.campaign,
    to: options.to === undefined ? systemClock.now() : dayOf("--to", options.to),
  };
  await atRecords(context, async (database) => {
    for await (const rows of callRecords(database).during(asked)) {
      if (context.signal.aborted) return;
      for (const row of rows) context.write(`${JSON.stringify(withIsoTimes(row))}\n`);
    }
  });
  if (context.signal.aborted) context.exitCode = 130;
}

export const registerCallRecord: Register = (program, context) => {
  const { say } = context;
  const call = program.commands.find((each: Command) => each.name() === "call")
    ?? program.command("call");
  call.command("record <id>")
    .description(say(text("the ten items of a call that are kept for five years (16 CFR 310.5)",
      "须保留五年的通话十项记录（16 CFR 310.5）")))
    .action((id: string) => show(id, context));
  call.command("records")
    .description(say(text("the records of all calls of a time, one JSON document per line",
      "导出某段时间的全部通话记录，每行一个 JSON")))
    .requiredOption("--from <day>", say(text("first day, UTC", "起始日期（UTC）")))
    .option("--to <day>", say(text("the day after the last; now by default", "截止日期（不含），默认现在")))
    .option("--campaign <name>", say(text("of one campaign only", "仅限某活动")))
    .action((options: ExportOptions) => exportAll(options, context));
};
