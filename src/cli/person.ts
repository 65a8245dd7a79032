/** Owns `ringwright person`: giving a person what is known of them, and forgetting it. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { toIso } from "../clock.ts";
import { removeRecordings, removeRejects, writePerson, type SweptRejects } from "../engine/person-files.ts";
import { UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { text } from "../language.ts";
import { personDesk, type PersonDesk } from "../store/postgres/person-desk.ts";
import { openDatabase } from "../store/postgres/database.ts";
import { withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { doer, numberOf } from "./compliance-desk.ts";
import { databaseUrl } from "./database.ts";

async function atPersonDesk<T>(
  context: CliContext, work: (desk: PersonDesk) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(context));
  try {
    return await work(personDesk(database));
  } finally {
    await database.close();
  }
}

interface ExportOptions {
  readonly out?: string;
  readonly why: string;
}

async function nothingKnown(desk: PersonDesk, number: DialNumber): Promise<UserError> {
  const erasedAt = await desk.erasedAt(number);
  return erasedAt === undefined
    ? new UserError(text(`nothing is known of ${number}`, `没有 ${number} 的任何资料`),
      text("give one of the person's numbers with its country code", "请给出该客户含国家代码的号码"))
    : new UserError(
      text(`the person with ${number} was erased on ${toIso(erasedAt).slice(0, 10)}`,
        `${number} 的客户资料已于 ${toIso(erasedAt).slice(0, 10)} 删除`),
      text("only a hash is kept, so that nobody calls them again", "仅保留散列值，以确保不再拨打"));
}

async function exportPerson(
  given: string, options: ExportOptions, context: CliContext,
): Promise<void> {
  const number = numberOf(given, undefined);
  const { recordingsDir, varDir } = context.config();
  const out = resolve(options.out ?? join(varDir, "exports", number.replace("+", "")));
  const [person, missing] = await atPersonDesk(context, async (desk) => {
    const found = await desk.find(number);
    if (found.leads.length + found.calls.length + found.consents.length
      + found.doNotCall.length === 0) throw await nothingKnown(desk, number);
    const files = found.recordings.filter(({ state }) => state === "whole" || state === "running")
      .map(({ file }) => file);
    const lost = await writePerson(out, withIsoTimes(found) as object,
      { folder: recordingsDir, files });
    await desk.exported(found, doer(options.why));
    return [found, lost] as const;
  });
  const { leads, calls, recordings } = person;
  context.print(context.say(text(
    `${out}: ${leads.length} leads, ${calls.length} calls, ${recordings.length} recordings`,
    `${out}：${leads.length} 条线索，${calls.length} 次通话，${recordings.length} 段录音`)));
  for (const file of missing) {
    context.print(context.say(text(`missing on the disk: ${file}`, `磁盘上缺失：${file}`)));
  }
  context.printJson({ out, leads: leads.length, calls: calls.length,
    recordings: recordings.length, missing });
}

async function erasePerson(
  given: string, options: { readonly why: string; readonly yes?: boolean }, context: CliContext,
): Promise<void> {
  const number = numberOf(given, undefined);
  if (options.yes !== true) {
    throw new UserError(text("this cannot be undone", "此操作无法撤销"),
      text("look with `person export`, then say --yes", "请先用 `person export` 查看，再加 --yes"));
  }
  const { recordingsDir, varDir } = context.config();
  let files = 0;
  let swept: SweptRejects = { rows: 0, left: [], written: [] };
  const person = await atPersonDesk(context, (desk) => desk.erase(number, doer(options.why),
    async (outside) => {
      files = await removeRecordings(recordingsDir, outside.recordings);
      swept = await removeRejects(outside);
      return swept.written;
    }));
  const { numbers, leads, calls } = person;
  const exported = numbers.map((each) => join(varDir, "exports", each.replace("+", "")))
    .filter((each) => existsSync(each));
  context.print(context.say(text(
    `forgotten: ${numbers.length} numbers, ${leads.length} leads, ${calls.length} calls without`
      + ` their number, ${files} files, ${swept.rows} rejected rows; nobody will call them again`,
    `已删除：${numbers.length} 个号码、${leads.length} 条线索、${files} 个文件、`
      + `${swept.rows} 条被拒行，${calls.length} 次通话已去除号码；今后不会再拨打`)));
  for (const { path, why } of swept.left) {
    context.print(context.say(why === "changed"
      ? text(`look yourself: ${path} was changed by somebody`, `请自行检查：${path} 已被他人修改`)
      : text(`look yourself: ${path} is on another machine`, `请自行检查：${path} 在另一台机器上`)));
  }
  for (const path of exported) {
    context.print(context.say(text(`delete it yourself: ${path} was exported`,
      `请自行删除：${path} 为此前的导出`)));
  }
  context.printJson({ numbers: numbers.length, leads: leads.length, calls: calls.length, files,
    rejectedRows: swept.rows, left: swept.left, exported });
}

const because = text("why; goes into the audit log", "原因，写入审计日志");

export const registerPerson: Register = (program, context) => {
  const { say } = context;
  const person = program.command("person")
    .description(say(text("everything about one person", "某一客户的全部资料")));
  person.command("export <number>")
    .description(say(text("write all data and recordings of a person into a folder",
      "将某客户的全部资料与录音写入目录")))
    .requiredOption("--why <text>", say(because))
    .option("--out <dir>", say(text("the folder; var/exports/NUMBER by default",
      "目录，默认 var/exports/号码")))
    .action((number: string, options: ExportOptions) => exportPerson(number, options, context));
  person.command("erase <number>")
    .description(say(text("forget a person: data, recordings, numbers; they are never called again",
      "删除某客户的资料、录音与号码，今后不再拨打")))
    .requiredOption("--why <text>", say(because))
    .option("--yes", say(text("there is no way back", "确认不可恢复")))
    .action((number: string, options: { why: string; yes?: boolean }) =>
      erasePerson(number, options, context));
};
