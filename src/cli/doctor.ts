/** Owns `ringwright doctor`: every check, one line each, and how to mend what fails. */
import type { Command } from "commander";
import { text } from "../language.ts";
import { checkOf, bad, plain, type Check } from "../stack/doctor/check.ts";
import { databaseChecks } from "../stack/doctor/databases.ts";
import { machineChecks } from "../stack/doctor/machine.ts";
import { switchChecks } from "../stack/doctor/switch.ts";
import { trunkChecks } from "../stack/doctor/trunks.ts";
import type { CliContext, Register } from "./command.ts";

const noSwitch: Check = checkOf({
  name: "asterisk", label: plain("Asterisk"), look: () => Promise.resolve(undefined),
  judge: () => bad(text("none is configured", "尚未配置"),
    text("run `ringwright up`, or set ASTERISK_URL and ASTERISK_AMI_URL",
      "请运行 `ringwright up`，或设置 ASTERISK_URL 与 ASTERISK_AMI_URL")),
  whenBlind: plain(""),
});

async function examine(context: CliContext): Promise<void> {
  const config = context.config();
  const checks = [
    ...machineChecks(config), ...databaseChecks(config),
    ...config.switches.length === 0 ? [noSwitch] : config.switches.flatMap(switchChecks),
    ...await trunkChecks(config),
  ];
  const results = [];
  for (const check of checks) {
    context.signal.throwIfAborted();
    const { ok, seen, remedy } = await check.run();
    context.print(`${ok ? "✓" : "✗"} ${context.say(check.label)}: ${context.say(seen)}`);
    if (remedy) context.print(`    → ${context.say(remedy)}`);
    results.push({ name: check.name, ok, seen: context.say(seen),
      ...remedy ? { remedy: context.say(remedy) } : {} });
  }
  context.printJson(results);
  context.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}

export const registerDoctor: Register = (program: Command, context: CliContext) => {
  program.command("doctor")
    .description(context.say(text("check everything, and say how to mend what fails",
      "全面检查，并说明如何修复问题")))
    .action(() => examine(context));
};
