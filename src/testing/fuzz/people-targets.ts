/** Owns the fuzzing of what people give us: dial lists, numbers, YAML, variables, command lines. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCampaign } from "../../campaign/settings-file.ts";
import { runWithin } from "../../cli/program.ts";
import { readPack } from "../../compliance/pack.ts";
import { loadConfig, options, projectDir } from "../../config.ts";
import { UserError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { guessMapping } from "../../leads/columns.ts";
import { csvReader, guessFormat } from "../../leads/csv.ts";
import { decoderFor, guessEncoding } from "../../leads/encoding.ts";
import { isDialNumber, toDialNumber } from "../../leads/number.ts";
import { readRow } from "../../leads/row.ts";
import { below, chance, type Random } from "../../random.ts";
import { damagedBytes, damagedText } from "./damage.ts";
import { hold, type FuzzTarget } from "./target.ts";

/** True when `act` ended as it may for a bad input: with words for a person. */
function refusedInWords(act: () => void): boolean {
  try {
    act();
    return false;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

const numbers = [
  "13800138000", "+8613800138000", "0086 138-0013-8000", "(555) 010-0123", "+1 202 555 0123",
  "+44 20 7946 0018", "030 12345678", "1.38E+10", "138****8000", "010-12345678转8001",
  "=\"13800138000\"", "tel:+4930123456", "１３８００１３８０００", "phone: 0664 1234567",
];
const regions = [undefined, "CN", "US", "DE", "GB"] as const;

function phoneNumbers(random: Random): void {
  const cell = damagedText(numbers, random);
  const defaultRegion = regions[below(random, regions.length)];
  const result = toDialNumber(cell, { defaultRegion });
  if (!("number" in result)) return;
  hold(isDialNumber(result.number) && result.number.startsWith("+"), "not a number to dial", cell);
  const again = toDialNumber(result.number);
  hold("number" in again && again.number === result.number, "not the same again", cell);
}

const lists = [
  "phone,name,language\n13800138000,王伟,zh\n+12025550123,Ann,en\n",
  'name;mobile;notes\n"Miller; Ann";"0664 1234567";"said ""later"""\r\nBob;030 12345678;\r\n',
  "电话\t姓名\t城市\n13900139000\t李娜\t北京\n", "13800138000\n13900139000\n",
  'phone,notes\n13800138000,"two\nlines"\n',
];

function dialLists(random: Random): void {
  const content = damagedText(lists, random);
  const format = guessFormat(content);
  const whole = csvReader(format);
  const records = [...whole.push(content), ...whole.end()];
  const reader = csvReader(format);
  const pieces = [];
  for (let at = 0; at < content.length;) {
    const next = at + 1 + below(random, 60);
    pieces.push(...reader.push(content.slice(at, next)));
    at = next;
  }
  pieces.push(...reader.end());
  hold(JSON.stringify(records) === JSON.stringify(pieces), "the pieces read otherwise", content);
  let line = 0;
  for (const record of records) {
    hold(record.line > line, "the lines do not grow", content);
    line = record.line;
  }
  const rows = records.flatMap((each) => "cells" in each ? [each.cells] : []);
  const region = regions[below(random, regions.length)];
  refusedInWords(() => {
    const mapping = guessMapping(rows.slice(0, 20), { region, order: [] });
    rows.forEach((cells, i) => { checkRow(readRow(i, cells, { mapping, region }), content); });
  });
}

function checkRow(result: ReturnType<typeof readRow>, content: string): void {
  if (!("lead" in result)) return;
  const { lead } = result;
  hold(lead.numbers.every(isDialNumber), "a lead without a number to dial", content);
  hold(lead.name.length <= 200 && !/[\u0000-\u001f\u007f]/.test(lead.name), "not a name", content);
  hold(lead.language === undefined || lead.language.length < 40, "not a language", content);
}

const encoded = lists.map((each) => Buffer.from(each, "utf8"))
  .concat([Buffer.from("\ufeffphone\n13800138000\n", "utf16le")]);

function encodings(random: Random): void {
  const bytes = damagedBytes(encoded, random);
  const encoding = guessEncoding(bytes, chance(random, 0.5));
  if (encoding !== undefined) decoderFor(encoding).decode(bytes);
}

const campaigns = [readFileSync(join(projectDir, "docs/examples/campaign.yaml"), "utf8"), [
  "name: spring", "lists: [a, b]", "trunks: [carrier]", 'callerId: { number: "+493012345" }',
  "mode: { kind: power, linesPerAgent: 2.5 }", "ringMs: 25 s", "retry: { busy: { afterMs: 2 h } }",
].join("\n")];

function campaignFiles(random: Random): void {
  const content = damagedText(campaigns, random);
  const read = readCampaign(content);
  if (!("value" in read)) {
    hold(read.problems.length > 0, "refused without a reason", content);
    return;
  }
  const { value } = read;
  hold(value.ringMs >= limits.ringShortestMs && value.ringMs <= limits.ringLongestMs,
    "rings too short or too long", content);
  hold(value.abandonRateMax >= 0 && value.abandonRateMax <= 1, "not a rate", content);
  hold(/^\+?[0-9]{3,32}$/.test(value.callerId.number), "not a caller's number", content);
  hold(!/["<>\\\p{Cc}]/u.test(value.callerId.name), "a name that breaks a SIP header", content);
  hold(value.trunks.every((each) => /^[a-z0-9-]{1,40}$/.test(each)), "not a trunk", content);
  hold(/^[a-z0-9-]{1,60}$/.test(value.safeHarbour), "not a prompt", content);
  hold(value.mode.kind !== "power" || (value.mode.linesPerAgent >= 1 && value.mode.linesPerAgent <= 10),
    "too many lines", content);
}

const packs = ["default", "us-federal", "cn-marketing"].map((name) =>
  readFileSync(join(projectDir, "src/compliance/packs", `${name}.yaml`), "utf8").slice(0, 3_000));

function rulePacks(random: Random): void {
  const content = damagedText(packs, random);
  refusedInWords(() => {
    const pack = readPack(content, "pack.yaml");
    hold(/^[a-z0-9-]{2,40}$/.test(pack.id), "not an id", content);
  });
}

const values = [
  "postgres://u:p@127.0.0.1:5432/ringwright", "redis://127.0.0.1:6379/1",
  "http://user:password@127.0.0.1:8088", "tcp://user:secret@127.0.0.1:5038", "ringwright", "masked",
  "info", "controller-1", "/var/ringwright", "",
];

function variables(random: Random): void {
  const env: Record<string, string> = {};
  for (const { variable } of Object.values(options)) {
    if (chance(random, 0.4)) env[variable] = damagedText(values, random);
  }
  refusedInWords(() => {
    const config = loadConfig(env, {});
    hold(/^[a-z0-9-]{1,40}$/.test(config.ariApp), "not an application's name", env);
    hold(/^[a-z0-9-]{1,40}$/.test(config.controllerName), "not a controller's name", env);
    for (const each of config.switches) hold(Number.isInteger(each.amiPort), "not a port", env);
  });
}

/** Lines that end before they reach a database: nothing listens at port 1 of this machine. */
const commandLines = [
  "list import people.csv --list spring --region CN", "campaign create campaign.yaml",
  "campaign start spring", "campaign status spring --json", "lead show 13800138000",
  "agent add ann --phone 1001 --pin-file pin --password-file password",
  "trunk add carrier --host 127.0.0.1 --port 5060 --channels 10 --cps 5",
  "call show 00000000-0000-4000-8000-000000000001", "pbx render --dry-run", "--help",
];
const nowhere = {
  DATABASE_URL: "postgres://nobody:nothing@127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1",
  RINGWRIGHT_VAR: join(projectDir, "var", "fuzz"), LANG: "C",
};
/** These change the machine or stay; what they parse, others parse too. */
const lasting = /^(up|down|serve|doctor|db|migrate|watch)$/;

async function words(random: Random): Promise<void> {
  const given = damagedText(commandLines, random).split(" ").slice(0, 30);
  if (given.some((word) => lasting.test(word.trim()))) return;
  let said = "";
  const exit = await runWithin(given, {
    env: nowhere, out: (each) => { said += each; }, err: (each) => { said += each; },
    terminal: false, signal: new AbortController().signal,
  });
  hold(exit === 0 || exit === 1 || exit === 2 || exit === 3, `ended with ${exit}`, given);
  hold(!/\bat .+\.ts:\d+/.test(said), "shows a stack", { given, said });
  hold(!/TypeError|RangeError|undefined is not|Cannot read prop/.test(said), "shows a bug",
    { given, said });
}

export const peopleTargets: readonly FuzzTarget[] = [
  { name: "phone-numbers", weight: 1, run: phoneNumbers },
  { name: "dial-lists", weight: 0.5, run: dialLists },
  { name: "encodings", weight: 0.5, run: encodings },
  { name: "campaign-files", weight: 0.2, run: campaignFiles },
  { name: "rule-packs", weight: 0.05, run: rulePacks },
  { name: "variables", weight: 0.3, run: variables },
  { name: "command-lines", weight: 0.005, run: words },
];
