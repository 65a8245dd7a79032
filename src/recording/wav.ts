/**
 * Owns the reading of WAV files: where the samples are, and what they are. A switch that was
 * stopped in the middle of a call leaves a header that lies about the length, and that recording
 * is worth as much as any other; so the header is believed only as far as the file agrees with it.
 */

/** Where the samples of a file lie. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Offset of the first sample in the file, in bytes. */
  readonly dataStart: number;
  /** Bytes of samples really there, a whole number of frames. */
  readonly dataBytes: number;
  /** False when the header names another length than the file has: the writer did not finish. */
  readonly whole: boolean;
}

export type WavHeader =
  | ({ readonly kind: "wav" } & WavFormat)
  | { readonly kind: "not-wav"; readonly why: string };

/** The header is looked for in this many bytes; a switch puts the samples at 44. */
export const headerSearchBytes = 4_096;

const notWav = (why: string): WavHeader => ({ kind: "not-wav", why });
const pcm = 1;
/** WAVE_FORMAT_EXTENSIBLE: the true format is the first two bytes of its sub-format. */
const extensible = 0xfffe;

/**
 * Reads a header. `head` holds the first bytes of the file, all of them or `headerSearchBytes`;
 * `fileBytes` is the length of the whole. Never throws.
 */
export function readWavHeader(head: Uint8Array, fileBytes: number): WavHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const name = (at: number): string => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.length < 12) return notWav("shorter than a header");
  if (name(0) !== "RIFF" || name(8) !== "WAVE") return notWav("no RIFF and WAVE marks");
  let format: { tag: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const bytes = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name(at) === "fmt ") {
      if (bytes < 16 || body + 16 > head.length) return notWav("its format chunk is cut off");
      const tag = view.getUint16(body, true);
      const sub = bytes >= 26 && body + 26 <= head.length ? view.getUint16(body + 24, true) : tag;
      format = {
        tag: tag === extensible ? sub : tag,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name(at) === "data") {
      return format === undefined
        ? notWav("samples come before their format")
        : samplesAt(body, bytes, fileBytes, format);
    }
    // Chunks are padded to an even length.
    at = body + bytes + (bytes % 2);
  }
  return notWav("no samples in it");
}

function samplesAt(
  dataStart: number, named: number, fileBytes: number,
  format: { tag: number; channels: number; sampleRate: number; bits: number },
): WavHeader {
  const { tag, channels, sampleRate, bits } = format;
  if (tag !== pcm || bits !== 16) return notWav(`not 16-bit PCM (format ${tag}, ${bits} bits)`);
  if (channels < 1 || sampleRate < 1) return notWav("no channels or no sample rate");
  const there = Math.max(0, fileBytes - dataStart);
  // Zero and all ones are what writers put in while they do not know the length yet.
  const unknown = named === 0 || named === 0xffffffff;
  const dataBytes = unknown ? there : Math.min(named, there);
  const frame = channels * 2;
  return {
    kind: "wav", sampleRate, channels, bitsPerSample: bits, dataStart,
    dataBytes: dataBytes - (dataBytes % frame),
    whole: named === dataBytes && dataBytes % frame === 0,
  };
}

/** The length of the sound, in whole milliseconds. */
export const durationMs = (format: WavFormat): number =>
  Math.round((format.dataBytes / (format.channels * 2) / format.sampleRate) * 1_000);

/** A file of 16-bit mono samples: what the demo's people speak from, and what tests read. */
export function writeWav(samples: Int16Array, sampleRate: number): Uint8Array {
  const file = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(file.buffer);
  const name = (at: number, four: string): void => {
    for (let i = 0; i < 4; i++) file[at + i] = four.charCodeAt(i);
  };
  name(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  name(8, "WAVE");
  name(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, pcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => { view.setInt16(44 + i * 2, sample, true); });
  return file;
}

/** The samples of bytes that begin at a sample; an odd last byte is left out. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(i * 2, true);
  return samples;
}
