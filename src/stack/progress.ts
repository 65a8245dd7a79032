/**
 * Owns telling a person which step is running and how long the finished ones took: a line redrawn
 * in place on a terminal, plain lines in a pipe, nothing with `--json`.
 */
import { systemClock } from "../clock.ts";
import type { CliContext } from "../cli/command.ts";
import { clip } from "../cli/table.ts";
import type { Text } from "../language.ts";

export interface Progress {
  /** Runs `work` under a label. `work` may say what it is at, and returns its result. */
  step<T>(label: Text, work: (note: (detail: string) => void) => Promise<T>): Promise<T>;
}

/** Redraws per second enough to be seen moving, few enough to cost nothing. */
const redrawMs = 120;
const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const eraseLine = "\r\u001b[2K";

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export function progressFor(
  context: Pick<CliContext, "say" | "print" | "terminal">,
  draw: (part: string) => void = (part) => process.stdout.write(part),
): Progress {
  return {
    async step(label, work) {
      const began = systemClock.now();
      const name = context.say(label);
      let detail = "";
      let frame = 0;
      const redraw = (): void => {
        const mark = frames[frame++ % frames.length] ?? "";
        const line = `${mark} ${name} ${seconds(systemClock.now() - began)} ${detail}`;
        draw(`${eraseLine}${clip(line, (process.stdout.columns || 80) - 1)}`);
      };
      const ticking = context.terminal ? setInterval(redraw, redrawMs) : undefined;
      if (!context.terminal) context.print(`… ${name}`);
      const end = (mark: string): void => {
        clearInterval(ticking);
        if (context.terminal) draw(eraseLine);
        context.print(`${mark} ${name} (${seconds(systemClock.now() - began)})`);
      };
      try {
        const result = await work((each) => { detail = each; });
        end("✓");
        return result;
      } catch (error) {
        end("✗");
        throw error;
      }
    },
  };
}
