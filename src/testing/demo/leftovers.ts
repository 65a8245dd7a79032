/**
 * Owns what earlier demos left: their recordings, and what one that was killed by force left in the
 * database: a campaign that would be dialed on, agents whose phones are gone, a trunk to a public
 * that is no more. The next demo clears it away, by the names that only demos give.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isDemoName } from "./campaign-file.ts";
import { order } from "./command-line.ts";

interface Named { readonly name: string }

/** Before a controller runs: what is told to stop here is finished by the next one. */
export async function clearLeftovers(recordingsDir: string, signal: AbortSignal): Promise<void> {
  const campaigns = await order(["campaign", "list"], signal) as
    readonly (Named & { readonly id: number; readonly state: string })[];
  for (const { id, name, state } of campaigns.filter((each) => isDemoName(each.name))) {
    if (state === "running" || state === "paused") await order(["campaign", "stop", name], signal);
    rmSync(join(recordingsDir, String(id)), { recursive: true, force: true });
  }
  const agents = await order(["agent", "list"], signal) as
    readonly { readonly phone: string; readonly enabled: boolean }[];
  for (const { phone, enabled } of agents) {
    if (enabled && isDemoName(phone)) await order(["agent", "remove", phone], signal);
  }
}

/**
 * At the end of a demo: a campaign that was told to stop holds its trunk until a controller has
 * ended it, as this demo's has by then. One that was not ended yet is left to the next demo.
 */
export async function removeTrunks(ours: string, signal: AbortSignal): Promise<void> {
  const trunks = await order(["trunk", "list"], signal) as
    readonly (Named & { readonly enabled: boolean })[];
  for (const { name } of trunks.filter((each) => each.enabled && isDemoName(each.name))) {
    const removed = order(["trunk", "remove", name], signal);
    await (name === ours ? removed : removed.catch(() => undefined));
  }
}
