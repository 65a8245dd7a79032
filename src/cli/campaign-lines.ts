/** Owns how the figures of a campaign look on a screen. */
import { toIso } from "../clock.ts";
import { stateText } from "../campaign/moves.ts";
import { outcomes, type Outcome } from "../call/outcome.ts";
import { text, type Text } from "../language.ts";
import type { FloorForecast } from "../pacing/pacer.ts";
import type { SwitchRow } from "../store/postgres/switch-desk.ts";
import type { LiveFigures } from "../store/redis/live-figures.ts";
import type { CampaignView } from "./campaign-live.ts";
import type { CliContext } from "./command.ts";
import { pacingText } from "./pacing-words.ts";
import { pad, plain, table } from "./table.ts";

export const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;

export const outcomeText: Readonly<Record<Outcome, Text>> = {
  "connected": text("connected", "接通"),
  "abandoned": text("abandoned", "放弃"),
  "hung-up-early": text("hung up early", "提前挂断"),
  "machine": text("machine", "答录机"),
  "busy": text("busy", "忙线"),
  "no-answer": text("no answer", "无人接听"),
  "failed": text("failed", "失败"),
};

/** What the pacer saw coming. A risk is that of the last line, should its person answer. */
export function forecastText(
  { inMs, agentsFree, answers, risk, riskMax }: FloorForecast,
): Text {
  const [seconds, free, answered] =
    [inMs / 1_000, agentsFree, answers].map((each) => each.toFixed(1));
  return text(
    `in ${seconds} s ${free} agents free, ${answered} answers; risk ${percent(risk)}, `
      + `allowed ${percent(riskMax)}`,
    `${seconds} 秒内空闲座席 ${free}，接听 ${answered}；放弃风险 ${percent(risk)}，`
      + `允许 ${percent(riskMax)}`,
  );
}

/** In the order in which an agent goes through them. */
const agentStateText: Readonly<Record<string, Text>> = {
  "ready": text("ready", "就绪"),
  "connecting": text("connecting", "接通中"),
  "talking": text("talking", "通话"),
  "wrap-up": text("wrap-up", "话后"),
  "paused": text("paused", "暂停"),
  "leaving": text("leaving", "离开中"),
};

function agentsLine(agents: LiveFigures["agents"], context: CliContext): string {
  const known = Object.keys(agentStateText);
  const others = Object.keys(agents).filter((state) => !known.includes(state));
  const states = [...known, ...others].flatMap((state) => {
    const count = agents[state] ?? 0;
    return count === 0 ? [] : [`${context.say(agentStateText[state] ?? same(plain(state)))} ${count}`];
  });
  return states.join(context.say(text(", ", "，")))
    || context.say(text("none logged in", "无人登录"));
}

function liveLines({ live }: CampaignView, context: CliContext): string[] {
  const { say } = context;
  if (!live) {
    return [say(text("no live figures: no controller publishes them now",
      "暂无实时数据：当前没有控制器发布"))];
  }
  const { lines, waiting, talking, pacing: { dials, why, forecast } } = live;
  const reason = pacingText(plain(why));
  const rows: [Text, string][] = [
    [text("agents", "座席"), agentsLine(live.agents, context)],
    [text("lines", "线路"), say(text(`${lines} ringing, ${waiting} waiting, ${talking} talking`,
      `振铃 ${lines}，等待 ${waiting}，通话 ${talking}`))],
    [text("pacing", "节奏"), say(text(`${dials} placed: ${reason.en}`,
      `本次外呼 ${dials}：${reason.zh}`))],
    ...forecast ? [[text("forecast", "预测"), say(forecastText(forecast))] as [Text, string]] : [],
  ];
  return rows.map(([label, said]) => `${pad(say(label), LABEL_CELLS)}${said}`);
}

/** How a switch is, in a word. */
export const switchState = ({ controller, usable }: SwitchRow): Text =>
  usable ? text("in use", "使用中")
    : controller === null ? text("no controller", "无控制器") : text("away", "无法连接");

/** One for each switch, where there are several: what is in use, and what goes on there. */
function switchLines({ switches }: CampaignView, context: CliContext): string[] {
  if (switches.length < 2) return [];
  return switches.map((each) => {
    const { live } = each;
    const floor = live === null ? "" : context.say(text(
      `, lines ${live.lines}, waiting ${live.waiting}, talking ${live.talking}: `,
      `，线路 ${live.lines}，等待 ${live.waiting}，通话 ${live.talking}：`))
      + plain(live.pacing.why);
    return `${plain(each.name)}  ${context.say(switchState(each))}${floor}`;
  });
}

