import { expect } from "chai";
import { specialInformation } from "./special-information.ts";

const RATE = 8_000;
type Piece = readonly [hertz: number, ms: number];

/** Tones one after the other, with noise under them as lines have it; 0 Hz is silence. */
function sound(pieces: readonly Piece[], { level = 0.12, noise = 0.01 } = {}): Float32Array {
  const samples: number[] = [];
  let seed = 7;
  for (const [hertz, ms] of pieces) {
    for (let i = 0; i < RATE * ms / 1000; i++) {
      seed = Math.imul(seed, 1_103_515_245) + 12_345 >>> 0;
      const hiss = (seed / 2 ** 32 - 0.5) * 2 * noise;
      samples.push((hertz === 0 ? 0 : level * Math.sin(2 * Math.PI * hertz * i / RATE)) + hiss);
    }
  }
  return Float32Array.from(samples);
}

describe("special information tones", () => {
  const check = (pieces: readonly Piece[], expected: string | undefined): void => {
    // Wherever the frames happen to begin, after ringing and before an announcement.
    for (const before of [0, 7, 13, 400]) {
      expect(specialInformation(
        sound([[440, 300], [0, 200 + before], ...pieces, [0, 100], [300, 500]]), RATE),
      `${before}`).to.equal(expected);
    }
  };

  it("say that the number is vacant, or was taken out", () => {
    check([[985.2, 380], [1370.6, 274], [1776.7, 380]], "vacant");
    check([[913.8, 274], [1370.6, 274], [1776.7, 380]], "intercept");
  });
  it("say that the network was the matter", () => {
    check([[985.2, 380], [1428.5, 380], [1776.7, 380]], "no-circuit");
    check([[913.8, 274], [1428.5, 380], [1776.7, 380]], "reorder");
  });
  it("are heard, but say nothing, in the plain form of ITU-T", () => {
    check([[950, 330], [1400, 330], [1800, 330]], "unknown");
    check([[950, 330], [0, 30], [1400, 330], [0, 30], [1800, 330]], "unknown");
  });
  it("are not heard in ringing, in other tones, in the wrong order or in noise", () => {
    check([[440, 1000]], undefined);
    check([[1776.7, 380], [1370.6, 274], [913.8, 274]], undefined);
    check([[913.8, 274], [0, 400], [1370.6, 274], [1776.7, 380]], undefined);
    check([[913.8, 90], [1370.6, 90], [1776.7, 90]], undefined);
    expect(specialInformation(sound([[0, 3_000]], { noise: 0.3 }), RATE)).to.equal(undefined);
    expect(specialInformation(new Float32Array(0), RATE)).to.equal(undefined);
  });
});
