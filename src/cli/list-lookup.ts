/** Owns `ringwright list lookup`: asking a service which numbers of a list are in use. */
import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { DAY_MS, plus, systemClock, toIso } from "../clock.ts";
import { lookUpList, type LookupSummary } from "../engine/list-lookup.ts";
import { UserError } from "../errors.ts";
import type { ListId } from "../ids.ts";
import { text } from "../language.ts";
import { httpLookup } from "../lookup/http-lookup.ts";
import { amountOf, millionths, type LookupConfig } from "../lookup/lookup-config.ts";
import { lookupDesk, type LookupDesk } from "../store/postgres/lookup-desk.ts";
import { listNamed } from "../store/postgres/dial-list.ts";
import { openDatabase } from "../store/postgres/database.ts";
import type { CliContext } from "./command.ts";
import { databaseUrl } from "./database.ts";
import { matching } from "./options.ts";
import { progressBar } from "./progress-bar.ts";

interface LookupOptions {
  readonly priceMax?: string;
  readonly olderThan: string;
  readonly dryRun: boolean;
}

function serviceOf(context: CliContext): LookupConfig {
  const { lookup } = context.config();
  if (lookup !== undefined) return lookup;
  throw new UserError(
    text("no number-lookup service is configured", "尚未配置号码检测服务"),
    text("set RINGWRIGHT_LOOKUP_URL, RINGWRIGHT_LOOKUP_TOKEN and RINGWRIGHT_LOOKUP_PRICE; "
      + "docs/leads.md has the form of question and answer",
    "请设置 RINGWRIGHT_LOOKUP_URL、RINGWRIGHT_LOOKUP_TOKEN 与 RINGWRIGHT_LOOKUP_PRICE；"
      + "问答格式见 docs/leads.md"));
}

const busy = (name: string): UserError => new UserError(
  text(`the list ${name} is being looked up right now`, `名单 ${name} 正在检测中`),
  text("wait until the other command has ended", "请等待另一个命令结束"));

/** What it would ask and cost; asks nobody. */
async function dryRun(
  desk: LookupDesk, asked: { name: string; list: ListId; ageMaxMs: number },
  service: LookupConfig, context: CliContext,
): Promise<void> {
  const now = systemClock.now();
  const { numbers, toAsk, answered }
    = await desk.count({ list: asked.list, since: plus(now, -asked.ageMaxMs) });
  const today = await desk.spentOn(now);
  const cost = toAsk * service.pricePerNumber;
  const leftToday = Math.max(0, service.dayMax - today);
  context.print(context.say(text(
    `${asked.name}: ${numbers} numbers, ${answered} answered before, ${numbers - toAsk - answered}`
      + ` dead or on do-not-call; ${toAsk} would be asked, for ${amountOf(cost)}`,
    `${asked.name}：${numbers} 个号码，已有结果 ${answered} 个，空号或谢绝来电 `
      + `${numbers - toAsk - answered} 个；将检测 ${toAsk} 个，费用 ${amountOf(cost)}`)));
  context.print(context.say(text(
    `left for today: ${amountOf(leftToday)} of ${amountOf(service.dayMax)}; nothing was asked`,
    `今日余额：${amountOf(leftToday)}（上限 ${amountOf(service.dayMax)}）；未发出任何请求`)));
  context.printJson({
    list: asked.name, numbers, answered, toAsk, cost: cost / 1e6, leftToday: leftToday / 1e6,
  });
}

