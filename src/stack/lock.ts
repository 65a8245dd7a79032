/** Owns the lock that keeps two `ringwright up` from starting the same servers side by side. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { recordProcess, recordPath, runningPid, type Daemon } from "./daemon.ts";

/** Throws UserError while another process holds it; one that died holds nothing. */
export function holdLock(varDir: string): { release(): void } {
  const holder: Daemon = { name: "up", varDir };
  mkdirSync(dirname(recordPath(holder)), { recursive: true });
  const pid = runningPid(holder);
  if (pid !== undefined && pid !== process.pid) {
    throw new UserError(
      text(`another \`ringwright up\` (pid ${pid}) is at work in ${varDir}`,
        `另一个 \`ringwright up\`（进程 ${pid}）正在 ${varDir} 中运行`),
      text("wait for it, or set RINGWRIGHT_VAR to another folder",
        "请等待其结束，或将 RINGWRIGHT_VAR 设为其他目录"),
    );
  }
  recordProcess(holder, process.pid);
  return { release: () => { rmSync(recordPath(holder), { force: true }); } };
}
