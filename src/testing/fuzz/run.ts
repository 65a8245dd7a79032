/**
 * Owns `npm run fuzz`: the fuzzing in a process, watched from this one, since a parser that hangs
 * cannot say so itself. Prints one JSON document; ends with 1 when anything broke.
 *
 * --inputs N (1,000,000), --seed S (1), --only TARGET/NUMBER to run one input again
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fuzz, runOne, targets, type FuzzReport } from "./fuzz.ts";
import { ownProcessorMs } from "../processor-time.ts";

/** An input that does not end within this hangs; to start takes long on a busy machine. */
const hangMs = 20_000;
const startMs = 120_000;

interface Order { readonly seed: string; readonly inputs: number }
type News =
  | { readonly type: "at"; readonly target: string; readonly input: number }
  | { readonly type: "over"; readonly report: FuzzReport };

const inChild = async ({ seed, inputs }: Order): Promise<void> => {
  const tell = (news: News): void => { process.send?.(news); };
  let toldAt = 0;
  const report = await fuzz({ seed, inputs, nowMs: ownProcessorMs }, (target, input) => {
    // Told often enough for the watcher, and seldom enough to cost nothing.
    if (performance.now() - toldAt < 200) return;
    toldAt = performance.now();
    tell({ type: "at", target, input });
  });
  tell({ type: "over", report });
};

function watched(order: Order): Promise<FuzzReport> {
  return new Promise((resolve, reject) => {
    const worker = fork(fileURLToPath(import.meta.url),
      ["--child", "--seed", order.seed, "--inputs", String(order.inputs)]);
    let last: News | undefined;
    const alarm = (ms: number): NodeJS.Timeout => setTimeout(() => {
      const at = last?.type === "at" ? `${last.target} near input ${last.input}` : "the first input";
      worker.kill("SIGKILL");
      reject(new Error(`hangs: nothing ended for ${ms} ms, at ${at} of seed ${order.seed}`));
    }, ms);
    let timer = alarm(startMs);
    worker.on("message", (news: News) => {
      clearTimeout(timer);
      if (news.type === "over") { resolve(news.report); return; }
      last = news;
      timer = alarm(hangMs);
    });
    worker.on("exit", (status) => {
      clearTimeout(timer);
      // After the report this changes nothing.
      reject(new Error(`crashed with ${status}, near ${JSON.stringify(last)}`));
    });
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" },
    only: { type: "string" }, child: { type: "boolean", default: false },
  } });
  if (values.only !== undefined) {
    const [name, input] = values.only.split("/");
    const target = targets.find((each) => each.name === name);
    if (!target) throw new Error(`targets are ${targets.map((each) => each.name).join(", ")}`);
    await runOne(target, values.seed, Number(input));
    return;
  }
  const inputs = Number(values.inputs);
  if (!Number.isInteger(inputs) || inputs < 1) throw new Error("--inputs is a whole number from 1");
  if (values.child) {
    await inChild({ seed: values.seed, inputs });
    return;
  }
  const began = performance.now();
  const report = await watched({ seed: values.seed, inputs });
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stdout.write(`${JSON.stringify({ ...report, seconds }, null, 2)}\n`);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
}

await main();
