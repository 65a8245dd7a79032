import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../config.ts";
import { readCatalogue, tonesIn, type Beep } from "../../prompts/catalogue.ts";
import { readWavHeader, samplesOf } from "../../recording/wav.ts";
import { toneListener } from "./tones.ts";
import { aLawOf, agentSpeech, joinSamples, promptSamples, silence, sine } from "./voices.ts";

/** G.711 read backwards: the middle of the step, in 16 bits. */
const fromALaw = (code: number): number => {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 7;
  const step = ((plain & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return plain & 0x80 ? magnitude : -magnitude;
};

const sounds = join(projectDir, "sounds");
const tones = tonesIn(readCatalogue(readFileSync(join(sounds, "prompts.yaml"), "utf8")));
const samplesIn = (file: string): Int16Array => {
  const bytes = readFileSync(join(sounds, file));
  const header = readWavHeader(bytes, bytes.length);
  if (header.kind === "not-wav") throw new Error(header.why);
  return samplesOf(bytes.subarray(header.dataStart, header.dataStart + header.dataBytes));
};
/** `under` mixed below `samples`, at half its loudness. */
const over = (samples: Int16Array, under: Int16Array): Int16Array =>
  samples.map((sample, i) => (sample >> 1) + ((under[i % under.length] ?? 0) >> 2));
const check = (samples: Int16Array, heard: readonly string[]): void => {
  expect(toneListener(tones)(samples)).to.deep.equal(heard);
};

describe("the people's voices", () => {
  it("are coded in A-law within its own step", () => {
    fc.assert(fc.property(fc.integer({ min: -32_768, max: 32_767 }), (sample) => {
      const back = fromALaw(aLawOf(sample));
      const step = Math.max(16, Math.abs(sample) / 16);
      expect(Math.abs(back - sample)).to.be.at.most(step);
    }));
  });

  it("have the codes that G.711 gives to the ends and the middle", () => {
    expect([0, -1, 32_767, -32_768].map(aLawOf)).to.deep.equal([0xd5, 0x55, 0xaa, 0x2a]);
  });

  it("last as long as they are asked to", () => {
    expect(agentSpeech(10_000).length).to.equal(80_000);
  });
});

describe("an agent's ear", () => {
  for (const name of ["incoming", "ended", "error"]) {
    it(`hears the tone ${name}, wherever its windows fall`, () => {
      for (const ms of [0, 3, 7, 11, 17]) {
        check(joinSamples([silence(ms), samplesIn(`tone/${name}.wav`), silence(100)]), [name]);
      }
    });
  }
  it("hears the tone before the words of the wrap-up, in both languages", () => {
    check(samplesIn("en/wrap-up.wav"), ["ended"]);
    check(samplesIn("zh/wrap-up.wav"), ["ended"]);
  });
  it("hears a tone over a speaking caller", () => {
    check(over(samplesIn("tone/incoming.wav"), promptSamples("zh", ["try-later"])), ["incoming"]);
  });
  it("hears one after the other", () => {
    check(joinSamples(["incoming", "ended", "incoming"].map((name) =>
      samplesIn(`tone/${name}.wav`))), ["incoming", "ended", "incoming"]);
  });
  it("takes no speech and no other tone for one", () => {
    check(agentSpeech(30_000), []);
    check(promptSamples("zh", ["try-later", "locked-out", "enter-pin"]), []);
    check(sine({ hz: 880, ms: 2_000, level: 0.5 }), []);
    check(sine({ hz: 425, ms: 2_000, level: 0.5 }), []);
  });
  it("does not depend on the blocks it gets", () => {
    const samples = joinSamples([samplesIn("tone/incoming.wav"), samplesIn("en/wrap-up.wav")]);
    fc.assert(fc.property(fc.integer({ min: 1, max: 3_000 }), (size) => {
      const listen = toneListener(tones as Record<string, readonly Beep[]>);
      const heard: string[] = [];
      for (let i = 0; i < samples.length; i += size) {
        heard.push(...listen(samples.subarray(i, i + size)));
      }
      expect(heard).to.deep.equal(["incoming", "ended"]);
    }), { numRuns: 30 });
  });
});
