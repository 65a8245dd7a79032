/** Owns `ringwright destination | caller-id`: where calls may go, and whose numbers they show. */
import type { Command } from "commander";
import { toIso } from "../clock.ts";
import { Destinations, type DestinationEntry } from "../compliance/destinations.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import { UserError } from "../errors.ts";
import { text, type Text } from "../language.ts";
import { countriesOf } from "../leads/calling-codes.ts";
import { lineOf } from "../leads/line.ts";
import { openDatabase } from "../store/postgres/database.ts";
import { destinationDesk, type DestinationDesk } from "../store/postgres/destination-desk.ts";
import type { CliContext, Register } from "./command.ts";
import { doer, numberOf, regionOf } from "./compliance-desk.ts";
import { databaseUrl } from "./database.ts";
import { matching, numeric } from "./options.ts";
import { table } from "./table.ts";

async function atDestinations<T>(
  context: CliContext, work: (desk: DestinationDesk) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(context));
  try {
    return await work(destinationDesk(database));
  } finally {
    await database.close();
  }
}

/** A country, or the beginning of a number. */
function destinationOf(given: string): string {
  if (/^[A-Za-z]{2}$/.test(given)) return regionOf(given) ?? given;
  if (/^\+[1-9]\d{0,14}$/.test(given)) return given;
  throw new UserError(
    text(`${JSON.stringify(given)} is no destination`, `${JSON.stringify(given)} 不是有效的目的地`),
    text("give a country, as CN, or the beginning of numbers, as +4930",
      "请给出国家代码（如 CN）或号码开头（如 +4930）"));
}

/** `+1` alone would also allow countries that nobody thought of. */
function refuseShared(what: readonly string[]): void {
  for (const each of what) {
    const countries = each.startsWith("+") ? countriesOf(each) : [];
    if (countries.length < 2) continue;
    const few = countries.slice(0, 8).join(", ");
    throw new UserError(
      text(`${each} is shared by ${countries.length} countries: ${few}…`,
        `${each} 由 ${countries.length} 个国家或地区共用：${few}…`),
      text("name the countries you call: ringwright destination allow US --why …",
        "请写明要拨打的国家：ringwright destination allow US --why …"));
  }
}

const verdictText: Readonly<Record<DestinationEntry["verdict"], Text>> = {
  allowed: text("allowed", "允许"), forbidden: text("forbidden", "禁止"),
};

async function list(context: CliContext): Promise<void> {
  const { say } = context;
  const rows = await atDestinations(context, (desk) => desk.list());
  const { ranges } = await loadRulebook();
  table(
    [text("destination", "目的地"), text("verdict", "结论"), text("high risk", "高风险"),
      text("since", "起始"), text("why", "原因")].map(say),
    rows.map(({ what, verdict, highRisk, changedAt, why }) => [
      what, say(verdictText[verdict]), highRisk ? say(text("allowed too", "亦允许")) : null,
      toIso(changedAt).slice(0, 10), why]),
  ).forEach(context.print);
  context.print(say(rows.length === 0
    ? text("nothing is allowed yet: nothing leaves this machine", "尚未允许任何目的地：不会拨出任何外部号码")
    : text("what is not listed is not dialed", "未列出的一律不拨")));
  context.print(say(text(
    `refused even where allowed: premium, shared-cost, personal, pager, voicemail and satellite numbers; ${ranges.map(({ prefix }) => prefix).join(", ")}`,
    `即使已允许也拒绝：付费、分摊付费、个人、寻呼、语音信箱与卫星号码；${ranges.map(({ prefix }) => prefix).join("、")}`)));
  context.printJson({ destinations: rows, highRisk: ranges });
}

interface SetOptions {
  readonly why: string;
  readonly highRisk?: boolean;
}

async function set(
  given: readonly string[], verdict: DestinationEntry["verdict"], options: SetOptions,
  context: CliContext,
): Promise<void> {
  const what = given.map(destinationOf);
  if (verdict === "allowed") refuseShared(what);
  const highRisk = options.highRisk === true;
  await atDestinations(context, (desk) => desk.set(what, { verdict, highRisk }, doer(options.why)));
  context.print(`${what.join(", ")}: ${context.say(verdictText[verdict])}`);
  context.printJson({ what, verdict, highRisk });
}

async function remove(
  given: readonly string[], { why }: SetOptions, context: CliContext,
): Promise<void> {
  const removed = await atDestinations(context, (desk) =>
    desk.drop(given.map(destinationOf), doer(why)));
  const { say } = context;
  context.print(say(text(`${removed} taken off the list`, `已从名单移除 ${removed} 项`)));
  context.exitCode = removed === 0 ? 1 : 0;
  context.printJson({ removed });
}