const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
};

const BAR_WIDTH = 30;
/** The longest label, "forecast", and two spaces. */
const LABEL_CELLS = 10;
const same = (words: string): Text => text(words, words);

/** A controller's name without the run that its id ends with: `floor-1/6f1c…` is `floor-1`. */
const controllerName = (id: string): string => plain(id.replace(/\/[0-9a-f-]{36}$/, ""));

/** How the campaign stands in the window of its abandon limit, and in the last 24 hours. */
export function abandonText(
  { abandonRate, abandonRateMax, abandonWindow, abandonDay }: Pick<CampaignView,
    "abandonRate" | "abandonRateMax" | "abandonWindow" | "abandonDay">,
): Text {
  const { withinDays, from } = abandonWindow;
  const rate = percent(abandonRate);
  const most = percent(abandonRateMax);
  if (abandonDay === null) {
    return text(`${rate} of at most ${most} in the last 24 hours`, `近 24 小时 ${rate}，上限 ${most}`);
  }
  const since = toIso(from).slice(0, 10);
  const day = { rate: percent(abandonDay.rate), most: percent(abandonDay.rateMax) };
  return text(`${rate} of at most ${most} in the ${withinDays} days since ${since}; `
    + `${day.rate} of at most ${day.most} in the last 24 hours`,
  `自 ${since} 起 ${withinDays} 天内 ${rate}，上限 ${most}；近 24 小时 ${day.rate}，上限 ${day.most}`);
}

/** The same lines for `status` and, again and again, for `watch` on a terminal. */
export function statusLines(view: CampaignView, context: CliContext): string[] {
  const { say } = context;
  const { counts } = view;
  const done = counts.leads === 0 ? 0 : counts.finished / counts.leads;
  const by = view.controller === null
    ? say(text("no controller", "无控制器")) : controllerName(view.controller);
  const progress = context.terminal ? `${bar(done, BAR_WIDTH)} ` : "";
  return [
    `${plain(view.name)}  ${say(stateText[view.state])}  (${by})`,
    `${progress}${percent(done)}  ` + say(text(
      `${counts.finished} of ${counts.leads} leads finished`,
      `${counts.leads} 条线索中已完成 ${counts.finished} 条`)),
    "",
    ...table(
      [text("leads", "线索"), text("dialable", "可呼"), text("waiting for retry", "待重试"),
        text("finished", "已完成"), text("attempts", "呼叫次数"), text("open", "进行中")].map(say),
      [[counts.leads, counts.dialable, counts.waitingForRetry, counts.finished, counts.attempts,
        counts.open]],
    ),
    "",
    ...table(outcomes.map((each) => say(outcomeText[each])),
      [outcomes.map((each) => counts.outcomes[each])]),
    "",
    pad(say(text("abandoned", "放弃率")), LABEL_CELLS) + say(abandonText(view)),
    ...liveLines(view, context),
    ...switchLines(view, context),
  ];
}

/** One line that says the same to a pipe. */
export function watchLine(view: CampaignView, context: CliContext): string {
  const { counts, live } = view;
  const reason = live ? pacingText(plain(live.pacing.why)) : undefined;
  const floor = live && reason
    ? context.say(text(`, lines ${live.lines}, talking ${live.talking}: ${reason.en}`,
      `，线路 ${live.lines}，通话 ${live.talking}：${reason.zh}`))
    : "";
  const away = view.switches.length < 2 ? "" : view.switches.filter(({ usable }) => !usable)
    .map((each) => `; ${plain(each.name)} ${context.say(switchState(each))}`).join("");
  return context.say(text(
    `${stateText[view.state].en}: ${counts.finished}/${counts.leads} leads, ${counts.attempts} `
      + `attempts, ${counts.open} open, ${counts.outcomes.connected} connected, `
      + `${counts.abandoned} abandoned${floor}${away}`,
    `${stateText[view.state].zh}：线索 ${counts.finished}/${counts.leads}，呼叫 ${counts.attempts}，`
      + `进行中 ${counts.open}，接通 ${counts.outcomes.connected}，放弃 ${counts.abandoned}${floor}${away}`,
  ));
}
