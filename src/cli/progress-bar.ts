/**
 * Owns the bar for work of a known size: redrawn in place on a terminal, one plain line per tenth
 * in a pipe, nothing with `--json`.
 */
import { Presets, SingleBar } from "cli-progress";
import type { Text } from "../language.ts";
import type { CliContext } from "./command.ts";

export interface ProgressBar {
  /** `done` of the total, and what to say behind the bar. */
  at(done: number, note: string): void;
  /** Takes the bar away; harmless when called twice. */
  end(): void;
}

const PARTS = 10;

/** The bar itself: what a narrow terminal leaves beside the label, the percentage and the note. */
const barCells = (columns: number): number => Math.min(40, Math.max(8, columns - 52));

function plainLines(context: CliContext, label: string, total: number): ProgressBar {
  let told = 0;
  return {
    at(done, note) {
      const part = total === 0 ? PARTS : Math.floor(done / total * PARTS);
      if (part <= told) return;
      told = part;
      context.print(`… ${label} ${Math.round(part / PARTS * 100)} %: ${note}`);
    },
    end: () => undefined,
  };
}

export function progressBar(context: CliContext, label: Text, total: number): ProgressBar {
  const name = context.say(label);
  if (!context.terminal) return plainLines(context, name, total);
  const bar = new SingleBar({
    format: `${name} {bar} {percentage} %  {note}`, clearOnComplete: true, hideCursor: true,
    stream: process.stdout, barsize: barCells(process.stdout.columns || 80),
  }, Presets.shades_classic);
  bar.start(total, 0, { note: "" });
  return {
    at: (done, note) => { bar.update(done, { note }); },
    end: () => { bar.stop(); },
  };
}
