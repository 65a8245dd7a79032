/**
 * Owns the checks of an Asterisk: that ARI and AMI let us do what we need and nothing more, that
 * its modules are loaded, that it refuses the log-ins of samples, that its clock is ours.
 */
import { systemClock } from "../../clock.ts";
import type { SwitchConfig } from "../../config.ts";
import { SwitchRefused } from "../../errors.ts";
import { text } from "../../language.ts";
import { AmiClient, type AmiAccount } from "../../telephony/asterisk/ami-client.ts";
import { wantedModules } from "../../telephony/asterisk/render.ts";
import { askAri, runningModules, type Answer } from "../ask-switch.ts";
import { allBehindFirst, bad, checkOf, good, plain, type Check, type Verdict } from "./check.ts";
import { driftOf, judgeDrift, judgeVersion } from "./databases.ts";
import { isWellKnown, judgeSecret, sampleLogins } from "./secrets.ts";

const oldestAsterisk = "20";

export async function withAmi<T>(
  account: AmiAccount, work: (ami: AmiClient) => Promise<T>,
): Promise<T> {
  const ami = new AmiClient(account, systemClock);
  await ami.open();
  try {
    return await work(ami);
  } finally {
    ami.close();
  }
}

export const accountOf = (
  { amiHost, amiPort, amiUser, amiSecret }: SwitchConfig,
): AmiAccount =>
  ({ host: amiHost, port: amiPort, user: amiUser, secret: amiSecret });

/** Resolves to whether Asterisk refused; throws when it could not be asked. */
async function isRefused(action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return false;
  } catch (error) {
    if (error instanceof SwitchRefused) return true;
    throw error;
  }
}

export interface AmiRights {
  /** Actions we need and may not do. */
  readonly lacking: readonly string[];
  /** Actions nobody needs and that were let through when tried. */
  readonly excessive: readonly string[];
}

export function judgeAmi({ lacking, excessive }: AmiRights): Verdict {
  if (lacking.length > 0) {
    return bad(text(`may not do ${lacking.join(", ")}`, `无权执行 ${lacking.join("、")}`),
      text("see that app_mixmonitor.so runs, and give the account write = system in manager.conf "
        + "(`ringwright pbx render`)",
      "请确认 app_mixmonitor.so 正在运行，并在 manager.conf 中设置 write = system（`ringwright pbx render`）"));
  }
  if (excessive.length > 0) {
    return bad(text(`may do ${excessive.join(", ")}, which nobody needs`,
      `可执行不必要的 ${excessive.join("、")}`),
    text("leave the account write = system and no more in manager.conf",
      "请在 manager.conf 中只给该账号 write = system"));
  }
  return good(text("may record; is refused console commands, changes of configuration and calls",
    "可录音；控制台命令、改配置与操作呼叫均被拒绝"));
}

const neededActions = ["MixMonitor", "StopMixMonitor"] as const;
/**
 * Actions of each class beside `system`, which MixMonitor asks for. What else Asterisk puts into
 * that class (GetConfig, DialplanExtensionAdd, ModuleLoad) cannot be taken away.
 */
const unwantedActions = [
  "Command", "UpdateConfig", "CreateConfig", "Originate", "Redirect", "Setvar", "SendText",
  "BlindTransfer", "UserEvent", "AOCMessage",
] as const;
/** Tried as well, and harmless if let through: a command that tells the time, a call to nowhere. */
const forbiddenActions = [
  ["Command", [["Command", "core show uptime"]]],
  ["Originate", [["Channel", "Local/doctor@ringwright-refused"], ["Application", "Hangup"],
    ["Async", "true"]]],
] as const;

async function amiRights(server: SwitchConfig): Promise<AmiRights> {
  return withAmi(accountOf(server), async (ami) => {
    const [listed] = await ami.send("ListCommands", []);
    const may = new Set([...listed?.keys() ?? []].map((name) => name.toLowerCase()));
    const excessive = new Set<string>(
      unwantedActions.filter((each) => may.has(each.toLowerCase())));
    for (const [action, fields] of forbiddenActions) {
      if (!await isRefused(ami.send(action, fields))) excessive.add(action);
    }
    const lacking = neededActions.filter((each) => !may.has(each.toLowerCase()));
    return { lacking, excessive: [...excessive] };
  });
}

export interface AriRights {
  /** The answer to the wish to hang up a channel that is not there: 404, or 403 when forbidden. */
  readonly hangUp: number;
  /** The answer to a look at a file of the machine: `1` as its value means that it was let. */
  readonly file: Answer;
}

