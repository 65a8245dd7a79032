import { expect } from "chai";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  areInStep, audibleLevel, inspectRecording, isAudible, loudnessMeter, type Inspection,
} from "./inspect.ts";
import { writeWav } from "./wav.ts";

/** `ms` of a 400 Hz tone whose root mean square is `dBov`; undefined is digital silence. */
const tone = (ms: number, dBov: number | undefined): Int16Array => {
  const amplitude = dBov === undefined ? 0 : 32_767 * Math.SQRT2 * 10 ** (dBov / 20);
  return Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * 400 * i) / 8_000)));
};
const joined = (...parts: readonly Int16Array[]): Int16Array =>
  Int16Array.from(parts.flatMap((part) => [...part]));

describe("inspecting a recording", () => {
  let folder = "";
  before(() => { folder = mkdtempSync(join(tmpdir(), "ringwright-inspect-")); });
  after(() => { rmSync(folder, { recursive: true }); });

  const look = (samples: Int16Array): Promise<Inspection> => {
    const path = join(folder, "leg.wav");
    writeFileSync(path, writeWav(samples, 8_000));
    return inspectRecording(path);
  };
  const checkAudible = async (samples: Int16Array, audible: boolean): Promise<void> => {
    expect(isAudible(await look(samples))).to.equal(audible);
  };

  it("hears speech level", () => checkAudible(tone(1_000, -26), true));
  it("hears a quiet speaker", () => checkAudible(tone(1_000, -40), true));
  it("hears one short word in a long silence", () =>
    checkAudible(joined(tone(60_000, undefined), tone(200, -26), tone(60_000, undefined)), true));
  it("does not hear digital silence", () => checkAudible(tone(5_000, undefined), false));
  it("does not hear comfort noise", () => checkAudible(tone(5_000, -50), false));
  it("does not hear the idle pattern of G.711", () =>
    checkAudible(Int16Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? 8 : -8)), false));
  it("does not hear a click", () =>
    checkAudible(joined(tone(1_000, undefined), tone(40, -10), tone(1_000, undefined)), false));
  it("does not hear an empty file", () => checkAudible(new Int16Array(0), false));

  it("says how long and how loud", async () => {
    const found = await look(tone(1_500, -20));
    expect(found).to.include({ kind: "sound", durationMs: 1_500, soundMs: 1_500, whole: true });
    if (found.kind !== "sound") return;
    expect(20 * Math.log10(found.rms)).to.be.closeTo(-20, 0.1);
    expect(20 * Math.log10(found.peak)).to.be.closeTo(-17, 0.1);
  });

  it("tells what is missing and what is no sound", async () => {
    expect(await inspectRecording(join(folder, "nowhere.wav"))).to.deep.equal({ kind: "missing" });
    writeFileSync(join(folder, "in-the-way"), "");
    expect(await inspectRecording(join(folder, "in-the-way", "lead.wav")))
      .to.deep.equal({ kind: "missing" });
    const path = join(folder, "text.wav");
    writeFileSync(path, "this is a text, and not a recording");
    expect(await inspectRecording(path)).to.include({ kind: "not-wav" });
  });

  it("compares the lengths of two legs", () => {
    const leg = (durationMs: number) => ({ durationMs, rms: 0, peak: 0, soundMs: 0 });
    expect(areInStep(leg(5_000), leg(5_040))).to.equal(true);
    expect(areInStep(leg(5_000), leg(5_041))).to.equal(false);
    expect(areInStep(leg(5_060), leg(5_000))).to.equal(false);
  });

  it("measures the same whatever the blocks", () => {
    fc.assert(fc.property(
      fc.int16Array({ minLength: 1, maxLength: 2_000 }), fc.integer({ min: 1, max: 500 }),
      (samples, size) => {
        const whole = loudnessMeter(8_000);
        whole.add(samples);
        const parts = loudnessMeter(8_000);
        for (let i = 0; i < samples.length; i += size) parts.add(samples.subarray(i, i + size));
        expect(parts.read()).to.deep.equal(whole.read());
      },
    ));
  });

  it("puts the peak between the mean and full scale, and is silent below the threshold", () => {
    fc.assert(fc.property(fc.int16Array({ minLength: 1, maxLength: 2_000 }), (samples) => {
      const meter = loudnessMeter(8_000);
      meter.add(samples);
      const { rms, peak, soundMs } = meter.read();
      expect(rms).to.be.within(0, peak + 1e-12);
      expect(peak).to.be.within(0, 1);
      if (peak <= audibleLevel) expect(soundMs).to.equal(0);
    }));
  });
});
