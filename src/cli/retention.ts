/** Owns `ringwright retention`: how long things are kept, and taking away what is older. */
import { systemClock } from "../clock.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import { keepRules, runRetention } from "../engine/retention.ts";
import { text, type Text } from "../language.ts";
import { openDatabase } from "../store/postgres/database.ts";
import { retained, retentionDesk, type Retained, type RetentionDesk }
  from "../store/postgres/retention-desk.ts";
import type { CliContext, Register } from "./command.ts";
import { doer } from "./compliance-desk.ts";
import { databaseUrl } from "./database.ts";
import { matching, numeric, refused } from "./options.ts";
import { table } from "./table.ts";

/** 16 CFR 310.5: five years, with the leap days that may be in them. */
const CALLS_LEAST_DAYS = 1_827;

const whatText: Readonly<Record<Retained, Text>> = {
  recordings: text("the sound of calls", "通话录音"),
  facts: text("what happened within calls", "通话内的逐项事实"),
  calls: text("calls and their records", "通话及其记录"),
  leads: text("people whose campaigns are over", "活动已结束的线索"),
};

async function atRetention<T>(
  context: CliContext, work: (desk: RetentionDesk) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(context));
  try {
    return await work(retentionDesk(database));
  } finally {
    await database.close();
  }
}

async function list(context: CliContext): Promise<void> {
  const { say } = context;
  const rows = await atRetention(context, (desk) => desk.list());
  const keep = keepRules((await loadRulebook(context.config().packsDir)).packs);
  const forEver = say(text("for ever", "永久"));
  table(
    [text("what", "内容"), text("days", "天数"), "", text("at least", "至少")].map((each) =>
      typeof each === "string" ? each : say(each)),
    retained.map((what) => [
      what, rows.find((row) => row.what === what)?.days ?? forEver, say(whatText[what]),
      keep.filter((each) => each.what === what)
        .map(({ pack, days }) => `${days} (${pack})`).join(", ") || null,
    ]),
  ).forEach(context.print);
  context.printJson({ policies: rows, atLeast: keep });
}

async function set(
  what: string, days: string, why: string, context: CliContext,
): Promise<void> {
  const kind = matching("WHAT", new RegExp(`^(${retained.join("|")})$`),
    text(retained.join(", "), retained.join("、")))(what) as Retained;
  if (days === "forever") {
    await atRetention(context, (desk) => desk.keepForEver(kind, doer(why)));
    context.print(`${kind}: ${context.say(text("kept for ever", "永久保留"))}`);
    context.printJson({ what: kind, days: null });
    return;
  }
  const count = numeric("DAYS", { min: 1, max: 36_500, whole: true })(days);
  if (kind === "calls" && count < CALLS_LEAST_DAYS) {
    throw refused("DAYS", days, text(
      `${CALLS_LEAST_DAYS} or more: records of calls are kept for five years (16 CFR 310.5)`,
      `不少于 ${CALLS_LEAST_DAYS}：通话记录须保留五年（16 CFR 310.5）`));
  }
  await atRetention(context, (desk) => desk.set(kind, count, doer(why)));
  context.print(`${kind}: ${context.say(text(`${count} days`, `${count} 天`))}`);
  context.printJson({ what: kind, days: count });
}

async function runNow(
  options: { readonly dryRun?: boolean; readonly why: string }, context: CliContext,
): Promise<void> {
  const { packsDir, recordingsDir } = context.config();
  const dryRun = options.dryRun === true;
  const { packs } = await loadRulebook(packsDir);
  const found = await atRetention(context, (desk) => runRetention(desk, {
    now: systemClock.now(), dryRun, packs, recordingsDir, by: doer(options.why),
    signal: context.signal,
  }));
  const { say } = context;
  for (const [what, count] of Object.entries(found)) {
    context.print(`${what}: ${say(dryRun
      ? text(`${count} would be taken away`, `将删除 ${count} 项`)
      : text(`${count} taken away`, `已删除 ${count} 项`))}`);
  }
  if (Object.keys(found).length === 0) {
    context.print(say(text("nothing has an age: everything is kept for ever",
      "未设定期限：一切永久保留")));
  }
  if (context.signal.aborted) {
    context.exitCode = 130;
    context.print(say(text("interrupted; run it again to go on", "已中断；再次运行即可继续")));
  }
  context.printJson({ dryRun, ...found });
}

const because = text("why; goes into the audit log", "原因，写入审计日志");

export const registerRetention: Register = (program, context) => {
  const { say } = context;
  const group = program.command("retention")
    .description(say(text("how long things are kept", "数据保留期限")));
  group.command("list").description(say(text("each kind and its days", "各类数据及其天数")))
    .action(() => list(context));
  group.command("set <what> <days>")
    .description(say(text("keep recordings, facts, calls or leads for so many days, or forever",
      "设定 recordings、facts、calls 或 leads 的保留天数，或 forever")))
    .requiredOption("--why <text>", say(because))
    .action((what: string, days: string, { why }: { why: string }) =>
      set(what, days, why, context));
  group.command("run")
    .description(say(text("take away what is over age; from cron, once a day",
      "删除超期数据；建议由 cron 每日运行")))
    .option("--dry-run", say(text("only count", "仅统计")))
    .option("--why <text>", say(because), "retention policy")
    .action((options: { dryRun?: boolean; why: string }) => runNow(options, context));
};