export function judgeAri({ hangUp, file }: AriRights): Verdict {
  if (hangUp === 403) {
    return bad(text("may look and not act", "只读，无法操作"),
      text("set read_only = no for the account in ari.conf", "请在 ari.conf 中为该账号设置 read_only = no"));
  }
  if (hangUp !== 404) {
    return bad(plain(`ARI: ${hangUp}`),
      text("see the log of the switch", "请查看交换机日志"));
  }
  const value = (file.body as { value?: unknown } | undefined)?.value;
  // `live_dangerously` lets ARI read any file of the switch, and run programs there.
  return file.status === 200 && value === "1"
    ? bad(text("lets us look at any file", "允许查看任意文件"),
      text("set live_dangerously = no in asterisk.conf", "请在 asterisk.conf 中设置 live_dangerously = no"))
    : good(text("may command calls; files and programs are out of its reach",
      "可控制呼叫；无法触及文件与程序"));
}

async function ariRights(server: SwitchConfig): Promise<AriRights> {
  const { status } = await askAri(server, "channels/ringwright-doctor-nobody", "DELETE");
  const file = await askAri(server, "asterisk/variable?variable=STAT(e%2C%2Fetc%2Fpasswd)");
  return { hangUp: status, file };
}

export interface ModuleFacts {
  readonly wanted: readonly string[];
  readonly running: readonly string[];
}

export function judgeModules({ wanted, running }: ModuleFacts): Verdict {
  const missing = wanted.filter((each) => !running.includes(each));
  return missing.length === 0
    ? good(text(`${running.length} running`, `${running.length} 个运行中`))
    : bad(text(`not running: ${missing.join(", ")}`, `未运行：${missing.join("、")}`),
      text("render modules.conf with `ringwright pbx render`, install the package that holds them, "
        + "and restart the switch",
      "请用 `ringwright pbx render` 生成 modules.conf，安装所缺软件包，并重启交换机"));
}

async function moduleFacts(server: SwitchConfig): Promise<ModuleFacts> {
  const wanted = wantedModules(await asteriskVersion(server));
  return { wanted, running: await runningModules(server) };
}

export const judgeSampleLogins = (accepted: readonly string[]): Verdict => accepted.length === 0
  ? good(text("refuses the log-ins of samples", "拒绝示例账号登录"))
  : bad(text(`accepts ${accepted.join(", ")}`, `接受示例账号 ${accepted.join("、")}`),
    text("remove these accounts from ari.conf and manager.conf",
      "请从 ari.conf 与 manager.conf 中删除这些账号"));

/** User names only: the passwords are in every book. */
async function acceptedSamples(server: SwitchConfig): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (const { user, password } of sampleLogins) {
    const ari = await askAri({ ...server, ariUser: user, ariPassword: password }, "asterisk/info");
    if (ari.status === 200) accepted.push(`ARI ${user}`);
    const ami = withAmi({ ...accountOf(server), user, secret: password }, () => Promise.resolve());
    if (!await isRefused(ami)) accepted.push(`AMI ${user}`);
  }
  return accepted;
}

async function asteriskVersion(server: SwitchConfig): Promise<string> {
  const { status, body } = await askAri(server, "asterisk/info");
  if (status === 401) throw new Error("ARI: 401, the user or the password is wrong");
  if (status !== 200) throw new Error(`ARI: ${status}`);
  const { system: { version } } = body as { system: { version: string } };
  return /\d+(\.\d+)*/.exec(version)?.[0] ?? version;
}

async function amiClock(server: SwitchConfig): Promise<number> {
  return withAmi(accountOf(server), (ami) => driftOf(async () => {
    const [pong] = await ami.send("Ping", []);
    // Seconds since 1970 with a fraction.
    return Number(pong?.get("timestamp")) * 1_000;
  }));
}

export function switchChecks(server: SwitchConfig): readonly Check[] {
  const { name } = server;
  const whenBlind = text("run `ringwright up`, or mend ASTERISK_URL and ASTERISK_AMI_URL",
    "请运行 `ringwright up`，或更正 ASTERISK_URL 与 ASTERISK_AMI_URL");
  const each = <Facts>(part: string, label: ReturnType<typeof text>,
    look: () => Promise<Facts>, judge: (facts: Facts) => Verdict): Check =>
    checkOf({
      name: `${name}${part}`, look, judge, whenBlind,
      label: text(`${name} ${label.en}`.trim(), `${name} ${label.zh}`.trim()),
    });
  return allBehindFirst([
    each("", plain(""), () => asteriskVersion(server), judgeVersion(oldestAsterisk)),
    each("-modules", text("modules", "模块"), () => moduleFacts(server), judgeModules),
    each("-ari-rights", text("ARI", "ARI"), () => ariRights(server), judgeAri),
    each("-ami-rights", text("AMI", "AMI"), () => amiRights(server), judgeAmi),
    each("-passwords", text("passwords", "密码"), () => Promise.resolve(
      isWellKnown(server.ariPassword) || isWellKnown(server.amiSecret)),
    judgeSecret("ASTERISK_URL, ASTERISK_AMI_URL")),
    each("-samples", text("accounts", "账号"), () => acceptedSamples(server),
      judgeSampleLogins),
    each("-clock", text("clock", "时钟"), () => amiClock(server), judgeDrift),
  ]);
}
