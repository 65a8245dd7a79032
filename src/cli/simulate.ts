/** Owns `ringwright simulate`: days of a floor that is not there, to judge a pacer beforehand. */
import { writeFileSync } from "node:fs";
import { messageOf, UserError } from "../errors.ts";
import { text } from "../language.ts";
import { pacerNamed, pacerNames } from "../pacing/pacers.ts";
import { simulateDay } from "../simulation/day.ts";
import { plotDay } from "../simulation/day-plot.ts";
import type { DayResult } from "../simulation/day-tally.ts";
import { pool, type Estimate, type PooledResult } from "../simulation/pooled.ts";
import { parseScenario } from "../simulation/scenario-file.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { CliContext, Register } from "./command.ts";
import { numeric, readText, refused } from "./options.ts";
import { table } from "./table.ts";

interface SimulateOptions {
  readonly pacer: string;
  readonly seeds: number;
  readonly plot?: string;
  readonly agents?: number;
  readonly abandonRateMax?: number;
}

/** "What if": another number of agents in each shift, in proportion, or another limit. */
function changed(scenario: Scenario, options: SimulateOptions): Scenario {
  const staff = scenario.shifts.reduce((sum, shift) => sum + shift.agents, 0);
  const factor = (options.agents ?? staff) / staff;
  return {
    ...scenario,
    abandonRateMax: options.abandonRateMax ?? scenario.abandonRateMax,
    shifts: scenario.shifts.map((shift) =>
      ({ ...shift, agents: Math.max(1, Math.round(shift.agents * factor)) })),
  };
}

async function days(
  scenario: Scenario, options: SimulateOptions, signal: AbortSignal,
): Promise<DayResult[]> {
  const results: DayResult[] = [];
  for (let seed = 1; seed <= options.seeds && !signal.aborted; seed++) {
    // Peers remember, so each day has a pacer of its own.
    const pacer = pacerNamed(options.pacer);
    if (!pacer) {
      throw refused("--pacer", options.pacer, text(
        `${pacerNames.join(", ")}; some take a number: power:2.5`,
        `${pacerNames.join("、")}；部分可带数值：power:2.5`,
      ));
    }
    results.push(simulateDay(scenario, pacer, { seed, learning: true }));
    // A day is seconds without a pause; here Ctrl-C is heard.
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  return results;
}

function lines(pooled: PooledResult, context: CliContext): string[] {
  const { say } = context;
  const percent = ({ mean, margin }: Estimate): string => `${(100 * mean).toFixed(2)} %`
    + (Number.isFinite(margin) ? ` ± ${(100 * margin).toFixed(2)}` : "");
  const plainly = ({ mean, margin }: Estimate): string => mean.toFixed(1)
    + (Number.isFinite(margin) ? ` ± ${margin.toFixed(1)}` : "");
  return table(["", ""], [
    [say(text("days", "天数")), String(pooled.days)],
    [say(text("utilisation", "座席利用率")), percent(pooled.utilisation)],
    [say(text("abandon rate", "放弃率")), percent(pooled.abandonRate)],
    [say(text("worst day's abandon rate", "最差一天的放弃率")),
      `${(100 * pooled.abandonRateWorst).toFixed(2)} %`],
    [say(text("people who answered", "接听人数")), String(pooled.answered)],
    [say(text("calls per agent hour", "每座席每小时通话数")), plainly(pooled.callsPerAgentHour)],
    [say(text("wait for an agent, p99 ms", "等待座席 p99 毫秒")), plainly(pooled.waitP99Ms)],
  ]).slice(1);
}

function save(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new UserError(
      text(`${file} cannot be written: ${messageOf(error)}`, `无法写入 ${file}：${messageOf(error)}`),
      text("check the folder and its permissions", "请检查目录与权限"),
    );
  }
}

async function simulate(
  file: string, options: SimulateOptions, context: CliContext,
): Promise<void> {
  const scenario = changed(parseScenario(readText(file, file), file), options);
  const results = await days(scenario, options, context.signal);
  const pooled = pool(results);
  context.print(`${scenario.name}: ${options.pacer}`);
  lines(pooled, context).forEach(context.print);
  const first = results[0];
  if (options.plot !== undefined && first) {
    const title = `${scenario.name}, ${options.pacer}`;
    save(options.plot, plotDay({ title, moments: first.moments, limit: scenario.abandonRateMax }));
    context.print(context.say(text(`plot: ${options.plot}`, `图：${options.plot}`)));
  }
  context.printJson({
    scenario: scenario.name, pacer: options.pacer, abandonRateMax: scenario.abandonRateMax, pooled,
    // What was learned and each minute are for other uses, and long.
    days: results.map(({ learned: _learned, moments: _moments, ...day }) => day),
  });
}

export const registerSimulate: Register = (program, context) => {
  const { say } = context;
  program.command("simulate <scenario>")
    .description(say(text("simulate days of a floor with a pacer, thousands of times faster than real",
      "以远快于实际的速度模拟一个外呼现场")))
    .option("--pacer <name>", say(text(`one of ${pacerNames.join(", ")}, some with a number: power:2.5`,
      `可选 ${pacerNames.join("、")}，部分可带数值：power:2.5`)), "predictive")
    .option("--seeds <count>", say(text("days to simulate", "模拟天数")),
      numeric("--seeds", { min: 1, max: 10_000, whole: true }), 20)
    .option("--plot <file>", say(text("write an SVG of the first day", "将第一天绘成 SVG 文件")))
    .option("--agents <count>", say(text("what if there were so many agents", "假设座席数")),
      numeric("--agents", { min: 1, max: 5_000, whole: true }))
    .option("--abandon-rate-max <share>", say(text("what if this were the limit, 0 to 1",
      "假设放弃率上限，0 至 1")), numeric("--abandon-rate-max", { min: 0, max: 1, whole: false }))
    .action((file: string, options: SimulateOptions) => simulate(file, options, context));
};
