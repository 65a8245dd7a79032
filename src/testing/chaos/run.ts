/**
 * Owns a chaos run: the demo's campaign on real parts, while controllers, switch, Postgres and
 * Redis die at moments drawn from a seed. Started by scripts/chaos.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../clock.ts";
import { loadConfig } from "../../config.ts";
import { messageOf } from "../../errors.ts";
import { below, chance, seededRandom, type Random } from "../../random.ts";
import { readLocalSwitch } from "../../stack/asterisk.ts";
import { waitUntil } from "../../stack/patience.ts";
import { loopback } from "../../stack/ports.ts";
import { campaignYaml, listCsv, namesOf, type RunNames } from "../demo/campaign-file.ts";
import { order } from "../demo/command-line.ts";
import { ChaosFailure } from "./failure.ts";
import { addAgents, Floor } from "../demo/floor.ts";
import { drawPeople, isFictional } from "../demo/people.ts";
import { startPublic, type Public } from "../demo/public.ts";
import { readRecords } from "../demo/records.ts";
import { failuresOf, judge, victims, type Kill, type Victim } from "./judge.ts";
import { Controllers, hurt, pause } from "./parts.ts";

interface Given {
  readonly kills: number;
  readonly seed: number;
  readonly leads: number;
  readonly agents: number;
  readonly controllers: number;
  readonly only: Victim | undefined;
  readonly report: string;
}

const never = new AbortController().signal;
const say = (line: string): void => { process.stdout.write(`${line}\n`); };

function readGiven(words: readonly string[], report: string): Given {
  const { values } = parseArgs({ args: [...words], options: {
    kills: { type: "string", default: "20" }, seed: { type: "string", default: "1" },
    leads: { type: "string", default: "1500" }, agents: { type: "string", default: "6" },
    controllers: { type: "string", default: "2" }, only: { type: "string" },
    report: { type: "string", default: report }, keep: { type: "boolean", default: false },
  } });
  const whole = (name: "kills" | "seed" | "leads" | "agents" | "controllers"): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ChaosFailure(`--${name} is a whole number from 1`);
    }
    return value;
  };
  const only = victims.find((each) => each === values.only);
  if (values.only !== undefined && only === undefined) {
    throw new ChaosFailure(`--only is one of ${victims.join(", ")}`);
  }
  return { kills: whole("kills"), seed: whole("seed"), leads: whole("leads"), only,
    agents: whole("agents"), controllers: whole("controllers"), report: values.report };
}

/** A person who types a command again while the database is away. */
async function insist(words: readonly string[]): Promise<unknown> {
  let why = "";
  const done = await waitUntil(async () => {
    try {
      return { said: await order(words, never) };
    } catch (error) {
      why = messageOf(error);
      return undefined;
    }
  }, { deadlineMs: 60_000 });
  if (!done) throw new ChaosFailure(why);
  return done.said;
}

async function prepare(names: RunNames, given: Given, theirs: Public, folder: string) {
  const people = drawPeople(seededRandom(given.seed).fork("people"), given.leads);
  if (!people.every(({ number }) => isFictional(number))) throw new ChaosFailure("a real number");
  const list = join(folder, "people.csv");
  writeFileSync(list, listCsv(people));
  const yaml = join(folder, "campaign.yaml");
  writeFileSync(yaml, campaignYaml(names, "power"));
  await order(["trunk", "add", names.trunk, "--host", loopback, "--port", String(theirs.port),
    "--codecs", "alaw", "--channels", "200", "--cps", "50"], never);
  await order(["list", "import", list, "--list", names.list], never);
  await order(["campaign", "create", "-f", yaml], never);
  const accounts = await addAgents(names, given.agents, never);
  await order(["pbx", "render", "--reload"], never);
  return accounts;
}

/** Which part dies how: controllers most often, since all others are somebody else's software. */
function draw(random: Random, only: Victim | undefined): Pick<Kill, "victim" | "manner"> {
  const kind = random.next();
  const drawn: Victim = kind < 0.4 ? "controller" : kind < 0.55 ? "switch"
    : kind < 0.8 ? "postgres" : "redis";
  const victim = only ?? drawn;
  // The pid of Postgres is its parent's alone: stopping it would stop no session.
  const mayHang = victim === "controller" || victim === "redis";
  return { victim, manner: mayHang && chance(random, 0.4) ? "hang" : "kill" };
}

