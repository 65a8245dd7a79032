/**
 * Owns the options of the program. The only file that reads process.env. Each option is declared
 * once with its meaning, default, unit and range; a bad value stops the start, naming the
 * variable, the value and what is allowed. What `ringwright up` started is found in
 * `var/stack.json`, and the environment wins over it.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "./errors.ts";
import { languageOf, text, type Language, type Text } from "./language.ts";
import { lookupConfig, type LookupConfig } from "./lookup/lookup-config.ts";

/** The folder of the checkout, where sql/, sounds/ and dialplan/ are. */
export const projectDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");

export interface SwitchConfig {
  /** On log lines and in attempts: `asterisk-1`, `asterisk-2`, … */
  readonly name: string;
  /** Base of the ARI, without user and password: `http://127.0.0.1:8088`. */
  readonly ariUrl: string;
  readonly ariUser: string;
  readonly ariPassword: string;
  readonly amiHost: string;
  readonly amiPort: number;
  readonly amiUser: string;
  readonly amiSecret: string;
  /** Most lines at once; Infinity where none is given. */
  readonly linesMax: number;
}

export interface Config {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly switches: readonly SwitchConfig[];
  readonly varDir: string;
  readonly recordingsDir: string;
  readonly switchRecordingsDir: string;
  /** Undefined when the installation has no packs of its own. */
  readonly packsDir: string | undefined;
  readonly ariApp: string;
  readonly controllerName: string;
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly logNumbers: "masked" | "full";
  readonly language: Language;
  readonly httpHost: string;
  readonly httpPort: number;
  /** Undefined when none is set: then nothing is served. */
  readonly httpToken: string | undefined;
  /** Undefined when no lookup service is to be asked. */
  readonly lookup: LookupConfig | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

interface Option {
  readonly variable: string;
  readonly meaning: Text;
  /** Shown by `ringwright config`, and in the error for a bad value. */
  readonly allowed: Text;
  readonly fallback: string;
  readonly secret: boolean;
  readonly accepts: RegExp;
}

const option = (
  variable: string, meaning: Text, allowed: Text, fallback: string, accepts: RegExp,
  secret = false,
): Option => ({ variable, meaning, allowed, fallback, accepts, secret });

const aFolder = text("a path without control characters", "不含控制字符的路径");
const folder = /^[^\u0000-\u001f]+$/;
const aPrice = text("an amount as 0.004, at most six digits after the point",
  "金额，例如 0.004，小数点后至多六位");
const price = /^\d{1,6}(\.\d{1,6})?$/;
const ariUrl = String.raw`https?://[^:@/\s]+:[^@/\s]+@[^/@\s,]+/?`;
const amiUrl = String.raw`tcp://[^:@/\s]+:[^@/\s]+@[^/@\s,:]+:\d+/?`;

export const options = {
  databaseUrl: option(
    "DATABASE_URL",
    text("Postgres to use instead of the local one", "改用此 Postgres，而非本机内置的"),
    text("postgres://user:password@host:port/database", "postgres://用户:密码@主机:端口/库名"),
    "", /^(postgres(ql)?:\/\/\S+)?$/, true,
  ),
  redisUrl: option(
    "REDIS_URL",
    text("Redis to use instead of the local one", "改用此 Redis，而非本机的"),
    text("redis://[user:password@]host:port[/number]", "redis://[用户:密码@]主机:端口[/编号]"),
    "", /^(rediss?:\/\/\S+)?$/, true,
  ),
  asteriskUrl: option(
    "ASTERISK_URL",
    text("ARI of the Asterisk servers to use, with commas between", "所用 Asterisk 的 ARI 地址，逗号分隔"),
    text("http://user:password@host:port[,…]", "http://用户:密码@主机:端口[,…]"),
    "", new RegExp(`^(${ariUrl}(,${ariUrl})*)?$`), true,
  ),
  asteriskAmiUrl: option(
    "ASTERISK_AMI_URL",
    text("AMI of the same servers, in the same order", "同一批服务器的 AMI 地址，次序相同"),
    text("tcp://user:secret@host:port[,…]", "tcp://用户:密码@主机:端口[,…]"),
    "", new RegExp(`^(${amiUrl}(,${amiUrl})*)?$`), true,
  ),
  asteriskLines: option(
    "ASTERISK_LINES",
    text("most lines at once on each of these servers, in the same order; empty for no bound",
      "各服务器同时线路的上限，次序相同；留空则不限"),
    text("whole numbers with commas between", "整数，逗号分隔"),
    "", /^(\d{1,5}(,\d{1,5})*)?$/,
  ),
  ariApp: option(
    "RINGWRIGHT_ARI_APP",
    text("name of our Stasis application; -standby is put behind it for the second",
      "我们的 Stasis 应用名；备用应用名为其后加 -standby"),
    text("1 to 40 of a-z, 0-9 and -", "1 至 40 个 a-z、0-9、-"),
    "ringwright", /^[a-z0-9-]{1,40}$/,
  ),
  varDir: option(
    "RINGWRIGHT_VAR",
    text("folder for everything written on this machine", "本机所有写入内容的目录"),
    aFolder, join(projectDir, "var"), folder,
  ),
  recordingsDir: option(
    "RINGWRIGHT_RECORDINGS",
    text("folder of the recordings, as this program sees it", "录音目录（本程序所见路径）"),
    aFolder, "", /^/,
  ),
  packsDir: option(
    "RINGWRIGHT_PACKS",
    text("folder of your own rule packs, which hold beside those of the product",
      "自有规则包目录，与产品自带的规则包同时生效"),
    aFolder, "", /^/,
  ),
  switchRecordingsDir: option(
    "ASTERISK_RECORDINGS",
    text("the same folder as the switch sees it", "同一目录（交换机所见路径）"),
    aFolder, "", /^/,
  ),
  controllerName: option(
    "RINGWRIGHT_CONTROLLER",
    text("name of this controller, different for each one", "本控制器的名称，须各不相同"),
    text("1 to 40 of a-z, 0-9 and -", "1 至 40 个 a-z、0-9、-"),
    "controller-1", /^[a-z0-9-]{1,40}$/,
  ),
  logLevel: option(
    "LOG_LEVEL",
    text("least important line that is logged", "记录的最低日志级别"),
    text("error, warn, info or debug", "error、warn、info 或 debug"),
    "info", /^(error|warn|info|debug)$/,
  ),
  logNumbers: option(
    "LOG_NUMBERS",
    text("whether phone numbers are masked in logs", "日志中的电话号码是否打码"),
    text("masked or full", "masked 或 full"),
    "masked", /^(masked|full)$/,
  ),
  httpHost: option(
    "RINGWRIGHT_HTTP_HOST",
    text("address that `ringwright http` listens on", "`ringwright http` 监听的地址"),
    text("an IP address or a host name", "IP 地址或主机名"),
    "127.0.0.1", /^[0-9A-Za-z.:-]{1,255}$/,
  ),
  httpPort: option(
    "RINGWRIGHT_HTTP_PORT",
    text("port that `ringwright http` listens on", "`ringwright http` 监听的端口"),
    text("1 to 65535", "1 至 65535"),
    "8470", /^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
  ),
  httpToken: option(
    "RINGWRIGHT_HTTP_TOKEN",
    text("what programs must send as bearer token", "程序须作为访问令牌发送的值"),
    text("16 to 200 characters without spaces", "16 至 200 个字符，不含空格"),
    "", /^(\S{16,200})?$/, true,
  ),
  lookupUrl: option(
    "RINGWRIGHT_LOOKUP_URL",
    text("number-lookup service that `ringwright list lookup` asks", "`ringwright list lookup` 所用的号码检测服务"),
    text("https://host/path; http:// on this machine only", "https://主机/路径；http:// 仅限本机"),
    "", /^(https:\/\/[^\s@]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/[^\s@]*)?)?$/, true,
  ),
  lookupToken: option(
    "RINGWRIGHT_LOOKUP_TOKEN",
    text("bearer token for it", "该服务的访问令牌"),
    text("up to 500 letters without spaces", "至多 500 个字符，不含空格"),
    "", /^[\x21-\x7e]{0,500}$/, true,
  ),
  lookupPrice: option(
    "RINGWRIGHT_LOOKUP_PRICE",
    text("what it takes for one number, in its currency", "每个号码的价格（该服务的货币）"),
    aPrice, "", /^(\d{1,6}(\.\d{1,6})?)?$/,
  ),
  lookupDayMax: option(
    "RINGWRIGHT_LOOKUP_DAY_MAX",
    text("most it may cost in one day (UTC), of all lists", "每天（UTC）所有名单合计的最高费用"),
    aPrice, "100", price,
  ),
  lookupBatch: option(
    "RINGWRIGHT_LOOKUP_BATCH",
    text("numbers in one request to it", "每次请求的号码数"),
    text("1 to 1000", "1 至 1000"), "100", /^([1-9]\d{0,2}|1000)$/,
  ),
  lookupTimeout: option(
    "RINGWRIGHT_LOOKUP_TIMEOUT_MS",
    text("how long one request may take, in milliseconds", "单次请求的时限（毫秒）"),
    text("100 to 120000", "100 至 120000"), "10000", /^([1-9]\d{2,4}|1[01]\d{4}|120000)$/,
  ),
} as const satisfies Record<string, Option>;

