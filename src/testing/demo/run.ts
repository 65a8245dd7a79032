/**
 * Owns the demo as a whole: a campaign from its list to its report, on a real switch, with
 * simulated people at both ends and everything between them the product itself. Started by
 * scripts/demo, which brings the stack up before and down after.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../clock.ts";
import { environmentLanguage, loadConfig, projectDir, type Config } from "../../config.ts";
import { messageOf, UserError } from "../../errors.ts";
import { text, type Text } from "../../language.ts";
import { seededRandom } from "../../random.ts";
import { readLocalSwitch } from "../../stack/asterisk.ts";
import { waitUntil } from "../../stack/patience.ts";
import { loopback } from "../../stack/ports.ts";
import type { CampaignReport } from "../../store/postgres/reports.ts";
import { readArguments, type DemoArguments } from "./arguments.ts";
import { campaignYaml, listCsv, namesOf, type RunNames } from "./campaign-file.ts";
import { startChild, type Child } from "./child.ts";
import { order, show } from "./command-line.ts";
import { DemoFailure } from "./failure.ts";
import { addAgents, Floor } from "./floor.ts";
import { drawPeople, isFictional, type Person } from "./people.ts";
import { clearLeftovers, removeTrunks } from "./leftovers.ts";
import { printReport } from "./print.ts";
import { startPublic, type Public } from "./public.ts";
import { readRecords } from "./records.ts";
import { inspectRecordings, makeReport, type DemoForecast, type DemoReport } from "./report.ts";

/** The campaign may take this long: a minute, and six seconds of an agent for each lead. */
const campaignMs = ({ leads, agents }: DemoArguments): number =>
  60_000 + Math.ceil(leads * 6_000 / Math.min(8, agents));

/** Node's start, the switch's answer and the first lease; seconds on a busy machine. */
const controllerReadyMs = 30_000;

/** Calls that are up when a campaign is stopped are ended by their agents' patience. */
const campaignEndMs = 15_000;

const write = (line: string): void => { process.stdout.write(`${line}\n`); };
const say = (line: Text): void => { write(line[environmentLanguage()]); };

/** What has to be undone, last first, whatever happens. */
type Undo = () => Promise<unknown>;

interface Run {
  readonly given: DemoArguments;
  readonly config: Config;
  readonly folder: string;
  readonly names: RunNames;
  readonly people: readonly Person[];
  readonly signal: AbortSignal;
  readonly undo: Undo[];
}

/** Nobody outside this machine can be rung: every number is fiction, every route the loopback. */
async function checkHarmless({ people, names, signal }: Run): Promise<void> {
  const real = people.find(({ number }) => !isFictional(number));
  if (real) throw new DemoFailure(text(`${real.number} could be a living person's number`,
    `${real.number} 可能是真实号码`));
  const trunks = await order(["trunk", "list"], signal) as readonly {
    readonly name: string; readonly host: string; readonly enabled: boolean;
  }[];
  const outside = trunks.find(({ host, enabled }) => enabled && host !== loopback);
  if (outside) throw new DemoFailure(text(`the trunk ${outside.name} leads outside: ${outside.host}`,
    `中继 ${outside.name} 通向本机之外：${outside.host}`));
  if (trunks.some(({ name }) => name === names.trunk)) return;
  throw new DemoFailure(text("our trunk is gone", "演示中继不见了"));
}

/** Everything a campaign needs, told to the product as a person would. */
async function prepare(run: Run, theirs: Public) {
  const { given, folder, names, people, signal } = run;
  say(text("… the campaign is prepared", "… 准备外呼活动"));
  await clearLeftovers(run.config.recordingsDir, signal);
  const list = join(folder, "people.csv");
  writeFileSync(list, listCsv(people));
  const yaml = join(folder, "campaign.yaml");
  writeFileSync(yaml, campaignYaml(names, given.mode));
  await order(["trunk", "add", names.trunk, "--host", loopback, "--port", String(theirs.port),
    "--codecs", "alaw", "--channels", "200", "--cps", "50"], signal);
  const { added, rejected } = await order(["list", "import", list, "--list", names.list], signal) as
    { readonly added: number; readonly rejected: number };
  say(text(`  ${added} people imported, ${rejected} rejected`,
    `  已导入 ${added} 人，拒绝 ${rejected} 条`));
  await order(["campaign", "create", "-f", yaml], signal);
  const accounts = await addAgents(names, given.agents, signal);
  if (!given.keep) run.undo.unshift(() => tidyUp(names, accounts));
  await order(["pbx", "render", "--reload"], signal);
  await checkHarmless(run);
  return accounts;
}

