/** Owns `ringwright trunk`: the carriers' routes that leads' legs leave by. */
import { systemClock } from "../clock.ts";
import type { SwitchConfig } from "../config.ts";
import type { TrunkName } from "../ids.ts";
import { text, type Text } from "../language.ts";
import { limits } from "../limits.ts";
import { checkOf, plain as plainText, type Verdict } from "../stack/doctor/check.ts";
import { askAnew, judgeSwitchView, viewOf } from "../stack/doctor/trunks.ts";
import { waitUntil } from "../stack/patience.ts";
import { createStore } from "../store/postgres/store.ts";
import { noSuchTrunk } from "../store/postgres/trunk-desk.ts";
import type { Trunk } from "../store/store.ts";
import { sipPing, type SipPing } from "../telephony/sip-ping.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk, databaseUrl } from "./database.ts";
import { matching, numeric, refused, secretFrom } from "./options.ts";
import { plain, table } from "./table.ts";

interface AddOptions {
  readonly host: string;
  readonly port: string;
  readonly transport: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly codecs: string;
  readonly channels: string;
  readonly cps: string;
  readonly prefix: string;
}

const nameForm = text("1 to 40 of a-z, 0-9 and -", "1 至 40 个 a-z、0-9、-");
const hostForm = text("an IPv4 address or a host name", "IPv4 地址或主机名");
const codecForm = text("ulaw, alaw and g722, with commas between", "ulaw、alaw、g722，逗号分隔");
const host = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?$/;
const codecs = /^(ulaw|alaw|g722)(,(ulaw|alaw|g722)){0,2}$/;

function passwordOf(options: AddOptions): string | undefined {
  const password = options.password
    ?? (options.passwordFile === undefined ? undefined : secretFrom(options.passwordFile));
  if (password !== undefined && !/^[!-~]{1,128}$/.test(password)) {
    throw refused("--password", "…", text("1 to 128 visible ASCII characters", "1 至 128 个可见 ASCII 字符"));
  }
  if ((password === undefined) !== (options.username === undefined)) {
    throw refused("--username", options.username ?? "", text(
      "a user name and a password together, or neither", "用户名与密码须同时给出，或都不给"));
  }
  return password;
}

async function add(name: string, options: AddOptions, context: CliContext): Promise<void> {
  const trunk = {
    name: matching("NAME", /^[a-z0-9-]{1,40}$/, nameForm)(name) as TrunkName,
    host: matching("--host", host, hostForm)(options.host),
    port: numeric("--port", { min: 1, max: 65_535, whole: true })(options.port),
    transport: matching("--transport", /^(udp|tcp|tls)$/, text("udp, tcp or tls", "udp、tcp 或 tls"))(
      options.transport) as Trunk["transport"],
    username: options.username && matching("--username", /^[a-zA-Z0-9_.@+-]{1,80}$/,
      text("1 to 80 of letters, digits and _.@+-", "1 至 80 个字母、数字或 _.@+-"))(options.username),
    codecs: matching("--codecs", codecs, codecForm)(options.codecs).split(","),
    channelsMax: numeric("--channels", { min: 1, max: 10_000, whole: true })(options.channels),
    callsPerSecond: numeric("--cps", { min: 0.1, max: 1_000, whole: false })(options.cps),
    prefix: matching("--prefix", /^\+?[0-9]{0,16}$/, text(
      "up to 16 digits, with or without a + before them", "至多 16 位数字，前面可加 +"))(
      options.prefix),
    password: passwordOf(options),
  };
  await atDesk(context, (desk) => desk.trunks.add(trunk));
  context.print(context.say(text(
    `trunk ${name} added; the switch knows it after \`ringwright pbx render\` and a reload`,
    `已添加中继 ${name}；运行 \`ringwright pbx render\` 并重载后，交换机即可使用`,
  )));
  const { password, ...shown } = trunk;
  context.printJson({ ...shown, hasPassword: password !== undefined });
}

async function trunks(context: CliContext): Promise<readonly Trunk[]> {
  const store = createStore(databaseUrl(context));
  try {
    return await store.trunks();
  } finally {
    await store.close();
  }
}

async function list(context: CliContext): Promise<void> {
  const { say } = context;
  const all = await trunks(context);
  table(
    [text("name", "名称"), text("peer", "对端"), text("user", "用户"), text("codecs", "编码"),
      text("channels", "通道"), text("calls/s", "每秒呼叫"), text("prefix", "前缀"),
      text("state", "状态")].map(say),
    all.map((trunk) => [
      trunk.name, `${trunk.transport}:${trunk.host}:${trunk.port}`, trunk.username,
      trunk.codecs.join(","), trunk.channelsMax, trunk.callsPerSecond, trunk.prefix || null,
      trunk.enabled ? say(text("enabled", "启用")) : say(text("disabled", "停用")),
    ]),
  ).forEach(context.print);
  context.printJson(all);
}

function pingText(ping: SipPing): Text {
  switch (ping.result) {
    case "answered": {
      const { status, reason, roundTripMs, server } = ping.answer;
      const by = server === undefined ? "" : ` (${plain(server)})`;
      return text(`answered ${status} ${plain(reason)} in ${roundTripMs} ms${by}`,
        `${roundTripMs} 毫秒后应答 ${status} ${plain(reason)}${by}`);
    }
    case "no-answer":
      return text(
        `no answer within ${ping.afterMs} ms: is the address right, does the carrier know ours?`,
        `${ping.afterMs} 毫秒内无应答：地址是否正确？运营商是否已登记本机地址？`);
    case "unreachable":
      return text(`cannot be reached: ${ping.code}`, `无法到达：${ping.code}`);
  }
}

