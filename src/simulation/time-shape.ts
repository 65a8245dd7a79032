/** Owns the shapes that times have in a scenario: how long people ring, talk and wrap up. Pure. */
import { exponential, logNormal, type Random } from "../random.ts";

export type TimeShape =
  | { readonly kind: "fixed"; readonly ms: number }
  | { readonly kind: "exponential"; readonly meanMs: number }
  /** `cv`: standard deviation ÷ mean. */
  | { readonly kind: "log-normal"; readonly meanMs: number; readonly cv: number }
  /** Measured times in ms, each as likely as the others. */
  | { readonly kind: "empirical"; readonly ms: readonly number[] };

export function drawMs(random: Random, shape: TimeShape): number {
  switch (shape.kind) {
    case "fixed": return shape.ms;
    case "exponential": return exponential(random, shape.meanMs);
    case "log-normal": return logNormal(random, { mean: shape.meanMs, cv: shape.cv });
    case "empirical": return shape.ms[Math.floor(random.next() * shape.ms.length)] ?? 0;
  }
}

export function meanOf(shape: TimeShape): number {
  switch (shape.kind) {
    case "fixed": return shape.ms;
    case "exponential": return shape.meanMs;
    case "log-normal": return shape.meanMs;
    case "empirical": return shape.ms.reduce((sum, each) => sum + each, 0) / shape.ms.length;
  }
}
