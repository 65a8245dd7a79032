/**
 * Owns the exact optimum of the memoryless floor: agents, answers and rings without memory, so that
 * the state is two numbers, answered people in the house and lines up. It is what no pacer can beat
 * there, and the yardstick of bench/pacing. Relative value iteration finds the best rule for a
 * price on each abandoned person; the price is bisected until the limit holds. Pure, and slow.
 */
import { isWorking } from "../floor.ts";
import type { FloorSnapshot, Pacer } from "../pacer.ts";

export interface MemorylessFloor {
  readonly agents: number;
  readonly answerProbability: number;
  readonly ringMs: number;
  readonly handleMs: number;
  readonly patienceMs: number;
  /** Bounds of the state: most lines up, and most people waiting. */
  readonly linesMax: number;
  readonly waitingMax: number;
}

/** Lines to keep up, by the number of answered people in the house, talking or waiting. */
export type Targets = readonly number[];

export interface Performance {
  readonly utilisation: number;
  readonly abandonRate: number;
}

export interface Optimum extends Performance {
  readonly targets: Targets;
  /** At exactly the limit, by mixing the rules just below and just above it. */
  readonly utilisationAtLimit: number;
}

interface Rates {
  readonly answer: number;
  readonly end: number;
  readonly serve: number;
  readonly leave: number;
  readonly people: number;
  readonly lines: number;
  /** Every state's rates add up to this at most: one step of the uniformised chain. */
  readonly step: number;
}

function ratesOf(floor: MemorylessFloor): Rates {
  const { agents, ringMs, handleMs, patienceMs, linesMax, waitingMax } = floor;
  const p = floor.answerProbability;
  return {
    answer: p / ringMs, end: (1 - p) / ringMs, serve: 1 / handleMs, leave: 1 / patienceMs,
    people: agents + waitingMax, lines: linesMax,
    step: linesMax / ringMs + agents / handleMs + waitingMax / patienceMs,
  };
}

/** The value of a state after one more step with `lines` up, from the values before. */
function stepValue(
  floor: MemorylessFloor, rates: Rates,
  state: { people: number; lines: number; price: number; values: Float64Array },
): number {
  const { people, lines, price, values } = state;
  const width = rates.lines + 1;
  const busy = Math.min(people, floor.agents);
  const answer = lines * rates.answer;
  const end = lines * rates.end;
  const leave = (people - busy) * rates.leave;
  const part = busy * rates.serve + leave;
  const house = people === rates.people;
  const here = values[people * width + lines] ?? 0;
  let value = busy / floor.agents / rates.step - price * leave / rates.step;
  if (lines > 0) {
    const answered = values[(house ? people : people + 1) * width + lines - 1] ?? 0;
    // A full house turns the person away: one more abandoned.
    value += answer / rates.step * (answered - (house ? price : 0));
    value += end / rates.step * (values[people * width + lines - 1] ?? 0);
  }
  if (people > 0) value += part / rates.step * (values[(people - 1) * width + lines] ?? 0);
  return value + (1 - (answer + end + part) / rates.step) * here;
}

function improve(
  floor: MemorylessFloor, rates: Rates, price: number, values: Float64Array,
): { readonly values: Float64Array; readonly targets: number[] } {
  const width = rates.lines + 1;
  let current = values;
  let next: Float64Array = new Float64Array(values.length);
  const targets = new Array<number>(rates.people + 1).fill(0);
  for (let round = 0; round < 20_000; round++) {
    let least = Infinity;
    let most = -Infinity;
    for (let people = 0; people <= rates.people; people++) {
      let best = -Infinity;
      // Lines can be added at any moment, and never taken back: the best of this many or more.
      for (let lines = rates.lines; lines >= 0; lines--) {
        const value = stepValue(floor, rates, { people, lines, price, values: current });
        if (value >= best) { best = value; targets[people] = lines; }
        next[people * width + lines] = best;
        const change = best - (current[people * width + lines] ?? 0);
        least = Math.min(least, change);
        most = Math.max(most, change);
      }
    }
    const base = next[0] ?? 0;
    for (let i = 0; i < next.length; i++) next[i] = (next[i] ?? 0) - base;
    [current, next] = [next, current];
    if ((most - least) * rates.step * floor.handleMs < 2e-4) break;
  }
  return { values: current, targets };
}

