/** Owns the command line as a whole: the groups of commands, errors, and the exit status. */
import { Command, CommanderError } from "commander";
import { environmentLanguage, loadConfig, type Config } from "../config.ts";
import { messageOf, UserError } from "../errors.ts";
import { text } from "../language.ts";
import { registerAgent } from "./agent.ts";
import { registerCall } from "./call.ts";
import { registerCampaign } from "./campaign.ts";
import type { CliContext, Register } from "./command.ts";
import { registerDb } from "./db.ts";
import { registerLead } from "./lead.ts";
import { registerList } from "./list.ts";
import { registerPbx } from "./pbx.ts";
import { registerStack } from "./stack.ts";
import { registerTrunk } from "./trunk.ts";

/** Each file in cli/ that registers commands, in the order of `--help`. */
const groups: readonly Register[] = [
  registerStack, registerDb, registerTrunk, registerAgent, registerList, registerCampaign,
  registerLead, registerCall, registerPbx,
];

function contextFor(words: readonly string[], signal: AbortSignal): CliContext {
  const language = environmentLanguage();
  let config: Config | undefined;
  const json = words.includes("--json");
  return {
    config: () => (config ??= loadConfig()),
    say: (each) => each[language],
    print: (line) => { if (!json) process.stdout.write(`${line}\n`); },
    printJson: (value) => { if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`); },
    json,
    terminal: process.stdout.isTTY && !json,
    signal,
    exitCode: 0,
  };
}

/** Runs one command line and returns the exit status; prints errors to standard error. */
export async function run(words: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => { interrupt.abort(signal); });
  }
  const context = contextFor(words, interrupt.signal);
  const program = new Command("ringwright")
    .description(context.say(text(
      "Runs outbound campaigns on Asterisk and FreeSWITCH.", "在 Asterisk 与 FreeSWITCH 上运行外呼活动。",
    )))
    .option("--json", context.say(text("print JSON for programs", "输出供程序读取的 JSON")))
    .exitOverride();
  for (const register of groups) register(program, context);
  try {
    await program.parseAsync([...words], { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      process.stderr.write(`${error.print(environmentLanguage())}\n`);
      return error.exitCode;
    }
    process.stderr.write(`ringwright: ${messageOf(error)}\n`);
    return 3;
  }
}