/**
 * What each switch says of the trunk. It asked when we did, and comes to our answer a little later:
 * one more round trip when the carrier is there, the end of its patience when it is not.
 */
async function askSwitches(
  servers: readonly SwitchConfig[], trunk: Trunk, answered: boolean,
): Promise<readonly (Verdict & { readonly name: string })[]> {
  const passing = answered ? "offline" : "online";
  return Promise.all(servers.map(async (server) => {
    const { name } = server;
    const verdict = await checkOf({
      name, label: plainText(name), judge: judgeSwitchView,
      look: async () => await waitUntil(async () => {
        const view = await viewOf(server, trunk);
        return view.state === passing ? undefined : view;
      }, { deadlineMs: limits.trunkSeenMs }) ?? await viewOf(server, trunk),
      whenBlind: text("run `ringwright doctor`", "请运行 `ringwright doctor`"),
    }).run();
    return { name, ...verdict };
  }));
}

function printVerdict({ name, ok, seen, remedy }: Verdict & { name: string }, context: CliContext) {
  const { en, zh } = seen;
  context.print(context.say(text(`${name}: ${en}`, `${name}：${zh}`)));
  if (!ok && remedy) context.print(`    → ${context.say(remedy)}`);
}

async function test(name: string, context: CliContext): Promise<void> {
  const { say, print } = context;
  const trunk = (await trunks(context)).find((each) => each.name === name);
  if (!trunk) throw noSuchTrunk(name);
  const { switches } = context.config();
  if (!trunk.enabled) {
    print(say(text(`trunk ${name} is disabled: no switch has it`, `中继 ${name} 已停用，交换机上没有它`)));
  }
  if (trunk.transport !== "udp") {
    print(say(text(
      `trunk ${name} speaks ${trunk.transport}; our own question is asked over udp`,
      `中继 ${name} 使用 ${trunk.transport}；此处以 udp 询问`)));
  }
  for (const server of switches) await askAnew(server, trunk);
  const ping = await sipPing(trunk, systemClock);
  const { en, zh } = pingText(ping);
  print(say(text(`OPTIONS ${trunk.host}:${trunk.port}: ${en}`,
    `OPTIONS ${trunk.host}:${trunk.port}：${zh}`)));
  const views = await askSwitches(switches, trunk, ping.result === "answered");
  for (const view of views) printVerdict(view, context);
  context.printJson({
    trunk: name, host: trunk.host, port: trunk.port, ...ping,
    switches: views.map(({ name: server, ok, seen, remedy }) =>
      ({ name: server, ok, seen: say(seen), ...remedy ? { remedy: say(remedy) } : {} })),
  });
  // Any answer shows that the peer is there: many refuse OPTIONS without an account. Over another
  // transport than our own question's, the switches alone can tell.
  const there = ping.result === "answered" || (trunk.transport !== "udp" && views.length > 0);
  if (!there || views.some(({ ok }) => !ok)) context.exitCode = 1;
}

export const registerTrunk: Register = (program, context) => {
  const { say } = context;
  const trunk = program.command("trunk")
    .description(say(text("the carriers' routes", "中继管理")));

  trunk.command("add <name>")
    .description(say(text("add a trunk", "添加中继")))
    .requiredOption("--host <host>", say(text("address of the carrier", "运营商地址")))
    .option("--port <port>", say(text("SIP port", "SIP 端口")), "5060")
    .option("--transport <transport>", "udp, tcp, tls", "udp")
    .option("--username <name>", say(text("account at the carrier", "运营商账号")))
    .option("--password <password>", say(text("its password", "账号密码")))
    .option("--password-file <file>", say(text("read it from a file, - for standard input",
      "从文件读取，- 表示标准输入")))
    .option("--codecs <codecs>", say(text("in order of preference", "按优先次序")), "alaw,ulaw")
    .option("--channels <count>", say(text("most calls at once", "最大并发通话数")), "30")
    .option("--cps <rate>", say(text("most new calls per second", "每秒最大新呼叫数")), "5")
    .option("--prefix <digits>", say(text("put before each number", "置于每个号码之前")), "")
    .action((name: string, options: AddOptions) => add(name, options, context));

  trunk.command("list")
    .description(say(text("every trunk", "全部中继")))
    .action(() => list(context));

  trunk.command("test <name>")
    .description(say(text(
      "ask the carrier whether it is there (SIP OPTIONS), and each switch what it thinks of it",
      "询问运营商是否在线（SIP OPTIONS），并查看各交换机的判断")))
    .action((name: string) => test(name, context));

  trunk.command("remove <name>")
    .description(say(text("remove a trunk", "移除中继")))
    .action(async (name: string) => {
      const result = await atDesk(context, (desk) => desk.trunks.remove(name));
      context.print(result === "removed"
        ? say(text(`trunk ${plain(name)} removed`, `已移除中继 ${plain(name)}`))
        : say(text(`trunk ${plain(name)} disabled; the records of its calls remain`,
          `已停用中继 ${plain(name)}，其通话记录保留`)));
      context.printJson({ name, result });
    });
};
