/** Owns offering calls at a steady rate, to the controller and to the yardstick. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../../src/clock.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import { dueBy, idlePacer, pacersByTurn, steadyPacer, type Offer,
} from "../../src/testing/steady-pacer.ts";
import { BareClient } from "./bare-client.ts";
import type { Floor } from "./floor.ts";
import { perCall, processorTimes, type Part } from "./processor.ts";
import { nowMs, watching, type Passage } from "./watch.ts";

export interface Round {
  readonly passages: readonly Passage[];
  /** p99 of the event loop's lateness while the calls were up, ms. */
  readonly lagMs: number;
  /** Processor time of each part for each call offered, ms. */
  readonly cpu: Readonly<Record<Part, number>>;
}

/** Who is to be called next over all rounds, so that nobody is called twice. */
export interface People {
  next: number;
}

/** Until every call has ended, or those that have not are lost. */
const ended = (passages: ReadonlyMap<string, Passage>, { calls, callsPerSecond }: Offer) =>
  waitUntil(() => Promise.resolve((passages.size >= calls
    && [...passages.values()].every(({ endedAt }) => endedAt !== undefined)) || undefined),
  { deadlineMs: calls / callsPerSecond * 1_000 + 15_000, signal: new AbortController().signal });

/** What `work` for `calls` took of the processor, and how late it made the event loop. */
export async function burdenOf(
  work: () => Promise<unknown>, calls: number,
): Promise<Pick<Round, "lagMs" | "cpu">> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const before = processorTimes();
  delay.enable();
  await work();
  delay.disable();
  // It counts its own period as well.
  const lagMs = Math.max(0, Math.round((delay.percentile(99) - 5e6) / 1e5) / 10);
  return { lagMs, cpu: perCall(before, processorTimes(), calls) };
}

/** One side of a comparison, at work on the floor. */
export interface Caller {
  /** Offers these calls, and waits until all have ended. */
  offer(offer: Offer): Promise<Round>;
  stop(): Promise<void>;
}

/**
 * What both sides are offered first, and nobody counts: connections are made, statements are
 * planned on each, and code is compiled, which takes a second of processor and is no call's.
 */
export const WARM: Offer = { callsPerSecond: 100, calls: 500 };

const warmed = async (caller: Caller): Promise<Caller> => {
  await caller.offer(WARM);
  return caller;
};

/** The production controller, database and all. */
export async function openOurs(floor: Floor, people: People): Promise<Caller> {
  const pacers = { bench: idlePacer };
  const passages = new Map<string, Passage>();
  const { stop } = await floor.controller(pacersByTurn(pacers), watching(passages));
  return warmed({
    async offer(offer) {
      passages.clear();
      pacers.bench = steadyPacer(dueBy(offer, nowMs), () => passages.size);
      const burden = await burdenOf(() => ended(passages, offer), offer.calls);
      pacers.bench = idlePacer;
      people.next += offer.calls;
      return { passages: [...passages.values()], ...burden };
    },
    stop,
  });
}

/** The yardstick, at the same people. */
export async function openBare(floor: Floor, people: People): Promise<Caller> {
  const client = new BareClient(floor.switchConfig, floor.agentLegs);
  const { passages } = client;
  await client.open();
  return warmed({
    async offer(offer) {
      passages.clear();
      const due = dueBy(offer, nowMs);
      const place = (): void => {
        for (const owed = due(); passages.size < owed;) client.place(floor.numberOf(people.next++));
        if (passages.size < offer.calls) systemClock.at(systemClock.now(), place);
      };
      place();
      const burden = await burdenOf(() => ended(passages, offer), offer.calls);
      return { passages: [...passages.values()], ...burden };
    },
    stop: () => client.close(),
  });
}
