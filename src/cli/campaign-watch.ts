/** Owns `campaign watch`: the figures redrawn in place, or a line for each change in a pipe. */
import { plus, systemClock, type Clock } from "../clock.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { withIsoTimes } from "./call.ts";
import { statusLines, watchLine } from "./campaign-lines.ts";
import { createLiveSource, type CampaignView } from "./campaign-live.ts";
import type { CliContext } from "./command.ts";
import { clip, plain } from "./table.ts";

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
    // A line that went over the edge would be two, and the next frame would begin too low.
    const cells = (process.stdout.columns || 80) - 1;
    write(`${up}\u001b[J${lines.map((line) => clip(line, cells)).join("\n")}\n`);
    drawn = lines.length;
  };
}

type Show = (view: CampaignView) => void;

/** A line for what changed, and no more than one in `limits.watchLineMs` but for the last. */
function lineWriter(context: CliContext): Show {
  let last = "";
  let nextAt = systemClock.now();
  return (view) => {
    const now = systemClock.now();
    if (!context.json && now < nextAt && view.state !== "finished") return;
    const line = context.json
      ? JSON.stringify(withIsoTimes({ ...view, at: undefined, live: view.live }))
      : watchLine(view, context);
    if (line === last) return;
    last = line;
    nextAt = plus(now, limits.watchLineMs);
    // One document per line: a watch has no end that a single document could wait for.
    context.write(`${line}\n`);
  };
}

function screen(context: CliContext): Show {
  const redraw = redrawer(context.write);
  return (view) => { redraw(statusLines(view, context)); };
}

/** Ends when the campaign is finished or the person has seen enough; both are a success. */
export async function watch(name: string, context: CliContext): Promise<void> {
  const source = await createLiveSource(name, context);
  const show = context.terminal ? screen(context) : lineWriter(context);
  try {
    for (;;) {
      const view = await source.look();
      show(view);
      if (view.state === "finished") return;
      await pause(limits.watchMs, systemClock, context.signal);
      if (context.signal.aborted) break;
    }
  } finally {
    await source.close();
  }
  // Who ends the watch may believe to have ended the campaign.
  if (context.terminal) {
    context.print(context.say(text(
      `the campaign goes on; \`ringwright campaign stop ${plain(name)}\` ends it`,
      `活动仍在进行；如需停止，请运行 \`ringwright campaign stop ${plain(name)}\``)));
  }
}
