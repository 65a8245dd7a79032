/**
 * Owns the measurement of answer to bridge on a busy floor, beside an empty one: the same calls by
 * the same controller, first with nobody in conversation and then with hundreds, in turn. Reach:
 * p99 at most twice that of the empty floor. Options: rounds (5), conversations (500), calls per
 * second (30), calls each time (150).
 */
import { waitUntil } from "../src/stack/patience.ts";
import { dueBy, idlePacer, pacersByTurn, steadyPacer, type Offer,
} from "../src/testing/steady-pacer.ts";
import { median, printFigure, spreadOf, type Spread } from "./floor/figures.ts";
import { openFloor } from "./floor/floor.ts";
import { burdenOf } from "./floor/offer.ts";
import { nowMs, watching, type Passage } from "./floor/watch.ts";

/** Conversations begin so fast, and last as long as it takes to fill the floor and to measure. */
const FILL_PER_SECOND = 50;

interface Order {
  readonly rounds: number;
  readonly conversations: number;
  readonly offer: Offer;
}

/** Long enough for the last of the conversations to outlive the calls that are measured. */
const talkMsOf = ({ conversations, offer }: Order): number =>
  conversations / FILL_PER_SECOND * 1_000 + offer.calls / offer.callsPerSecond * 1_000 + 10_000;

const bridged = (passages: Iterable<Passage>): Spread => spreadOf([...passages].flatMap(
  ({ heardAt, joinedAt }) => heardAt === undefined || joinedAt === undefined
    ? [] : [joinedAt - heardAt]));

async function measure(order: Order): Promise<void> {
  const { rounds, conversations, offer } = order;
  const floor = await openFloor({
    agents: conversations + 100, leads: 2 * (rounds + 1) * offer.calls,
    talkers: { leads: (rounds + 1) * conversations, talkMs: talkMsOf(order) },
    ringMs: 200, talkMs: 500, callsPerSecond: 200, settings: { record: false, announce: [] },
  });
  const pacers = { bench: idlePacer, talkers: idlePacer };
  const passages = new Map<string, Passage>();
  const { controller, stop } = await floor.controller(pacersByTurn(pacers), watching(passages));
  const reached = (what: () => boolean): Promise<unknown> =>
    waitUntil(() => Promise.resolve(what() || undefined),
      { deadlineMs: 120_000, signal: floor.signal });
  /** Calls people who talk for half a second, and times them. */
  const short = async () => {
    passages.clear();
    pacers.bench = steadyPacer(dueBy(offer, nowMs), () => passages.size);
    const burden = await burdenOf(() => reached(() => passages.size >= offer.calls
      && [...passages.values()].every(({ endedAt }) => endedAt !== undefined)), offer.calls);
    pacers.bench = idlePacer;
    return { ...bridged(passages.values()), ...burden };
  };
  const fill = async (): Promise<void> => {
    passages.clear();
    pacers.talkers = steadyPacer(
      dueBy({ callsPerSecond: FILL_PER_SECOND, calls: conversations }, nowMs), () => passages.size);
    await reached(() => passages.size >= conversations
      && [...passages.values()].every(({ joinedAt }) => joinedAt !== undefined));
    pacers.talkers = idlePacer;
  };
  try {
    // Nothing is measured while code is still being compiled.
    await short();
    const ratios: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const empty = await short();
      printFigure("busy-floor", { round, floor: "empty", conversations: 0, ...empty });
      await fill();
      const conversing = controller.liveCalls;
      const busy = await short();
      printFigure("busy-floor", { round, floor: "busy", conversations: conversing, ...busy });
      ratios.push(busy.p99 / empty.p99);
      await reached(() => controller.liveCalls === 0);
    }
    printFigure("busy-floor", { median: "p99 busy over empty", ratio: median(ratios) });
  } finally {
    await stop();
    await floor.close();
  }
}

export async function run(words: readonly string[]): Promise<void> {
  const [rounds = 5, conversations = 500, callsPerSecond = 30, calls = 150] = words.map(Number);
  await measure({ rounds, conversations, offer: { callsPerSecond, calls } });
}
