/**
 * Owns giving orders to the product as a person does: by its command line, word for word. It runs
 * inside this process, since starting Node anew for each of thirty orders would take longer than
 * the campaign.
 */
import { runWithin } from "../../cli/program.ts";
import { environment } from "../../config.ts";
import { text } from "../../language.ts";
import { DemoFailure } from "./failure.ts";

/** Runs `ringwright … --json` and returns its document. Throws DemoFailure with what it printed. */
export async function order(
  words: readonly string[], signal: AbortSignal,
): Promise<unknown> {
  let output = "";
  let errors = "";
  const status = await runWithin([...words, "--json"], {
    env: environment(), signal, terminal: false,
    out: (part) => { output += part; },
    err: (part) => { errors += part; },
  });
  if (status !== 0) {
    // The command has chosen the person's language already.
    const what = `ringwright ${words.slice(0, 3).join(" ")}: ${errors.trim() || output}`;
    throw new DemoFailure(text(what, what));
  }
  return output === "" ? undefined : JSON.parse(output);
}

/** Shows a command's own output to the person, line by line. */
export const show = (
  words: readonly string[], signal: AbortSignal,
): Promise<number> => runWithin(words, {
  env: environment(), signal, terminal: process.stdout.isTTY,
  out: (part) => { process.stdout.write(part); },
  err: (part) => { process.stderr.write(part); },
});
