/**
 * Owns telling special information tones from sound: three tones, one after the other, that a
 * network plays before "the number you have dialed". Their frequencies and lengths say why the call
 * failed (ITU-T E.180 Supplement 2; Telcordia SR-2275 for the codes). Pure.
 */
export type SpecialInformation =
  /** No such number. */
  | "vacant"
  /** The number was changed or taken out of service. */
  | "intercept"
  /** No line was free; says nothing of the number. */
  | "no-circuit"
  /** Not set up in a way the network could complete; says nothing of the number. */
  | "reorder"
  /** Three tones of another code. */
  | "unknown";

type Pitch = "low" | "plain" | "high";

/**
 * The tones of each of the three places, Hz. The plain ones of ITU-T carry no code; North America
 * says it by a low or a high tone, and a short or a long one.
 */
const PLACES: readonly Readonly<Partial<Record<Pitch, number>>>[] = [
  { low: 913.8, plain: 950, high: 985.2 },
  { low: 1370.6, plain: 1400, high: 1428.5 },
  { low: 1776.7, plain: 1800 },
];
/** A tone is short (274 ms) or long (380 ms); the border between. */
const LONG_MS = 330;

/** The first two tones; the third is always the same. */
const CODES: Readonly<Record<string, SpecialInformation>> = {
  "low-short low-short": "intercept",
  "high-long low-short": "vacant",
  "high-long high-long": "no-circuit",
  "low-long low-long": "no-circuit",
  "low-short high-long": "reorder",
  "high-short low-long": "reorder",
};

/** Long enough to tell 913.8 Hz from 950, short enough to tell 274 ms from 380. */
const FRAME_MS = 30;
/** The share of a frame's energy that one tone must have: speech and ringing stay below. */
const PURE = 0.7;
const QUIETEST = 0.001;
/** Tones shorter than this are chance, and gaps longer than this end the three. */
const SHORTEST_MS = 180;
const GAP_MS = 100;

/** Goertzel: the share of a frame's energy at one frequency, 0 to 1. */
function shareAt(frame: Float32Array, energy: number, hertz: number, rate: number): number {
  const step = 2 * Math.cos(2 * Math.PI * hertz / rate);
  let last = 0;
  let before = 0;
  for (const sample of frame) {
    const now = sample + step * last - before;
    before = last;
    last = now;
  }
  const power = last * last + before * before - step * last * before;
  return 2 * power / (energy * frame.length);
}

interface Tone {
  readonly place: number;
  readonly pitch: Pitch;
  readonly ms: number;
  readonly startMs: number;
}

type Heard = Pick<Tone, "place" | "pitch"> | undefined;

function heardIn(frame: Float32Array, rate: number): Heard {
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  if (energy / frame.length < QUIETEST) return undefined;
  let best: { heard: Heard; share: number } = { heard: undefined, share: PURE };
  PLACES.forEach((pitches, place) => {
    for (const [pitch, hertz] of Object.entries(pitches) as [Pitch, number][]) {
      const share = shareAt(frame, energy, hertz, rate);
      if (share > best.share) best = { heard: { place, pitch }, share };
    }
  });
  return best.heard;
}

function mostOften(frames: readonly Heard[]): Pitch {
  const count = (pitch: Pitch): number => frames.filter((each) => each?.pitch === pitch).length;
  return (["low", "plain", "high"] as const).reduce((a, b) => count(b) > count(a) ? b : a);
}

function tonesOf(samples: Float32Array, rate: number): Tone[] {
  const size = Math.round(rate * FRAME_MS / 1000);
  const frames: Heard[] = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    frames.push(heardIn(samples.subarray(at, at + size), rate));
  }
  const tones: Tone[] = [];
  for (let start = 0; start < frames.length;) {
    const first = frames[start];
    let end = start + 1;
    while (end < frames.length && frames[end]?.place === first?.place) end++;
    if (first !== undefined && (end - start) * FRAME_MS >= SHORTEST_MS) {
      tones.push({
        place: first.place, pitch: mostOften(frames.slice(start, end)),
        ms: (end - start) * FRAME_MS, startMs: start * FRAME_MS,
      });
    }
    start = end;
  }
  return tones;
}

const follows = (before: Tone, after: Tone): boolean =>
  after.place === before.place + 1 && after.startMs - before.startMs - before.ms <= GAP_MS;

const written = ({ pitch, ms }: Tone): string =>
  `${pitch}-${ms >= LONG_MS ? "long" : "short"}`;

/**
 * What the first three special information tones in some sound say; undefined when there are none.
 * `samples` are -1 to 1, `rate` a second, 8,000 for a telephone.
 */
export function specialInformation(
  samples: Float32Array, rate: number,
): SpecialInformation | undefined {
  const tones = tonesOf(samples, rate);
  for (let i = 0; i + 2 < tones.length; i++) {
    const [first, second, third] = tones.slice(i, i + 3) as [Tone, Tone, Tone];
    if (first.place === 0 && follows(first, second) && follows(second, third)) {
      return CODES[`${written(first)} ${written(second)}`] ?? "unknown";
    }
  }
  return undefined;
}
