/** Owns how the figures of a simulation look: measured, simulated, and "what if", side by side. */
import { text, type Text } from "../language.ts";
import { abandonRate } from "../metrics/rates.ts";
import type { DayResult } from "../simulation/day-tally.ts";
import type { Estimate, PooledResult } from "../simulation/pooled.ts";
import type { MeasuredDay } from "../simulation/replay.ts";
import type { CliContext } from "./command.ts";
import { table } from "./table.ts";

export interface SimulatedFigures {
  /** Only of a campaign that was real. */
  readonly measured: MeasuredDay | undefined;
  readonly simulated: PooledResult;
  readonly whatIf: PooledResult | undefined;
}

interface Figure {
  readonly name: Text;
  simulated(of: PooledResult): string;
  measured?(of: MeasuredDay): string;
}

const MINUTE_MS = 60_000;
const margin = (of: Estimate, digits: number, factor: number): string =>
  Number.isFinite(of.margin) ? ` ± ${(factor * of.margin).toFixed(digits)}` : "";
const share = (of: Estimate): string => `${(100 * of.mean).toFixed(2)} %${margin(of, 2, 100)}`;
const plainly = (of: Estimate): string => of.mean.toFixed(1) + margin(of, 1, 1);
const percent = (of: number): string => `${(100 * of).toFixed(2)} %`;

const figures: readonly Figure[] = [
  { name: text("days", "天数"), simulated: ({ days }) => String(days), measured: () => "1" },
  {
    name: text("utilisation", "座席利用率"), simulated: (of) => share(of.utilisation),
    measured: (of) => percent(of.utilisation),
  },
  {
    name: text("abandon rate", "放弃率"), simulated: (of) => share(of.abandonRate),
    measured: (of) => percent(of.abandonRate),
  },
  {
    name: text("worst day's abandon rate", "最差一天的放弃率"),
    simulated: (of) => percent(of.abandonRateWorst),
  },
  {
    name: text("dials a day", "每日拨打次数"), simulated: (of) => plainly(of.dialed),
    measured: (of) => String(of.dialed),
  },
  {
    name: text("minutes of dialing", "拨打时长（分钟）"),
    simulated: ({ dialingMs: { mean, margin } }) =>
      plainly({ mean: mean / MINUTE_MS, margin: margin / MINUTE_MS }),
    measured: (of) => (of.dialingMs / MINUTE_MS).toFixed(1),
  },
  {
    name: text("people who answered, a day", "每日接听人数"),
    simulated: (of) => (of.answered / Math.max(1, of.days)).toFixed(1),
    measured: (of) => String(of.answered),
  },
  {
    name: text("calls per agent hour", "每座席每小时通话数"),
    simulated: (of) => plainly(of.callsPerAgentHour),
    measured: (of) => of.callsPerAgentHour.toFixed(1),
  },
  {
    name: text("wait for an agent, p99 ms", "等待座席 p99 毫秒"),
    simulated: (of) => plainly(of.waitP99Ms),
  },
];

export function figureLines(
  { measured, simulated, whatIf }: SimulatedFigures, context: CliContext,
): string[] {
  const { say } = context;
  const head = [
    "", ...measured ? [say(text("measured", "实测"))] : [], say(text("simulated", "模拟")),
    ...whatIf ? [say(text("what if", "假设"))] : [],
  ];
  const rows = figures.map((figure) => [
    say(figure.name), ...measured ? [figure.measured?.(measured) ?? ""] : [],
    figure.simulated(simulated), ...whatIf ? [figure.simulated(whatIf)] : [],
  ]);
  const lines = table(head, rows);
  // One column needs no heading.
  return measured || whatIf ? lines : lines.slice(1);
}

/** Rates of the windows that consecutive days make: `days` for each seed, `within` to a window. */
export function windowLines(
  results: readonly Pick<DayResult, "answered" | "abandoned" | "abandonRate">[],
  { days, within }: { readonly days: number; readonly within: number },
  { say }: Pick<CliContext, "say">,
): string[] {
  const rates: number[] = [];
  for (let first = 0; first < results.length; first += days) {
    for (let day = 0; day < days; day += within) {
      const window = results.slice(first + day, first + Math.min(days, day + within));
      const sum = (of: (each: typeof window[number]) => number): number =>
        window.reduce((total, each) => total + of(each), 0);
      rates.push(abandonRate({
        answered: sum((each) => each.answered), abandoned: sum((each) => each.abandoned),
      }));
    }
  }
  const worst = percent(Math.max(0, ...rates));
  const worstDay = percent(Math.max(0, ...results.map((each) => each.abandonRate)));
  return [say(text(
    `abandon rate of ${rates.length} windows of ${within} days: ${worst} at most; of a single day: ${worstDay}`,
    `${rates.length} 个 ${within} 天窗口的放弃率：最高 ${worst}；单日最高 ${worstDay}`))];
}
