/**
 * Owns the answers to "why is it not dialing": `ringwright why campaign | lead`, `campaign
 * preflight` and `call explain`. They judge by the very function that dials go through.
 */
import type { Command } from "commander";
import { plus, toIso, type Instant } from "../clock.ts";
import type { Decision, DialMoment } from "../compliance/gate.ts";
import { blockTexts } from "../compliance/reasons.ts";
import { survey, verdictsOn, worstBlock, type Survey } from "../engine/preflight.ts";
import { placeName } from "../engine/judge.ts";
import { UserError } from "../errors.ts";
import type { AttemptId, LeadId } from "../ids.ts";
import { text, type Text } from "../language.ts";
import { limits } from "../limits.ts";
import { abandonRate } from "../metrics/rates.ts";
import { dayRateMax } from "../pacing/abandon-budget.ts";
import type { PacingRecord } from "../store/pacing-record.ts";
import { withIsoTimes } from "./call.ts";
import { abandonText, forecastText, percent } from "./campaign-lines.ts";
import type { CliContext, Register } from "./command.ts";
import type { CallRules } from "../store/postgres/compliance-desk.ts";
import { atComplianceDesk } from "./compliance-desk.ts";
import { atDesk } from "./database.ts";
import { table } from "./table.ts";

const moment = (at: Instant | null | undefined): string | null =>
  at === null || at === undefined ? null : toIso(at).replace("T", " ").slice(0, 16);

const unknown = (what: string): UserError => new UserError(
  text(`there is no ${what}`, `没有 ${what}`),
  text("see `campaign list`, `lead show`, `call show`", "请用 `campaign list`、`lead show`、`call show` 查看"));

async function surveyOf(
  name: string, when: "now" | "start", context: CliContext,
): Promise<Survey & { state: string }> {
  await atDesk(context, ({ campaigns }) => campaigns.draw(name));
  return atComplianceDesk(context, async (desk, parts) => {
    const campaign = await desk.campaignNamed(name);
    if (campaign === undefined) throw unknown(`campaign ${name}`);
    return { ...await survey(parts, campaign.id, when), state: campaign.state };
  });
}

/** One line per reason, most leads first, with what would mend it. */
function blockLines({ blocks }: Survey, context: CliContext): string[] {
  const { say } = context;
  if (blocks.length === 0) return [];
  return table(
    [text("leads", "线索数"), text("why", "原因"), text("rule", "依据"), text("until (UTC)", "至（UTC）"),
      text("what would help", "如何解决")].map(say),
    blocks.map(({ block, leads, soonest }) => [
      leads, say(blockTexts[block.code].what), block.source.pack, moment(soonest),
      say(blockTexts[block.code].mend),
    ]));
}

/** What is wrong with the campaign itself, and what would let most leads through. */
function campaignLines(found: Survey, context: CliContext): string[] {
  const { callerId, holidaysEnd, unsaid } = found;
  const lines: Text[] = [];
  if (callerId?.dailyMax !== undefined) {
    lines.push(text(`caller-ID: ${callerId.dialed} of ${callerId.dailyMax} dials in 24 hours`,
      `主叫号码：24 小时内已拨 ${callerId.dialed} / ${callerId.dailyMax} 次`));
  }
  for (const { pack, year } of holidaysEnd) {
    lines.push(text(`the public holidays of pack ${pack} are known to the end of ${year}: after it `
      + "nobody there is dialed; put a newer edition into the folder of RINGWRIGHT_PACKS",
    `法规包 ${pack} 的法定节假日仅到 ${year} 年底，其后该地区一律不拨；请在 RINGWRIGHT_PACKS 目录中放入新版`));
  }
  if (unsaid.length > 0) {
    lines.push(text(`the record of each call will lack: ${unsaid.join(", ")} (see \`callRecord\`)`,
      `通话记录将缺少：${unsaid.join("、")}（见 \`callRecord\`）`));
  }
  const worst = worstBlock(found);
  if (worst !== undefined) {
    const { mend } = blockTexts[worst.block.code];
    lines.push(text(`most would be let through by this (${worst.leads} leads): ${mend.en}`,
      `最有效的解决办法（${worst.leads} 条线索）：${mend.zh}`));
  }
  return lines.map(context.say);
}

async function whyCampaign(name: string, context: CliContext): Promise<void> {
  const found = await surveyOf(name, "now", context);
  const { say } = context;
  const states = Object.entries(found.states)
    .map(([state, count]) => `${count} ${state}`).join(", ");
  context.print(say(text(
    `${name} is ${found.state}, for ${found.purpose}; leads: ${states || "none"}`,
    `${name} 状态 ${found.state}，用途 ${found.purpose}；线索：${states || "无"}`)));
  context.print(say(text(
    `of ${found.judged} leads that are not finished, ${found.allowed} may be dialed now`,
    `未结束的 ${found.judged} 条线索中，${found.allowed} 条现在可拨`)));
  blockLines(found, context).forEach(context.print);
  campaignLines(found, context).forEach(context.print);
  abandonLines(found, context).forEach(context.print);
  context.printJson(found);
}

