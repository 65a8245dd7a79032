/** Owns how `campaign report` looks on a screen. */
import { outcomes } from "../call/outcome.ts";
import { stateText } from "../campaign/moves.ts";
import { text } from "../language.ts";
import type { CampaignRow } from "../store/postgres/campaign-desk.ts";
import type { CampaignReport } from "../store/postgres/reports.ts";
import { outcomeText, percent } from "./campaign-lines.ts";
import type { CliContext } from "./command.ts";
import { plain, table, type Cell } from "./table.ts";

/** `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function totals(report: CampaignReport, context: CliContext): [string, Cell][] {
  const { say } = context;
  const { p50, p95, p99 } = report.answerToBridgeMs;
  const bridge = p50 === null ? null : `p50 ${p50}, p95 ${p95 ?? "–"}, p99 ${p99 ?? "–"} ms`;
  return [
    [say(text("leads", "线索")), String(report.leads)],
    [say(text("leads finished", "已完成线索")), String(report.leadsFinished)],
    [say(text("attempts", "呼叫次数")), String(report.attempts)],
    ...outcomes.map((each): [string, Cell] =>
      [`  ${say(outcomeText[each])}`, String(report.outcomes[each])]),
    [say(text("answered by a person", "真人接听")), String(report.answered)],
    [say(text("abandon rate", "放弃率")), percent(report.abandonRate)],
    [say(text("answer to bridge", "接听至接通")), bridge],
    ...previewTotals(report, context),
    [say(text("recorded calls, both legs", "双路录音完整的通话")), String(report.recordings)],
    [say(text("attempts without outcome", "无结果的呼叫")), String(report.attemptsWithoutOutcome)],
    [say(text("leads dialed twice at once", "同时重复呼叫")), String(report.leadsDialedTwiceAtOnce)],
  ];
}

/** Nothing for a campaign that never previewed. */
function previewTotals({ previews }: CampaignReport, context: CliContext): [string, Cell][] {
  const { say } = context;
  const { dialed, skipped, timedOut, left, withdrawn, decideMs } = previews;
  if (dialed + skipped + timedOut + left + withdrawn === 0) return [];
  const seconds = (ms: number | null): string =>
    ms === null ? "–" : `${(ms / 1_000).toFixed(1)} s`;
  return [
    [say(text("previewed leads: dialed", "预览线索：已拨打")), String(dialed)],
    [say(text("  skipped", "  已跳过")), String(skipped)],
    [say(text("  no key in time", "  超时未按键")), String(timedOut)],
    [say(text("  agent left", "  座席离开")), String(left)],
    [say(text("  withdrawn", "  已撤回")), String(withdrawn)],
    [say(text("time to decide", "决定用时")),
      say(text(`mean ${seconds(decideMs.mean)}, p95 ${seconds(decideMs.p95)}`,
        `平均 ${seconds(decideMs.mean)}，p95 ${seconds(decideMs.p95)}`))],
  ];
}

export function reportLines(
  campaign: CampaignRow, report: CampaignReport, context: CliContext,
): string[] {
  const { say } = context;
  return [
    `${plain(campaign.name)}  ${say(stateText[campaign.state])}`,
    ...table(["", ""], totals(report, context)).slice(1),
    "",
    ...table(
      [text("trunk", "中继"), text("Q.850", "Q.850"), text("SIP", "SIP"), text("outcome", "结果"),
        text("reason", "原因"), text("attempts", "次数")].map(say),
      report.trunks.map((each) =>
        [each.trunk, each.q850, each.sip, each.outcome, each.reason, each.attempts]),
    ),
    "",
    ...table(
      [text("agent", "座席"), text("phone", "话机"), text("calls", "通话"), text("talk", "通话时长"),
        text("wrap-up", "话后时长"), text("dispositions", "处置")].map(say),
      report.agents.map((each) => [each.name, each.phone, each.calls, clockTime(each.talkMs),
        clockTime(each.wrapUpMs),
        Object.entries(each.dispositions).map(([code, count]) => `${code} ${count}`).join(", ")]),
    ),
  ];
}
