/**
 * Owns hearing the prompts' tones in what a phone receives, as an agent's ear does: the tone that
 * says a caller is coming, and the one that says the caller has gone. Pure.
 */
import type { Beep } from "../../prompts/catalogue.ts";
import { lineRate } from "./voices.ts";

/** Loudness is judged in windows of this many samples: 20 ms, so 50 Hz of resolution. */
const windowSize = 160;

/**
 * A window holds a tone when this share of its energy is at the tone's frequency. A pure tone has
 * nearly 1; speech under it takes some away, and speech alone seldom gives half to one frequency.
 */
const shareMin = 0.6;

/** Windows that a beep of `ms` must fill: one less at each end, where it is cut. */
const windowsOf = ({ ms }: Beep): number => Math.max(2, Math.floor((ms * 8) / windowSize) - 2);

/** Longest wait for the second beep of a tone after the first, in windows: 300 ms. */
const gapWindows = 15;

/** Quieter than this is no tone, whatever its shape: -40 dBov squared. */
const energyMin = 10 ** (-40 / 10);

/** Share of the energy of `window` at `hz`, 0 to 1, by the algorithm of Goertzel (1958). */
export function shareAt(window: Float64Array, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / lineRate);
  let one = 0;
  let two = 0;
  let energy = 0;
  for (const sample of window) {
    const zero = sample + turn * one - two;
    two = one;
    one = zero;
    energy += sample * sample;
  }
  if (energy / window.length < energyMin) return 0;
  const power = one * one + two * two - turn * one * two;
  return (2 * power) / (window.length * energy);
}

/** Looks for the audible beeps of one tone, in their order. */
class Watch {
  readonly name: string;
  private readonly beeps: readonly Beep[];
  private beep = 0;
  private run = 0;
  private sinceBeep = 0;

  constructor(name: string, beeps: readonly Beep[]) {
    this.name = name;
    this.beeps = beeps.filter(({ hz }) => hz > 0);
  }

  /** True when this window completes the tone. */
  take(window: Float64Array): boolean {
    const wanted = this.beeps[this.beep];
    if (wanted === undefined) return false;
    if (shareAt(window, wanted.hz) >= shareMin) {
      this.run += 1;
      if (this.run < windowsOf(wanted)) return false;
      this.beep += 1;
      this.run = 0;
      this.sinceBeep = 0;
      if (this.beep < this.beeps.length) return false;
      this.beep = 0;
      return true;
    }
    this.run = 0;
    const before = this.beeps[this.beep - 1];
    if (before === undefined) return false;
    // The beep that was heard goes on, or another tone began with the same one.
    this.sinceBeep = shareAt(window, before.hz) >= shareMin ? 0 : this.sinceBeep + 1;
    if (this.sinceBeep > gapWindows) this.beep = 0;
    return false;
  }
}

/** Takes samples as they come and gives the names of the tones that ended in them. */
export function toneListener(
  tones: Readonly<Record<string, readonly Beep[]>>,
): (samples: Int16Array) => readonly string[] {
  const watches = Object.entries(tones).map(([name, beeps]) => new Watch(name, beeps));
  const window = new Float64Array(windowSize);
  let filled = 0;
  return (samples) => {
    const heard: string[] = [];
    for (const sample of samples) {
      window[filled++] = sample / 32_768;
      if (filled < windowSize) continue;
      filled = 0;
      for (const watch of watches) if (watch.take(window)) heard.push(watch.name);
    }
    return heard;
  };
}