async function hurtAll(given: Given, controllers: Controllers): Promise<readonly Kill[]> {
  const random = seededRandom(given.seed).fork("kills");
  const kills: Kill[] = [];
  for (let i = 0; i < given.kills; i++) {
    await pause(3_000 + below(random, 6_000));
    const { victim, manner } = draw(random, given.only);
    const awayMs = 200 + below(random, 3_000);
    // A controller that hangs for less than its lease is a pause and no fault.
    const hangsMs = victim === "controller" && manner === "hang" ? 12_000 + awayMs : awayMs;
    const name = `chaos-${1 + below(random, given.controllers)}`;
    const kill = victim === "controller" ? await controllers.hurt(name, manner, hangsMs)
      : await hurt(victim, manner, awayMs);
    kills.push(kill);
    say(`  ${i + 1}/${given.kills} ${manner} ${victim}, back after ${
      ((kill.backAt - kill.at) / 1_000).toFixed(1)} s`);
  }
  await pause(5_000);
  return kills;
}

/** Agents come back to their phones for as long as the run lasts. */
function keepRecalling(floor: Floor): () => void {
  let over = false;
  void (async () => {
    while (!over) {
      await pause(6_000);
      // The database may be away: then it is asked again in a moment.
      if (!over) await floor.recall().catch(() => undefined);
    }
  })();
  return () => { over = true; };
}

async function play(given: Given, folder: string, undo: (() => Promise<unknown>)[]) {
  const config = loadConfig();
  const local = readLocalSwitch(config.varDir);
  if (local === undefined) throw new ChaosFailure("no switch runs here: start scripts/chaos");
  const random = seededRandom(given.seed);
  const names = namesOf(systemClock.now().toString(36));
  const theirs = await startPublic({ folder: join(folder, "public"), signal: never,
    people: drawPeople(random.fork("people"), given.leads) });
  undo.unshift(() => theirs.child.stop());
  const accounts = await prepare(names, given, theirs, folder);
  const controllers = new Controllers(folder);
  undo.unshift(() => controllers.stop());
  for (let i = 1; i <= given.controllers; i++) await controllers.keep(`chaos-${i}`);
  const floor = new Floor(accounts, {
    folder, sipPort: local.input.ports.sip, random: random.fork("agents"), signal: never,
  });
  undo.unshift(() => floor.stop());
  say(`… ${given.agents} agents log in, the campaign starts, ${given.kills} faults follow`);
  await floor.open();
  const endRecalling = keepRecalling(floor);
  undo.unshift(() => Promise.resolve(endRecalling()));
  await order(["campaign", "start", names.campaign], never);
  const kills = await hurtAll(given, controllers);
  const stoppedAt = systemClock.now();
  await insist(["campaign", "stop", names.campaign]);
  const finished = await waitUntil(async () => {
    const { state } = await order(["campaign", "status", names.campaign], never) as
      { readonly state: string };
    return state === "finished" || undefined;
  }, { deadlineMs: 90_000 });
  const { attempts } = await readRecords(config.databaseUrl ?? "", names.campaign);
  const report = judge({
    kills, calls: theirs.truth(), stoppedAt, attempts,
    hangUps: new Map(floor.tallies().map(({ phone, hangUps }) => [phone, hangUps])),
  });
  return { report, finished: finished === true, crashes: controllers.crashes };
}

async function main(words: readonly string[]): Promise<number> {
  const { varDir } = loadConfig();
  const given = readGiven(words, join(varDir, "chaos-report.json"));
  const folder = join(varDir, "chaos", `${given.seed}-${systemClock.now().toString(36)}`);
  mkdirSync(folder, { recursive: true });
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const began = systemClock.now();
    const { report, finished, crashes } = await play(given, folder, undo);
    const failures = [...failuresOf(report), ...crashes.map((each) => `a controller ${each}`),
      ...finished ? [] : ["the campaign did not come to its end"]];
    const seconds = Math.round((systemClock.now() - began) / 1_000);
    writeFileSync(resolve(given.report),
      `${JSON.stringify({ seed: given.seed, seconds, ...report, failures }, null, 2)}\n`);
    say(`${report.attempts} attempts, ${report.connected} conversations, ${report.kills} faults in ${
      seconds} s: ${report.doubleDials.length} double dials, ${
      report.attemptsWithoutOutcome.length} without outcome, ${
      report.conversationsCutByUs.length} conversations cut by us`);
    // After the last fault there may be nobody left to ring before the end.
    const alone = report.secondsToRecover.flatMap(({ overlaps, fromFault }) =>
      overlaps || fromFault === null ? [] : [fromFault]);
    say(`dialing again at most ${Math.max(...alone)} s after a fault that overlaps with no other`);
    for (const each of failures) say(`✗ ${each}`);
    say(`report: ${resolve(given.report)}, files: ${folder}`);
    return failures.length > 0 ? 1 : 0;
  } finally {
    for (const each of undo) {
      await each().catch((error: unknown) => { say(`  (${messageOf(error)})`); });
    }
  }
}

main(process.argv.slice(2)).then((status) => { process.exit(status); }, (error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(3);
});
