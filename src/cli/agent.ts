/** Owns `ringwright agent`: the people at the phones. */
import { toIso } from "../clock.ts";
import type { PhoneName } from "../ids.ts";
import { text } from "../language.ts";
import { isPlaceCode } from "../leads/place-code.ts";
import { limits } from "../limits.ts";
import { isPin, newPin, newSipPassword } from "../store/pin.ts";
import { withIsoTimes } from "./call.ts";
import type { CliContext, Register } from "./command.ts";
import { atDesk } from "./database.ts";
import { matching, numeric, refused, secretFrom } from "./options.ts";
import { plain, table } from "./table.ts";

interface AddOptions {
  readonly phone: string;
  readonly pin?: string;
  readonly sipPassword?: string;
  readonly sipPasswordFile?: string;
  readonly language: "en" | "zh";
  readonly rank: number;
  readonly place?: string;
  readonly campaign: readonly string[];
}

const phoneForm = text("1 to 40 of a-z, 0-9 and -", "1 至 40 个 a-z、0-9、-");
const nameForm = text("1 to 100 characters on one line", "单行 1 至 100 个字符");
/** What a SIP phone's page and the switch's configuration both take without quoting. */
const passwordForm = text("8 to 128 visible ASCII characters", "8 至 128 个可见 ASCII 字符");

const ranked = numeric("rank", { min: 1, max: 9, whole: true });

/** `us-ca` and `US-CA`; throws for a country or a state that is none. */
function placeCode(given: string): string {
  const code = given.trim().toUpperCase();
  if (isPlaceCode(code)) return code;
  throw refused("place", given, text(
    "a country, as CN, or a state of the US, as US-CA", "国家代码（如 CN）或美国的州（如 US-CA）"));
}

async function add(name: string, options: AddOptions, context: CliContext): Promise<void> {
  const { say } = context;
  const phone = matching("--phone", /^[a-z0-9-]{1,40}$/, phoneForm)(options.phone) as PhoneName;
  const pin = options.pin ?? newPin();
  if (!isPin(pin)) {
    throw refused("--pin", "…", text(`4 to ${limits.pinDigits} digits`, `4 至 ${limits.pinDigits} 位数字`));
  }
  const given = options.sipPassword
    ?? (options.sipPasswordFile === undefined ? undefined : secretFrom(options.sipPasswordFile));
  const sipPassword = given ?? newSipPassword();
  if (!/^[!-~]{8,128}$/.test(sipPassword)) throw refused("--sip-password", "…", passwordForm);
  await atDesk(context, (desk) => desk.agents.add({
    name: matching("NAME", /^[^\p{Cc}]{1,100}$/u, nameForm)(name),
    phone, pin, sipPassword,
    language: matching("--language", /^(en|zh)$/, text("en or zh", "en 或 zh"))(
      options.language) as "en" | "zh",
    campaigns: options.campaign, rank: options.rank,
    place: options.place === undefined ? undefined : placeCode(options.place),
  }));
  context.print(say(text(`agent ${name} added at phone ${phone}`, `已添加座席 ${name}，话机 ${phone}`)));
  // What the person chose is known to them; what we chose is shown this once.
  if (options.pin === undefined) context.print(`PIN  ${pin}`);
  if (given === undefined) {
    context.print(say(text(`SIP password  ${sipPassword}`, `SIP 密码  ${sipPassword}`)));
  }
  if (options.pin === undefined || given === undefined) {
    context.print(say(text("write them down now: they are not stored and cannot be shown again",
      "请立即记录：系统不保存明文，之后无法再次查看")));
  }
  context.printJson({ name, phone, pin, sipPassword });
}

