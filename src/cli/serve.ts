/** Owns `ringwright serve`: a controller in the foreground, until it is told to stop. */
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { systemClock, type Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf, UserError } from "../errors.ts";
import type { ControllerId } from "../ids.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { Controller } from "../engine/controller.ts";
import { discardFrom } from "../engine/person-files.ts";
import { gatedStore } from "../engine/gated-store.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import { createLog, type Log } from "../log.ts";
import { pacerFor } from "../pacing/pacers.ts";
import { inspectRecording } from "../recording/inspect.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { openDatabase } from "../store/postgres/database.ts";
import { openFactFolder } from "../store/disk/fact-file.ts";
import { waitUntil } from "../stack/patience.ts";
import { commandFault } from "../store/postgres/knex.ts";
import { createStore } from "../store/postgres/store.ts";
import { openLiveBoard } from "../store/redis/live-figures.ts";
import { AsteriskPbx } from "../telephony/asterisk/asterisk-pbx.ts";
import type { CliContext, Register } from "./command.ts";
import { databaseUrl } from "./database.ts";

const switchesOf = (config: Config, clock: Clock): readonly AsteriskPbx[] =>
  config.switches.map((each) => new AsteriskPbx({
    name: each.name, app: config.ariApp, clock,
    ari: { url: each.ariUrl, user: each.ariUser, password: each.ariPassword },
    ami: { host: each.amiHost, port: each.amiPort, user: each.amiUser, secret: each.amiSecret },
    recordings: { here: config.recordingsDir, onSwitch: config.switchRecordingsDir },
  }));

/** Length and size of a recording; undefined when its file is not there or holds no sound. */
async function measure(
  folder: string, file: string,
): Promise<{ readonly durationMs: number; readonly bytes: number } | undefined> {
  const path = join(folder, file);
  const found = await inspectRecording(path);
  if (found.kind !== "sound") return undefined;
  return { durationMs: Math.round(found.durationMs), bytes: (await stat(path)).size };
}

interface ServeOptions {
  readonly drain?: boolean;
  /** Written once everything is connected, and removed at the end: for whoever started us. */
  readonly readyFile?: string;
}

/** Dials nothing new and waits for the calls, so long; those left go on for the next controller. */
async function drain(controller: Controller, context: CliContext, log: Log): Promise<void> {
  controller.drain();
  const minutes = limits.drainLongestMs / 60_000;
  const calls = controller.liveCalls;
  log.line("info", "draining", { calls });
  context.print(context.say(text(
    `waiting for ${calls} calls, ${minutes} minutes at most; Ctrl-C once more stops at once`,
    `等待 ${calls} 个通话结束，至多 ${minutes} 分钟；再按一次 Ctrl-C 立即停止`)));
  await waitUntil(() => Promise.resolve(controller.liveCalls === 0 || undefined),
    { deadlineMs: limits.drainLongestMs });
  log.line("info", "drained", { left: controller.liveCalls });
}

async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  const config = context.config();
  const url = databaseUrl(context);
  if (config.switches.length === 0) {
    throw new UserError(
      text("no switch is configured", "尚未配置交换机"),
      text("run `ringwright up` for a local one, or set ASTERISK_URL",
        "请运行 `ringwright up` 启动本机交换机，或设置 ASTERISK_URL"), 3);
  }
  const log = createLog(config);
  const database = openDatabase(url, { lookups: true });
  const store = gatedStore({
    store: createStore(url), compliance: compliance(database), clock: systemClock,
    rulebook: await loadRulebook(config.packsDir),
  });
  const board = openLiveBoard(config.redisUrl);
  let fatal: (error: unknown) => void = () => undefined;
  const died = new Promise<unknown>((resolve) => { fatal = resolve; });
  const run = randomUUID();
  const controller = new Controller({
    // A name of its own for each run: a lease is never renewed by the next process by mistake.
    id: `${config.controllerName}/${run}` as ControllerId,
    clock: systemClock, store, board, log, newId: randomUUID,
    pacerFor: ({ mode }) => pacerFor(mode),
    switches: switchesOf(config, systemClock),
    linesMax: new Map(config.switches.map(({ name, linesMax }) => [name, linesMax])),
    facts: openFactFolder(join(config.varDir, "journal"), run, () => systemClock.now()),
    measure: (file) => measure(config.recordingsDir, file),
    discard: discardFrom(config.recordingsDir),
    onFatal: (error) => { fatal(error); },
  });
  try {
    const interrupted = new Promise<undefined>((resolve) => {
      if (context.signal.aborted) resolve(undefined);
      context.signal.addEventListener("abort", () => { resolve(undefined); }, { once: true });
    });
    // It may stand by for days before the other one ends.
    await Promise.race([controller.start(), interrupted]);
    if (!context.signal.aborted) {
      const names = controller.switches.join(", ");
      log.line("info", "serving", { controller: config.controllerName, switches: names });
      context.print(context.say(text(
        `serving ${names}; Ctrl-C stops`, `服务已启动（${names}）；按 Ctrl-C 停止`)));
      if (options.readyFile !== undefined) writeFileSync(options.readyFile, `${process.pid}\n`);
    }
    const error = await Promise.race([died, interrupted]);
    if (error !== undefined) throw error;
    if (options.drain === true) await drain(controller, context, log);
    await controller.stop();
    log.line("info", "stopped", { controller: config.controllerName });
  } catch (error) {
    controller.kill();
    log.line("error", "ended", { why: messageOf(error) });
    await controller.disconnect();
    await controller.giveUp().catch((left: unknown) => {
      log.line("warn", "seats-not-given-back", { why: messageOf(left) });
    });
    throw commandFault(error);
  } finally {
    if (options.readyFile !== undefined) rmSync(options.readyFile, { force: true });
    board.close();
    await store.close();
    await database.close();
  }
}

export const registerServe: Register = (program: Command, context) => {
  program.command("serve")
    .description(context.say(text(
      "run a controller until it is told to stop", "运行控制器，直至收到停止信号")))
    .option("--drain", context.say(text(
      "when told to stop, wait for the calls to end first", "收到停止信号后，先等待通话结束")))
    .addOption(new Option("--ready-file <file>").hideHelp())
    .action((options: ServeOptions) => serve(context, options));
};