async function check(given: string, context: CliContext): Promise<void> {
  const number = numberOf(given, undefined);
  const line = lineOf(number);
  const rows = await atDestinations(context, (desk) => desk.list());
  const found = new Destinations(rows, (await loadRulebook()).ranges)
    .judge({ number, country: line.country, lineType: line.type });
  const { say } = context;
  const source = found.verdict === "high-risk" ? found.source?.text ?? line.type : "";
  const said = {
    "allowed": text("may be dialed", "可以拨打"),
    "not-allowed": text("nothing allows it", "没有任何项允许"),
    "forbidden": text("is forbidden", "已被禁止"),
    "high-risk": text(`is in a high-risk range: ${source}`, `属于高风险号段：${source}`),
  }[found.verdict];
  context.print(`${number} (${line.country ?? "?"}, ${line.type}): ${say(said)}`);
  context.exitCode = found.verdict === "allowed" ? 0 : 1;
  context.printJson({ number, country: line.country ?? null, lineType: line.type, ...found });
}

const because = text("why; goes into the audit log", "原因，写入审计日志");

function registerDestinations(program: Command, context: CliContext): void {
  const { say } = context;
  const group = program.command("destination")
    .description(say(text("where calls may go; nowhere by default", "允许拨往何处；默认一律不允许")));
  group.command("list").description(say(text("what is allowed and forbidden", "已允许与已禁止的目的地")))
    .action(() => list(context));
  group.command("allow <what...>")
    .description(say(text("allow countries (CN) or beginnings of numbers (+4930)",
      "允许国家（CN）或号码开头（+4930）")))
    .requiredOption("--why <text>", say(because))
    .option("--high-risk", say(text("its costly or abused numbers too", "包括其中高费用或高风险的号码")))
    .action((what: readonly string[], options: SetOptions) =>
      set(what, "allowed", options, context));
  group.command("forbid <what...>")
    .description(say(text("forbid them, also within what is allowed", "禁止，即使在已允许的范围内")))
    .requiredOption("--why <text>", say(because))
    .action((what: readonly string[], options: SetOptions) =>
      set(what, "forbidden", options, context));
  group.command("remove <what...>")
    .description(say(text("take them off the list", "从名单中移除")))
    .requiredOption("--why <text>", say(because))
    .action((what: readonly string[], options: SetOptions) => remove(what, options, context));
  group.command("check <number>")
    .description(say(text("whether a number may be dialed", "检查某号码是否可拨")))
    .action((number: string) => check(number, context));
}

const callerIdForm = text("digits with an optional + before", "数字，前可加 +");
const callerNumber = matching("NUMBER", /^\+?[0-9]{3,32}$/, callerIdForm);

async function listCallerIds(context: CliContext): Promise<void> {
  const rows = await atDestinations(context, (desk) => desk.callerIds());
  table(
    [text("caller-ID", "主叫号码"), text("dials in 24 h", "24 小时拨打数"), text("most", "上限"),
      text("proof", "凭证")].map(context.say),
    rows.map(({ number, dialed, dailyMax, proof }) => [number, dialed, dailyMax, proof]),
  ).forEach(context.print);
  context.printJson(rows);
}

function registerCallerIds(program: Command, context: CliContext): void {
  const { say } = context;
  const group = program.command("caller-id")
    .description(say(text("numbers that we may show to those we call", "可向被叫显示的主叫号码")));
  group.command("list").description(say(text("each with its use", "全部号码及用量")))
    .action(() => listCallerIds(context));
  group.command("add <number>")
    .description(say(text("authorise a number, or change its limit", "登记号码，或修改其上限")))
    .requiredOption("--proof <text>", say(text("where it is written that it is ours", "归属凭证")))
    .option("--daily-max <count>", say(text("most dials in 24 hours", "24 小时内最多拨打次数")))
    .action(async (given: string, options: { proof: string; dailyMax?: string }) => {
      const number = callerNumber(given);
      const dailyMax = options.dailyMax === undefined ? undefined
        : numeric("--daily-max", { min: 1, max: 1_000_000, whole: true })(options.dailyMax);
      await atDestinations(context, (desk) =>
        desk.setCallerId({ number, dailyMax }, doer(options.proof)));
      context.print(say(text(`${number} may be shown`, `${number} 可作为主叫号码`)));
      context.printJson({ number, dailyMax: dailyMax ?? null });
    });
  group.command("remove <number>")
    .description(say(text("show it no more", "不再显示该号码")))
    .requiredOption("--why <text>", say(because))
    .action(async (given: string, { why }: { why: string }) => {
      const removed = await atDestinations(context, (desk) =>
        desk.dropCallerId(callerNumber(given), doer(why)));
      context.print(removed ? say(text("removed", "已移除")) : say(text("was not listed", "不在列表中")));
      context.exitCode = removed ? 0 : 1;
      context.printJson({ removed });
    });
}

export const registerDestination: Register = (program, context) => {
  registerDestinations(program, context);
  registerCallerIds(program, context);
};
