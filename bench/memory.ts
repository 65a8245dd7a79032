/**
 * Owns the measurement of the controller's memory: bytes of a live call, and a soak over which
 * neither memory nor sockets, timers and listeners may grow. Reach: 20 kB a call, flat over half an
 * hour. Options: minutes of soak (3; 30 in full), calls up (500), calls per second (20).
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { waitUntil } from "../src/stack/patience.ts";
import { dueBy, idlePacer, pacersByTurn, steadyPacer } from "../src/testing/steady-pacer.ts";
import { median, printFigure } from "./floor/figures.ts";
import { openFloor } from "./floor/floor.ts";
import { nowMs } from "./floor/watch.ts";

const FILL_PER_SECOND = 50;
/** Long enough to fill the floor and to look at it. */
const talkMsOf = (calls: number): number => calls / FILL_PER_SECOND * 1_000 + 8_000;
const SAMPLE_MS = 10_000;
/** Before that much of the soak, code is compiled and pools grow to their size. */
const WARM_SHARE = 1 / 3;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Sample {
  readonly heapKb: number;
  readonly rssKb: number;
  readonly sockets: number;
  readonly timers: number;
  readonly listeners: number;
}

/** What is left when all that nobody needs is thrown away. */
function sample(): Sample {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const active = process.getActiveResourcesInfo();
  return {
    heapKb: Math.round((heapUsed + external) / 1_024), rssKb: Math.round(rss / 1_024),
    sockets: active.filter((each) => /TCP|Pipe/.test(each)).length,
    timers: active.filter((each) => each === "Timeout").length,
    listeners: process.eventNames().reduce((sum, each) => sum + process.listenerCount(each), 0),
  };
}

/** Its least growth per minute that explains the samples: the median of all pairs' slopes. */
function perMinute(samples: readonly { readonly atMs: number; readonly value: number }[]): number {
  const slopes = samples.flatMap((one, index) => samples.slice(index + 1).map((other) =>
    (other.value - one.value) / (other.atMs - one.atMs) * 60_000));
  return median(slopes);
}

export async function run(words: readonly string[]): Promise<void> {
  const [minutes = 3, calls = 500, callsPerSecond = 20] = words.map(Number);
  const soakCalls = Math.round(minutes * 60 * callsPerSecond);
  const floor = await openFloor({
    agents: calls, leads: soakCalls + 1_000, talkers: { leads: 2 * calls, talkMs: talkMsOf(calls) },
    ringMs: 200, talkMs: 2_000, callsPerSecond: 200, settings: { record: false, announce: [] },
  });
  const pacers = { bench: idlePacer, talkers: idlePacer };
  let placed = 0;
  const { controller, stop } = await floor.controller(pacersByTurn(pacers), (pbx, store) => {
    const { placeLeg } = pbx;
    pbx.placeLeg = (order) => {
      placed += 1;
      return placeLeg.call(pbx, order);
    };
    return store;
  });
  const reached = (what: () => boolean, deadlineMs = 120_000): Promise<unknown> =>
    waitUntil(() => Promise.resolve(what() || undefined), { deadlineMs, signal: floor.signal });
  const offer = (name: keyof typeof pacers, count: number, rate: number): void => {
    placed = 0;
    pacers[name] = steadyPacer(dueBy({ callsPerSecond: rate, calls: count }, nowMs), () => placed);
  };
  try {
    // The first round is for the compiler and the pools.
    for (const round of ["warm-up", "measured"]) {
      const before = sample();
      offer("talkers", calls, FILL_PER_SECOND);
      await reached(() => controller.liveCalls >= calls);
      const up = sample();
      printFigure("memory", {
        round, calls: controller.liveCalls,
        kbPerCall: Math.round((up.heapKb - before.heapKb) / controller.liveCalls * 100) / 100,
        before, up,
      });
      pacers.talkers = idlePacer;
      await reached(() => controller.liveCalls === 0);
    }
    offer("bench", soakCalls, callsPerSecond);
    const began = nowMs();
    const samples: (Sample & { readonly atMs: number })[] = [];
    while (nowMs() - began < minutes * 60_000) {
      const next = began + samples.length * SAMPLE_MS;
      await reached(() => nowMs() >= next);
      const atMs = Math.round(nowMs() - began);
      samples.push({ atMs, ...sample() });
      printFigure("memory", { soak: atMs, live: controller.liveCalls, placed, ...samples.at(-1) });
    }
    const warm = samples.filter(({ atMs }) => atMs >= WARM_SHARE * minutes * 60_000);
    const growth = (of: (each: Sample) => number): number =>
      perMinute(warm.map((each) => ({ atMs: each.atMs, value: of(each) })));
    printFigure("memory", {
      growth: "per minute, after warm-up", minutes, calls: placed,
      heapKb: growth(({ heapKb }) => heapKb), rssKb: growth(({ rssKb }) => rssKb),
      sockets: growth(({ sockets }) => sockets), timers: growth(({ timers }) => timers),
      listeners: growth(({ listeners }) => listeners),
    });
  } finally {
    await stop();
    await floor.close();
  }
}
