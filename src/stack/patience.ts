/** Owns waiting for something that cannot tell us when it is ready: looking again, with an end. */
import { plus, systemClock } from "../clock.ts";
import { limits } from "../limits.ts";

/** The first defined result of `look`; undefined after the deadline. Throws when aborted. */
export async function waitUntil<T>(
  look: () => Promise<T | undefined>,
  { deadlineMs, signal }: { deadlineMs: number; signal?: AbortSignal },
): Promise<T | undefined> {
  const end = plus(systemClock.now(), deadlineMs);
  for (;;) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (systemClock.now() >= end) return undefined;
    await new Promise<void>((resolve) => {
      systemClock.at(plus(systemClock.now(), limits.stackPollMs), resolve);
    });
  }
}
