/** Owns offering calls at a steady rate, to the controller and to the yardstick. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../../src/clock.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import type { Pacer } from "../../src/pacing/pacer.ts";
import { BareClient } from "./bare-client.ts";
import type { Floor } from "./floor.ts";
import { nowMs, watching, type Passage } from "./watch.ts";

export interface Offer {
  readonly callsPerSecond: number;
  readonly calls: number;
}

export interface Round {
  readonly passages: readonly Passage[];
  /** p99 of the event loop's lateness while the calls were up, ms. */
  readonly lagMs: number;
}

/** Who is to be called next over all rounds, so that nobody is called twice. */
export interface People {
  next: number;
}

/** How many are due since the first question. */
function dueBy({ callsPerSecond, calls }: Offer): () => number {
  let began: number | undefined;
  let given = 0;
  return () => {
    began ??= nowMs();
    const due = Math.min(calls, Math.ceil((nowMs() - began) / 1_000 * callsPerSecond)) - given;
    given += due;
    return due;
  };
}

/** Until every call has ended, or those that have not are lost. */
const ended = (passages: ReadonlyMap<string, Passage>, { calls, callsPerSecond }: Offer) =>
  waitUntil(() => Promise.resolve((passages.size >= calls
    && [...passages.values()].every(({ endedAt }) => endedAt !== undefined)) || undefined),
  { deadlineMs: calls / callsPerSecond * 1_000 + 15_000, signal: new AbortController().signal });

async function lagDuring(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await work();
  delay.disable();
  // It counts its own period as well.
  return Math.max(0, Math.round(delay.percentile(99) / 1e5) / 10 - 5);
}

/** The production controller, database and all. */
export async function offerOurs(floor: Floor, people: People, offer: Offer): Promise<Round> {
  const due = dueBy(offer);
  let owed = 0;
  const pacer: Pacer = {
    name: "steady",
    decide: ({ next }) => {
      // Before leads are there nothing is owed.
      if (next.length === 0) return { dials: 0, why: "no-leads" };
      owed += due();
      const dials = Math.min(owed, next.length);
      owed -= dials;
      return { dials, why: "steady" };
    },
  };
  const passages = new Map<string, Passage>();
  const { stop } = await floor.controller(pacer, watching(passages));
  const lagMs = await lagDuring(() => ended(passages, offer));
  await stop();
  people.next += offer.calls;
  return { passages: [...passages.values()], lagMs };
}

/** The yardstick, at the same people. */
export async function offerBare(floor: Floor, people: People, offer: Offer): Promise<Round> {
  const client = new BareClient(floor.switchConfig, floor.agentLegs);
  await client.open();
  const due = dueBy(offer);
  const place = (): void => {
    for (let i = due(); i > 0; i--) client.place(floor.numberOf(people.next++));
    if (client.passages.size < offer.calls) systemClock.at(systemClock.now(), place);
  };
  place();
  const lagMs = await lagDuring(() => ended(client.passages, offer));
  await client.close();
  return { passages: [...client.passages.values()], lagMs };
}
