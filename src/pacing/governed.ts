/**
 * Owns the brake on pacers that know nothing of the abandon limit: while more people were abandoned
 * than it allows, one line is placed per free agent, until the window has recovered. Pure.
 */
import type { Pacer } from "./pacer.ts";
import { progressivePacer } from "./progressive.ts";

export const governed = (pacer: Pacer): Pacer => ({
  name: pacer.name,
  decide(snapshot) {
    const { answered, abandoned, abandonRateMax } = snapshot;
    const { day } = snapshot;
    const dayKept = !day || day.abandoned <= day.rateMax * day.answered;
    if (dayKept && abandoned <= abandonRateMax * answered) return pacer.decide(snapshot);
    const decision = progressivePacer.decide(snapshot);
    // Where something else binds, that is the better reason.
    const held = decision.why === "agents-free" || decision.why === "lines-enough";
    return { ...decision, why: held ? "abandon-limit" : decision.why };
  },
});
