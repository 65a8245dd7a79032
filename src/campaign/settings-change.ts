/**
 * Owns changes of a campaign while it is there: `mode=predictive lines.max=40`, each a key of
 * campaign.yaml with dots between, read by the same rules as the file. Pure.
 */
import { parse } from "yaml";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { CampaignSettings } from "./settings.ts";
import { readCampaign } from "./settings-file.ts";

/**
 * Other commands name the campaign by its name, its work was made from its lists, and what it
 * calls for decides which consents were asked.
 */
const fixed: ReadonlySet<string> = new Set(["name", "lists", "purpose"]);

interface Change {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** `key.of.a.map=value`; the value is YAML, and `2 %` is 0.02. */
function changeOf(words: string): Change {
  const match = /^([A-Za-z][A-Za-z.]*)=(.+)$/s.exec(words);
  const [, key = "", written = ""] = match ?? [];
  if (!match) {
    throw new UserError(
      text(`${JSON.stringify(words)} changes nothing`, `${JSON.stringify(words)} 不是有效的更改`),
      text("give KEY=VALUE, as mode=predictive or lines.max=40",
        "请用 键=值 的形式，例如 mode=predictive 或 lines.max=40"));
  }
  const path = key.split(".");
  if (fixed.has(path[0] ?? "")) {
    throw new UserError(
      text(`${path[0]} of a campaign cannot be changed`, `活动的 ${path[0]} 不能更改`),
      text("create another campaign from its file: `ringwright campaign create -f FILE`",
        "请用文件另建活动：`ringwright campaign create -f 文件`"));
  }
  const share = /^(\d+(?:\.\d+)?) ?%$/.exec(written);
  return { path, value: share ? Number(share[1]) / 100 : yamlOf(words, written) };
}

function yamlOf(words: string, written: string): unknown {
  try {
    return parse(written) as unknown;
  } catch {
    throw new UserError(
      text(`the value of ${JSON.stringify(words)} is not YAML`,
        `${JSON.stringify(words)} 的值不是有效的 YAML`),
      text("put a value with brackets in quotes: 'mode={ kind: power, linesPerAgent: 2 }'",
        "含括号的值请加引号：'mode={ kind: power, linesPerAgent: 2 }'"));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A name alone, such as `progressive`, gives way to the map that a key of it asks for. */
function withChange(
  settings: Readonly<Record<string, unknown>>, [key = "", ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const before = settings[key];
  return {
    ...settings,
    [key]: rest.length === 0 ? value : withChange(isRecord(before) ? before : {}, rest, value),
  };
}

/**
 * The settings after `changes`, defaults of keys that a former version did not know included.
 * Throws a UserError with one line for each problem; then nothing is changed.
 */
export function changed(
  settings: CampaignSettings, changes: readonly string[],
): CampaignSettings {
  const wanted = changes.map(changeOf).reduce<Record<string, unknown>>(
    (all, { path, value }) => withChange(all, path, value), { ...settings });
  // A key to a line, so that a problem's line tells its key; JSON is YAML.
  const keys = Object.keys(wanted);
  const read = readCampaign(
    keys.map((key) => `${key}: ${JSON.stringify(wanted[key])}`).join("\n"));
  if ("value" in read) return read.value;
  const lines = (language: "en" | "zh"): string => read.problems
    .map(({ line, what }) => `${keys[line - 1] ?? ""}: ${what[language]}`).join("\n");
  throw new UserError(text(lines("en"), lines("zh")),
    text("docs/campaign.md describes every key; nothing was changed",
      "各键的说明见 docs/campaign.md；未做任何更改"));
}

/** A setting that differs, by its top key. */
export interface Difference {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

export function differences(
  before: CampaignSettings, after: CampaignSettings,
): readonly Difference[] {
  const was: Readonly<Record<string, unknown>> = { ...before };
  return Object.entries(after)
    .filter(([key, value]) => JSON.stringify(sorted(was[key])) !== JSON.stringify(sorted(value)))
    .map(([key, value]) => ({ key, before: was[key], after: value as unknown }));
}

/** The store keeps no order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value)
    .sort(([a], [b]) => a < b ? -1 : 1).map(([key, each]) => [key, sorted(each)]));
}
