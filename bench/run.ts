/** Owns `npm run bench -- NAME [options]`: one file per measurement, each beside a yardstick. */
import { readdirSync } from "node:fs";

const [name = "", ...words] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length));

if (names.includes(name)) {
  // A bench either exports run, or measures as it is read, with its own words behind its name.
  process.argv.splice(2, 1);
  const bench = await import(`./${name}.ts`) as { run?(words: readonly string[]): Promise<void> };
  await bench.run?.(words);
} else {
  process.stderr.write(`usage: npm run bench -- ${names.join(" | ")} [--quick]\n`);
  process.exitCode = 2;
}
