/** Owns how benches print: one JSON line per figure, with quantiles in milliseconds. */
import { loadavg } from "node:os";

export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The smallest value that a share `q` of all values does not exceed. */
function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

const rounded = (ms: number | undefined): number => Math.round((ms ?? NaN) * 10) / 10;

export const spreadOf = (values: readonly number[]): Spread => ({
  n: values.length, p50: rounded(quantile(values, 0.5)), p95: rounded(quantile(values, 0.95)),
  p99: rounded(quantile(values, 0.99)),
});

export const median = (values: readonly number[]): number => rounded(quantile(values, 0.5));

/** The load of the machine goes with each line: on a busy one only ratios mean anything. */
export function printFigure(bench: string, figure: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ bench, ...figure, load: loadavg()[0] })}\n`);
}
