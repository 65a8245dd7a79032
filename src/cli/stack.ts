/** Owns `ringwright up | down | status`: the local stack from the command line. */
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { text } from "../language.ts";
import { progressFor } from "../stack/progress.ts";
import type { Service } from "../stack/service.ts";
import { servicesOf } from "../stack/local-stack.ts";
import { down, environmentConfig, statusOf, up, type ServiceStatus } from "../stack/up.ts";
import { administer } from "../store/postgres/administration.ts";
import type { SwitchRow } from "../store/postgres/switch-desk.ts";
import { switchState } from "./campaign-lines.ts";
import type { CliContext, Register } from "./command.ts";
import { plain } from "./table.ts";

/** The parts without those named by `--without`. */
const without = (services: readonly Service[], names: readonly string[]): readonly Service[] =>
  services.filter(({ daemon }) => !names.includes(daemon.name));

const mark = { up: "✓", down: "·", "not-answering": "✗" } as const;
const stateText = {
  up: text("up", "运行中"),
  down: text("down", "未启动"),
  "not-answering": text("does not answer", "无应答"),
} as const;

function statusLine(status: ServiceStatus, context: CliContext): string {
  const { name, state, place, pid, runBy } = status;
  const owner = runBy === "us"
    ? pid === undefined ? "" : context.say(text(`pid ${pid}`, `进程 ${pid}`))
    : context.say(text("run by somebody else", "由他人运行"));
  const parts = [mark[state], name.padEnd(10), context.say(stateText[state]), place, owner];
  return parts.filter(Boolean).join(" ");
}

/** As the controllers see them; none where there is no database to ask. */
async function switchesNow(): Promise<readonly SwitchRow[]> {
  const { databaseUrl } = loadConfig();
  if (databaseUrl === undefined) return [];
  return administer(databaseUrl, (desk) => desk.switches.list()).catch(() => []);
}

function switchLine(row: SwitchRow, context: CliContext): string {
  const by = row.controller === null ? ""
    : context.say(text(`by ${plain(row.controller)}`, `控制器 ${plain(row.controller)}`));
  const state = row.usable ? "up" : row.controller === null ? "down" : "not-answering";
  return ["  ", mark[state], row.name,
    context.say(switchState(row)), by].filter(Boolean).join(" ");
}

async function printStatus(services: readonly Service[], context: CliContext): Promise<void> {
  const all = await Promise.all(services.map(statusOf));
  for (const each of all) context.print(statusLine(each, context));
  const switches = await switchesNow();
  for (const each of switches) context.print(switchLine(each, context));
  context.printJson(all.map((each) => each.name === "asterisk" ? { ...each, switches } : each));
  context.exitCode = all.every(({ state }) => state === "up") ? 0 : 1;
}

export const registerStack: Register = (program: Command, context: CliContext) => {
  const { say } = context;
  const services = (): readonly Service[] => servicesOf(environmentConfig());
  const varDir = (): string => environmentConfig().varDir;

  program.command("up")
    .description(say(text("start the local stack", "启动本机服务")))
    .option("--without <parts...>", say(text(
      "leave out parts: postgres, redis, asterisk, controller",
      "不启动的部分：postgres、redis、asterisk、controller")), [])
    .action(async (options: { without: readonly string[] }) => {
      const wanted = without(services(), options.without);
      await up(wanted, varDir(), progressFor(context), context.signal);
      await printStatus(wanted, context);
    });

  program.command("down")
    .description(say(text("stop the local stack", "停止本机服务")))
    .action(async () => {
      await down(services(), varDir(), progressFor(context));
      context.printJson({ state: "down" });
    });

  program.command("status")
    .description(say(text("how each part of the stack is", "各服务的状态")))
    .action(async () => { await printStatus(services(), context); });
};
