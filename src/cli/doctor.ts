/** Owns `ringwright doctor`: every check, one line each, and how to mend what fails. */
import type { Command } from "commander";
import { text } from "../language.ts";
import { checkOf, bad, notLookedAt, plain, type Check, type Verdict } from "../stack/doctor/check.ts";
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

interface Result {
  readonly check: Check;
  readonly verdict: Verdict;
  /** False when what it stands behind failed, so that there was nothing to look at. */
  readonly looked: boolean;
}

async function examineOne(
  check: Check, before: readonly Result[],
): Promise<Result> {
  const first = before.find((each) => each.check.name === check.behind);
  if (first === undefined || first.verdict.ok) {
    return { check, verdict: await check.run(), looked: true };
  }
  return { check, verdict: notLookedAt(first.check.label), looked: false };
}

function print({ check, verdict, looked }: Result, context: CliContext): void {
  const { ok, seen, remedy } = verdict;
  const mark = ok ? "✓" : looked ? "✗" : "·";
  context.print(`${mark} ${context.say(check.label)}: ${context.say(seen)}`);
  if (remedy && looked) context.print(`    → ${context.say(remedy)}`);
}

async function examine(context: CliContext): Promise<void> {
  const config = context.config();
  const checks = [
    ...machineChecks(config), ...databaseChecks(config),
    ...config.switches.length === 0 ? [noSwitch] : config.switches.flatMap(switchChecks),
    ...await trunkChecks(config),
  ];
  const results: Result[] = [];
  for (const check of checks) {
    context.signal.throwIfAborted();
    const result = await examineOne(check, results);
    print(result, context);
    results.push(result);
  }
  context.printJson(results.map(({ check: { name }, verdict: { ok, seen, remedy }, looked }) => ({
    name, ok, looked, seen: context.say(seen), ...remedy ? { remedy: context.say(remedy) } : {},
  })));
  context.exitCode = results.every(({ verdict }) => verdict.ok) ? 0 : 1;
}

export const registerDoctor: Register = (program: Command, context: CliContext) => {
  program.command("doctor")
    .description(context.say(text("check everything, and say how to mend what fails",
      "全面检查，并说明如何修复问题")))
    .action(() => examine(context));
};
