/** Owns the names of every prompt the engine plays, so that a test can hold sounds/ to them. */
import type { Language } from "../language.ts";
import type { Prompt } from "../telephony/pbx.ts";

export const promptNames = [
  "enter-pin", "wrong-pin", "locked-out", "logged-in", "logged-out", "ready", "paused",
  "wrap-up", "disposition-saved", "not-allowed", "try-later", "safe-harbour", "campaign",
  "recorded", "press-to-stop", "recording-stopped", "preview", "dialing", "skipped", "not-reached", "withdrawn",
] as const;
export type PromptName = (typeof promptNames)[number];

export const prompt = (name: PromptName, language: Language): Prompt =>
  ({ kind: "prompt", name, language });
