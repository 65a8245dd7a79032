/** Owns saying in words why the pacer placed what it placed; its codes are for programs. */
import { text, type Text } from "../language.ts";

const words: Readonly<Record<string, Text>> = {
  "starting": text("the campaign starts", "活动正在启动"),
  "agents-free": text("agents are free", "有空闲座席"),
  "agents-soon": text("agents will be free soon", "座席即将空闲"),
  "agents-busy": text("every agent is busy", "座席全忙"),
  "no-agents": text("no agent is logged in", "没有座席登录"),
  "lines-enough": text("enough lines are ringing", "振铃线路已足够"),
  "no-leads": text("no lead is due", "暂无到期线索"),
  "line-cap": text("the campaign has its most lines", "已达活动线路上限"),
  "trunks-full": text("the trunks are full, or at their calls per second", "中继已满或已达每秒呼叫上限"),
  "trunk-failing": text("the trunk fails", "中继故障"),
  "switch-away": text("the switch is away", "交换机无法连接"),
  "store-away": text("the database is away", "数据库无法连接"),
  "abandon-limit": text("held by the abandon limit", "受放弃率上限约束"),
  "counting-abandoned": text("the abandoned are counted", "正在统计放弃数"),
  "paused": text("paused", "已暂停"),
  "stopping": text("the campaign stops", "活动正在停止"),
  "controller-stopping": text("the controller stops", "控制器正在停止"),
};

/** A code without words of its own is shown as it is. */
export const pacingText = (why: string): Text => words[why] ?? text(why, why);
