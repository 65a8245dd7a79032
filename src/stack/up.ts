/**
 * Owns bringing the local stack up and down and saying how it is. Up twice is harmless; an up that
 * fails or is interrupted stops what it began and nothing else.
 */
import { mkdirSync } from "node:fs";
import { loadConfig, readStackFile, type Config } from "../config.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { runningPid } from "./daemon.ts";
import { holdLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import { secretsIn } from "./secrets.ts";
import { forget, writeStackFile, type Service } from "./service.ts";

/** The configuration as the environment alone gives it, without what an earlier up left. */
export const environmentConfig = (): Config => loadConfig(undefined, {});

async function bringUp(
  service: Service, varDir: string, progress: Progress, signal: AbortSignal,
): Promise<boolean> {
  const { en, zh } = service.label;
  const environment = environmentConfig();
  if (service.isExternal(environment)) {
    await progress.step(
      text(`${en} at ${service.place(environment)}, from ${service.variable}`,
        `${zh}：${service.place(environment)}（来自 ${service.variable}）`),
      async () => { await mustAnswer(service, environment); },
    );
    return false;
  }
  if (runningPid(service.daemon) !== undefined && await service.answers(loadConfig())) {
    await progress.step(text(`${en} is up already`, `${zh} 已在运行`), () => Promise.resolve());
    return false;
  }
  await progress.step(text(`${en} starts`, `启动 ${zh}`), async (note) => {
    // One that runs without answering, or whose address was lost, is of no use to anybody.
    await service.stop();
    const entries = await service.start({ varDir, secrets: secretsIn(varDir), signal, note });
    writeStackFile(varDir, { ...readStackFile(varDir), ...entries });
  });
  return true;
}

async function mustAnswer(service: Service, config: Config): Promise<void> {
  if (await service.answers(config)) return;
  const { label: { en, zh }, variable } = service;
  throw new UserError(
    text(`${en} at ${service.place(config)} does not answer, or refuses the password`,
      `${zh}（${service.place(config)}）没有应答，或拒绝了密码`),
    text(`mend ${variable}, or unset it to use a local one`,
      `请更正 ${variable}，或取消该变量以使用本机服务`),
    3,
  );
}

/** Starts what does not run yet, in order. */
export async function up(
  services: readonly Service[], varDir: string, progress: Progress, signal: AbortSignal,
): Promise<void> {
  mkdirSync(varDir, { recursive: true });
  const lock = holdLock(varDir);
  const begun: Service[] = [];
  try {
    for (const service of services) {
      begun.unshift(service);
      if (!await bringUp(service, varDir, progress, signal)) begun.shift();
    }
  } catch (error) {
    for (const service of begun) {
      await service.stop();
      forget(varDir, service.entries);
    }
    if (signal.aborted) {
      throw new UserError(
        text("interrupted; what was begun is stopped again", "已中断；已启动的部分均已停止"),
        text("run `ringwright up` again when you like", "可随时再次运行 `ringwright up`"),
        1,
      );
    }
    throw error;
  } finally {
    lock.release();
  }
}

/** Stops what we started, last first. */
export async function down(
  services: readonly Service[], varDir: string, progress: Progress,
): Promise<void> {
  for (const service of [...services].reverse()) {
    const { en, zh } = service.label;
    if (runningPid(service.daemon) === undefined) continue;
    await progress.step(text(`${en} stops`, `停止 ${zh}`), () => service.stop());
    forget(varDir, service.entries);
  }
}

export interface ServiceStatus {
  readonly name: string;
  readonly state: "up" | "down" | "not-answering";
  readonly runBy: "us" | "somebody-else";
  readonly place: string | undefined;
  readonly pid: number | undefined;
}

export async function statusOf(service: Service): Promise<ServiceStatus> {
  const config = loadConfig();
  const external = service.isExternal(environmentConfig());
  const pid = external ? undefined : runningPid(service.daemon);
  const expected = external || pid !== undefined;
  const state = !expected ? "down" : await service.answers(config) ? "up" : "not-answering";
  return {
    name: service.daemon.name, state, runBy: external ? "somebody-else" : "us",
    place: expected ? service.place(config) : undefined, pid,
  };
}
