/** Owns `ringwright campaign`: the life of a campaign from its file to its report. */
import { createLiveSource } from "./campaign-live.ts";
import { toIso } from "../clock.ts";
import { purposeOf } from "../engine/judge.ts";
import { text } from "../language.ts";
import { stateText, type CampaignOrder } from "../campaign/moves.ts";
import { parseCampaign } from "../campaign/settings-file.ts";
import { withIsoTimes } from "./call.ts";
import { statusLines } from "./campaign-lines.ts";
import { reportLines } from "./campaign-report.ts";
import { registerSettings } from "./campaign-set.ts";
import { watch } from "./campaign-watch.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk } from "./database.ts";
import { readText } from "./options.ts";
import { plain, table } from "./table.ts";

async function create(file: string, context: CliContext): Promise<void> {
  const settings = parseCampaign(readText(file === "-" ? 0 : file, file), plain(file));
  await atDesk(context, (desk) => desk.campaigns.create(settings));
  context.print(context.say(text(
    `campaign ${settings.name} created; start it with \`ringwright campaign start ${settings.name}\``,
    `已创建活动 ${settings.name}；用 \`ringwright campaign start ${settings.name}\` 启动`)));
  context.printJson({ name: settings.name, state: "draft", settings });
}

async function move(name: string, order: CampaignOrder, context: CliContext): Promise<void> {
  const { say } = context;
  const [moved, campaign, hosts] = await atDesk(context, async (desk) => {
    const done = await desk.campaigns.move(name, order);
    const after = await desk.campaigns.get(name);
    return [done, after, await desk.trunks.hosts(after.settings.trunks)] as const;
  });
  const { en, zh } = stateText[moved.to];
  context.print(say(moved.changed
    ? text(`campaign ${name} is ${en}`, `活动 ${name} ${zh}`)
    : text(`campaign ${name} was ${en} already`, `活动 ${name} 原已${zh}`)));
  // A trunk on this machine may still be the way to a carrier: the person at the keyboard knows.
  if (moved.to === "running" && purposeOf(campaign.settings, hosts) === "rehearsal") {
    context.print(say(text(
      "a rehearsal, since its trunks stay on this machine: no calling hours, caps or consent are"
        + " asked; if a trunk leads on to a carrier, set `purpose` in campaign.yaml",
      "这是演练，因为所有中继都在本机：不检查呼叫时段、次数上限与同意；若中继通向运营商，请在 campaign.yaml"
        + " 中设置 `purpose`")));
  }
  const idle = campaign.controller === null && (moved.to === "running" || moved.to === "stopping");
  if (idle && !moved.changed) {
    context.print(say(text("no controller runs it: start one with `ringwright serve`",
      "尚无控制器运行该活动：请用 `ringwright serve` 启动")));
  }
  context.printJson({ name, ...moved });
}

async function list(context: CliContext): Promise<void> {
  const { say } = context;
  const campaigns = await atDesk(context, (desk) => desk.campaigns.list());
  table(
    [text("name", "名称"), text("state", "状态"), text("leads", "线索"), text("mode", "模式"),
      text("controller", "控制器"), text("started", "启动时间")].map(say),
    campaigns.map((each) => [each.name, say(stateText[each.state]), each.leads,
      each.settings.mode.kind, each.controller, each.startedAt && toIso(each.startedAt)]),
  ).forEach(context.print);
  context.printJson(withIsoTimes(campaigns));
}

async function status(name: string, context: CliContext): Promise<void> {
  const source = await createLiveSource(name, context);
  try {
    const view = await source.look();
    statusLines(view, context).forEach(context.print);
    context.printJson(withIsoTimes(view));
  } finally {
    await source.close();
  }
}

async function report(name: string, context: CliContext): Promise<void> {
  const [campaign, figures] = await atDesk(context, async (desk) => {
    const found = await desk.campaigns.get(name);
    return [found, await desk.reports.campaign(found.id)] as const;
  });
  reportLines(campaign, figures, context).forEach(context.print);
  context.printJson({ campaign: name, state: campaign.state, ...figures });
}

export const registerCampaign: Register = (program, context) => {
  const { say } = context;
  const campaign = program.command("campaign")
    .description(say(text("the life of a campaign", "活动管理")));

  campaign.command("create")
    .description(say(text("create a campaign from its file", "由文件创建活动")))
    .requiredOption("-f, --file <file>", say(text("campaign.yaml, or - for standard input",
      "campaign.yaml，- 表示标准输入")))
    .action((options: { file: string }) => create(options.file, context));

  registerSettings(campaign, context);
  for (const [order, description] of [
    ["start", text("start dialing", "开始外呼")],
    ["pause", text("place no new calls; those in progress go on", "不再发起新呼叫，进行中的通话继续")],
    ["resume", text("dial again after a pause", "暂停后恢复外呼")],
    ["stop", text("end the campaign when its calls in progress are over", "待进行中的通话结束后停止")],
  ] as const) {
    campaign.command(`${order} <name>`)
      .description(say(description))
      .action((name: string) => move(name, order, context));
  }

  campaign.command("status <name>")
    .description(say(text("how far a campaign is", "活动进度")))
    .action((name: string) => status(name, context));
  campaign.command("watch <name>")
    .description(say(text("the same, live, until it is finished", "实时进度，直至结束")))
    .action((name: string) => watch(name, context));
  campaign.command("report <name>")
    .description(say(text("what came of it", "结果报告")))
    .action((name: string) => report(name, context));
  campaign.command("list")
    .description(say(text("every campaign", "全部活动")))
    .action(() => list(context));
};
