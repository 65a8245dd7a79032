/** Owns how a conversation is recorded, by what the compliance gate said of the person. */
import type { RecordingPolicy } from "../compliance/pack.ts";
import type { LegId } from "../ids.ts";
import type { CallTerms } from "./call.ts";
import type { CallCommand } from "./inputs.ts";

/** What the lead is told of it: nothing, that it is so, or also which key ends it. */
export interface RecordAs {
  readonly notice: "none" | "told" | "key";
  /** A tone comes before it begins, and again and again as long as it lasts. */
  readonly beep: boolean;
}

const notices: Readonly<Record<Exclude<RecordingPolicy, "do-not-record">, RecordAs["notice"]>> = {
  "record": "none", "beep": "none", "announce": "told", "stop-on-key": "key",
};

export function recordAs(
  { recording, stopKey, beepMs }: CallTerms, agentLeg: LegId,
): readonly CallCommand[] {
  if (recording === "do-not-record") return [];
  // Who is given a key has to hear which, whatever else the law asks for.
  const notice = stopKey === undefined ? notices[recording] : "key";
  return [{ type: "record", notice, beep: beepMs !== undefined, agentLeg }];
}

/** Whether a key of the lead's ends the recording. */
export const endsRecording = ({ recording, stopKey }: CallTerms, key: string): boolean =>
  recording !== "do-not-record" && key === stopKey;
