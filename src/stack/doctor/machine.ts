/** Owns the checks of this machine itself: Node, disk, prompts, and whether its clock is kept. */
import { existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { projectDir, type Config } from "../../config.ts";
import { text } from "../../language.ts";
import { readCatalogue } from "../../prompts/catalogue.ts";
import { tryCommand } from "../command.ts";
import { atLeast, bad, checkOf, good, plain, type Check, type Verdict } from "./check.ts";

const oldestNode = "20.10";
/** One hour of 20 calls with both legs at 16 kB/s is 2.3 GB. */
const leastFreeBytes = 3e9;

export const judgeNode = (version: string): Verdict =>
  atLeast(version, oldestNode) ? good(plain(version)) : bad(
    text(`${version}, older than ${oldestNode}`, `${version}，低于 ${oldestNode}`),
    text(`install Node ${oldestNode} or newer`, `请安装 Node ${oldestNode} 或更新版本`));

export interface DiskFacts {
  readonly folder: string;
  readonly freeBytes: number;
}

export function judgeDisk({ folder, freeBytes }: DiskFacts): Verdict {
  const free = `${(freeBytes / 1e9).toFixed(1)} GB`;
  // 8,000 samples of two bytes a second, for two legs.
  const hours = Math.floor(freeBytes / (2 * 16_000) / 3_600);
  if (freeBytes >= leastFreeBytes) {
    return good(text(`${free} free, ${hours} hours of one call`, `剩余 ${free}，可录单路 ${hours} 小时`));
  }
  return bad(text(`only ${free} free for ${folder}`, `${folder} 仅剩 ${free}`),
    text("make room, or set RINGWRIGHT_RECORDINGS to another disk",
      "请腾出空间，或将 RINGWRIGHT_RECORDINGS 设到其他磁盘"));
}

export const judgePrompts = (facts: { wanted: number; missing: readonly string[] }): Verdict =>
  facts.missing.length === 0 && facts.wanted > 0
    ? good(text(`${facts.wanted} sounds`, `${facts.wanted} 个语音文件`))
    : bad(text(`missing: ${facts.missing.slice(0, 5).join(", ")}`,
      `缺少：${facts.missing.slice(0, 5).join("、")}`),
    text("run scripts/make-prompts, or git checkout sounds",
      "请运行 scripts/make-prompts 或 git checkout sounds"));

export type Synchronised = "yes" | "no" | "unknown";

export function judgeClockKept(kept: Synchronised): Verdict {
  if (kept === "yes") return good(text("kept by NTP", "已由 NTP 校准"));
  // A container has the clock of its host and is not told who keeps it.
  if (kept === "unknown") return good(text("this machine does not say (a container?)", "本机未提供（容器？）"));
  return bad(text("not kept by NTP", "未由 NTP 校准"),
    text("sudo timedatectl set-ntp true", "sudo timedatectl set-ntp true"));
}

async function clockKept(): Promise<Synchronised> {
  const said = await tryCommand(["timedatectl", "show", "--property=NTPSynchronized", "--value"]);
  if (said?.status !== 0) return "unknown";
  return said.output.trim() === "yes" ? "yes" : "no";
}

function promptFacts(): { wanted: number; missing: readonly string[] } {
  const folder = join(projectDir, "sounds");
  const files = readCatalogue(readFileSync(join(folder, "prompts.yaml"), "utf8"))
    .map(({ file }) => file);
  return { wanted: files.length, missing: files.filter((each) => !existsSync(join(folder, each))) };
}

export const machineChecks = ({ recordingsDir }: Config): readonly Check[] => [
  checkOf({
    name: "node", label: text("Node", "Node"), judge: judgeNode,
    look: () => Promise.resolve(process.versions.node), whenBlind: plain(""),
  }),
  checkOf({
    name: "disk", label: text("disk for recordings", "录音磁盘"), judge: judgeDisk,
    look: () => {
      mkdirSync(recordingsDir, { recursive: true });
      const { bavail, bsize } = statfsSync(recordingsDir);
      return Promise.resolve({ folder: recordingsDir, freeBytes: bavail * bsize });
    },
    whenBlind: text(`make ${recordingsDir} a folder we may write to`,
      `请将 ${recordingsDir} 设为可写目录`),
  }),
  checkOf({
    name: "prompts", label: text("prompts", "语音提示"), judge: judgePrompts,
    look: () => Promise.resolve(promptFacts()),
    whenBlind: text("run git checkout sounds", "请运行 git checkout sounds"),
  }),
  checkOf({
    name: "clock-kept", label: text("clock", "时钟"), judge: judgeClockKept, look: clockKept,
    whenBlind: text("install systemd-timesyncd or chrony", "请安装 systemd-timesyncd 或 chrony"),
  }),
];
