/** Owns the demo's report: the product's figures, what SIPp says, and where the two differ. */
import { join } from "node:path";
import { areInStep, inspectRecording, isAudible } from "../../recording/inspect.ts";
import type { CampaignReport } from "../../store/postgres/reports.ts";
import type { AgentTally } from "./agent.ts";
import { compare, type Disagreement } from "./compare.ts";
import type { AgentFreeMs, CampaignRecords, RecordedCall } from "./records.ts";
import { dialedTwiceAtOnce, summarise, type TrueCall, type TruthSummary } from "./truth.ts";

export interface DemoReport extends Pick<CampaignReport, "leads" | "attempts" | "outcomes"
  | "connected" | "abandoned" | "abandonRate" | "answerToBridgeMs" | "attemptsWithoutOutcome"> {
  /** The same for the calls whose agent was free at the answer: what the product itself takes. */
  readonly answerToBridgeAgentFreeMs: AgentFreeMs;
  /** Calls of which the database has a recording of each leg. */
  readonly recordings: number;
  readonly recordingsBothLegsAudible: number;
  /** By the database and by SIPp together: a lead in either counts. */
  readonly leadsDialedTwiceAtOnce: number;
  readonly truth: TruthSummary;
  readonly disagreements: readonly Disagreement[];
  readonly unexplainedDisagreements: number;
  readonly recordingsOutOfStep: number;
  /** Each recording in which a leg cannot be heard, and why not. */
  readonly silentRecordings: readonly SilentRecording[];
  readonly campaign: { readonly state: string; readonly seconds: number };
  readonly settings: {
    readonly leads: number; readonly agents: number; readonly seed: number; readonly mode: string;
  };
  readonly agents: readonly (AgentTally & { readonly phone: string })[];
  /** What the simulator makes of the same floor and people, beside what was measured of them. */
  readonly forecast: DemoForecast;
  /** What is wrong with the run; empty in a good one. */
  readonly failures: readonly string[];
}

/** Of `ringwright simulate --from-campaign`, as far as it is compared. */
export interface DemoForecast {
  readonly measured: { readonly utilisation: number; readonly abandonRate: number };
  readonly pooled: {
    readonly utilisation: { readonly mean: number; readonly margin: number };
    readonly abandonRate: { readonly mean: number; readonly margin: number };
  };
}

export interface SilentRecording {
  readonly attempt: string;
  readonly leg: "lead" | "agent";
  readonly why: string;
  /** Length of the sound there is, milliseconds; undefined without a file. */
  readonly durationMs: number | undefined;
}

export interface RecordingFigures {
  readonly audible: number;
  readonly outOfStep: number;
  readonly silent: readonly SilentRecording[];
}

/** Looks at the audio of every recorded call. */
export async function inspectRecordings(
  folder: string, calls: readonly RecordedCall[],
): Promise<RecordingFigures> {
  let audible = 0;
  let outOfStep = 0;
  const silent: SilentRecording[] = [];
  for (const { attempt, lead, agent } of calls) {
    const looked = await Promise.all(([["lead", lead], ["agent", agent]] as const).map(
      async ([leg, file]) => ({
        leg,
        found: file === null ? { kind: "missing" } as const
          : await inspectRecording(join(folder, file)),
      })));
    for (const { leg, found } of looked) {
      if (isAudible(found)) continue;
      const why = found.kind === "sound" ? `${found.soundMs} ms of sound` : found.kind;
      silent.push({
        attempt, leg, why, durationMs: found.kind === "sound" ? found.durationMs : undefined,
      });
    }
    const [one, other] = looked.map(({ found }) => found);
    if (one?.kind === "sound" && other?.kind === "sound" && !areInStep(one, other)) outOfStep += 1;
    if (looked.every(({ found }) => isAudible(found))) audible += 1;
  }
  return { audible, outOfStep, silent };
}

export interface Findings {
  readonly figures: CampaignReport & { readonly state: string };
  readonly records: CampaignRecords;
  readonly calls: readonly TrueCall[];
  readonly recordings: RecordingFigures;
  readonly agents: DemoReport["agents"];
  readonly settings: DemoReport["settings"];
  readonly forecast: DemoForecast;
  readonly seconds: number;
  /** SIPp's own complaints, and whatever else went wrong on the way. */
  readonly troubles: readonly string[];
}

/** A call this short has nothing to hear: nobody says a word in it. Milliseconds. */
const wordlessMs = 1_000;

function failuresOf(report: Omit<DemoReport, "failures">, findings: Findings): readonly string[] {
  const { silentRecordings, recordings, connected } = report;
  const missing = silentRecordings.filter(({ durationMs }) =>
    durationMs === undefined || durationMs >= wordlessMs);
  const all: [boolean, string][] = [
    [report.campaign.state !== "finished", `the campaign is ${report.campaign.state}`],
    [report.attemptsWithoutOutcome > 0, `${report.attemptsWithoutOutcome} attempts without outcome`],
    [report.leadsDialedTwiceAtOnce > 0, `${report.leadsDialedTwiceAtOnce} leads dialed twice at once`],
    [report.unexplainedDisagreements > 0,
      `${report.unexplainedDisagreements} disagreements with SIPp that nothing explains`],
    [connected === 0, "nobody was connected"],
    [recordings !== connected, `${connected} calls connected, ${recordings} recorded`],
    [missing.length > 0, `${missing.length} recorded legs of real length without sound`],
    [report.recordingsOutOfStep > 0,
      `${report.recordingsOutOfStep} recordings whose legs differ in length`],
  ];
  return [...all.flatMap(([bad, words]) => bad ? [words] : []), ...findings.troubles];
}

export function makeReport(findings: Findings): DemoReport {
  const { figures, records, calls, recordings, agents, settings } = findings;
  const disagreements = compare(records.attempts, calls);
  const report = {
    leads: figures.leads, attempts: figures.attempts, outcomes: figures.outcomes,
    connected: figures.connected, abandoned: figures.abandoned, abandonRate: figures.abandonRate,
    answerToBridgeMs: figures.answerToBridgeMs,
    answerToBridgeAgentFreeMs: records.agentFree,
    recordings: records.recordings.filter(({ lead, agent }) => lead !== null && agent !== null)
      .length,
    recordingsBothLegsAudible: recordings.audible,
    attemptsWithoutOutcome: figures.attemptsWithoutOutcome,
    leadsDialedTwiceAtOnce: Math.max(
      figures.leadsDialedTwiceAtOnce, dialedTwiceAtOnce(calls).length),
    truth: summarise(calls),
    disagreements,
    unexplainedDisagreements:
      disagreements.filter(({ explanation }) => explanation === null).length,
    recordingsOutOfStep: recordings.outOfStep,
    silentRecordings: recordings.silent,
    campaign: { state: figures.state, seconds: findings.seconds },
    settings, agents, forecast: findings.forecast,
  };
  return { ...report, failures: failuresOf(report, findings) };
}
