/** Owns how the demo's report looks on a screen. Pure. */
import type { DemoReport } from "./report.ts";

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;

/** `a 1, b 2`, without what did not happen. */
const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of).filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`).join(", ");

export function printReport(report: DemoReport, say: (line: string) => void): void {
  const { p50, p95, p99 } = report.answerToBridgeMs;
  say("");
  say(`leads                      ${report.leads}, dialed ${report.attempts} times`
    + ` in ${report.campaign.seconds} s`);
  say(`outcomes                   ${counts(report.outcomes)}`);
  say(`abandon rate               ${percent(report.abandonRate)} (${report.abandoned})`);
  say(`answer to bridge           p50 ${p50 ?? "–"}, p95 ${p95 ?? "–"}, p99 ${p99 ?? "–"} ms`);
  const free = report.answerToBridgeAgentFreeMs;
  say(`  with an agent free       p50 ${free.p50 ?? "–"}, p95 ${free.p95 ?? "–"},`
    + ` p99 ${free.p99 ?? "–"} ms (${free.calls} calls)`);
  say(`calls recorded             ${report.recordings} of ${report.connected} connected,`
    + ` both legs audible in ${report.recordingsBothLegsAudible}`);
  say(`attempts without outcome   ${report.attemptsWithoutOutcome}`);
  say(`leads dialed twice at once ${report.leadsDialedTwiceAtOnce}`);
  say("what SIPp says happened");
  for (const [behaviour, row] of Object.entries(report.truth)) {
    say(`  ${behaviour.padEnd(24)} ${counts(row)}`);
  }
  say(`disagreements              ${report.disagreements.length},`
    + ` of which unexplained ${report.unexplainedDisagreements}`);
  for (const { number, ours, theirs, explanation } of report.disagreements) {
    say(`  ${number} ours: ${ours}; theirs: ${theirs}`);
    say(`    ${explanation ?? "nothing explains this"}`);
  }
  for (const { attempt, leg, why, durationMs } of report.silentRecordings) {
    say(`  not audible: ${attempt} ${leg} leg, ${why} in ${durationMs ?? 0} ms`);
  }
  say(report.failures.length === 0 ? "✓ everything agrees" : "✗ not as it should be:");
  for (const failure of report.failures) say(`  ${failure}`);
  say("");
}
