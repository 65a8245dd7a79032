/**
 * Owns campaign.yaml: its keys, ranges and defaults. docs/campaign.md tells them to people, and a
 * test holds that page to this file.
 */
import { DAY_MS } from "../clock.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { isPlaceCode } from "../leads/place-code.ts";
import { areBands, type ValueBands } from "../leads/value.ts";
import { limits } from "../limits.ts";
import { mode } from "./mode-file.ts";
import type { CampaignSettings, DispositionKey, RetryRule } from "./settings.ts";
import {
  type Problem, type Read, byName, duration, list, maybe, number,
  oneOf, optional, readYaml, record, refuseValue, required, string, truth, type Reading,
} from "./yaml-reader.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const name = string(/^[^\p{Cc}]{1,100}$/u,
  text("1 to 100 characters on one line", "应为单行 1 至 100 个字符"));
const said = string(/^[^\p{Cc}]{0,100}$/u,
  text("up to 100 characters on one line", "应为单行至多 100 个字符"));
const unsaid: NonNullable<CampaignSettings["callRecord"]> = {
  telemarketer: "", seller: "", goods: "", script: "", calledParty: "not-said",
};
const trunkName = string(/^[a-z0-9-]{1,40}$/,
  text("a trunk's name: 1 to 40 of a-z, 0-9 and -", "应为中继名：1 至 40 个 a-z、0-9、-"));
const promptName = string(/^[a-z0-9-]{1,60}$/,
  text("a prompt's name: 1 to 60 of a-z, 0-9 and -", "应为提示音名：1 至 60 个 a-z、0-9、-"));
