/** Owns `ringwright pbx`: writing the switch's configuration from the database. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { Config, SwitchConfig } from "../config.ts";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { readLocalSwitch, writeSwitchConfig, type SwitchAccounts } from "../stack/asterisk.ts";
import { accountsIn } from "../stack/switch-accounts.ts";
import { moduleOfFile, renderSwitchConfig, secretFiles, type SwitchInput } from
  "../telephony/asterisk/render.ts";
import { reloadModules } from "../telephony/asterisk/reload.ts";
import type { CliContext, Register } from "./command.ts";
import { databaseUrl } from "./database.ts";
import { matching, numeric } from "./options.ts";

export interface RenderOptions {
  readonly dir?: string;
  readonly reload?: boolean;
  readonly listen: string;
  readonly sipPort: string;
  readonly rtp: string;
  readonly modules: string;
  readonly asterisk: string;
}

function firstSwitch(config: Config): SwitchConfig {
  const [first] = config.switches;
  if (first !== undefined) return first;
  throw new UserError(
    text("no switch is configured", "尚未配置交换机"),
    text("run `ringwright up`, or set ASTERISK_URL and ASTERISK_AMI_URL",
      "请运行 `ringwright up`，或设置 ASTERISK_URL 与 ASTERISK_AMI_URL"), 3,
  );
}

const address = text("an IPv4 address", "IPv4 地址");
const range = text("two ports, as 10000-19999", "两个端口，如 10000-19999");
const version = text("a version, as 22.10.1", "版本号，如 22.10.1");
const folder = text("an absolute path", "绝对路径");

/** A switch that somebody else runs: Debian's folders, and the ports its addresses name. */
export function distantInput(
  options: RenderOptions, config: Config,
): Omit<SwitchInput, keyof SwitchAccounts> {
  const { ariUrl, ariUser, ariPassword, amiPort, amiUser, amiSecret, name } = firstSwitch(config);
  const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
  const listen = matching("--listen", ipv4, address)(options.listen);
  const [first, last] = matching("--rtp", /^\d{1,5}-\d{1,5}$/, range)(options.rtp).split("-");
  return {
    name, ariApp: config.ariApp, listen: { sip: listen, control: listen },
    version: matching("--asterisk", /^\d+(\.\d+)+$/, version)(options.asterisk),
    ports: {
      sip: numeric("--sip-port", { min: 1, max: 65_534, whole: true })(options.sipPort),
      rtpFirst: Number(first), rtpLast: Number(last),
      http: Number(new URL(ariUrl).port || 80), ami: amiPort,
    },
    paths: {
      etc: "/etc/asterisk", lib: "/var/lib/asterisk", data: "/usr/share/asterisk",
      spool: "/var/spool/asterisk", log: "/var/log/asterisk", run: "/run/asterisk",
      modules: matching("--modules", /^\/\S+$/, folder)(options.modules),
    },
    credentials: { ariUser, ariPassword, amiUser, amiSecret },
  };
}

interface FileChange {
  readonly file: string;
  readonly added: number;
  readonly removed: number;
}

/** Counts lines and never shows them: some hold passwords. */
export function changeOf(file: string, before: string, after: string): FileChange {
  const count = (content: string): Map<string, number> => {
    const lines = new Map<string, number>();
    if (content === "") return lines;
    for (const line of content.split("\n")) lines.set(line, (lines.get(line) ?? 0) + 1);
    return lines;
  };
  const missingFrom = (there: Map<string, number>, here: Map<string, number>): number =>
    [...here].reduce((sum, [line, times]) => sum + Math.max(0, times - (there.get(line) ?? 0)), 0);
  const [old, now] = [count(before), count(after)];
  return { file, added: missingFrom(old, now), removed: missingFrom(now, old) };
}

function readOr(path: string, absent: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
    throw error;
  }
}

async function render(options: RenderOptions, context: CliContext): Promise<void> {
  const { print, say } = context;
  const config = context.config();
  const local = options.dir === undefined ? readLocalSwitch(config.varDir) : undefined;
  if (options.dir === undefined && local === undefined) {
    throw new UserError(
      text("no switch was started here", "此处没有启动过交换机"),
      text("give the folder to write to with --dir, or run `ringwright up`",
        "请用 --dir 指定输出目录，或运行 `ringwright up`"),
    );
  }
  const input = local?.input ?? distantInput(options, config);
  const dir = options.dir ?? input.paths.etc;
  const accounts = await accountsIn(databaseUrl(context));
  const files = renderSwitchConfig({ ...input, ...accounts });
  const changes = [...files].map(([file, content]) =>
    changeOf(file, readOr(join(dir, file), ""), content));
  const changed = changes.filter(({ added, removed }) => added + removed > 0);
  if (local) writeSwitchConfig(local, accounts);
  else writeTo(dir, files);
  for (const { file, added, removed } of changed) print(`${file}  +${added} -${removed}`);
  print(say(text(
    `${files.size} files in ${dir}: ${changed.length} changed; ` +
      `${accounts.trunks.length} trunks, ${accounts.phones.length} phones`,
    `${dir} 中 ${files.size} 个文件，${changed.length} 个有变化；` +
      `${accounts.trunks.length} 条中继，${accounts.phones.length} 部话机`,
  )));
  const reloaded = options.reload === true ? await reload(config) : [];
  const restart = changed.map(({ file }) => file).filter((file) => !moduleOfFile.has(file));
  if (reloaded.length > 0) print(say(text("the switch has read them again", "交换机已重新载入")));
  if (restart.length > 0) {
    print(say(text(`read only when the switch starts: ${restart.join(", ")}`,
      `仅在交换机启动时读取：${restart.join("、")}`)));
  }
  context.printJson({ dir, changes, reloaded, restart });
}

function writeTo(dir: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(dir, { recursive: true });
  for (const [file, content] of files) {
    writeFileSync(join(dir, file), content, { mode: secretFiles.has(file) ? 0o600 : 0o644 });
  }
}

async function reload(config: Config): Promise<readonly string[]> {
  const { ariUrl, ariUser, ariPassword } = firstSwitch(config);
  const modules = [...moduleOfFile.values()];
  await reloadModules({ url: ariUrl, user: ariUser, password: ariPassword }, modules, systemClock);
  return modules;
}

export const registerPbx: Register = (program: Command, context: CliContext) => {
  const { say } = context;
  const group = program.command("pbx").description(say(text("the switch", "交换机")));
  group.command("render")
    .description(say(text("write trunks, phones and dialplan for the switch",
      "为交换机生成中继、话机与拨号方案配置")))
    .option("--dir <dir>", say(text("write for a switch that somebody else runs, into this folder",
      "为他人运行的交换机生成，写入此目录")))
    .option("--reload", say(text("make the switch read them again", "让交换机重新载入")))
    .option("--listen <ip>", say(text("with --dir: address of the switch", "与 --dir 同用：交换机地址")),
      "127.0.0.1")
    .option("--sip-port <port>", say(text("with --dir", "与 --dir 同用")), "5060")
    .option("--rtp <range>", say(text("with --dir", "与 --dir 同用")), "10000-19999")
    .option("--modules <dir>", say(text("with --dir: Asterisk's modules", "与 --dir 同用：模块目录")),
      "/usr/lib/x86_64-linux-gnu/asterisk/modules")
    .option("--asterisk <version>", say(text("with --dir", "与 --dir 同用")), "22.10.1")
    .action((options: RenderOptions) => render(options, context));
};
