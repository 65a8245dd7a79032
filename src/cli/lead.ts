/** Owns `ringwright lead`: what is known of one person to reach. */
import { instant, plus, systemClock, toIso, type Instant } from "../clock.ts";
import { placeTables } from "../engine/place-files.ts";
import { UserError } from "../errors.ts";
import type { LeadId } from "../ids.ts";
import { text, type Text } from "../language.ts";
import { placeOf } from "../leads/places.ts";
import { suspicionOf, suspicionText, type Quality } from "../leads/quality.ts";
import { areBands, eventPoints, isLeadEvent, scoreOf, type ScoreParts, type ValueBands }
  from "../leads/value.ts";
import type { Administration } from "../store/postgres/administration.ts";
import type { LeadHistory } from "../store/postgres/histories.ts";
import type { LeadStanding } from "../store/postgres/lead-desk.ts";
import { dataLine, withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { numberOf } from "./compliance-desk.ts";
import { doerName } from "../store/postgres/database.ts";
import { atDesk } from "./database.ts";
import { refused } from "./options.ts";
import { plain, table } from "./table.ts";

const qualityTexts: Readonly<Record<Quality, Text>> = {
  valid: text("valid", "有效"), suspicious: text("suspicious", "可疑"), dead: text("dead", "空号"),
};

/** One line per number: how good it is, and where it is. */
function numberLines({ numbers }: LeadStanding, context: CliContext): string[] {
  const { say } = context;
  const tables = placeTables();
  return table([text("number", "号码"), text("quality", "质量"), text("line", "线路"),
    text("region", "地区"), text("carrier", "运营商"), text("time zones", "时区"),
    text("looked up", "检测")].map(say),
  numbers.map(({ phone, quality, lookedUp, lookedUpAt, carrier }) => {
    const place = placeOf(phone, tables, context.config().language);
    const odd = quality === "valid" ? suspicionOf(phone) : undefined;
    const shown = say(qualityTexts[odd === undefined ? quality : "suspicious"]);
    return [phone, odd === undefined ? shown : `${shown}: ${say(suspicionText(odd))}`, place.type,
      place.region ?? null, carrier ?? place.carrier ?? null, place.zones.slice(0, 3).join(" "),
      lookedUpAt && `${lookedUp ?? ""} ${toIso(lookedUpAt).slice(0, 10)}`];
  }));
}

function evidenceLines({ evidence }: LeadStanding, context: CliContext): string[] {
  if (evidence.length === 0) return [];
  const { say } = context;
  return ["", ...table([text("when", "时间"), text("number", "号码"), text("said", "结论"),
    text("by", "来源"), text("why", "依据")].map(say),
  evidence.map((each) =>
    [toIso(each.at), each.phone, say(qualityTexts[each.quality]), each.source, each.what]))];
}

function scoreLine(parts: ScoreParts | undefined, context: CliContext): string[] {
  if (parts === undefined) return [];
  const share = (value: number): string => value.toFixed(2);
  return [context.say(text(
    `grade ${parts.grade ?? "-"}, score ${share(parts.score)}: value ${share(parts.value)}, `
      + `engagement ${share(parts.engagement)}, timeliness ${share(parts.timeliness)}`,
    `等级 ${parts.grade ?? "-"}，评分 ${share(parts.score)}：价值 ${share(parts.value)}，`
      + `互动 ${share(parts.engagement)}，时效 ${share(parts.timeliness)}`))];
}

interface Shown extends LeadHistory {
  readonly standing: LeadStanding;
  readonly score: ScoreParts | undefined;
}

function lines(lead: Shown, context: CliContext): string[] {
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
  return [
    ...head, ...scoreLine(lead.score, context), "", ...numberLines(lead.standing, context),
    ...evidenceLines(lead.standing, context), "", ...work, "", ...attempts,
  ];
}

async function show(which: string, context: CliContext): Promise<void> {
  const now = systemClock.now();
  const leads = await atDesk(context, async (desk) => {
    const bands = await desk.leads.bands();
    return Promise.all((await desk.histories.leads(which)).map(async (lead): Promise<Shown> => {
      const standing = await desk.leads.standing(lead.lead);
      const score = standing.score && scoreOf(standing.score, { now, bands });
      return { ...lead, standing, score };
    }));
  });
  leads.forEach((lead, i) => {
    if (i > 0) context.print("");
    lines(lead, context).forEach(context.print);
  });
  context.printJson(withIsoTimes(leads));
}

/** The one lead that is meant; of several, the campaign or the id must say which. */
async function oneLead(desk: Administration, which: string): Promise<LeadId> {
  const found = await desk.histories.leads(which);
  const [lead, second] = found;
  if (lead !== undefined && second === undefined) return lead.lead;
  throw new UserError(
    text(`${found.length} leads have that number`, `有 ${found.length} 条线索使用该号码`),
    text(`give an id: ${found.map((each) => each.lead).join(", ")}`,
      `请给出编号：${found.map((each) => each.lead).join("、")}`));
}

function momentOf(given: string): Instant {
  const inTime = /^\+(\d{1,4})(min|h|d)$/.exec(given);
  const unit = { min: 60_000, h: 3_600_000, d: 86_400_000 }[inTime?.[2] ?? ""] ?? 0;
  const at = inTime ? plus(systemClock.now(), Number(inTime[1]) * unit)
    : /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(given)
      ? instant(Date.parse(given)) : Number.NaN as Instant;
  if (Number.isFinite(at)) return at;
  throw new UserError(
    text(`--at ${given} is no moment`, `--at ${given} 不是有效时间`),
    text("as +2h, +30min, +1d, or with its zone: 2026-11-25T15:30+08:00",
      "例如 +2h、+30min、+1d，或带时区：2026-11-25T15:30+08:00"));
}

interface CallbackOptions {
  readonly campaign: string;
  readonly at: string;
  readonly agent?: string;
}

async function callback(which: string, options: CallbackOptions, context: CliContext) {
  const at = momentOf(options.at);
  const { campaign, agent } = options;
  await atDesk(context, async (desk) =>
    desk.leads.callBack({ lead: await oneLead(desk, which), campaign, at, agent }));
  context.print(context.say(text(`will be called back at ${toIso(at)}`, `将于 ${toIso(at)} 回拨`)));
  context.printJson({ campaign, at: toIso(at), agent: agent ?? null });
}

async function event(
  which: string, options: { what?: string; value?: string }, context: CliContext,
): Promise<void> {
  const { what, value: given } = options;
  const value = given === undefined ? undefined : Number(given);
  const good = (what === undefined || isLeadEvent(what)) && (value === undefined || value >= 0)
    && (what !== undefined || value !== undefined);
  if (!good) {
    const names = Object.keys(eventPoints).join(", ");
    throw new UserError(
      text("say what happened, or what the customer is worth", "请说明发生了什么，或客户价值多少"),
      text(`--what one of ${names}; --value a number from 0`, `--what 可为 ${names}；--value 为非负数`));
  }
  const points = what !== undefined && isLeadEvent(what) ? eventPoints[what] : undefined;
  await atDesk(context, async (desk) => desk.leads.event({
    lead: await oneLead(desk, which), at: systemClock.now(), what: what ?? "value", points, value,
  }, doerName()));
  context.print(context.say(text("noted", "已记录")));
  context.printJson({ what: what ?? null, value: value ?? null });
}

const bandWords = (bands: ValueBands): string =>
  Object.entries(bands).map(([grade, from]) => `${grade}=${from}`).join(" ");

/** `A=20000 B=5000` over what there is. Throws UserError for other words and bands that cross. */
function bandsIn(words: readonly string[], before: ValueBands): ValueBands {
  const wanted: Record<string, number> = { ...before };
  for (const word of words) {
    const [, grade = "", from = ""] = /^([A-D])=(\d{1,12}(?:\.\d{1,2})?)$/.exec(word) ?? [];
    if (grade === "") {
      throw refused("bands", word, text("A, B, C or D with an amount, as A=20000",
        "A、B、C 或 D 加金额，例如 A=20000"));
    }
    wanted[grade] = Number(from);
  }
  const bands = wanted as unknown as ValueBands;
  if (areBands(bands)) return bands;
  throw new UserError(
    text(`bands must fall from A to D: ${bandWords(bands)}`, `等级须从 A 到 D 递减：${bandWords(bands)}`),
    text("give those that stand in the way too; nothing was changed",
      "请同时给出与之冲突的等级；未作任何改动"));
}

async function bands(words: readonly string[], context: CliContext): Promise<void> {
  const now = await atDesk(context, async (desk) => {
    const before = await desk.leads.bands();
    if (words.length === 0) return before;
    const wanted = bandsIn(words, before);
    await desk.leads.setBands(wanted, doerName());
    return wanted;
  });
  context.print(bandWords(now));
  context.printJson(now);
}

async function sayOfNumber(
  given: string, quality: "valid" | "dead", why: string, context: CliContext,
): Promise<void> {
  const phone = numberOf(given, undefined);
  await atDesk(context, (desk) => desk.leads.say(
    { phone, quality, source: "person", what: why, at: systemClock.now() }));
  context.print(context.say(text("noted", "已记录")));
  context.printJson({ phone, quality });
}

export const registerLead: Register = (program, context) => {
  const { say } = context;
  const lead = program.command("lead").description(say(text("single leads", "单个线索")));
  lead.command("show <number-or-id>")
    .description(say(text("what is known of a lead, and every attempt to reach them",
      "线索的全部资料与每次呼叫")))
    .action((which: string) => show(plain(which), context));
  lead.command("callback <number-or-id>")
    .description(say(text("promise a call: it comes before all others", "约定回拨：优先于其他线索")))
    .requiredOption("--campaign <name>", say(text("in which campaign", "所属活动")))
    .requiredOption("--at <time>", say(text("+2h, or 2026-11-25T15:30+08:00",
      "+2h，或 2026-11-25T15:30+08:00")))
    .option("--agent <phone>", say(text("who calls; any agent by default", "由哪个话机的座席回拨，默认任意")))
    .action((which: string, options: CallbackOptions) => callback(plain(which), options, context));
  lead.command("event <number-or-id>")
    .description(say(text("something happened that makes the lead more worth a call",
      "记录使该线索更值得呼叫的事件")))
    .option("--what <event>", say(text(`one of ${Object.keys(eventPoints).join(", ")}`,
      `可为 ${Object.keys(eventPoints).join("、")}`)))
    .option("--value <amount>", say(text("the customer's lifetime value", "客户终身价值")))
    .action((which: string, options: { what?: string; value?: string }) =>
      event(plain(which), options, context));
  lead.command("bands [bands...]")
    .description(say(text("from which lifetime value a lead is an A, B, C or D: A=20000 B=5000",
      "各等级的终身价值下限：A=20000 B=5000")))
    .action((words: readonly string[]) => bands(words, context));
  for (const [name, quality, what] of [
    ["retire", "dead", text("a number is dead: dial it no more", "号码为空号：不再拨打")],
    ["revive", "valid", text("a dead number is alive again", "空号恢复有效")],
  ] as const) {
    lead.command(`${name} <number>`).description(say(what))
      .requiredOption("--why <text>", say(text("how you know", "依据")))
      .action((number: string, options: { why: string }) =>
        sayOfNumber(number, quality, options.why, context));
  }
};
