/** Owns `ringwright dnc | consent | kill-switch`: what keeps people from being called. */
import type { Command } from "commander";
import { instant, toIso, type Instant } from "../clock.ts";
import { goodNumbersOf } from "../engine/list-reading.ts";
import { inspectListFile } from "../engine/list-file.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { CliContext, Register } from "./command.ts";
import { atComplianceDesk, doer, numberOf, regionOf } from "./compliance-desk.ts";
import { table } from "./table.ts";

interface LoadOptions {
  readonly registry: string;
  readonly country: string;
  readonly asOf: string;
  readonly region?: string;
  readonly map: readonly string[];
}

function dateOf(given: string): Instant {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(`${given}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms)) return instant(ms);
  throw new UserError(text(`--as-of ${given} is not a date`, `--as-of ${given} 不是日期`),
    text("give the day the copy was drawn, as 2026-11-23", "请给出副本日期，例如 2026-11-23"));
}

async function load(path: string, options: LoadOptions, context: CliContext): Promise<void> {
  if (!/^[a-z0-9-]{1,40}$/.test(options.registry) || options.registry === "system") {
    throw new UserError(
      text(`--registry ${options.registry} cannot be a name`, `--registry ${options.registry} 不能作为名称`),
      text("1 to 40 of a-z, 0-9 and -, not system", "1 至 40 个 a-z、0-9、-，且不是 system"));
  }
  const country = regionOf(options.country) ?? "";
  const asOf = dateOf(options.asOf);
  const file = await inspectListFile(path, {
    region: regionOf(options.region) ?? regionOf(options.country), order: options.map,
    encoding: undefined, delimiter: undefined,
  });
  const tally = { rejected: 0 };
  const count = await atComplianceDesk(context, (desk) => desk.doNotCall.replace(
    { name: options.registry, country, asOf }, goodNumbersOf(file, context.signal, tally),
    doer(`file ${path}`)));
  context.print(context.say(text(
    `${options.registry}: ${count} numbers as of ${options.asOf}, ${tally.rejected} lines unreadable`,
    `${options.registry}：${count} 个号码，截至 ${options.asOf}；${tally.rejected} 行无法识别`)));
  context.printJson({ registry: options.registry, numbers: count, ...tally });
}

async function show(context: CliContext): Promise<void> {
  const { all, campaigns } = await atComplianceDesk(context, async ({ doNotCall }) => ({
    all: await doNotCall.registries(), campaigns: await doNotCall.ofCampaigns(),
  }));
  const head = [text("registry", "名单"), text("country", "国家"), text("as of", "截至"),
    text("numbers", "号码数")].map(context.say);
  const rows = all.map((each) =>
    [each.name, each.country, each.asOf && toIso(each.asOf).slice(0, 10), each.numbers]);
  table(head, rows).forEach(context.print);
  for (const { name, numbers } of campaigns) {
    context.print(context.say(text(`campaign ${name} alone: ${numbers} numbers`,
      `仅限活动 ${name}：${numbers} 个号码`)));
  }
  context.printJson([
    ...all, ...campaigns.map(({ name, numbers }) => ({ campaign: name, numbers })),
  ]);
}

const because = text("why; goes into the audit log", "原因，写入审计日志");

function registerDoNotCall(program: Command, context: CliContext): void {
  const { say } = context;
  const dnc = program.command("dnc").description(say(text("do-not-call lists", "谢绝来电名单")));
  dnc.command("add <numbers...>")
    .description(say(text("never call these numbers again", "不再拨打这些号码")))
    .option("--region <country>", say(text("of numbers without a country code", "无国家代码的号码所属国家")))
    .option("--campaign <name>", say(text("only this campaign must not", "仅限此活动")))
    .requiredOption("--why <text>", say(because))
    .action(async (
      numbers: readonly string[], options: { region?: string; campaign?: string; why: string },
    ) => {
      const region = regionOf(options.region);
      const { campaign } = options;
      const good = numbers.map((each) => numberOf(each, region));
      const added = await atComplianceDesk(context, ({ doNotCall }) => campaign === undefined
        ? doNotCall.add(good, doer(options.why))
        : doNotCall.addFor(campaign, good, doer(options.why)));
      context.print(say(text(`${added} added`, `新增 ${added} 个`)));
      context.printJson({ added });
    });
  dnc.command("remove <number>")
    .description(say(text("take a number off our own list", "从本系统名单移除号码")))
    .option("--campaign <name>", say(text("off the list of this campaign", "从此活动的名单移除")))
    .requiredOption("--why <text>", say(because))
    .action(async (given: string, options: { campaign?: string; why: string }) => {
      const number = numberOf(given, undefined);
      const { campaign } = options;
      const removed = await atComplianceDesk(context, ({ doNotCall }) => campaign === undefined
        ? doNotCall.remove(number, doer(options.why))
        : doNotCall.removeFor(campaign, number, doer(options.why)));
      context.print(removed ? say(text("removed", "已移除")) : say(text("was not on it", "不在名单中")));
      context.exitCode = removed ? 0 : 1;
      context.printJson({ removed });
    });
  dnc.command("import <file>")
    .description(say(text("load a fresh copy of an authority's registry", "载入主管机构登记的新副本")))
    .requiredOption("--registry <name>", say(text("its name", "登记名称")))
    .requiredOption("--country <country>", say(text("whose packs ask for it", "适用国家")))
    .requiredOption("--as-of <date>", say(text("when the copy was drawn", "副本日期")))
    .option("--region <country>", say(text("of numbers without a country code", "无国家代码的号码所属国家")))
    .option("--map <field=column...>", say(text("which column is the phone", "指定电话列")), [])
    .action((path: string, options: LoadOptions) => load(path, options, context));
  dnc.command("list").description(say(text("the lists, their dates and sizes", "名单、日期与数量")))
    .action(() => show(context));
}

function registerConsent(program: Command, context: CliContext): void {
  const { say } = context;
  const consent = program.command("consent")
    .description(say(text("people's consent to be called", "客户对呼叫的同意")));
  for (const [name, given, what] of [
    ["give", true, text("record that a person agreed", "登记客户同意")],
    ["withdraw", false, text("record that a person no longer agrees", "登记客户撤回同意")],
  ] as const) {
    consent.command(`${name} <number>`).description(say(what))
      .option("--purpose <purpose>", say(text("for which only; all by default", "仅限此用途；默认全部")), "")
      .requiredOption("--proof <text>", say(text("where it is written", "凭证所在")))
      .action(async (number: string, options: { purpose: string; proof: string }) => {
        await atComplianceDesk(context, (desk) => desk.consent(
          { number: numberOf(number, undefined), purpose: options.purpose, given },
          doer(options.proof)));
        context.printJson({ number, given });
      });
  }
}

function registerKillSwitch(program: Command, context: CliContext): void {
  const { say } = context;
  program.command("kill-switch <on|off|status>")
    .description(say(text("stop every new dial at once", "立即停止一切新呼叫")))
    .option("--why <text>", say(because))
    .action(async (word: string, options: { why?: string }) => {
      if (word !== "status" && (!/^(on|off)$/.test(word) || options.why === undefined)) {
        throw new UserError(text("say on, off or status, and --why", "请写 on、off 或 status，并给出 --why"),
          text('as in: kill-switch on --why "complaints"', '例如：kill-switch on --why "投诉"'));
      }
      const now = await atComplianceDesk(context, async (desk) => {
        if (word !== "status") await desk.setKillSwitch(word === "on", doer(options.why ?? ""));
        return desk.killSwitch();
      });
      context.print(now?.isOn === false ? say(text("off: dialing is allowed", "关闭：允许呼叫"))
        : say(text(`ON: nothing is dialed (${now?.why ?? ""})`, `开启：不拨任何号码（${now?.why ?? ""}）`)));
      context.printJson(now);
    });
}

export const registerDnc: Register = (program, context) => {
  registerDoNotCall(program, context);
  registerConsent(program, context);
  registerKillSwitch(program, context);
};
