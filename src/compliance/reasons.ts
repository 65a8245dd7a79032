/** Owns the reasons for which a dial is blocked, in the gate's order, and how they are said. */
import { text, type Text } from "../language.ts";
import { limits } from "../limits.ts";

export type BlockRule = "facts" | "kill-switch" | "campaign" | "consent" | "do-not-call"
  | "calling-hours" | "holiday" | "frequency" | "destination" | "caller-id" | "trunk" | "abandon";

export const blockRules = {
  "kill-switch": "kill-switch",
  "facts-missing": "facts",
  "facts-stale": "facts",
  "campaign-not-running": "campaign",
  "consent-revoked": "consent",
  "consent-missing": "consent",
  "do-not-call": "do-not-call",
  "registry-missing": "do-not-call",
  "registry-too-old": "do-not-call",
  "no-calling-hours": "calling-hours",
  "zone-unknown": "calling-hours",
  "outside-hours": "calling-hours",
  "hours-ending": "calling-hours",
  "holiday": "holiday",
  "holiday-near": "holiday",
  "holidays-missing": "holiday",
  "cap-reached": "frequency",
  "cool-down": "frequency",
  "destination-forbidden": "destination",
  "destination-not-allowed": "destination",
  "high-risk-range": "destination",
  "caller-id-not-authorised": "caller-id",
  "caller-id-used-up": "caller-id",
  "no-channel": "trunk",
  "calls-per-second": "trunk",
  "abandon-limit": "abandon",
} as const satisfies Record<string, BlockRule>;

export type BlockCode = keyof typeof blockRules;

const aheadSeconds = limits.gateAheadMs / 1_000;

/** What is wrong, and what would mend it. */
interface Told {
  readonly what: Text;
  readonly mend: Text;
}

export const blockTexts: Readonly<Record<BlockCode, Told>> = {
  "kill-switch": {
    what: text("the kill switch is on: nothing is dialed", "紧急停呼已开启：不拨任何号码"),
    mend: text("turn it off when the cause is mended", "排除原因后关闭紧急停呼"),
  },
  "facts-missing": {
    what: text("data the decision needs could not be read", "判断所需的数据无法读取"),
    mend: text("see `ringwright doctor`", "请运行 `ringwright doctor`"),
  },
  "facts-stale": {
    what: text("the data for the decision is too old", "判断所用的数据已过期"),
    mend: text("see `ringwright doctor`; are the clocks right?", "请运行 `ringwright doctor` 并核对时钟"),
  },
  "campaign-not-running": {
    what: text("the campaign is not running", "活动未在运行"),
    mend: text("start or resume it", "请启动或恢复活动"),
  },
  "consent-revoked": {
    what: text("the person has withdrawn consent", "客户已撤回同意"),
    mend: text("do not call this person", "不要再拨打该客户"),
  },
  "consent-missing": {
    what: text("no consent of the person is on record", "没有该客户的同意记录"),
    mend: text("record consent with its proof", "请登记同意及其凭证"),
  },
  "do-not-call": {
    what: text("the number is on a do-not-call list", "号码在谢绝来电名单中"),
    mend: text("do not call this number", "不要拨打该号码"),
  },
  "registry-missing": {
    what: text("no do-not-call registry is loaded for this place", "未载入该地区的谢绝来电登记"),
    mend: text("load it with `ringwright dnc import`", "请用 `ringwright dnc import` 载入"),
  },
  "registry-too-old": {
    what: text("the copy of the do-not-call registry is too old", "谢绝来电登记的副本过旧"),
    mend: text("load a fresh copy with `ringwright dnc import`", "请用 `ringwright dnc import` 载入新副本"),
  },
  "no-calling-hours": {
    what: text("no calling hours are known for this place", "未知该地区允许的呼叫时段"),
    mend: text("add a jurisdiction pack for it", "请添加该地区的法规包"),
  },
  "zone-unknown": {
    what: text("the lead's time zone is not known", "客户所在时区未知"),
    mend: text("give a timeZone column, or numbers with an area", "请提供时区列或带区号的号码"),
  },
  "outside-hours": {
    what: text("outside the calling hours where the lead is", "不在客户当地的允许时段内"),
    mend: text("wait", "请等待"),
  },
  "hours-ending": {
    what: text(`the calling hours where the lead is end within ${aheadSeconds} seconds: the line `
      + "might go out after them",
    `客户当地的允许时段将在 ${aheadSeconds} 秒内结束，呼出时可能已超时`),
    mend: text("wait", "请等待"),
  },
  "holiday": {
    what: text("a public holiday where the lead is", "客户当地为法定节假日"),
    mend: text("wait", "请等待"),
  },
  "holiday-near": {
    what: text(`a public holiday begins within ${aheadSeconds} seconds where the lead is: the line `
      + "might go out on it",
    `客户当地的法定节假日将在 ${aheadSeconds} 秒内开始，呼出时可能已进入假日`),
    mend: text("wait", "请等待"),
  },
  "holidays-missing": {
    what: text("the pack has no list of this year's public holidays", "法规包缺少本年度的法定节假日表"),
    mend: text("put a newer edition of the pack, with the year, into the folder of RINGWRIGHT_PACKS",
      "请在 RINGWRIGHT_PACKS 目录中放入含该年度的新版法规包"),
  },
  "cap-reached": {
    what: text("called as often as is allowed", "已达允许的拨打次数"),
    mend: text("wait", "请等待"),
  },
  "cool-down": {
    what: text("too soon after the last contact", "距上次接触时间过短"),
    mend: text("wait", "请等待"),
  },
  "destination-forbidden": {
    what: text("this installation forbids numbers of this range", "本系统禁止拨打该号段"),
    mend: text("see `ringwright destination list`", "请查看 `ringwright destination list`"),
  },
  "destination-not-allowed": {
    what: text("nothing allows numbers of this country or range", "未允许拨打该国家、地区或号段"),
    mend: text("allow it with `ringwright destination allow`", "请用 `ringwright destination allow` 允许"),
  },
  "high-risk-range": {
    what: text("a range of numbers that is costly or abused", "高费用或高风险号段"),
    mend: text("do not call it; `destination allow --high-risk` if it must be",
      "不要拨打；确需拨打请用 `destination allow --high-risk`"),
  },
  "caller-id-not-authorised": {
    what: text("the campaign's caller-ID is not one we may show", "活动的主叫号码未获授权"),
    mend: text("add it with `ringwright caller-id add`, or use one that is ours",
      "请用 `ringwright caller-id add` 登记，或改用自有号码"),
  },
  "caller-id-used-up": {
    what: text("the caller-ID has made its dials of 24 hours", "该主叫号码 24 小时内拨打已达上限"),
    mend: text("wait, or use another", "请等待或更换主叫号码"),
  },
  "no-channel": {
    what: text("no channel of the campaign's trunks is free", "活动的中继没有空闲通道"),
    mend: text("wait; `ringwright trunk list` says which are on", "请等待；用 `ringwright trunk list` 查看是否启用"),
  },
  "calls-per-second": {
    what: text("the trunk takes no more calls this second", "中继本秒呼叫已达上限"),
    mend: text("wait", "请等待"),
  },
  "abandon-limit": {
    what: text("the abandon rate is over its limit", "放弃率超限"),
    mend: text("the dialer waits for a free agent until it falls", "将等待空闲坐席直至回落"),
  },
};