/** Over which window the abandon limit holds, by whose word, and how the campaign stands to it. */
function abandonLines({ abandon }: Survey, { say }: CliContext): string[] {
  if (abandon === undefined) return [];
  const { source, withinDays, rateMax, day } = abandon;
  const standing = abandonText({
    abandonRate: abandonRate(abandon), abandonRateMax: rateMax, abandonWindow: abandon,
    abandonDay: withinDays === 1 ? null
      : { rate: abandonRate(day), rateMax: dayRateMax(rateMax) },
  });
  const by = source ? text(`; window by ${source.pack}: ${source.text}`,
    `；统计窗口依据 ${source.pack}：${source.text}`) : text("", "");
  return [say(text(`abandoned: ${standing.en}${by.en}`, `放弃率：${standing.zh}${by.zh}`))];
}

async function preflight(name: string, context: CliContext): Promise<void> {
  const found = await surveyOf(name, "start", context);
  const skipped = found.judged - found.allowed;
  context.print(context.say(text(
    `of ${found.judged} leads ${skipped} would be skipped now`,
    `${found.judged} 条线索中，现在将跳过 ${skipped} 条`)));
  blockLines(found, context).forEach(context.print);
  campaignLines(found, context).forEach(context.print);
  context.exitCode = found.allowed === 0 ? 1 : 0;
  context.printJson(found);
}

function decisionLines(decision: Decision, { say }: CliContext): string[] {
  if (decision.verdict === "allow") {
    const versions = decision.versions.join(", ");
    return [say(text(`  may be dialed now, by ${versions}`, `  现在可拨，依据 ${versions}`))];
  }
  const { code, source, until } = decision;
  return [
    `  ${say(blockTexts[code].what)}${until === undefined ? "" : ` → ${moment(until) ?? ""} UTC`}`,
    `  ${source.pack}@${source.version}: ${source.text} ${source.url ?? ""}`.trimEnd(),
    `  ${say(blockTexts[code].mend)}`,
  ];
}

/** How trunk and abandon rate stood when the gate allowed a call; nothing of older calls. */
function momentLines(moment: DialMoment | null): readonly Text[] {
  if (moment === null) return [];
  const { trunk: { channels, channelsFree }, abandon } = moment;
  const { answered, abandoned, agentReserved } = abandon;
  const limit = percent(abandon.rateMax);
  return [
    text(`trunk: ${channelsFree} of ${channels} channels free`,
      `中继：${channels} 条通道中 ${channelsFree} 条空闲`),
    agentReserved
      ? text(`abandon limit ${limit}: an agent was held for this call`,
        `放弃率上限 ${limit}：已为此通话预留座席`)
      : text(`abandon limit ${limit}: ${abandoned} of ${answered} answered calls were abandoned`,
        `放弃率上限 ${limit}：已接听 ${answered} 通中放弃 ${abandoned} 通`),
  ];
}

async function whyLead(id: string, context: CliContext): Promise<void> {
  if (!/^\d{1,15}$/.test(id)) throw unknown(`lead ${id}`);
  const verdicts = await atComplianceDesk(context, (_, parts) =>
    verdictsOn(parts, Number(id) as LeadId));
  if (verdicts.length === 0) throw unknown(`lead ${id}`);
  const { say } = context;
  for (const verdict of verdicts) {
    const { campaign, campaignState, state, notBefore, purpose, judged, ifRunning } = verdict;
    const { facts, places } = judged;
    context.print(`${campaign} (${campaignState}, ${purpose}): ${state}`
      + (notBefore === null ? "" : say(text(`, not before ${moment(notBefore)}`, `，不早于 ${moment(notBefore)}`))));
    const where = places.map(placeName).join(", ");
    const zones = facts.lead.zones.join(", ");
    context.print(say(text(`  may be in: ${where || "unknown"}; zones: ${zones || "unknown"}`,
      `  可能所在地：${where || "未知"}；时区：${zones || "未知"}`)));
    decisionLines(judged.decision, context).forEach(context.print);
    if (campaignState === "running") continue;
    context.print(say(text("  and once it runs:", "  活动运行后：")));
    decisionLines(ifRunning.decision, context).forEach(context.print);
  }
  context.printJson(verdicts.map(({ judged, ifRunning, ...rest }) =>
    ({ ...rest, decision: judged.decision, ifRunning: ifRunning.decision })));
}

