/** Owns `ringwright http`: the service for programs that bring lists in. */
import { join } from "node:path";
import type { Command } from "commander";
import { messageOf, UserError } from "../errors.ts";
import { httpServer } from "../http/server.ts";
import { ImportJobs } from "../http/import-jobs.ts";
import { text } from "../language.ts";
import { createLog } from "../log.ts";
import type { CliContext, Register } from "./command.ts";
import { databaseUrl } from "./database.ts";

const noToken = (): UserError => new UserError(
  text("no token is configured: everybody could import", "未配置访问令牌：任何人都能导入"),
  text("set RINGWRIGHT_HTTP_TOKEN, as from `openssl rand -hex 32`",
    "请设置 RINGWRIGHT_HTTP_TOKEN，例如用 `openssl rand -hex 32` 生成"), 2);

const cannotListen = (host: string, port: number, error: unknown): UserError => new UserError(
  text(`cannot listen on ${host}:${port}: ${messageOf(error)}`,
    `无法监听 ${host}:${port}：${messageOf(error)}`),
  text("set RINGWRIGHT_HTTP_PORT to a free port", "请将 RINGWRIGHT_HTTP_PORT 设为空闲端口"), 3);

async function serveHttp(context: CliContext): Promise<void> {
  const config = context.config();
  const { httpHost: host, httpPort: port, httpToken: token } = config;
  if (token === undefined) throw noToken();
  const log = createLog(config);
  const failed = (error: unknown): void => {
    log.line("error", "http-failed", { why: messageOf(error) });
  };
  const imports = new ImportJobs({
    databaseUrl: databaseUrl(context), folder: join(config.varDir, "imports"), failed,
  });
  const server = httpServer({ token, imports, failed });
  try {
    const url = await server.listen({ host, port }).catch((error: unknown) => {
      throw cannotListen(host, port, error);
    });
    log.line("info", "http-serving", { url });
    context.print(context.say(text(`serving ${url}; Ctrl-C stops`, `服务地址 ${url}；按 Ctrl-C 停止`)));
    context.printJson({ url });
    await new Promise<void>((resolve) => {
      if (context.signal.aborted) resolve();
      context.signal.addEventListener("abort", () => { resolve(); }, { once: true });
    });
  } finally {
    await imports.close();
    await server.close();
    log.line("info", "http-stopped", {});
  }
}

export const registerHttp: Register = (program: Command, context) => {
  program.command("http")
    .description(context.say(text(
      "serve HTTP for programs that bring lists in; docs/http.md",
      "为导入名单的程序提供 HTTP 服务；见 docs/http.md")))
    .action(() => serveHttp(context));
};
