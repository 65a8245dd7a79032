/** Owns which order moves a campaign from which state to which. */
import { UserError } from "../errors.ts";
import { text, type Text } from "../language.ts";
import type { CampaignState } from "../store/store.ts";

export type CampaignOrder = "start" | "pause" | "resume" | "stop";

/** A state that maps to itself has nothing left to do: giving an order twice is harmless. */
const moves: Readonly<Record<CampaignOrder, Partial<Record<CampaignState, CampaignState>>>> = {
  start: { draft: "running", running: "running" },
  pause: { running: "paused", paused: "paused" },
  resume: { paused: "running", running: "running" },
  stop: { running: "stopping", paused: "stopping", stopping: "stopping", finished: "finished" },
};

export const stateText: Readonly<Record<CampaignState, Text>> = {
  draft: text("draft", "草稿"),
  running: text("running", "进行中"),
  paused: text("paused", "已暂停"),
  stopping: text("stopping", "停止中"),
  finished: text("finished", "已结束"),
};

function remedyFor(name: string, state: CampaignState): Text {
  switch (state) {
    case "draft":
      return text(`start it first: \`ringwright campaign start ${name}\``,
        `请先启动：\`ringwright campaign start ${name}\``);
    case "paused":
      return text(`resume it: \`ringwright campaign resume ${name}\``,
        `请恢复：\`ringwright campaign resume ${name}\``);
    case "running":
    case "stopping":
    case "finished":
      return text("create another campaign to dial the list again", "如需重新外呼该名单，请另建活动");
  }
}

/** The state after `order`. Throws UserError when the state does not allow it. */
export function moveOf(name: string, from: CampaignState, order: CampaignOrder): CampaignState {
  const to = moves[order][from];
  if (to) return to;
  const orderZh = { start: "启动", pause: "暂停", resume: "恢复", stop: "停止" }[order];
  throw new UserError(
    text(`campaign ${name} is ${stateText[from].en}: it cannot be told to ${order}`,
      `活动 ${name} 的状态为“${stateText[from].zh}”，无法${orderZh}`),
    remedyFor(name, from),
  );
}