type Name = keyof typeof options;

/** What `ringwright up` writes for the other commands; mode 0600, since it holds passwords. */
export type StackFile = Partial<Record<Name, string>>;

export const stackFilePath = (varDir: string): string => join(varDir, "stack.json");

/** Reads the stack file; an absent one is an empty one, a broken one is an error. */
export function readStackFile(varDir: string): StackFile {
  const path = stackFilePath(varDir);
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    return JSON.parse(content) as StackFile;
  } catch {
    throw new UserError(
      text(`${path} is not readable as JSON`, `${path} 不是有效的 JSON`),
      text("run `ringwright down`, then `ringwright up`", "请先运行 `ringwright down`，再运行 `ringwright up`"),
    );
  }
}

function valueOf(name: Name, env: Env, stack: StackFile): string {
  const { variable, fallback, accepts, allowed, secret } = options[name];
  const value = env[variable] || stack[name] || fallback;
  if (accepts.test(value)) return value;
  const shown = secret ? "(hidden)" : JSON.stringify(value);
  throw new UserError(
    text(`${variable} is ${shown}, which is not allowed`, `${variable} 的值 ${shown} 不被允许`),
    text(`allowed: ${allowed.en}`, `允许的形式：${allowed.zh}`),
  );
}

/** What has the form of an address may still be none: a port over 65535, a broken escape. */
function urlIn(name: Name, value: string): URL {
  if (URL.canParse(value) && !/%(?![0-9a-f]{2})/i.test(value)) return new URL(value);
  const { variable, allowed } = options[name];
  throw new UserError(
    text(`${variable} holds an address that is none (hidden)`, `${variable} 中有无效的地址（已隐藏）`),
    text(`allowed: ${allowed.en}`, `允许的形式：${allowed.zh}`),
  );
}

