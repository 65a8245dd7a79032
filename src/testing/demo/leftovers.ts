/**
 * Owns what a demo that was killed by force left in the database: a campaign that would be dialed
 * on, agents whose phones are gone, a trunk to a public that is no more. The next demo clears it
 * away, by the names that only demos give.
 */
import { isDemoName } from "./campaign-file.ts";
import { order } from "./command-line.ts";

interface Named { readonly name: string }

/** Before a controller runs: what is told to stop here is finished by the next one. */
export async function clearLeftovers(signal: AbortSignal): Promise<void> {
  const campaigns = await order(["campaign", "list"], signal) as
    readonly (Named & { readonly state: string })[];
  for (const { name, state } of campaigns) {
    if (!isDemoName(name) || !["running", "paused"].includes(state)) continue;
    await order(["campaign", "stop", name], signal);
  }
  const agents = await order(["agent", "list"], signal) as
    readonly { readonly phone: string; readonly enabled: boolean }[];
  for (const { phone, enabled } of agents) {
    if (enabled && isDemoName(phone)) await order(["agent", "remove", phone], signal);
  }
  const trunks = await order(["trunk", "list"], signal) as
    readonly (Named & { readonly enabled: boolean })[];
  for (const { name, enabled } of trunks) {
    if (enabled && isDemoName(name)) await order(["trunk", "remove", name], signal);
  }
}