const stateOf = async (campaign: string): Promise<string> => {
  const { signal } = new AbortController();
  const status = await order(["campaign", "status", campaign], signal);
  return (status as { readonly state: string }).state;
};

/** An interrupted campaign is stopped while there is a controller to see it through. */
async function endCampaign({ campaign }: RunNames): Promise<void> {
  const state = await stateOf(campaign);
  if (state === "finished" || state === "draft") return;
  const { signal } = new AbortController();
  if (state !== "stopping") await order(["campaign", "stop", campaign], signal);
  await waitUntil(async () => await stateOf(campaign) === "finished" || undefined,
    { deadlineMs: campaignEndMs });
}

/** The next run finds a database in which no trunk leads to this run's public any more. */
async function tidyUp(names: RunNames, accounts: readonly { phone: string }[]): Promise<void> {
  const { signal } = new AbortController();
  for (const { phone } of accounts) await order(["agent", "remove", phone], signal);
  await removeTrunks(names.trunk, signal);
}

/** A phone that dials before the controller serves hears only that it should try later. */
async function startController({ folder, undo, signal }: Run): Promise<Child> {
  const controller = startChild({
    name: "controller", program: join(projectDir, "bin", "ringwright"), words: ["serve"],
    cwd: projectDir, log: join(folder, "controller.log"), politeMs: 10_000,
  });
  undo.unshift(() => controller.stop());
  let gone = false;
  void controller.ended.then(() => { gone = true; });
  const serves = await waitUntil(() => Promise.resolve(
    gone || readFileSync(controller.log, "utf8").includes(" serving controller=") || undefined,
  ), { deadlineMs: controllerReadyMs, signal });
  if (serves && !gone) return controller;
  throw new DemoFailure(text(`the controller does not serve: see ${controller.log}`,
    `控制器未能开始服务，详见 ${controller.log}`));
}

/** Runs the campaign to its end, or stops it when it takes too long. */
async function runCampaign(run: Run, controller: Child): Promise<string[]> {
  const { given, names, signal } = run;
  const troubles: string[] = [];
  await order(["campaign", "start", names.campaign], signal);
  const enough = AbortSignal.timeout(campaignMs(given));
  const died = new AbortController();
  void controller.ended.then(() => { died.abort(); });
  await show(["campaign", "watch", names.campaign],
    AbortSignal.any([signal, enough, died.signal]));
  signal.throwIfAborted();
  if (died.signal.aborted) troubles.push(`the controller ended: see ${controller.log}`);
  if (enough.aborted) {
    troubles.push(`the campaign took longer than ${campaignMs(given) / 1_000} s`);
    await order(["campaign", "stop", names.campaign], signal);
  }
  return troubles;
}

