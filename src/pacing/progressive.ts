/**
 * Owns the progressive pacer: one line per free agent. Nobody who answers can be abandoned unless
 * an agent leaves while the line rings, so it is also what the other pacers fall back to.
 */
import { powerPacer } from "./power.ts";
import type { Pacer } from "./pacer.ts";

export const progressivePacer: Pacer = { ...powerPacer(1), name: "progressive" };
