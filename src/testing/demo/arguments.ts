/** Owns the demo's command line. */
import { parseArgs } from "node:util";
import { UserError } from "../../errors.ts";
import { text } from "../../language.ts";
import { peopleMax } from "./people.ts";

export const modes = ["progressive", "power", "predictive"] as const;
export type Mode = (typeof modes)[number];

export interface DemoArguments {
  readonly leads: number;
  readonly agents: number;
  readonly seed: number;
  /** Where the report goes as JSON. */
  readonly report: string;
  /** Leave the files of the run, and the stack, as they are at the end. */
  readonly keep: boolean;
  readonly mode: Mode;
}

/** A process, a wav and a folder each; more than this is another kind of test. */
const agentsMax = 100;

function whole(name: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  throw new UserError(
    text(`--${name} ${given} is not allowed`, `--${name} ${given} 无效`),
    text(`give a whole number from ${least} to ${most}`, `请给出 ${least} 至 ${most} 的整数`),
  );
}

function modeOf(given: string): Mode {
  const mode = modes.find((each) => each === given);
  if (mode !== undefined) return mode;
  throw new UserError(
    text(`--mode ${given} is not known`, `不支持 --mode ${given}`),
    text(`allowed: ${modes.join(", ")}`, `可用：${modes.join("、")}`),
  );
}

/** Throws UserError for what it does not understand. */
export function readArguments(words: readonly string[], defaultReport: string): DemoArguments {
  const { values } = parse(words);
  return {
    leads: whole("leads", values.leads, 1, peopleMax),
    agents: whole("agents", values.agents, 1, agentsMax),
    seed: whole("seed", values.seed, 0, Number.MAX_SAFE_INTEGER),
    report: values.report ?? defaultReport,
    keep: values.keep,
    mode: modeOf(values.mode),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        leads: { type: "string", default: "300" },
        agents: { type: "string", default: "8" },
        seed: { type: "string", default: "7" },
        report: { type: "string" },
        keep: { type: "boolean", default: false },
        mode: { type: "string", default: "predictive" },
      },
    });
  } catch (error) {
    throw new UserError(
      text((error as Error).message, `无法识别的参数：${(error as Error).message}`),
      text("usage: scripts/demo [--leads N] [--agents N] [--seed N] [--report FILE] [--mode NAME] [--keep]",
        "用法：scripts/demo [--leads N] [--agents N] [--seed N] [--report FILE] [--mode 名称] [--keep]"),
    );
  }
}