/** What the gate's word was good for; the line goes out some milliseconds after it was placed. */
function aheadText(placedAt: Instant): Text {
  const clockTime = (ms: number): string => toIso(plus(placedAt, ms)).slice(11, 23);
  const until = clockTime(limits.gateAheadMs);
  const by = clockTime(limits.staleIntentMs);
  return text(`hours and holidays had to allow it until ${until} UTC; dialed by ${by} or not at all`,
    `时段与节假日须允许至 ${until} UTC；${by} 前未呼出即放弃`);
}

/** Why the pacer placed a line then, with the floor it saw. */
function pacingLines(decision: PacingRecord | undefined): readonly Text[] {
  if (decision === undefined) {
    return [text("the decision that dialed it is not stored (kept for 30 days)",
      "未存有拨出此通话的决策（保留 30 天）")];
  }
  const { pacer, why, dials, placed, agents, ready, lines, waiting, forecast } = decision;
  const { answered, abandoned, abandonRateMax } = decision;
  const limit = percent(abandonRateMax);
  return [
    text(`dialed by ${pacer}: ${why}; ${dials} lines wanted, ${placed} placed`,
      `由 ${pacer} 拨出：${why}；需 ${dials} 路，实拨 ${placed} 路`),
    text(`floor: ${ready} of ${agents} agents ready, ${lines} lines up, ${waiting} people waiting`,
      `现场：座席 ${agents} 人中 ${ready} 人空闲，呼出中 ${lines} 路，等待 ${waiting} 人`),
    text(`budget: ${abandoned} abandoned of ${answered} answered, limit ${limit}`,
      `放弃额度：接听 ${answered} 人，放弃 ${abandoned} 人，上限 ${limit}`),
    ...forecast ? [forecastText(forecast)] : [],
  ];
}

/** What pacing counted on of this lead; undefined for attempts from before that was kept. */
function predictionText(
  { answerProbability, predictedBy, predictedAt }: CallRules,
): Text | undefined {
  if (answerProbability === null || predictedBy === null) return undefined;
  const share = percent(answerProbability);
  if (predictedAt === null) {
    return text(`expected to answer: ${share}, by what the campaign has seen of such leads`,
      `预计接听率：${share}，依据本活动同类号码的接听情况`);
  }
  const at = toIso(predictedAt);
  return text(`expected to answer: ${share}, predicted by ${predictedBy} of ${at}`,
    `预计接听率：${share}，由模型 ${predictedBy}（${at}）预测`);
}

async function explain(id: string, context: CliContext): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw unknown(`call ${id}`);
  const rules = await atComplianceDesk(context, (desk) => desk.rulesOf(id as AttemptId));
  if (rules === undefined) throw unknown(`call ${id}`);
  const { say } = context;
  const allowed = rules.versions === null
    ? say(text("not judged by the gate", "未经合规闸判断")) : rules.versions.join(", ");
  table(["", ""], [
    [say(text("number", "号码")), rules.number],
    [say(text("placed", "呼出时间")), toIso(rules.placedAt)],
    [say(text("campaign", "活动")), rules.campaign],
    [say(text("allowed by", "依据")), allowed],
    [say(text("places", "所在地")), rules.places?.join(", ") || null],
    [say(text("zones", "时区")), rules.zones?.join(", ") || null],
    [say(text("recording", "录音")), rules.recording],
  ]).slice(1).forEach(context.print);
  if (rules.versions !== null) context.print(say(aheadText(rules.placedAt)));
  const predicted = predictionText(rules);
  if (predicted) context.print(say(predicted));
  momentLines(rules.moment).map(say).forEach(context.print);
  const decision = await atDesk(context, (desk) => desk.histories.decisionOf(id as AttemptId));
  pacingLines(decision).map(say).forEach(context.print);
  context.printJson(withIsoTimes({ ...rules, pacing: decision ?? null }));
}

/** A group that another file registered, so that its help has all of its commands. */
const groupOf = (program: Command, name: string): Command =>
  program.commands.find((each) => each.name() === name) ?? program.command(name);

export const registerWhy: Register = (program, context) => {
  const { say } = context;
  const why = program.command("why")
    .description(say(text("why something is not dialed", "为何不拨打")));
  why.command("campaign <name>")
    .description(say(text("leads by the reason they are not dialed", "按原因统计未拨线索")))
    .action((name: string) => whyCampaign(name, context));
  why.command("lead <id>")
    .description(say(text("one lead, in each of its campaigns", "单条线索在各活动中的情况")))
    .action((id: string) => whyLead(id, context));
  groupOf(program, "campaign").command("preflight <name>")
    .description(say(text("how many leads would be skipped, and why", "将跳过多少线索及原因")))
    .action((name: string) => preflight(name, context));
  groupOf(program, "call").command("explain <id>")
    .description(say(text("which rules allowed a call, and why it was dialed then",
      "哪些规则允许了该通话，以及为何在那时拨出")))
    .action((id: string) => explain(id, context));
};
