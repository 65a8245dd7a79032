/**
 * Owns the care for small teams: with few agents chances scatter, and a risk that holds over many
 * lines says little about the next. Below a stated number of agents the forecast decides whether
 * to fall back to one line per free agent: it does, unless each line keeps the limit by itself.
 * Pure.
 */
import { floorOf } from "./floor.ts";
import type { Pacer } from "./pacer.ts";

/** With `below` 0 it is `pacer` itself. */
export const carefulBelow = (below: number, pacer: Pacer): Pacer => below === 0 ? pacer : {
  name: pacer.name,
  decide(snapshot) {
    const decision = pacer.decide(snapshot);
    const { ready, working, claims } = floorOf(snapshot);
    const safe = Math.max(0, ready - claims);
    const { forecast } = decision;
    if (working >= below || decision.dials <= safe || forecast === undefined) return decision;
    // A risk within the limit is borne by this line alone; a higher one counts on lower ones.
    if (forecast.risk <= snapshot.abandonRateMax) return decision;
    return { ...decision, dials: safe, why: "small-team" };
  },
};
