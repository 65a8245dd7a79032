/** Owns the command line as a whole: the groups of commands, errors, and the exit status. */
import { Command, CommanderError } from "commander";
import { environment, loadConfig, type Config } from "../config.ts";
import { messageOf, UserError } from "../errors.ts";
import { languageOf, text } from "../language.ts";
import { registerAudit } from "./audit.ts";
import { registerDestination } from "./destination.ts";
import { registerDnc } from "./dnc.ts";
import { registerWhy } from "./why.ts";
import { commandFault } from "../store/postgres/knex.ts";
import { inWords } from "./fault-words.ts";
import { speak } from "./help-words.ts";
import { registerAgent } from "./agent.ts";
import { registerCall } from "./call.ts";
import { registerCallRecord } from "./call-record.ts";
import { registerCampaign } from "./campaign.ts";
import type { CliContext, Register } from "./command.ts";
import { registerConfig } from "./config.ts";
import { registerDb } from "./db.ts";
import { registerDoctor } from "./doctor.ts";
import { registerHttp } from "./http.ts";
import { registerLead } from "./lead.ts";
import { registerList } from "./list.ts";
import { registerPerson } from "./person.ts";
import { registerPbx } from "./pbx.ts";
import { registerRetention } from "./retention.ts";
import { registerServe } from "./serve.ts";
import { registerSimulate } from "./simulate.ts";
import { registerStack } from "./stack.ts";
import { registerTrunk } from "./trunk.ts";

/** Each file in cli/ that registers commands, in the order of `--help`. */
const groups: readonly Register[] = [
  registerStack, registerDoctor, registerDb, registerTrunk, registerAgent, registerList,
  registerCampaign, registerLead, registerCall, registerConfig, registerPbx, registerServe,
  registerHttp, registerSimulate, registerDnc, registerDestination, registerWhy,
  registerCallRecord, registerPerson, registerRetention, registerAudit,
];

/** What a command line has around it; a process, or a test in its place. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly terminal: boolean;
  readonly signal: AbortSignal;
}

function contextFor(words: readonly string[], around: Surroundings): CliContext {
  const language = languageOf(around.env);
  let config: Config | undefined;
  const json = words.includes("--json");
  return {
    env: around.env,
    config: () => (config ??= loadConfig(around.env)),
    say: (each) => each[language],
    print: (line) => { if (!json) around.out(`${line}\n`); },
    printJson: (value) => { if (json) around.out(`${JSON.stringify(value, null, 2)}\n`); },
    write: around.out,
    json,
    terminal: around.terminal && !json,
    signal: around.signal,
    exitCode: 0,
  };
}

/** Runs the command line of this process and returns its exit status. */
export async function run(words: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => { interrupt.abort(signal); });
  }
  return runWithin(words, {
    env: environment(),
    out: (each) => { process.stdout.write(each); },
    err: (each) => { process.stderr.write(each); },
    terminal: process.stdout.isTTY,
    signal: interrupt.signal,
  });
}

/** Runs one command line; errors are told on `err`, in the language of `env`. */
export async function runWithin(
  words: readonly string[], around: Surroundings,
): Promise<number> {
  const context = contextFor(words, around);
  const program = new Command("ringwright")
    .description(context.say(text(
      "Runs outbound campaigns on Asterisk and FreeSWITCH.", "在 Asterisk 与 FreeSWITCH 上运行外呼活动。",
    )))
    .option("--json", context.say(text("print JSON for programs", "输出供程序读取的 JSON")))
    .configureOutput({ writeOut: around.out, writeErr: around.err })
    .exitOverride();
  speak(program, languageOf(around.env));
  for (const register of groups) register(program, context);
  try {
    await program.parseAsync([...words], { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const told = inWords(commandFault(error));
    if (told instanceof UserError) {
      around.err(`${told.print(languageOf(around.env))}\n`);
      return told.exitCode;
    }
    around.err(`ringwright: ${messageOf(error)}\n`);
    return 3;
  }
}
