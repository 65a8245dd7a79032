/** Owns `ringwright lead`: what is known of one person to reach. */
import { toIso } from "../clock.ts";
import { text } from "../language.ts";
import type { LeadHistory } from "../store/postgres/histories.ts";
import { dataLine, withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk } from "./database.ts";
import { plain, table } from "./table.ts";

function lines(lead: LeadHistory, context: CliContext): string[] {
  const { say } = context;
  const head = table(["", ""], [
    [say(text("lead", "线索")), String(lead.lead)],
    [say(text("number", "号码")), lead.number],
    [say(text("name", "姓名")), lead.name || null],
    [say(text("list", "名单")), lead.list],
    [say(text("language", "语言")), lead.language],
    [say(text("time zone", "时区")), lead.timeZone],
    [say(text("data", "资料")), dataLine(lead.data) || null],
  ]).slice(1);
  const work = table(
    [text("campaign", "活动"), text("state", "状态"), text("attempts spent", "已用次数"),
      text("not before", "不早于"), text("last outcome", "上次结果")].map(say),
    lead.campaigns.map((each) => [each.campaign, each.state, each.spent,
      each.notBefore && toIso(each.notBefore), each.lastOutcome]),
  );
  const attempts = table(
    [text("call", "通话"), text("placed", "呼出时间"), text("campaign", "活动"),
      text("trunk", "中继"), text("outcome", "结果"), text("reason", "原因"),
      text("agent", "座席"), text("disposition", "处置")].map(say),
    lead.attempts.map((each) => [each.attempt, toIso(each.placedAt), each.campaign, each.trunk,
      each.outcome, each.reason, each.agent, each.disposition]),
  );
  return [...head, "", ...work, "", ...attempts];
}

async function show(which: string, context: CliContext): Promise<void> {
  const leads = await atDesk(context, (desk) => desk.histories.leads(which));
  leads.forEach((lead, i) => {
    if (i > 0) context.print("");
    lines(lead, context).forEach(context.print);
  });
  context.printJson(withIsoTimes(leads));
}

export const registerLead: Register = (program, context) => {
  const { say } = context;
  program.command("lead")
    .description(say(text("single leads", "单个线索")))
    .command("show <number-or-id>")
    .description(say(text("what is known of a lead, and every attempt to reach them",
      "线索的全部资料与每次呼叫")))
    .action((which: string) => show(plain(which), context));
};
