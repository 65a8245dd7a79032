import { expect } from "chai";
import { joinSamples, promptSamples, silence, sine } from "../demo/voices.ts";
import { echoLag, likeness, toneMs } from "./hearing.ts";

describe("what a phone heard", () => {
  const message = promptSamples("en", ["safe-harbour"]);
  const other = promptSamples("en", ["try-later", "locked-out", "enter-pin"]);
  const quieter = (samples: Int16Array) => samples.map((each) => Math.round(each / 3));
  const check = (heard: Int16Array, least: number, most: number) =>
    expect(likeness(heard, message, 3_000)).to.be.within(least, most);

  it("is the prompt itself", () => check(message, 0.99, 1));
  it("is the prompt after a wait, and quieter", () =>
    check(joinSamples([silence(2_010), quieter(message)]), 0.9, 1));
  it("is not another prompt", () => check(other, 0, 0.6));
  it("is not silence", () => check(silence(9_000), 0, 0));
  it("is not a prompt that was cut short", () => check(message.subarray(0, 8_000), 0, 0));
});

describe("a tone that a phone heard", () => {
  const low = sine({ hz: 450, ms: 1_000, level: 0.3 });
  const high = sine({ hz: 1_000, ms: 1_000, level: 0.3 });
  const check = (heard: Int16Array, hz: number, ms: number) =>
    expect(toneMs(heard, hz)).to.equal(ms);

  it("lasts as long as it was there", () =>
    check(joinSamples([silence(500), low, silence(500)]), 450, 1_000));
  it("is heard beside another", () =>
    check(low.map((each, i) => each + (high[i] ?? 0)), 1_000, 1_000));
  it("is not another", () => check(low, 1_000, 0));
  it("is not silence", () => check(silence(500), 450, 0));
});

describe("an echo", () => {
  const said = promptSamples("en", ["safe-harbour", "try-later"]);
  const check = (lagMs: number) => {
    const echoed = joinSamples([silence(lagMs), said.map((each) => Math.round(each / 2))]);
    for (const fromMs of [0, 1_500, 4_000]) {
      const found = echoLag({ said, echoed, fromMs, ms: 2_000 });
      expect(found.sure).to.be.above(0.95);
      expect(found.lagMs).to.be.within(lagMs - 5, lagMs + 5);
    }
  };
  it("comes as late as it does", () => { check(0); check(40); check(320); });
  it("is not another sentence", () => expect(echoLag({
    said, echoed: promptSamples("zh", ["enter-pin", "locked-out"]), fromMs: 0, ms: 2_000,
  }).sure).to.be.below(0.7));
});