async function list(context: CliContext): Promise<void> {
  const { say } = context;
  const agents = await atDesk(context, (desk) => desk.agents.list());
  table(
    [text("phone", "话机"), text("name", "姓名"), text("language", "语言"), text("rank", "等级"),
      text("place", "所在地"),
      text("state", "状态"), text("since", "开始于"), text("campaigns", "活动")].map(say),
    agents.map((agent) => [
      agent.phone, agent.name, agent.language, agent.rank, agent.place,
      agent.enabled
        ? agent.state ?? say(text("never logged in", "从未登录")) : say(text("disabled", "已停用")),
      agent.since && toIso(agent.since),
      agent.campaigns.join(", ") || say(text("all", "全部")),
    ]),
  ).forEach(context.print);
  context.printJson(withIsoTimes(agents));
}

export const registerAgent: Register = (program, context) => {
  const { say } = context;
  const agent = program.command("agent")
    .description(say(text("the people at the phones", "座席管理")));

  agent.command("add <name>")
    .description(say(text("add an agent and the account of their phone", "添加座席及其话机账号")))
    .requiredOption("--phone <phone>", say(text("SIP account and extension", "SIP 账号，即分机号")))
    .option("--pin <digits>", say(text("PIN for logging in; made up when not given",
      "登录密码；不指定则自动生成")))
    .option("--sip-password <password>", say(text("made up when not given", "不指定则自动生成")))
    .option("--sip-password-file <file>", say(text("read it from a file, - for standard input",
      "从文件读取，- 表示标准输入")))
    .option("--language <language>", say(text("language of the prompts: en or zh",
      "提示音语言：en 或 zh")), "en")
    .option("--rank <1-9>", say(text("who converts best is 9, and gets the worthiest leads",
      "成交能力最强为 9，优先接高价值线索")), ranked, 5)
    .option("--place <place>", say(text("where they sit, as CN or US-CA: its rules of recording hold",
      "座席所在地，如 CN 或 US-CA：适用当地的录音规则")))
    .option("--campaign <names...>", say(text("work for these campaigns alone",
      "只为这些活动工作")), [])
    .action((name: string, options: AddOptions) => add(name, options, context));

  agent.command("list")
    .description(say(text("every agent and their state", "全部座席及其状态")))
    .action(() => list(context));

  agent.command("rank <phone> <rank>")
    .description(say(text("say how well an agent converts: 1 to 9, 5 by default",
      "设定座席的成交能力等级：1 至 9，默认 5")))
    .action(async (phone: string, given: string) => {
      const rank = ranked(given);
      await atDesk(context, (desk) => desk.agents.rank(phone, rank));
      context.print(say(text(`agent at ${plain(phone)} has rank ${rank}`,
        `话机 ${plain(phone)} 的座席等级为 ${rank}`)));
      context.printJson({ phone, rank });
    });

  agent.command("place <phone> <place>")
    .description(say(text("say where an agent sits, as CN or US-CA; none takes it back",
      "设定座席所在地，如 CN 或 US-CA；none 表示取消")))
    .action(async (phone: string, given: string) => {
      const place = given === "none" ? undefined : placeCode(given);
      await atDesk(context, (desk) => desk.agents.place(phone, place));
      context.print(say(place === undefined
        ? text(`agent at ${plain(phone)} has no place: the campaign's holds, or the strictest default`,
          `话机 ${plain(phone)} 的座席未设所在地：按活动的设定，否则按最严格的默认规则`)
        : text(`agent at ${plain(phone)} is in ${place}`, `话机 ${plain(phone)} 的座席位于 ${place}`)));
      context.printJson({ phone, place: place ?? null });
    });

  agent.command("remove <phone>")
    .description(say(text("remove the agent at a phone", "移除使用该话机的座席")))
    .action(async (phone: string) => {
      const result = await atDesk(context, (desk) => desk.agents.remove(phone));
      context.print(result === "removed"
        ? say(text(`agent at ${plain(phone)} removed`, `已移除话机 ${plain(phone)} 的座席`))
        : say(text(`agent at ${plain(phone)} disabled; the records of their calls remain`,
          `已停用话机 ${plain(phone)} 的座席，其通话记录保留`)));
      context.printJson({ phone, result });
    });
};
