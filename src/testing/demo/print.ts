/** Owns how the demo's report looks on a screen, in either language. Pure. */
import { text, type Language, type Text } from "../../language.ts";
import type { DemoReport } from "./report.ts";

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;
const ms = (value: number | null): string => value === null ? "–" : String(value);

/** `a 1, b 2`, without what did not happen. */
const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of).filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`).join(", ");

const quantiles = (of: { p50: number | null; p95: number | null; p99: number | null }): string =>
  `p50 ${ms(of.p50)}, p95 ${ms(of.p95)}, p99 ${ms(of.p99)} ms`;

/** What really happened, and what the simulator expects of the same floor. */
function forecastLine({ measured, pooled }: DemoReport["forecast"]): Text {
  const both = (one: number, of: { readonly mean: number; readonly margin: number }): string =>
    `${percent(one)} / ${percent(of.mean)} ± ${(100 * of.margin).toFixed(1)}`;
  const [busy, abandoned] = [both(measured.utilisation, pooled.utilisation),
    both(measured.abandonRate, pooled.abandonRate)];
  return text(
    `measured / simulated       utilisation ${busy}, abandoned ${abandoned}`,
    `实测 / 模拟                利用率 ${busy}，放弃率 ${abandoned}`);
}

function figures(report: DemoReport): readonly Text[] {
  const free = report.answerToBridgeAgentFreeMs;
  const { leads, attempts, campaign: { seconds }, recordings, connected } = report;
  const audible = report.recordingsBothLegsAudible;
  const bridge = quantiles(report.answerToBridgeMs);
  const outcomes = counts(report.outcomes);
  const rate = `${percent(report.abandonRate)} (${report.abandoned})`;
  return [
    text(`leads                      ${leads}, dialed ${attempts} times in ${seconds} s`,
      `线索                       ${leads} 条，${seconds} 秒内拨打 ${attempts} 次`),
    text(`outcomes                   ${outcomes}`, `结果                       ${outcomes}`),
    text(`abandon rate               ${rate}`, `放弃率                     ${rate}`),
    text(`answer to bridge           ${bridge}`, `应答至接通                 ${bridge}`),
    text(`  with an agent free       ${quantiles(free)} (${free.calls} calls)`,
      `  有空闲坐席时             ${quantiles(free)}（${free.calls} 通）`),
    text(`calls recorded             ${recordings} of ${connected}, both legs audible in ${audible}`,
      `录音                       ${connected} 通中 ${recordings} 通，双方均有声 ${audible} 通`),
    forecastLine(report.forecast),
    text(`attempts without outcome   ${report.attemptsWithoutOutcome}`,
      `无结果的拨打               ${report.attemptsWithoutOutcome}`),
    text(`leads dialed twice at once ${report.leadsDialedTwiceAtOnce}`,
      `同时重复拨打               ${report.leadsDialedTwiceAtOnce}`),
  ];
}

/** A run that went wrong as a whole would fill screens; all of them are in the report. */
const disagreementsShown = 10;

function differences(report: DemoReport): readonly Text[] {
  const { disagreements: all, unexplainedDisagreements: unexplained } = report;
  // Those that nothing explains first: they are what a person looks for.
  const shown = [...all.filter(({ explanation }) => explanation === null),
    ...all.filter(({ explanation }) => explanation !== null)].slice(0, disagreementsShown);
  return [
    text(`disagreements              ${all.length}, of which unexplained ${unexplained}`,
      `不一致                     ${all.length} 处，其中无法解释 ${unexplained} 处`),
    ...shown.flatMap(({ number, ours, theirs, explanation }) => [
      text(`  ${number} ours: ${ours}; theirs: ${theirs}`,
        `  ${number} 我方：${ours}；对方：${theirs}`),
      text(`    ${explanation ?? "nothing explains this"}`, `    ${explanation ?? "无法解释"}`),
    ]),
    ...all.length > shown.length ? [text(
      `  and ${all.length - shown.length} more: see the report`,
      `  其余 ${all.length - shown.length} 处见报告`)] : [],
    ...report.silentRecordings.map(({ attempt, leg, why, durationMs }) => text(
      `  not audible: ${attempt} ${leg} leg, ${why} in ${durationMs ?? 0} ms`,
      `  无声：${attempt} ${leg} 侧，${durationMs ?? 0} 毫秒中 ${why}`)),
  ];
}

export function printReport(
  report: DemoReport, language: Language, write: (line: string) => void,
): void {
  const say = (each: Text): void => { write(each[language]); };
  write("");
  figures(report).forEach(say);
  say(text("what SIPp says happened", "SIPp 的记录"));
  for (const [behaviour, row] of Object.entries(report.truth)) {
    write(`  ${behaviour.padEnd(24)} ${counts(row)}`);
  }
  differences(report).forEach(say);
  say(report.failures.length === 0 ? text("✓ everything agrees", "✓ 完全一致")
    : text("✗ not as it should be:", "✗ 与应有的不符："));
  for (const failure of report.failures) write(`  ${failure}`);
  write("");
}
