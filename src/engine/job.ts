/** Owns what a call means for its agent, by the settings of its campaign. */
import type { Job } from "../agent/agent.ts";
import { callOf, type AttemptId } from "../ids.ts";
import type { OwnedCampaign } from "../store/store.ts";

export const jobOf = ({ id, settings }: OwnedCampaign, attempt: AttemptId): Job => ({
  call: callOf(attempt), campaign: id, wrapUpMs: settings.wrapUpMs,
  keys: Object.fromEntries(settings.dispositions.map(({ key, code }) => [key, code])),
  dispositionDefault: settings.dispositionDefault,
});
