/**
 * Owns a fuzzing run: which target gets how many inputs, and what became of them. An input is known
 * by seed, target and number, and comes out the same whenever it is asked for again.
 */
import { messageOf } from "../../errors.ts";
import { seededRandom } from "../../random.ts";
import { peopleTargets } from "./people-targets.ts";
import { switchTargets } from "./switch-targets.ts";
import type { FuzzTarget } from "./target.ts";
import { uploadTargets } from "./upload-targets.ts";

export const targets: readonly FuzzTarget[] =
  [...switchTargets, ...peopleTargets, ...uploadTargets];

export interface FuzzFailure {
  readonly target: string;
  readonly input: number;
  readonly why: string;
}

export interface FuzzReport {
  readonly seed: string;
  readonly inputs: number;
  readonly perTarget: Readonly<Record<string, number>>;
  /** The slowest single input, and whose it was. */
  readonly slowest: { readonly target: string; readonly input: number; readonly ms: number };
  readonly failures: readonly FuzzFailure[];
}

/**
 * A single input that takes more of a processor is a hang in the making: the longest is a few
 * kilobytes. What waits for ever without one is for whoever watches.
 */
export const slowMs = 2_000;

export async function runOne(target: FuzzTarget, seed: string, input: number): Promise<void> {
  await target.run(seededRandom(`${seed}/${target.name}/${input}`));
}

/** How many of `inputs` each target gets, by its weight; every target gets one at least. */
export function shares(inputs: number): ReadonlyMap<FuzzTarget, number> {
  const total = targets.reduce((sum, each) => sum + each.weight, 0);
  const counts = new Map(targets.map((each) =>
    [each, Math.max(1, Math.floor((inputs * each.weight) / total))]));
  const [first] = targets;
  const given = [...counts.values()].reduce((sum, each) => sum + each, 0);
  if (first) counts.set(first, Math.max(1, (counts.get(first) ?? 0) + inputs - given));
  return counts;
}

/** `began` is told each input before it runs, so that a watcher knows what hangs. */
export async function fuzz(
  order: { readonly seed: string; readonly inputs: number; readonly nowMs: () => number },
  began: (target: string, input: number) => void = () => undefined,
): Promise<FuzzReport> {
  const failures: FuzzFailure[] = [];
  const perTarget: Record<string, number> = {};
  let slowest = { target: "", input: 0, ms: 0 };
  for (const [target, count] of shares(order.inputs)) {
    perTarget[target.name] = count;
    for (let input = 0; input < count; input++) {
      began(target.name, input);
      const at = order.nowMs();
      try {
        await runOne(target, order.seed, input);
      } catch (error) {
        if (failures.length < 100) {
          failures.push({ target: target.name, input, why: messageOf(error) });
        }
      }
      const ms = order.nowMs() - at;
      if (ms > slowest.ms) slowest = { target: target.name, input, ms };
      if (ms > slowMs) failures.push({ target: target.name, input, why: `took ${Math.round(ms)} ms` });
    }
  }
  const inputs = Object.values(perTarget).reduce((sum, each) => sum + each, 0);
  return { seed: order.seed, inputs, perTarget, slowest, failures };
}
