/**
 * Owns running a short program of this machine: never through a shell, always with a deadline, and
 * stopped when the person presses Ctrl-C.
 */
import { spawn } from "node:child_process";
import { plus, systemClock } from "../clock.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";

export interface CommandOptions {
  readonly signal?: AbortSignal;
  /** Defaults to `limits.stackCommandMs`. */
  readonly deadlineMs?: number;
  readonly cwd?: string;
  /** Each line of standard output and error as it comes, for showing progress. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  /** The exit status, or 128 and more when a signal ended it. */
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** A program by name or path, and its arguments: passed on as they are. */
export type Argv = readonly [string, ...string[]];

/** Undefined when the program is not on this machine. */
export async function tryCommand(
  argv: Argv, options: CommandOptions = {},
): Promise<CommandResult | undefined> {
  const [program, ...rest] = argv;
  options.signal?.throwIfAborted();
  const child = spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: options.cwd,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  // Not spawn's own `timeout`: for a program that is missing, its timer is never cleared.
  const deadline = plus(systemClock.now(), options.deadlineMs ?? limits.stackCommandMs);
  const timer = systemClock.at(deadline, () => { child.kill("SIGTERM"); });
  const kept = { output: "", errors: "" };
  const keep = (name: keyof typeof kept) => (chunk: string) => {
    kept[name] = (kept[name] + chunk).slice(-limits.stackOutputBytes);
    for (const line of chunk.split(/[\r\n]+/)) if (line !== "") options.onLine?.(line);
  };
  child.stdout.setEncoding("utf8").on("data", keep("output"));
  child.stderr.setEncoding("utf8").on("data", keep("errors"));
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      timer.cancel();
      // EACCES: something of that name is on the PATH, but not for this user to run.
      if (error.code === "ENOENT" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    child.once("close", (code) => {
      timer.cancel();
      // Resolving after the "error" of an abort is harmless: the first of the two stands.
      resolve({ status: code ?? 128, ...kept });
    });
  });
}

/** Throws UserError when the program is missing or fails, with its last words. */
export async function command(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
  const result = await tryCommand(argv, options);
  const [program] = argv;
  if (result === undefined) {
    throw new UserError(
      text(`${program} is not on this machine`, `本机没有 ${program}`),
      text(`install the package that holds ${program}`, `请安装提供 ${program} 的软件包`),
      3,
    );
  }
  if (result.status !== 0) {
    throw new UserError(
      text(`${argv.join(" ")} ended with status ${result.status}`,
        `${argv.join(" ")} 以状态 ${result.status} 结束`),
      lastWords(result),
      3,
    );
  }
  return result;
}

/** The end of what a program said, which is where programs say why they gave up. */
function lastWords({ output, errors }: CommandResult): { en: string; zh: string } {
  const said = (errors.trim() || output.trim()).split("\n").slice(-5).join("\n    ");
  return text(`it said: ${said}`, `其输出：${said}`);
}

/** The first line of `program --version` or such; undefined when it does not run. */
export async function firstLineOf(
  argv: Argv, options?: CommandOptions,
): Promise<string | undefined> {
  const result = await tryCommand(argv, options);
  return result?.status === 0 ? result.output.split("\n")[0] : undefined;
}