function switchesOf(
  ariList: string, amiList: string, linesList: string,
): readonly SwitchConfig[] {
  const lines = linesList === "" ? [] : linesList.split(",").map(Number);
  const aris = ariList === "" ? [] : ariList.split(",");
  const amis = amiList === "" ? [] : amiList.split(",");
  if (aris.length !== amis.length) {
    throw new UserError(
      text(`ASTERISK_URL names ${aris.length} servers, ASTERISK_AMI_URL ${amis.length}`,
        `ASTERISK_URL 有 ${aris.length} 台服务器，ASTERISK_AMI_URL 有 ${amis.length} 台`),
      text("give one AMI address for each ARI address, in the same order",
        "请按相同次序，为每个 ARI 地址给出一个 AMI 地址"),
    );
  }
  if (lines.length > 0 && lines.length !== aris.length) {
    throw new UserError(
      text(`ASTERISK_URL names ${aris.length} servers, ASTERISK_LINES ${lines.length}`,
        `ASTERISK_URL 有 ${aris.length} 台服务器，ASTERISK_LINES 有 ${lines.length} 个数`),
      text("give one number for each server, in the same order, or none at all",
        "请按相同次序，为每台服务器给出一个数，或全部省略"),
    );
  }
  return aris.map((each, i) => {
    const ari = urlIn("asteriskUrl", each);
    const ami = urlIn("asteriskAmiUrl", amis[i] ?? "");
    return Object.freeze({
      name: `asterisk-${i + 1}`,
      ariUrl: `${ari.protocol}//${ari.host}`,
      ariUser: decodeURIComponent(ari.username),
      ariPassword: decodeURIComponent(ari.password),
      amiHost: ami.hostname,
      amiPort: Number(ami.port),
      amiUser: decodeURIComponent(ami.username),
      amiSecret: decodeURIComponent(ami.password),
      linesMax: lines[i] ?? Infinity,
    });
  });
}