async function examine(
  run: Run, theirs: Public, { floor, troubles, seconds }: {
    floor: Floor; troubles: string[]; seconds: number;
  },
): Promise<DemoReport> {
  const { given, config, names, signal } = run;
  say(text("… the records are compared with SIPp's, and the recordings listened to",
    "… 与 SIPp 的记录比对，并检查录音"));
  const figures = await order(["campaign", "report", names.campaign], signal) as
    CampaignReport & { readonly state: string };
  const records = await readRecords(config.databaseUrl ?? "", names.campaign);
  const complaints = theirs.complaints();
  if (complaints !== "") troubles.push(`SIPp complains: ${complaints.slice(0, 500)}`);
  const errors = readFileSync(join(run.folder, "controller.log"), "utf8").split("\n")
    .filter((line) => / error |agent-command-failed/.test(line));
  if (errors[0]) troubles.push(`the controller says ${errors.length} times: ${errors[0]}`);
  const agents = floor.tallies();
  for (const { phone, complaints: each } of agents) {
    troubles.push(...each.map((complaint) => `${phone}: ${complaint}`));
  }
  const forecast = await order(
    ["simulate", "--from-campaign", names.campaign, "--seeds", "20"], signal) as DemoForecast;
  const { keep: _keep, report: _report, ...settings } = given;
  return makeReport({
    figures, records, calls: theirs.truth(), settings, agents, seconds, troubles, forecast,
    recordings: await inspectRecordings(config.recordingsDir, records.recordings),
  });
}

async function play(run: Run): Promise<DemoReport> {
  const { given, config, folder, people, signal, undo } = run;
  const local = readLocalSwitch(config.varDir);
  if (local === undefined) {
    throw new DemoFailure(text("no switch runs here: start scripts/demo",
      "本机没有交换机在运行：请执行 scripts/demo"));
  }
  const random = seededRandom(given.seed);
  say(text(`… ${people.length} people come to their phones`, `… ${people.length} 位模拟客户就位`));
  const theirs = await startPublic({ folder: join(folder, "public"), people, signal });
  undo.unshift(() => theirs.child.stop());
  const accounts = await prepare(run, theirs);
  const controller = await startController(run);
  const floor = new Floor(accounts, {
    folder, sipPort: local.input.ports.sip, random: random.fork("agents"), signal,
  });
  undo.unshift(() => endCampaign(run.names), () => floor.stop());
  say(text(`… ${given.agents} agents log in at their phones`, `… ${given.agents} 位坐席登录话机`));
  await floor.open();
  say(text("… the campaign runs", "… 外呼活动运行中"));
  const began = systemClock.now();
  const troubles = await runCampaign(run, controller);
  const seconds = Math.round((systemClock.now() - began) / 1_000);
  say(text("… the agents log out", "… 坐席退出登录"));
  await floor.close().catch((error: unknown) => { troubles.push(messageOf(error)); });
  return examine(run, theirs, { floor, troubles, seconds });
}

/** Returns the exit status. */
async function main(words: readonly string[]): Promise<number> {
  const config = loadConfig();
  const given = readArguments(words, join(config.varDir, "demo-report.json"));
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => { interrupt.abort(new DemoFailure(text("interrupted", "已中断"))); });
  }
  const id = systemClock.now().toString(36);
  const folder = join(config.varDir, "demo", id);
  mkdirSync(folder, { recursive: true });
  const run: Run = {
    given, config, folder, names: namesOf(id), signal: interrupt.signal, undo: [],
    people: drawPeople(seededRandom(given.seed).fork("people"), given.leads),
  };
  let failed = true;
  try {
    const report = await play(run);
    const path = resolve(given.report);
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    printReport(report, environmentLanguage(), write);
    say(text(`report: ${path}`, `报告：${path}`));
    say(text(`recordings, until the next demo: ${config.recordingsDir}`,
      `录音（保留至下次演示）：${config.recordingsDir}`));
    failed = report.failures.length > 0;
  } finally {
    for (const each of run.undo) {
      await each().catch((error: unknown) => { write(`  (${messageOf(error)})`); });
    }
    // What went wrong is found in these files; a good run leaves none.
    if (!failed && !given.keep) rmSync(folder, { recursive: true, force: true });
    else say(text(`its files: ${folder}`, `运行文件：${folder}`));
  }
  return failed ? 1 : 0;
}

main(process.argv.slice(2)).then((status) => { process.exitCode = status; }, (error: unknown) => {
  const language = environmentLanguage();
  const words = error instanceof UserError ? error.print(language)
    : error instanceof DemoFailure ? error.what[language] : messageOf(error);
  process.stderr.write(`${words}\n`);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
});
