/**
 * Owns hearing of changes made by commands: one connection that listens, apart from the pool, and
 * comes back by itself. What happened while it was away is unknown, so its return counts as a
 * change.
 */
import pg from "pg";
import { plus, type Clock, type Timer } from "../../clock.ts";
import { limits } from "../../limits.ts";
import { connectionConfig, storeFault } from "./database.ts";

/** Rejects with StoreUnavailable when the first connection fails; later ones are tried again. */
export async function listenForChanges(
  url: string, clock: Clock, listener: () => void,
): Promise<{ close(): Promise<void> }> {
  let client: pg.Client | undefined;
  let retry: Timer | undefined;
  let closed = false;
  let pauseMs: number = limits.reconnectFirstMs;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client(connectionConfig(url));
    fresh.on("error", () => undefined);
    fresh.on("notification", () => { listener(); });
    try {
      await fresh.connect();
      await fresh.query("listen ringwright_changed");
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw storeFault(error);
    }
    fresh.once("end", again);
    client = fresh;
    pauseMs = limits.reconnectFirstMs;
    // Closed while we were connecting.
    if (closed) await fresh.end();
  };

  const again = (): void => {
    if (closed) return;
    retry = clock.at(plus(clock.now(), pauseMs), () => {
      pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
      connect().then(listener, again);
    });
  };

  await connect();
  return {
    async close() {
      closed = true;
      retry?.cancel();
      await client?.end();
    },
  };
}