/** An address without what gives access: the user and the host stay, password and query go. */
function withoutSecrets(addresses: string): string {
  return addresses.split(",").map((each) => {
    try {
      const { protocol, username, host, pathname } = new URL(each);
      const user = username === "" ? "" : `${username}:***@`;
      return `${protocol}//${user}${host}${pathname}`;
    } catch {
      return "***";
    }
  }).join(",");
}

/** One option as `ringwright config show` tells it. */
export interface Setting {
  readonly variable: string;
  readonly meaning: Text;
  readonly allowed: Text;
  /** Empty when the option has no value; never holds a password. */
  readonly value: string;
  readonly fallback: string;
  readonly source: "environment" | "stack" | "default";
  /** False when this value would stop the start. */
  readonly good: boolean;
}

/** Every option, where its value comes from, and whether it would be accepted. */
export function settingsOf(env: Env): readonly Setting[] {
  const stack = readStackFile(resolve(valueOf("varDir", env, {})));
  return (Object.keys(options) as Name[]).map((name) => {
    const { variable, meaning, allowed, fallback, secret, accepts } = options[name];
    const source = env[variable] ? "environment" : stack[name] ? "stack" : "default";
    const value = env[variable] || stack[name] || fallback;
    return {
      variable, meaning, allowed, fallback, source, good: accepts.test(value),
      value: secret && value !== "" ? withoutSecrets(value) : value,
    };
  });
}

/** The person's language, known even when the rest of the configuration is bad. */
export const environmentLanguage = (): Language => languageOf(process.env);

/** The environment of this process, for the one place that hands it on. */
export const environment = (): Env => process.env;

/** Throws UserError for the first bad value. */
export function loadConfig(env: Env = process.env, stack?: StackFile): Config {
  const varDir = resolve(valueOf("varDir", env, {}));
  const file = stack ?? readStackFile(varDir);
  const value = (name: Name): string => valueOf(name, env, file);
  const recordingsDir = resolve(value("recordingsDir") || join(varDir, "recordings"));
  return Object.freeze({
    databaseUrl: value("databaseUrl") || undefined,
    redisUrl: value("redisUrl") || undefined,
    switches: Object.freeze(
      switchesOf(value("asteriskUrl"), value("asteriskAmiUrl"), value("asteriskLines"))),
    varDir,
    recordingsDir,
    switchRecordingsDir: value("switchRecordingsDir") || recordingsDir,
    packsDir: value("packsDir") === "" ? undefined : resolve(value("packsDir")),
    ariApp: value("ariApp"),
    controllerName: value("controllerName"),
    logLevel: value("logLevel") as Config["logLevel"],
    logNumbers: value("logNumbers") as Config["logNumbers"],
    language: languageOf(env),
    httpHost: value("httpHost"),
    httpPort: Number(value("httpPort")),
    httpToken: value("httpToken") || undefined,
    lookup: lookupConfig({
      url: value("lookupUrl") && urlIn("lookupUrl", value("lookupUrl")).href,
      token: value("lookupToken"), price: value("lookupPrice"), dayMax: value("lookupDayMax"),
      batch: value("lookupBatch"), timeout: value("lookupTimeout"),
    }),
  });
}
