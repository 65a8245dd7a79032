/** Owns how a conversation is recorded, by what the compliance gate said of the person. */
import type { RecordingPolicy } from "../compliance/pack.ts";
import type { CallCommand } from "./inputs.ts";

/**
 * A policy that asks for beeps is met by the announcement, which is stricter: no switch of ours
 * beeps all along a call.
 */
export const recordAs = (policy: RecordingPolicy): readonly CallCommand[] =>
  policy === "do-not-record" ? [] : [{ type: "record", announced: policy !== "record" }];
