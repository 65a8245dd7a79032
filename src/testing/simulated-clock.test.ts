import { expect } from "chai";
import fc from "fast-check";
import { instant, plus } from "../clock.ts";
import { SimulatedClock } from "./simulated-clock.ts";

describe("simulated clock", () => {
  it("runs timers in order of time, then of making", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 200 }), async (waits) => {
      const clock = new SimulatedClock(instant(1_000));
      const ran: [number, number][] = [];
      waits.forEach((wait, i) => clock.at(plus(clock.now(), wait), () => ran.push([wait, i])));
      await clock.runFor(50);
      const expected = waits.map((wait, i): [number, number] => [wait, i])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(ran).to.deep.equal(expected);
      expect(clock.armed).to.equal(0);
    }), { numRuns: 50 });
  });

  it("settles chains of promises before the next instant", async () => {
    const clock = new SimulatedClock(instant(0));
    const seen: string[] = [];
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      seen.push(`chain at ${clock.now()}`);
    };
    clock.at(instant(10), () => { void chain(); });
    clock.at(instant(11), () => seen.push("next"));
    await clock.runFor(20);
    expect(seen).to.deep.equal(["chain at 10", "next"]);
  });

  it("does not run a cancelled timer, and cancelling twice is harmless", async () => {
    const clock = new SimulatedClock(instant(0));
    let ran = 0;
    const timer = clock.at(instant(5), () => { ran += 1; });
    timer.cancel();
    timer.cancel();
    await clock.runFor(10);
    expect([ran, clock.armed]).to.deep.equal([0, 0]);
  });
});
