/** Owns how a mode is written in campaign.yaml: by its name alone, or with its numbers. */
import { isMap, isScalar, type Node } from "yaml";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import type { DialMode } from "./settings.ts";
import {
  duration, number, oneOf, optional, record, refuseValue, required, type Read, type Reading,
} from "./yaml-reader.ts";

type Mode<Kind extends DialMode["kind"]> = Extract<DialMode, { readonly kind: Kind }>;

/** An agent who needs less than five seconds to hear a number is not asked by machine. */
const decideShortestMs = 5_000;
const previewDefaults: Mode<"preview"> = {
  kind: "preview", decideWithinMs: 30_000, atTimeOver: "pause",
};

const kinds: { readonly [Kind in DialMode["kind"]]: Read<Mode<Kind>> } = {
  preview: record<Mode<"preview">>({
    kind: required(oneOf("preview")),
    decideWithinMs: optional(
      duration({ minMs: decideShortestMs, maxMs: limits.previewLongestMs }),
      previewDefaults.decideWithinMs),
    atTimeOver: optional(oneOf("pause", "skip", "dial"), previewDefaults.atTimeOver),
  }),
  progressive: record<Mode<"progressive">>({ kind: required(oneOf("progressive")) }),
  power: record<Mode<"power">>({
    kind: required(oneOf("power")),
    linesPerAgent: required(number({ min: 1, max: 10, whole: false })),
  }),
  predictive: record<Required<Mode<"predictive">>>({
    kind: required(oneOf("predictive")),
    progressiveBelow: optional(number({ min: 0, max: 100, whole: true }), 0),
  }),
};

/** What a mode's name alone stands for; `power` has no usual number of lines. */
const byName: Readonly<Record<string, DialMode>> = {
  preview: previewDefaults, progressive: { kind: "progressive" }, predictive: { kind: "predictive" },
};

function readMode(node: Node, reading: Reading): DialMode | undefined {
  const named = isScalar(node) ? byName[String(node.value)] : undefined;
  if (named) return named;
  const kind = isMap(node) ? node.get("kind") : undefined;
  const found = Object.entries(kinds).find(([name]) => name === kind);
  if (found) return found[1](node, reading);
  return refuseValue(node, reading, text(
    "preview, progressive, predictive, or { kind: power, linesPerAgent: 2 }",
    "应为 preview、progressive、predictive，或 { kind: power, linesPerAgent: 2 }",
  ));
}

export const mode: Read<DialMode> = Object.assign(readMode, {
  keys: ["kind", "linesPerAgent", "decideWithinMs", "atTimeOver", "progressiveBelow"],
});
