/** Runs the conformance suite against the virtual switch, on simulated time. */
import { instant } from "../../clock.ts";
import type { DialNumber, LegId, PhoneName, TrunkName } from "../../ids.ts";
import { seededRandom } from "../../random.ts";
import { SimulatedClock } from "../../testing/simulated-clock.ts";
import { calleeKinds, conformsToPort, type CalleeKind, type World } from "../conformance.ts";
import type { PbxEvent } from "../pbx.ts";
import { VirtualPbx } from "./virtual-pbx.ts";
import { VirtualSwitch } from "./virtual-switch.ts";
import type { Callee } from "./world.ts";

const refuses = (rings: boolean, q850: number, sip: number): Callee & { does: "refuses" } =>
  ({ does: "refuses", rings, afterMs: 200, cause: { q850, sip, by: "far-end" } });
const answers = (waitsMs: number): Callee & { does: "answers" } => ({
  does: "answers", ringsAfterMs: 50, answersAfterMs: 200, greeting: undefined, waitsMs,
  talksMs: 60_000,
});

const callees: Readonly<Record<CalleeKind, Callee>> = {
  "answers": answers(60_000), "leaves": answers(600), "busy": refuses(false, 17, 486),
  "rejects": refuses(true, 21, 603), "unknown": refuses(false, 1, 404),
  "congested": refuses(false, 34, 503),
  "rings": { does: "rings", ringsAfterMs: 50, earlyMedia: false },
  "early-media": { does: "rings", ringsAfterMs: 50, earlyMedia: true },
  "intercepted": { does: "rings", ringsAfterMs: 50, earlyMedia: true, tones: "intercept" },
  "intercepted-soon": {
    ...refuses(false, 19, 480), afterMs: 2_000, tones: "intercept",
  },
  "early-answer": { ...answers(60_000), earlyMediaAfterMs: 100 },
};
const numberOf = (kind: CalleeKind): DialNumber =>
  `138001380${String(calleeKinds.indexOf(kind)).padStart(2, "0")}` as DialNumber;
const calleeAt = (number: DialNumber): Callee =>
  callees[calleeKinds[Number(number.slice(-2))] ?? "answers"];

const phone = "phone-1" as PhoneName;

async function open(): Promise<World> {
  const clock = new SimulatedClock(instant(0));
  const world = new VirtualSwitch({ clock, random: seededRandom(1), population: calleeAt });
  const pbx = new VirtualPbx("virtual-1", world);
  const events: PbxEvent[] = [];
  pbx.onEvent((event) => { events.push(event); });
  const stepMs = 10;
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const end = (): void => { isSettled = true; };
    promise.then(end, end);
    while (!isSettled) await clock.runFor(stepMs);
    return promise;
  };
  await settled(pbx.open());
  world.addPhone(phone, { answersAfterMs: () => 50 });
  let dialed: LegId | undefined;
  return {
    pbx, events, numberOf, phone, settled, trunk: "virtual" as TrunkName,
    phoneDials(code) {
      dialed = world.dial(phone, code);
      return Promise.resolve();
    },
    phonePresses(key) {
      const { legs } = world.survey();
      const leg = legs.findLast((each) => each.phone === phone && each.state === "up")?.leg;
      const pressed = leg ?? dialed;
      if (pressed) world.press(pressed, key);
      return Promise.resolve();
    },
    async until(look, ms) {
      for (let passed = 0; passed <= ms; passed += stepMs) {
        const found = look();
        if (found !== undefined) return found;
        await clock.runFor(stepMs);
      }
      return look();
    },
    setReachable: (reachable) => { world.setReachable(reachable); },
    close: () => pbx.close(),
  };
}

conformsToPort("the virtual switch", open);
