/** Owns `campaign watch`: the figures redrawn in place, or a line for each change in a pipe. */
import { plus, systemClock, type Clock } from "../clock.ts";
import { limits } from "../limits.ts";
import { withIsoTimes } from "./call.ts";
import { statusLines, watchLine } from "./campaign-lines.ts";
import { createLiveSource, type CampaignView } from "./campaign-live.ts";
import type { CliContext } from "./command.ts";

/** Resolves after `ms`, or at once when the signal fires. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) { resolve(); return; }
    const over = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = clock.at(plus(clock.now(), ms), over);
    signal.addEventListener("abort", over);
  });
}

/** Draws over what it drew before: up by as many lines, and the rest of the screen cleared. */
function redrawer(write: (text: string) => void): (lines: readonly string[]) => void {
  let drawn = 0;
  return (lines) => {
    const up = drawn > 0 ? `\u001b[${drawn}A\r` : "";
    write(`${up}\u001b[J${lines.join("\n")}\n`);
    drawn = lines.length;
  };
}

/** Ends when the campaign is finished or the person has seen enough; both are a success. */
export async function watch(name: string, context: CliContext): Promise<void> {
  const source = await createLiveSource(name, context);
  const redraw = redrawer(context.write);
  let last = "";
  const show = (view: CampaignView): void => {
    if (context.terminal) { redraw(statusLines(view, context)); return; }
    const line = context.json
      ? JSON.stringify(withIsoTimes({ ...view, at: undefined, live: view.live }))
      : watchLine(view, context);
    if (line === last) return;
    last = line;
    // One document per line: a watch has no end that a single document could wait for.
    context.write(`${line}\n`);
  };
  try {
    for (;;) {
      const view = await source.look();
      show(view);
      if (view.state === "finished" || context.signal.aborted) return;
      await pause(limits.watchMs, systemClock, context.signal);
      if (context.signal.aborted) return;
    }
  } finally {
    await source.close();
  }
}
