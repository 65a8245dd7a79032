/**
 * Owns what can be said of a recording by looking at its samples: how long it is, how loud, and
 * whether a person listening to it would hear anything. Files are read in blocks, so that a call of
 * two hours costs no more memory than one of two seconds.
 */
import { open, type FileHandle } from "node:fs/promises";
import { durationMs, headerSearchBytes, readWavHeader, samplesOf, type WavFormat } from "./wav.ts";

export interface Sound {
  /** Milliseconds. */
  readonly durationMs: number;
  /** Root mean square of all samples, 0 to 1 of full scale. */
  readonly rms: number;
  /** The largest sample, 0 to 1 of full scale. */
  readonly peak: number;
  /** Time in windows louder than `audibleLevel`, milliseconds. */
  readonly soundMs: number;
}

export type Inspection =
  | ({ readonly kind: "sound"; readonly sampleRate: number; readonly whole: boolean } & Sound)
  | { readonly kind: "missing" }
  | { readonly kind: "not-wav"; readonly why: string };

/** One window of loudness; the length of a G.711 packet. */
const windowMs = 20;

/**
 * -45 dBov. Speech on a telephone line is held near -26 dBov (ITU-T P.56, P.830) with its quiet
 * syllables some 15 dB lower; the idle noise of G.711 is about -66 dBov and comfort noise
 * (RFC 3389) is usually sent at -50 or below. The level parts the two.
 */
export const audibleLevel = 10 ** (-45 / 20);

/** Five windows. A click or a beep of a relay is shorter, the word "yes" is three times longer. */
export const audibleMs = 100;

/** Whether a person would hear something in it. */
export const isAudible = (inspection: Inspection): boolean =>
  inspection.kind === "sound" && inspection.soundMs >= audibleMs;

/** Most that the two legs of one call may differ in length: one packet in each direction. */
const inStepMs = 2 * windowMs;

/** The legs of a call begin and end together, so that they can be laid over each other. */
export const areInStep = (one: Sound, other: Sound): boolean =>
  Math.abs(one.durationMs - other.durationMs) <= inStepMs;

/** Measures samples that arrive in blocks of any size. */
export interface LoudnessMeter {
  add(samples: Int16Array): void;
  read(): Omit<Sound, "durationMs">;
}

export function loudnessMeter(samplesPerSecond: number): LoudnessMeter {
  const windowSize = Math.max(1, Math.round((samplesPerSecond * windowMs) / 1_000));
  let peak = 0;
  let total = 0;
  let count = 0;
  let windowTotal = 0;
  let windowCount = 0;
  let loudWindows = 0;
  return {
    add(samples) {
      for (const sample of samples) {
        const level = Math.abs(sample) / 32_768;
        if (level > peak) peak = level;
        const square = level * level;
        total += square;
        count += 1;
        windowTotal += square;
        windowCount += 1;
        if (windowCount === windowSize) {
          if (Math.sqrt(windowTotal / windowSize) > audibleLevel) loudWindows += 1;
          windowTotal = 0;
          windowCount = 0;
        }
      }
    },
    read: () => ({
      rms: count === 0 ? 0 : Math.sqrt(total / count), peak, soundMs: loudWindows * windowMs,
    }),
  };
}

const blockBytes = 64 * 1_024;

async function measure(file: FileHandle, format: WavFormat): Promise<Sound> {
  const meter = loudnessMeter(format.sampleRate * format.channels);
  const block = new Uint8Array(blockBytes);
  let read = 0;
  while (read < format.dataBytes) {
    const wanted = Math.min(blockBytes, format.dataBytes - read);
    const { bytesRead } = await file.read(block, 0, wanted, format.dataStart + read);
    // An odd number of bytes would tear a sample apart; the torn half is read again.
    const whole = bytesRead - (bytesRead % 2);
    if (whole === 0) break;
    meter.add(samplesOf(block.subarray(0, whole)));
    read += whole;
  }
  return { durationMs: durationMs(format), ...meter.read() };
}

/** Looks at one recording. Throws only for what is not about the recording (no permission). */
export async function inspectRecording(path: string): Promise<Inspection> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    // Also where something else is in the place of a folder on the way.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
    throw error;
  }
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(size, headerSearchBytes));
    await file.read(head, 0, head.length, 0);
    const header = readWavHeader(head, size);
    if (header.kind === "not-wav") return header;
    const { sampleRate, whole } = header;
    return { kind: "sound", sampleRate, whole, ...(await measure(file, header)) };
  } finally {
    await file.close();
  }
}
