/** Owns `ringwright simulate`: days of a floor that is not there, to judge a pacer beforehand. */
import { writeFileSync } from "node:fs";
import type { DialMode } from "../campaign/settings.ts";
import { messageOf, UserError } from "../errors.ts";
import { text } from "../language.ts";
import { pacerNamed, pacerNames } from "../pacing/pacers.ts";
import { simulateDays } from "../simulation/limit-span.ts";
import { plotDay } from "../simulation/day-plot.ts";
import type { DayResult } from "../simulation/day-tally.ts";
import { pool } from "../simulation/pooled.ts";
import { measuredOf, scenarioOf, withAgents, type MeasuredDay } from "../simulation/replay.ts";
import { parseScenario } from "../simulation/scenario-file.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk } from "./database.ts";
import { numeric, readText, refused } from "./options.ts";
import { figureLines, windowLines } from "./simulate-lines.ts";

interface SimulateOptions {
  readonly pacer?: string;
  readonly seeds: number;
  readonly days: number;
  readonly plot?: string;
  readonly fromCampaign?: string;
  readonly agents?: Parameters<typeof withAgents>[1];
  readonly limit?: number;
}

/** What is simulated, and what was measured of it, if it was ever real. */
interface Subject {
  readonly scenario: Scenario;
  readonly pacer: string;
  readonly measured: MeasuredDay | undefined;
}

/** `+2`, `-1`, or `12`. */
function agentsOf(given: string): Parameters<typeof withAgents>[1] {
  if (/^[+-]\d{1,4}$/.test(given)) return { by: Number(given) };
  return { of: numeric("--agents", { min: 1, max: 5_000, whole: true })(given) };
}

/** `2%`, or `0.02`. */
function limitOf(given: string): number {
  const share = /^(\d+(?:\.\d+)?) ?%$/.exec(given);
  return numeric("--limit", { min: 0, max: 1, whole: false })(
    share ? String(Number(share[1]) / 100) : given);
}

const pacerOf = (mode: DialMode): string =>
  mode.kind === "power" ? `power:${mode.linesPerAgent}`
    : mode.kind === "preview" ? "progressive" : mode.kind;

async function subjectOf(
  file: string | undefined, { fromCampaign, pacer }: SimulateOptions, context: CliContext,
): Promise<Subject> {
  if ((file === undefined) === (fromCampaign === undefined)) {
    throw new UserError(
      text("simulate needs one thing to simulate", "simulate 需要且只需要一个模拟对象"),
      text("give a scenario file, or --from-campaign NAME", "请给出场景文件，或 --from-campaign 名称"));
  }
  if (file !== undefined) {
    const scenario = parseScenario(readText(file, file), file);
    return { scenario, pacer: pacer ?? "predictive", measured: undefined };
  }
  const { history, settings } = await atDesk(context, async (desk) =>
    desk.replay(await desk.campaigns.get(fromCampaign ?? "")));
  return {
    scenario: scenarioOf(history), pacer: pacer ?? pacerOf(settings.mode),
    measured: measuredOf(history),
  };
}

/** "What if": other agents, another limit. */
function changed(scenario: Scenario, { agents, limit }: SimulateOptions): Scenario {
  const staffed = agents === undefined ? scenario : withAgents(scenario, agents);
  return limit === undefined ? staffed : { ...staffed, abandonRateMax: limit };
}

interface Order {
  readonly pacer: string;
  readonly seeds: number;
  /** Consecutive days for each seed. */
  readonly days: number;
  readonly signal: AbortSignal;
}

async function daysOf(
  scenario: Scenario, { pacer: name, seeds, days, signal }: Order,
): Promise<DayResult[]> {
  const results: DayResult[] = [];
  for (let seed = 1; seed <= seeds && !signal.aborted; seed++) {
    // Peers remember, so each day has a pacer of its own.
    const pacer = pacerNamed(name);
    if (!pacer) {
      throw refused("--pacer", name, text(
        `${pacerNames.join(", ")}; some take a number: power:2.5`,
        `${pacerNames.join("、")}；部分可带数值：power:2.5`,
      ));
    }
    results.push(...simulateDays(scenario, pacer, { seed, days, learning: true }));
    // A day is seconds without a pause; here Ctrl-C is heard.
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  return results;
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
  file: string | undefined, options: SimulateOptions, context: CliContext,
): Promise<void> {
  const { scenario, pacer, measured } = await subjectOf(file, options, context);
  const asked = changed(scenario, options);
  const order = { pacer, seeds: options.seeds, days: options.days, signal: context.signal };
  const results = await daysOf(asked, order);
  // "What if" is asked about something: for a real campaign that is the day as it was.
  const before = measured && asked !== scenario ? await daysOf(scenario, order) : undefined;
  const [first] = results;
  if (!first) return;
  const pooled = pool(results);
  context.print(`${scenario.name}: ${pacer}`);
  figureLines({
    measured, simulated: before ? pool(before) : pooled, whatIf: before && pooled,
  }, context).forEach(context.print);
  if (options.days > 1) {
    windowLines(results, { days: options.days, within: asked.abandonWithinDays }, context)
      .forEach(context.print);
  }
  if (options.plot !== undefined) {
    save(options.plot, plotDay({
      title: `${scenario.name}, ${pacer}`, moments: first.moments, limit: asked.abandonRateMax,
    }));
    context.print(context.say(text(`plot: ${options.plot}`, `图：${options.plot}`)));
  }
  context.printJson({
    scenario: scenario.name, pacer, abandonRateMax: asked.abandonRateMax,
    ...measured && { measured }, ...before && { asItWas: pool(before) }, pooled,
    // What was learned and each minute are for other uses, and long.
    days: results.map(({ learned: _learned, moments: _moments, ...day }) => day),
  });
}

export const registerSimulate: Register = (program, context) => {
  const { say } = context;
  program.command("simulate [scenario]")
    .description(say(text("simulate days of a floor with a pacer, thousands of times faster than real",
      "以远快于实际的速度模拟一个外呼现场")))
    .option("--from-campaign <name>", say(text(
      "replay the busiest day of a real campaign, beside what was measured of it",
      "重放真实活动最忙的一天，并与实测值并列")))
    .option("--pacer <name>", say(text(
      `one of ${pacerNames.join(", ")}, some with a number: power:2.5; without it predictive, or `
        + "the campaign's own",
      `可选 ${pacerNames.join("、")}，部分可带数值：power:2.5；默认 predictive 或活动自身的模式`)))
    .option("--days <count>", say(text(
      "consecutive days for each seed, which share what was learned and the limit's window",
      "每个种子连续模拟的天数，共享所学与放弃率统计窗口")),
      numeric("--days", { min: 1, max: 366, whole: true }), 1)
    .option("--seeds <count>", say(text("days to simulate", "模拟天数")),
      numeric("--seeds", { min: 1, max: 10_000, whole: true }), 20)
    .option("--plot <file>", say(text("write an SVG of the first day", "将第一天绘成 SVG 文件")))
    .option("--agents <count>", say(text("what if there were so many agents: 12, +2 or -1",
      "假设座席数：12、+2 或 -1")), agentsOf)
    .option("--limit <share>", say(text("what if this were the abandon limit: 2% or 0.02",
      "假设放弃率上限：2% 或 0.02")), limitOf)
    .action((file: string | undefined, options: SimulateOptions) =>
      simulate(file, options, context));
};