/** Utilisation and abandon rate in the long run, by iterating the chain's distribution. */
export function performanceOf(floor: MemorylessFloor, targets: Targets): Performance {
  const rates = ratesOf(floor);
  const width = rates.lines + 1;
  let now = new Float64Array((rates.people + 1) * width);
  let next = new Float64Array(now.length);
  now[targets[0] ?? 0] = 1;
  let busyBefore = -1;
  for (let round = 1; round <= 200_000; round++) {
    next.fill(0);
    const put = (people: number, lines: number, mass: number): void => {
      const i = people * width + Math.max(lines, targets[people] ?? 0);
      next[i] = (next[i] ?? 0) + mass;
    };
    for (let people = 0; people <= rates.people; people++) {
      for (let lines = 0; lines < width; lines++) {
        const mass = (now[people * width + lines] ?? 0) / rates.step;
        if (mass < 1e-16) continue;
        const busy = Math.min(people, floor.agents);
        const part = busy * rates.serve + (people - busy) * rates.leave;
        const answer = lines * rates.answer;
        const end = lines * rates.end;
        if (lines > 0) {
          put(Math.min(rates.people, people + 1), lines - 1, mass * answer);
          put(people, lines - 1, mass * end);
        }
        if (people > 0) put(people - 1, lines, mass * part);
        put(people, lines, mass * (rates.step - answer - end - part));
      }
    }
    [now, next] = [next, now];
    if (round % 500 > 0) continue;
    const { utilisation } = measure(floor, rates, now);
    if (Math.abs(utilisation - busyBefore) < 1e-7) break;
    busyBefore = utilisation;
  }
  return measure(floor, rates, now);
}

function measure(floor: MemorylessFloor, rates: Rates, chances: Float64Array): Performance {
  const width = rates.lines + 1;
  let utilisation = 0;
  let answered = 0;
  let abandoned = 0;
  chances.forEach((chance, i) => {
    const people = Math.floor(i / width);
    const answers = (i % width) * rates.answer * chance;
    const busy = Math.min(people, floor.agents);
    utilisation += chance * busy / floor.agents;
    answered += answers;
    abandoned += (people - busy) * rates.leave * chance + (people === rates.people ? answers : 0);
  });
  return { utilisation, abandonRate: answered > 0 ? abandoned / answered : 0 };
}

/** The best rule whose abandon rate is `limit` at most. Takes seconds for fifty agents. */
export function optimumOf(floor: MemorylessFloor, limit: number): Optimum {
  const rates = ratesOf(floor);
  let values: Float64Array = new Float64Array((rates.people + 1) * (rates.lines + 1));
  // A person connected is worth a call's work of one agent; abandoning is never dearer than 100.
  let low = 0;
  let high = 100 * floor.handleMs / floor.agents;
  let under: Optimum | undefined;
  let over: Performance | undefined;
  for (let round = 0; round < 14; round++) {
    const price = (low + high) / 2;
    const found = improve(floor, rates, price, values);
    values = found.values;
    const performance = performanceOf(floor, found.targets);
    if (performance.abandonRate > limit) { low = price; over = performance; }
    else {
      high = price;
      const utilisationAtLimit = performance.utilisation;
      under = { ...performance, targets: found.targets, utilisationAtLimit };
    }
  }
  const best = under ?? { targets: [], utilisation: 0, abandonRate: 0, utilisationAtLimit: 0 };
  if (!over || over.abandonRate <= best.abandonRate) return best;
  const part = (limit - best.abandonRate) / (over.abandonRate - best.abandonRate);
  return {
    ...best,
    utilisationAtLimit: best.utilisation + part * (over.utilisation - best.utilisation),
  };
}

/** Keeps up the lines of a table made by `optimumOf`, whatever the floor is really like. */
export function targetsPacer(targets: Targets): Pacer {
  return {
    name: "memoryless-optimum",
    decide(snapshot: FloorSnapshot) {
      const busy = snapshot.agents.filter((each) => isWorking(each) && each.state !== "ready").length;
      const wanted = (targets[busy + snapshot.waiting.length] ?? 0) - snapshot.lines.length;
      const room = Math.min(snapshot.next.length, snapshot.linesMax - snapshot.lines.length);
      const dials = Math.max(0, Math.min(room, wanted));
      return { dials, why: dials > 0 ? "table" : "lines-enough" };
    },
  };
}
