/**
 * Owns what a phone hears: baresip's module sndfile writes it into a WAV file, and this reads that
 * file as it grows.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { plus, systemClock, type Timer } from "../../clock.ts";
import { samplesOf } from "../../recording/wav.ts";

/** Samples begin here in a file by libsndfile. */
const headerBytes = 44;
/** A tenth of a second: as fast as a person takes note of a tone. */
const lookEveryMs = 100;
const blockBytes = 16_384;

export interface Ear {
  close(): void;
}

/**
 * Gives the samples of the newest recording in `folder` that is not in `before` to `hear`, until it
 * is closed. The file need not be there yet.
 */
export function openEar(
  { folder, before, hear }: {
    folder: string; before: ReadonlySet<string>; hear: (samples: Int16Array) => void;
  },
): Ear {
  const block = Buffer.alloc(blockBytes);
  let file: number | undefined;
  let at = headerBytes;
  let timer: Timer | undefined;
  const look = (): void => {
    timer = systemClock.at(plus(systemClock.now(), lookEveryMs), look);
    if (file === undefined) {
      const found = heardFiles(folder).filter((name) => !before.has(name)).at(-1);
      if (found === undefined) return;
      file = openSync(join(folder, found), "r");
    }
    for (;;) {
      const read = readSync(file, block, 0, blockBytes, at);
      const whole = read - (read % 2);
      if (whole === 0) return;
      at += whole;
      hear(samplesOf(block.subarray(0, whole)));
    }
  };
  look();
  return {
    close() {
      timer?.cancel();
      if (file !== undefined) closeSync(file);
    },
  };
}

/** Recordings of what was received; the other half, `-enc.wav`, is what was said. */
export const heardFiles = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith("-dec.wav")).sort();

/** All samples of the newest recording up to now; its header is true only when it is closed. */
export function heardIn(folder: string): Int16Array {
  const newest = heardFiles(folder).at(-1);
  if (newest === undefined) return new Int16Array(0);
  const bytes = readFileSync(join(folder, newest));
  return samplesOf(bytes.subarray(headerBytes, bytes.length - (bytes.length % 2)));
}
