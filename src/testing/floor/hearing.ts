/**
 * Owns telling what a phone heard: whether a prompt was in it, and how much of a tone. A prompt is
 * known by its colour and loudness, window by window, which survive coding and a packet or two that
 * came late, where the samples themselves do not. Pure.
 */
import { shareAt } from "../demo/tones.ts";

/** Loudness is taken over this many samples: one packet of G.711, 20 ms. */
const windowSize = 160;

/** A tone is in a window that has this share of its energy there; two tones share one window. */
const toneShareMin = 0.2;

const windows = (samples: Int16Array, size = windowSize): readonly Float64Array[] =>
  Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    Float64Array.from(samples.subarray(i * size, (i + 1) * size), (s) => s / 32_768));

const loudness = (samples: Int16Array, size = windowSize): readonly number[] =>
  windows(samples, size).map((window) =>
    Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / size));

/** Pearson's correlation of `part` with as many values of `whole` from `at` on. */
function correlation(whole: readonly number[], part: readonly number[], at: number): number {
  const { length } = part;
  const mean = (values: readonly number[], from: number): number => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[from + i] ?? 0;
    return sum / length;
  };
  const [one, other] = [mean(whole, at), mean(part, 0)];
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const [a, b] = [(whole[at + i] ?? 0) - one, (part[i] ?? 0) - other];
    both += a * b;
    first += a * a;
    second += b * b;
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second);
}

/**
 * Where speech is told apart, in Hz: away from the tones of the person and the supervisor, 700 and
 * 1,000, which may be heard at the same time.
 */
const bands = [350, 500, 1_600, 2_000, 2_450, 2_950] as const;
/** How much a prompt may lie between two windows: a quarter of one. */
const phaseStep = windowSize / 4;
/** Below what G.711 keeps of silence. */
const quietest = 1e-3;

/** A window's energy in each band, as a logarithm: the ear's own measure. */
const waves = bands.map((hz) => Array.from({ length: windowSize }, (_, i) => {
  const fade = Math.sin(Math.PI * i / windowSize);
  const turn = 2 * Math.PI * hz * i / 8_000;
  return { re: fade * Math.cos(turn), im: fade * Math.sin(turn) };
}));

const colours = (samples: Int16Array): readonly number[] =>
  windows(samples).flatMap((window) => waves.map((wave) => {
    let [re, im] = [0, 0];
    for (const [i, sample] of window.entries()) {
      re += sample * (wave[i]?.re ?? 0);
      im += sample * (wave[i]?.im ?? 0);
    }
    return Math.log10(quietest + re * re + im * im);
  }));

/**
 * How surely the first `ms` of `prompt` are somewhere in `heard`: 1 is the very same colour of
 * sound, window by window. Over 700 ms other words stay below 0.82, with a tone under them or not;
 * loudness alone does not tell one short word from another.
 */
export function likeness(heard: Int16Array, prompt: Int16Array, ms: number): number {
  const part = colours(prompt.subarray(0, ms * 8));
  let best = 0;
  for (let phase = 0; phase < windowSize; phase += phaseStep) {
    const whole = colours(heard.subarray(phase));
    for (let at = 0; at + part.length <= whole.length; at += bands.length) {
      best = Math.max(best, correlation(whole, part, at));
    }
  }
  return best;
}

/** A quarter of a packet: as fine as the ear parts two sounds. */
const echoStepMs = 5;

/**
 * How much later `echoed` has what `said` has from `fromMs` on for `ms`, up to half a second, and
 * how surely: 1 is the very same rise and fall.
 */
export function echoLag(
  { said, echoed, fromMs, ms }:
  { said: Int16Array; echoed: Int16Array; fromMs: number; ms: number },
): { readonly lagMs: number; readonly sure: number } {
  const cut = (samples: Int16Array, length: number): readonly number[] =>
    loudness(samples.subarray(fromMs * 8, (fromMs + length) * 8), echoStepMs * 8);
  const part = cut(said, ms);
  const whole = cut(echoed, ms + 500);
  let best = { lagMs: 0, sure: -1 };
  for (let at = 0; at + part.length <= whole.length; at++) {
    const sure = correlation(whole, part, at);
    if (sure > best.sure) best = { lagMs: at * echoStepMs, sure };
  }
  return best;
}

/** Milliseconds of `heard` in which a tone of `hz` is. */
export const toneMs = (heard: Int16Array, hz: number): number =>
  20 * windows(heard).filter((window) => shareAt(window, hz) >= toneShareMin).length;