function printSummary(name: string, summary: LookupSummary, context: CliContext): void {
  const { asked, live, absent, dead, unknown, spent, stopped, left, wentOn } = summary;
  const { print, say } = context;
  if (wentOn !== undefined) {
    print(say(text(`went on with the run of ${toIso(wentOn.since)}, which had asked ${wentOn.asked}`,
      `继续 ${toIso(wentOn.since)} 开始的检测，此前已检测 ${wentOn.asked} 个`)));
  }
  print(say(text(
    `${name}: ${asked} asked: ${live} in use, ${absent} off or suspended, ${dead} dead, `
      + `${unknown} unknown; spent ${amountOf(spent)}`,
    `${name}：检测 ${asked} 个：在用 ${live}，关机或停机 ${absent}，空号 ${dead}，`
      + `未知 ${unknown}；花费 ${amountOf(spent)}`)));
  if (stopped === "run") {
    print(say(text(`--price-max is reached: ${left} are left; run it again to spend as much again`,
      `已达 --price-max 上限：剩余 ${left} 个；再次运行将重新计费`)));
  } else if (stopped === "day") {
    print(say(text(
      `RINGWRIGHT_LOOKUP_DAY_MAX is reached: ${left} are left; run the same command tomorrow (UTC)`,
      `已达 RINGWRIGHT_LOOKUP_DAY_MAX 上限：剩余 ${left} 个；请于次日（UTC）运行同一命令`)));
  }
  context.printJson({
    list: name, asked, live, absent, dead, unknown, spent: spent / 1e6, stopped: stopped ?? null,
    left, wentOn: wentOn === undefined ? null
      : { since: toIso(wentOn.since), asked: wentOn.asked },
  });
}

async function lookUp(name: string, options: LookupOptions, context: CliContext): Promise<void> {
  const service = serviceOf(context);
  const { priceMax } = options;
  if (!options.dryRun && priceMax === undefined) {
    throw new UserError(text("--price-max is missing", "缺少 --price-max"),
      text("say what this may cost at most, as 5.00; --dry-run tells what it would",
        "请给出最高费用，例如 5.00；可先用 --dry-run 查看"));
  }
  const ageMaxMs = Number(options.olderThan.slice(0, -1)) * DAY_MS;
  const database = openDatabase(databaseUrl(context));
  const lookup = httpLookup(service);
  try {
    const desk = lookupDesk(database);
    const list = await listNamed(database, name);
    if (options.dryRun) {
      await dryRun(desk, { name, list, ageMaxMs }, service, context);
      return;
    }
    const { toAsk } = await desk.count({ list, since: plus(systemClock.now(), -ageMaxMs) });
    const bar = progressBar(context, text("looking up", "检测中"), toAsk);
    const summary = await lookUpList({
      list, ageMaxMs, priceMax: millionths(priceMax ?? "0"), signal: context.signal,
      onStep: ({ asked, spent }) => {
        bar.at(asked, context.say(text(`${asked} asked, spent ${amountOf(spent)}`,
          `已检测 ${asked} 个，花费 ${amountOf(spent)}`)));
      },
    }, { clock: systemClock, desk, lookup, service, newId: randomUUID }).finally(bar.end);
    if (summary === undefined) throw busy(name);
    printSummary(name, summary, context);
    if (summary.stopped !== undefined) context.exitCode = 1;
  } finally {
    await lookup.close();
    await database.close();
  }
}

export function registerLookup(list: Command, context: CliContext): void {
  const { say } = context;
  list.command("lookup <name>")
    .description(say(text("ask a number-lookup service which numbers of a list are in use",
      "向号码检测服务查询名单中的号码是否在用")))
    .option("--price-max <amount>", say(text("most this run may cost, in the service's currency",
      "本次检测的最高费用（该服务的货币）")),
    matching("--price-max", /^\d{1,6}(\.\d{1,6})?$/, text("an amount as 5.00", "金额，例如 5.00")))
    .option("--older-than <days>", say(text("ask again for answers older than this, as 30d",
      "结果早于此期限的重新检测，例如 30d")),
    matching("--older-than", /^\d{1,4}d$/, text("days, as 30d", "天数，例如 30d")), "90d")
    .option("--dry-run", say(text("say what it would ask and cost; ask nobody",
      "只说明将检测多少、费用多少，不发出请求")), false)
    .action((name: string, options: LookupOptions) => lookUp(name, options, context));
}
