/**
 * Owns scenario.yaml: its keys, ranges and defaults. docs/examples/scenario.yaml shows all of
 * them, and a test reads that file.
 */
import { isMap, isScalar, type Node } from "yaml";
import { duration, list, number, oneOf, optional, readYaml, record, refuseValue, required, string,
  truth, type Read, type Reading } from "../campaign/yaml-reader.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { ordinaryDay, type Break, type Scenario, type Shift, type TrunkFault } from "./scenario.ts";
import type { TimeShape } from "./time-shape.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `09:30` as ms after midnight; `24:00` is the end of the day. */
const timeOfDay: Read<number> = (node, reading) => {
  const value = isScalar(node) ? node.value : undefined;
  const match = typeof value === "string" ? /^(\d\d):([0-5]\d)$/.exec(value) : null;
  const ms = match ? Number(match[1]) * HOUR_MS + Number(match[2]) * MINUTE_MS : NaN;
  if (ms <= 24 * HOUR_MS) return ms;
  return refuseValue(node, reading, text(
    'a time of day in quotes, "00:00" to "24:00"', '应为加引号的时刻，"00:00" 至 "24:00"',
  ));
};

const share = number({ min: 0, max: 1, whole: false });
const lasting = duration({ minMs: 0, maxMs: 24 * HOUR_MS });

const shapes = {
  fixed: record<Extract<TimeShape, { kind: "fixed" }>>({
    kind: required(oneOf("fixed")), ms: required(lasting),
  }),
  exponential: record<Extract<TimeShape, { kind: "exponential" }>>({
    kind: required(oneOf("exponential")), meanMs: required(lasting),
  }),
  "log-normal": record<Extract<TimeShape, { kind: "log-normal" }>>({
    kind: required(oneOf("log-normal")), meanMs: required(lasting),
    cv: required(number({ min: 0, max: 10, whole: false })),
  }),
  empirical: record<Extract<TimeShape, { kind: "empirical" }>>({
    kind: required(oneOf("empirical")), ms: required(list(lasting, { min: 1, max: 100_000 })),
  }),
} as const;

const shape: Read<TimeShape> = (node: Node, reading: Reading) => {
  const kind = isMap(node) ? node.get("kind") : undefined;
  const read = Object.entries(shapes).find(([name]) => name === kind)?.[1];
  if (read) return read(node, reading);
  return refuseValue(node, reading, text(
    "{ kind: fixed, ms: 25 s }, or kind exponential, log-normal or empirical",
    "应为 { kind: fixed, ms: 25 s }，或 kind 为 exponential、log-normal、empirical",
  ));
};

const rest = record<Break>({
  atMs: required(timeOfDay), ms: required(lasting), spreadMs: optional(lasting, 0),
});
const shift = record<Shift>({
  agents: required(number({ min: 1, max: 1_000, whole: true })),
  fromMs: required(timeOfDay), toMs: required(timeOfDay),
  breaks: optional(list(rest, { min: 0, max: 20 }), []),
});
const fault = record<TrunkFault>({
  fromMs: required(timeOfDay), toMs: required(timeOfDay),
  kind: required(oneOf("refuses", "silent")),
});
const base = ordinaryDay;

const answer = record<Scenario["answer"]>({
  byTime: optional(list(record<{ atMs: number; rate: number }>({
    atMs: required(timeOfDay), rate: required(share),
  }), { min: 1, max: 100 }), base.answer.byTime),
  spread: optional(number({ min: 0, max: 5, whole: false }), 0),
  lowest: optional(share, 0), highest: optional(share, 1),
});
const prediction = record<Scenario["prediction"]>({
  tells: optional(oneOf("truth", "mean", "noise", "own"), "truth"),
  knowsTime: optional(truth, true),
  error: optional(number({ min: 0, max: 5, whole: false }), 0),
});
const departure = record<Scenario["departures"][number]>({
  atMs: required(timeOfDay), agents: required(number({ min: 1, max: 1_000, whole: true })),
});

/** `leads: endless` or a number; undefined means refused, so endless is told by a word. */
const leads: Read<number> = (node, reading) =>
  isScalar(node) && node.value === "endless" ? Infinity
    : number({ min: 1, max: 1e8, whole: true })(node, reading);

const scenario = record<Omit<Scenario, "leads"> & { leads: number }>({
  name: required(string(/^[^\p{Cc}]{1,100}$/u, text("1 to 100 characters", "应为 1 至 100 个字符"))),
  fromMs: optional(timeOfDay, base.fromMs), toMs: optional(timeOfDay, base.toMs),
  shifts: required(list(shift, { min: 1, max: 100 })),
  departures: optional(list(departure, { min: 0, max: 100 }), []),
  paceSpread: optional(number({ min: 0, max: 2, whole: false }), 0),
  answer: optional(answer, base.answer), prediction: optional(prediction, base.prediction),
  ring: optional(shape, base.ring), noAnswer: optional(shape, base.noAnswer),
  busy: optional(record<Scenario["busy"]>({
    share: required(share), after: optional(shape, base.busy.after),
  }), base.busy),
  machines: optional(record<Scenario["machines"]>({
    share: required(share), talk: optional(shape, base.machines.talk),
  }), base.machines),
  earlyHangUps: optional(record<Scenario["earlyHangUps"]>({
    share: required(share), after: optional(shape, base.earlyHangUps.after),
  }), base.earlyHangUps),
  talk: optional(shape, base.talk), wrapUp: optional(shape, base.wrapUp),
  rests: optional(record<Scenario["rests"]>({
    share: required(share), lasting: optional(shape, base.rests.lasting),
  }), base.rests),
  patience: optional(shape, base.patience),
  connectWithinMs: optional(duration({ minMs: 500, maxMs: 10_000 }), base.connectWithinMs),
  ringLeastMs: optional(
    duration({ minMs: limits.ringShortestMs, maxMs: limits.ringLongestMs }), base.ringLeastMs,
  ),
  abandonRateMax: optional(share, base.abandonRateMax),
  abandonWithinDays: optional(number({ min: 1, max: 366, whole: true }), base.abandonWithinDays),
  limitRolls: optional(truth, base.limitRolls),
  linesMax: optional(
    number({ min: 1, max: limits.linesPerCampaign, whole: true }), base.linesMax,
  ),
  callsPerSecond: optional(
    number({ min: 0.1, max: limits.linesPerCampaign, whole: false }), base.callsPerSecond,
  ),
  again: optional(record<Scenario["again"]>({
    share: required(share), after: optional(shape, base.again.after),
  }), base.again),
  trunkFaults: optional(list(fault, { min: 0, max: 100 }), []),
  leads: optional(leads, Infinity),
});

/** Every key with dots between, for the test of the example. */
export const scenarioKeys: readonly string[] = scenario.keys ?? [];

/** Throws a UserError with one line per problem; `file` is how it is called. */
export function parseScenario(content: string, file: string): Scenario {
  const read = readYaml(content, scenario);
  if ("value" in read) {
    const { leads: count, ...others } = read.value;
    return { ...others, leads: count === Infinity ? undefined : count };
  }
  const lines = (language: "en" | "zh"): string => read.problems
    .map(({ line, column, what }) => `${file}:${line}:${column}: ${what[language]}`).join("\n");
  throw new UserError(
    text(lines("en"), lines("zh")),
    text("docs/examples/scenario.yaml shows every key", "全部键见 docs/examples/scenario.yaml"),
  );
}
