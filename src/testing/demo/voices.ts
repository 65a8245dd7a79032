/**
 * Owns the sound of the simulated people: made from the prompts of the repository, so that the demo
 * needs no speech program, and coded in A-law (ITU-T G.711), which is what SIPp plays.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../config.ts";
import type { Language } from "../../language.ts";
import { readWavHeader, samplesOf } from "../../recording/wav.ts";

/** Samples per second of everything on a telephone line here. */
export const lineRate = 8_000;

/** One sample in A-law: G.711 table 1a, even bits inverted. */
export function aLawOf(sample: number): number {
  // A-law has 13 bits; of two equally near values it takes the one further from zero.
  const positive = sample >= 0;
  let magnitude = (positive ? sample : ~sample) >> 3;
  if (magnitude > 0xfff) magnitude = 0xfff;
  let segment = 0;
  for (let rest = magnitude >> 5; rest > 0; rest >>= 1) segment += 1;
  const step = (magnitude >> Math.max(1, segment)) & 0x0f;
  return ((positive ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}

export const toALaw = (samples: Int16Array): Uint8Array => Uint8Array.from(samples, aLawOf);

export const silence = (ms: number): Int16Array => new Int16Array((ms * lineRate) / 1_000);

export const sine = ({ hz, ms, level }: { hz: number; ms: number; level: number }): Int16Array =>
  Int16Array.from({ length: (ms * lineRate) / 1_000 }, (_, i) =>
    Math.round(32_767 * level * Math.sin((2 * Math.PI * hz * i) / lineRate)));

export function joinSamples(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Every sample of a WAV file; throws when it is none. */
export function samplesInFile(path: string): Int16Array {
  const file = readFileSync(path);
  const header = readWavHeader(file, file.length);
  if (header.kind === "not-wav") throw new Error(`${path}: ${header.why}`);
  return samplesOf(file.subarray(header.dataStart, header.dataStart + header.dataBytes));
}

const samplesOfPrompt = (language: Language, name: string): Int16Array =>
  samplesInFile(join(projectDir, "sounds", language, `${name}.wav`));

/** Prompts one after another, with pauses like those of a speaker. */
export const promptSamples = (language: Language, names: readonly string[]): Int16Array =>
  joinSamples(names.flatMap((name) => [samplesOfPrompt(language, name), silence(300)]));

/** "The service is not available", a beep, and the quiet of a machine that waits. */
export const greetingWithBeep = (): Int16Array => joinSamples([
  promptSamples("en", ["try-later"]), sine({ hz: 1_400, ms: 400, level: 0.3 }), silence(60_000),
]);

/** 425 Hz, one second on and four off (ITU-T E.180, most of the world). */
export const ringback = (): Int16Array =>
  joinSamples([sine({ hz: 425, ms: 1_000, level: 0.2 }), silence(4_000)]);

/** "The number you have dialed is not in service", in the tones that SR-2275 gives to it. */
export const interceptTones = (): Int16Array => joinSamples([
  silence(300), sine({ hz: 913.8, ms: 274, level: 0.2 }),
  sine({ hz: 1_370.6, ms: 274, level: 0.2 }), sine({ hz: 1_776.7, ms: 380, level: 0.2 }), silence(200), promptSamples("en", ["not-allowed"]),
  silence(20_000),
]);

/** What an agent says for `ms`: long, since a phone whose voice ends hangs up. */
export function agentSpeech(ms: number): Int16Array {
  const sentence = promptSamples("en", ["campaign", "logged-in", "try-later", "not-allowed"]);
  const wanted = (ms * lineRate) / 1_000;
  const times = Math.ceil(wanted / sentence.length);
  return joinSamples(Array.from({ length: times }, () => sentence)).subarray(0, wanted);
}
