/** Owns `ringwright call`: what happened in one call. */
import { toIso, type Instant } from "../clock.ts";
import { text } from "../language.ts";
import type { CallHistory } from "../store/postgres/histories.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk } from "./database.ts";
import { plain, table } from "./table.ts";

/** `2026-01-05 12:00:00.250`, in UTC. */
const stamp = (at: Instant): string => toIso(at).replace("T", " ").replace("Z", "");

/** A fact's data on one line: `agent=3 why=hung-up`. */
export function dataLine(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data).map(([key, value]) =>
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" ");
}

function head(call: CallHistory, context: CliContext): string[] {
  const { say } = context;
  const cause = [
    call.q850 === null ? "" : `Q.850 ${call.q850}`, call.sip === null ? "" : `SIP ${call.sip}`,
  ].filter(Boolean).join(", ");
  const outcome = call.outcome === null
    ? say(text("none yet", "尚无")) : [call.outcome, call.reason].filter(Boolean).join(", ");
  return table(["", ""], [
    [say(text("call", "通话")), call.attempt],
    [say(text("campaign", "活动")), call.campaign],
    [say(text("lead", "线索")), `${call.lead}  ${call.number}`],
    [say(text("trunk", "中继")), `${call.trunk} (${call.pbx})`],
    [say(text("agent", "座席")), call.agent && `${call.agent} (${call.agentPhone ?? ""})`],
    [say(text("outcome", "结果")), cause ? `${outcome} (${cause})` : outcome],
    [say(text("disposition", "处置")), call.disposition],
  ]).slice(1);
}

/** Each fact with the milliseconds since the attempt was placed. */
function factLines(call: CallHistory, context: CliContext): string[] {
  const { say } = context;
  return table(
    [text("time (UTC)", "时间（UTC）"), text("ms", "毫秒"), text("fact", "事实"),
      text("data", "内容")].map(say),
    [
      [stamp(call.placedAt), 0, "placed", dataLine({ trunk: call.trunk, pbx: call.pbx })],
      ...call.facts.map((fact) =>
        [stamp(fact.at), fact.at - call.placedAt, fact.type, dataLine(fact.data)]),
    ],
  );
}

async function show(id: string, context: CliContext): Promise<void> {
  const { say } = context;
  const call = await atDesk(context, (desk) => desk.histories.call(id));
  const lines = [...head(call, context), "", ...factLines(call, context)];
  if (call.recordings.length > 0) {
    lines.push("", ...table(
      [text("recording", "录音"), text("leg", "通道"), text("state", "状态"), text("ms", "毫秒"),
        text("bytes", "字节")].map(say),
      call.recordings.map((each) => [each.file, each.leg, each.state, each.durationMs, each.bytes]),
    ));
  }
  lines.forEach(context.print);
  context.printJson(withIsoTimes(call));
}

/** Times as a program likes them: ISO 8601 for every `at` and `…At` of the document. */
export function withIsoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => {
    const isTime = typeof each === "number"
      && (/^(at|since|notBefore|deadline)$/.test(key) || /[a-z]At$/.test(key));
    return [key, isTime ? toIso(each as Instant) : withIsoTimes(each)];
  }));
}

export const registerCall: Register = (program, context) => {
  const { say } = context;
  program.command("call")
    .description(say(text("single calls", "单个通话")))
    .command("show <id>")
    .description(say(text("every fact of a call in order; the first 8 digits of its id will do",
      "按序显示通话的全部事实；编号的前 8 位即可")))
    .action((id: string) => show(plain(id), context));
};
