/** Owns `npm run rehearse -- --seed N --days D`: rehearses whole days, and says how to replay. */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { projectDir } from "../config.ts";
import { rehearse } from "./rehearsal.ts";

/** One rehearsal; longer ones are several, each with the next seed. */
const CHUNK_HOURS = 8;

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"],
      { cwd: projectDir, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "1" },
    agents: { type: "string", default: "8" },
    predictive: { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const hours = Number(values.days) * 24;
if (!Number.isSafeInteger(first) || !(hours > 0) || !(Number(values.agents) > 0)) {
  process.stderr.write("rehearse: --seed takes a whole number, --days and --agents positive ones\n");
  process.exit(2);
}

let failed = false;
for (let done = 0, seed = first; done < hours; done += CHUNK_HOURS, seed++) {
  const plan = {
    seed, hours: Math.min(CHUNK_HOURS, hours - done), leads: 6_000,
    agents: Number(values.agents), faults: true, switches: 2, lawful: true,
    ...values.predictive && { settings: { mode: { kind: "predictive" } as const } },
  };
  const { breaks, errors, ...report } = await rehearse(plan);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const each of [...breaks, ...errors]) process.stdout.write(`  ${each}\n`);
  if (breaks.length + errors.length === 0) continue;
  failed = true;
  process.stdout.write(`  replay at commit ${commit()}: npm run rehearse -- --seed ${seed} --days ${
    plan.hours / 24} --agents ${plan.agents}${values.predictive ? " --predictive" : ""}\n`);
}
process.exitCode = failed ? 1 : 0;
