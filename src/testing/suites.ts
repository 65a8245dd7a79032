/**
 * Owns running all tests, for scripts/test: brings up a stack of its own, runs each suite, adds
 * up, and takes the stack down again, also when interrupted. The last line stands alone:
 * `N passed, N failed, N skipped`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { systemClock } from "../clock.ts";
import type { CliContext } from "../cli/command.ts";
import { environmentLanguage, loadConfig, projectDir } from "../config.ts";
import { messageOf, UserError } from "../errors.ts";
import { text, type Text } from "../language.ts";
import { progressFor } from "../stack/progress.ts";
import type { Service } from "../stack/service.ts";
import { servicesOf } from "../stack/local-stack.ts";
import { down, environmentConfig, up } from "../stack/up.ts";
import { stopSecondSwitch } from "./deployment/second-switch.ts";
import type { Tally } from "./tally-reporter.ts";

const suiteNames = ["types", "lint", "unit", "long", "db", "pbx", "web"] as const;
type SuiteName = (typeof suiteNames)[number];

/** Suites of mocha have tests to count; the others are one check that holds or not. */
const countedByMocha: ReadonlySet<SuiteName> = new Set(["unit", "long", "db", "pbx", "web"]);
const needsStack: ReadonlySet<SuiteName> = new Set(["db", "pbx", "web"]);

interface Request {
  readonly suites: readonly SuiteName[];
  readonly keep: boolean;
}

/** Throws UserError for a word that names no suite. */
function parse(words: readonly string[]): Request {
  const names = words.filter((word) => word !== "--keep");
  const isSuite = (word: string): word is SuiteName =>
    (suiteNames as readonly string[]).includes(word);
  const wrong = names.find((word) => !isSuite(word));
  if (wrong !== undefined) {
    throw new UserError(
      text(`${wrong} is no suite of tests`, `没有名为 ${wrong} 的测试`),
      text(`use --keep and any of ${suiteNames.join(" ")}`,
        `可用 --keep 以及 ${suiteNames.join(" ")}`),
    );
  }
  const named = names.filter(isSuite);
  // Pages come with a later part of the work: their suite runs once there is something to run.
  const hasPages = readdirSync(join(projectDir, "src"), { recursive: true, encoding: "utf8" })
    .some((file) => file.endsWith(".web.test.ts"));
  const all = suiteNames.filter((name) => name !== "web" || hasPages);
  return { suites: named.length > 0 ? named : all, keep: words.includes("--keep") };
}

/**
 * Runs one npm script in a process group of its own, so that an interrupt ends all of it. It is
 * told to end when we are killed: nobody else would.
 */
function runScript(words: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", "npm", "--silent", "run", ...words],
    { cwd: projectDir, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
  };
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code ?? 1);
    });
  });
}

/** A suite that ran no test, or ended without its counts, has failed once. */
async function runSuite(name: SuiteName, varDir: string, signal: AbortSignal): Promise<Tally> {
  signal.throwIfAborted();
  if (!countedByMocha.has(name)) {
    const held = await runScript([name], signal) === 0;
    return { passed: held ? 1 : 0, failed: held ? 0 : 1, skipped: 0 };
  }
  const file = join(varDir, `tally-${name}.json`);
  rmSync(file, { force: true });
  const status = await runScript([name, "--", "--reporter", "./src/testing/tally-reporter.ts",
    "--reporter-option", `file=${file}`], signal);
  let tally: Tally;
  try {
    tally = JSON.parse(readFileSync(file, "utf8")) as Tally;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const foul = tally.failed === 0 && (status !== 0 || tally.passed === 0);
  return foul ? { ...tally, failed: 1 } : tally;
}

/** Tests make databases by the dozen, and none of them has to survive a power cut. */
async function trustPower(services: readonly Service[]): Promise<void> {
  const ours = services.some(({ daemon, isExternal }) =>
    daemon.name === "postgres" && !isExternal(environmentConfig()));
  if (!ours) return;
  const client = new pg.Client({ connectionString: loadConfig().databaseUrl });
  await client.connect();
  try {
    await client.query("alter system set fsync = off");
    await client.query("select pg_reload_conf()");
  } finally {
    await client.end();
  }
}

async function runAll(
  { suites, keep }: Request, context: Pick<CliContext, "say" | "print" | "terminal">,
  signal: AbortSignal,
): Promise<Tally> {
  const environment = environmentConfig();
  const { varDir } = environment;
  mkdirSync(varDir, { recursive: true });
  const progress = progressFor(context);
  const services = servicesOf(environment).filter(({ daemon }) => daemon.name !== "controller");
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    let isUp = false;
    for (const name of suites) {
      if (needsStack.has(name) && !isUp) {
        await up(services, varDir, progress, signal);
        await trustPower(services);
        isUp = true;
      }
      context.print(`… ${name}`);
      const began = systemClock.now();
      const { passed, failed, skipped } = await runSuite(name, varDir, signal);
      total.passed += passed;
      total.failed += failed;
      total.skipped += skipped;
      const seconds = ((systemClock.now() - began) / 1000).toFixed(1);
      context.print(`${failed === 0 ? "✓" : "✗"} ${name}: ${passed} passed, ${failed} failed, ` +
        `${skipped} skipped (${seconds} s)`);
    }
    signal.throwIfAborted();
    return total;
  } finally {
    await stopSecondSwitch(varDir);
    if (!keep) await down(services, varDir, progress);
  }
}

const language = environmentLanguage();
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => { interrupt.abort(signal); });
}
const print = (line: string): void => { process.stdout.write(`${line}\n`); };
try {
  // The steps are drawn as plain lines: the suites draw their own progress on the terminal.
  const context = { say: (each: Text) => each[language], print, terminal: false };
  const { passed, failed, skipped } =
    await runAll(parse(process.argv.slice(2)), context, interrupt.signal);
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  const said = error instanceof UserError ? error.print(language) : messageOf(error);
  process.stderr.write(`${interrupt.signal.aborted ? "interrupted" : said}\n`);
  const status = error instanceof UserError ? error.exitCode : 1;
  process.exitCode = interrupt.signal.aborted ? 130 : status;
}