/** Rides in a SIP header: no control characters, quotes or brackets. */
const callerName = string(/^[^\p{Cc}"<>\\]{0,40}$/u,
  text('up to 40 characters without " < > \\', '应为至多 40 个字符，且不含 " < > \\'));
const callerNumber = string(/^\+?[0-9]{3,32}$/,
  text('digits with an optional + before, in quotes: "+493012345"',
    '应为数字，前可加 +，并加引号："+493012345"'));
const code = string(/^[a-z0-9-]{1,40}$/,
  text("1 to 40 of a-z, 0-9 and -", "应为 1 至 40 个 a-z、0-9、-"));

const placeCode: Read<string> = (node, reading) => {
  const allowed = text("a country, as CN, or a state of the US, as US-CA",
    "应为国家代码（如 CN）或美国的州（如 US-CA）");
  const code = string(/^[A-Z]{2}(-[A-Z]{2})?$/, allowed)(node, reading);
  return code === undefined || isPlaceCode(code) ? code : refuseValue(node, reading, allowed);
};
const phoneKey = string(/^[0-9]$/,
  text('one key of the phone in quotes: "1"', '应为一个按键，加引号："1"'));
const disposition = record<DispositionKey>({
  key: required(phoneKey),
  code: required(code),
  label: required(record({ en: required(name), zh: required(name) })),
  then: required(oneOf("final", "retry", "callback")),
  afterMs: maybe(duration({ minMs: MINUTE_MS, maxMs: 30 * DAY_MS })),
  interest: maybe(number({ min: -1, max: 1, whole: false })),
});

const whole = (min: number, max: number): Read<number> => number({ min, max, whole: true });

const rule = (fallback: RetryRule): Read<RetryRule> => record<RetryRule>({
  afterMs: optional(duration({ minMs: 0, maxMs: 30 * DAY_MS }), fallback.afterMs),
  attemptsMax: optional(number({ min: 1, max: 20, whole: true }), fallback.attemptsMax),
  timesMax: maybe(whole(1, 20)),
  otherNumber: maybe(truth),
  otherTime: maybe(truth),
});

/** A lead that an agent skips: another agent may see it differently later. */
const skippedDefault: RetryRule = { afterMs: 4 * HOUR_MS, attemptsMax: 3 };

/** Pauses that carriers and people put up with; a campaign's author knows better. */
const retryDefaults: CampaignSettings["retry"] = {
  noAnswer: { afterMs: 4 * HOUR_MS, attemptsMax: 3 },
  busy: { afterMs: 15 * MINUTE_MS, attemptsMax: 3 },
  machine: { afterMs: 4 * HOUR_MS, attemptsMax: 2 },
  // The pause Ofcom asked for before an abandoned person is called without an agent guaranteed.
  abandoned: { afterMs: 72 * HOUR_MS, attemptsMax: 2 },
  hungUpEarly: { afterMs: 24 * HOUR_MS, attemptsMax: 2 },
  connected: { afterMs: 24 * HOUR_MS, attemptsMax: 3 },
  skipped: skippedDefault,
  fault: { afterMs: 5 * MINUTE_MS },
};

const retry = record<CampaignSettings["retry"]>({
  noAnswer: optional(rule(retryDefaults.noAnswer), retryDefaults.noAnswer),
  busy: optional(rule(retryDefaults.busy), retryDefaults.busy),
  machine: optional(rule(retryDefaults.machine), retryDefaults.machine),
  abandoned: optional(rule(retryDefaults.abandoned), retryDefaults.abandoned),
  hungUpEarly: optional(rule(retryDefaults.hungUpEarly), retryDefaults.hungUpEarly),
  connected: optional(rule(retryDefaults.connected), retryDefaults.connected),
  skipped: optional(rule(skippedDefault), skippedDefault),
  fault: optional(record<CampaignSettings["retry"]["fault"]>({
    afterMs: optional(duration({ minMs: 0, maxMs: 30 * DAY_MS }), retryDefaults.fault.afterMs),
  }), retryDefaults.fault),
});

const dispositionDefaults: readonly DispositionKey[] = [
  { key: "1", code: "success", label: { en: "Success", zh: "成功" }, then: "final" },
  { key: "2", code: "not-interested", label: { en: "Not interested", zh: "无意向" }, then: "final" },
  { key: "3", code: "call-again", label: { en: "Call again", zh: "再次联系" }, then: "retry" },
  { key: "4", code: "wrong-person", label: { en: "Wrong person", zh: "非本人" }, then: "final" },
];

const linesDefaults = {
  max: limits.linesPerCampaign, perAgentMax: limits.linesPerCampaign,
  perTrunkMax: limits.linesPerCampaign,
};
const lineCount = number({ min: 1, max: limits.linesPerCampaign, whole: true });
const lines = record<NonNullable<CampaignSettings["lines"]>>({
  max: optional(lineCount, linesDefaults.max),
  perAgentMax: optional(
    number({ min: 1, max: limits.linesPerCampaign, whole: false }), linesDefaults.perAgentMax),
  perTrunkMax: optional(lineCount, linesDefaults.perTrunkMax),
});

const bound = required(number({ min: 0, max: 1e12, whole: false }));

const campaign = record<CampaignSettings>({
  name: required(name),
  lists: required(list(name, { min: 1, max: 100 })),
  mode: optional(mode, { kind: "progressive" }),
  priority: optional(number({ min: 1, max: 9, whole: true }), 5),
  lines: optional(lines, linesDefaults),
  trunks: required(list(trunkName, { min: 1, max: 20 })),
  purpose: optional(oneOf("by-trunk", "marketing", "insurance", "collections", "service",
    "survey", "rehearsal"), "by-trunk"),
  callerId: required(record<CampaignSettings["callerId"]>({
    number: required(callerNumber),
    name: optional(callerName, ""),
  })),
  callRecord: optional(record<NonNullable<CampaignSettings["callRecord"]>>({
    telemarketer: optional(said, ""),
    seller: optional(said, ""),
    goods: optional(said, ""),
    script: optional(said, ""),
    calledParty: optional(oneOf("consumer", "business", "not-said"), "not-said"),
  }), unsaid),
  hearTones: optional(truth, true),
  ringMs: optional(
    duration({ minMs: limits.ringShortestMs, maxMs: limits.ringLongestMs }), 25_000,
  ),
  ringLeastMs: maybe(duration({ minMs: limits.ringShortestMs, maxMs: limits.ringLongestMs })),
  connectWithinMs: optional(duration({ minMs: 500, maxMs: 10_000 }), 2_000),
  measureFrom: optional(oneOf("answer", "greeting-start", "greeting-end"), "answer"),
  safeHarbour: optional(promptName, "safe-harbour"),
  language: optional(oneOf("en", "zh"), "en"),
  abandonRateMax: optional(number({ min: 0, max: 1, whole: false }), 0.03),
  abandonWithinDays: maybe(whole(1, 366)),
  record: optional(truth, true),
  agentsAt: maybe(placeCode),
  recordBeep: maybe(whole(5, 60)),
  recordStop: optional(record<NonNullable<CampaignSettings["recordStop"]>>({
    key: optional(phoneKey, "9"),
    offer: optional(oneOf("always", "where-asked"), "where-asked"),
    files: optional(oneOf("discard", "keep"), "discard"),
  }), { key: "9", offer: "where-asked", files: "discard" }),
  announce: optional(list(oneOf("tone", "campaign", "digits"), { min: 0, max: 3 }), ["tone"]),
  wrapUpMs: optional(duration({ minMs: 0, maxMs: 600_000 }), 30_000),
  dispositions: optional(list(disposition, { min: 0, max: 10 }), dispositionDefaults),
  dispositionDefault: optional(code, "none"),
  order: optional(oneOf("list", "value", "newest"), "list"),
  valueBands: maybe(record<ValueBands>({ A: bound, B: bound, C: bound, D: bound })),
  mix: maybe(byName(whole(1, 100))),
  attempts: maybe(record<NonNullable<CampaignSettings["attempts"]>>({
    perDayMax: maybe(whole(1, 50)),
    perLeadMax: maybe(whole(1, 100)),
  })),
  callbackHoldMs: optional(duration({ minMs: 0, maxMs: DAY_MS }), 30 * MINUTE_MS),
  retry: optional(retry, retryDefaults),
});

/** Every key with dots between, for the test of docs/campaign.md. */
export const campaignKeys: readonly string[] = campaign.keys ?? [];

const firstTwice = (values: readonly string[]): string | undefined =>
  values.find((value, i) => values.indexOf(value) !== i);

/** What the fields cannot see one by one. */
const wholeCampaign: Read<CampaignSettings> = (node, reading) => {
  const settings = campaign(node, reading);
  if (!settings) return undefined;
  const start = node.range?.[0] ?? 0;
  for (const [what, values] of [
    ["lists", settings.lists], ["trunks", settings.trunks], ["announce", settings.announce],
    ["dispositions[].key", settings.dispositions.map((each) => each.key)],
    ["dispositions[].code", settings.dispositions.map((each) => each.code)],
  ] as const) {
    const twice = firstTwice(values);
    if (twice !== undefined) {
      reading.refuse(start, text(`${what} has ${JSON.stringify(twice)} twice`,
        `${what} 中 ${JSON.stringify(twice)} 重复`));
    }
  }
  refuseMix(settings, start, reading);
  if (settings.valueBands && !areBands(settings.valueBands)) {
    reading.refuse(start, text("valueBands must fall from A to D", "valueBands 须从 A 到 D 递减"));
  }
  const promise = settings.dispositions.find(
    (each) => each.then === "callback" && each.afterMs === undefined);
  if (promise) {
    reading.refuse(start, text(`disposition ${promise.code} promises a callback: say afterMs`,
      `处置 ${promise.code} 承诺回拨：请给出 afterMs`));
  }
  return settings;
};

/** A mix names every list of the campaign and no other, and comes to 100 percent. */
function refuseMix({ mix, lists }: CampaignSettings, start: number, reading: Reading): void {
  if (mix === undefined) return;
  const wrong = [...Object.keys(mix).filter((each) => !lists.includes(each)),
    ...lists.filter((each) => !Object.hasOwn(mix, each))];
  if (wrong[0] !== undefined) {
    reading.refuse(start, text(`mix must name the campaign's lists and no other: ${wrong[0]}`,
      `mix 须恰好包含本活动的各名单：${wrong[0]}`));
    return;
  }
  const sum = Object.values(mix).reduce((a, b) => a + b, 0);
  if (sum !== 100) {
    reading.refuse(start, text(`mix comes to ${sum} percent, not 100`, `mix 合计 ${sum}%，应为 100%`));
  }
}

/** The settings, or every problem of the file. */
export function readCampaign(
  content: string,
): { readonly value: CampaignSettings } | { readonly problems: readonly Problem[] } {
  return readYaml(content, wholeCampaign);
}

/** As `readCampaign`; throws a UserError with one line per problem. `file` is how it is called. */
export function parseCampaign(content: string, file: string): CampaignSettings {
  const read = readCampaign(content);
  if ("value" in read) return read.value;
  const lines = (language: "en" | "zh"): string => read.problems
    .map(({ line, column, what }) => `${file}:${line}:${column}: ${what[language]}`).join("\n");
  throw new UserError(
    text(lines("en"), lines("zh")),
    text("docs/campaign.md describes every key; nothing was stored",
      "各键的说明见 docs/campaign.md；未保存任何内容"),
  );
}
