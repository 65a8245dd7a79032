/**
 * Owns the making of sounds/: words become speech by espeak-ng, and speech becomes what a switch
 * plays without work (8 kHz, mono, 16 bits, one loudness) by sox. The same text gives the same
 * bytes with the same versions of both: no dither, no date, no random number.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, readCatalogue, type Beep, type Sound } from "./catalogue.ts";

const sounds = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "sounds");
/** -3 dB below full scale: speech peaks there sit near the -26 dBov that networks expect. */
const loudness = ["norm", "-3"];
const format = ["-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer"];

const run = (program: string, words: readonly string[], input?: string): void => {
  execFileSync(program, words, {
    stdio: ["pipe", "ignore", "inherit"], ...(input === undefined ? {} : { input }),
  });
};

/** Silence at both ends is cut to 50 ms, so that prompts said one after another do not drag. */
const trimmed = [
  "silence", "1", "0", "-60d", "reverse", "silence", "1", "0", "-60d", "reverse",
  "pad", "0.05", "0.05",
];

function makeSpeech(sound: Sound & { kind: "speech" }, path: string, folder: string): void {
  const spoken = join(folder, "spoken.wav");
  const words = join(folder, "words.wav");
  const { voice, wordsPerMinute } = sound.voice;
  // The words come by standard input: nothing in them can be taken for an option.
  run("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "-w", spoken, "--stdin"], sound.words);
  // The 6 dB leave room for what the resampling overshoots; `norm` gives them back.
  run("sox", ["-D", spoken, ...format, words, "gain", "-6", "rate", "8000", ...trimmed, ...loudness]);
  joinParts([...makeBeeps(sound.beeps, folder), words], path);
}

const beepWords = ({ hz, ms }: Beep): readonly string[] => {
  const seconds = String(ms / 1_000);
  return hz === 0
    ? ["trim", "0", seconds]
    // Fades of 5 ms keep the edges from clicking.
    : ["synth", seconds, "sine", String(hz), "vol", "0.4", "fade", "h", "0.005", seconds, "0.005"];
};

const makeBeeps = (beeps: readonly Beep[], folder: string): readonly string[] =>
  beeps.map((beep, i) => {
    const part = join(folder, `beep-${i}.wav`);
    run("sox", ["-D", "-n", ...format, part, ...beepWords(beep)]);
    return part;
  });

const joinParts = (parts: readonly string[], path: string): void => {
  run("sox", ["-D", ...parts, ...format, path]);
};

const folder = mkdtempSync(join(tmpdir(), "ringwright-prompts-"));
try {
  const manifest: Record<string, string> = {};
  for (const sound of readCatalogue(readFileSync(join(sounds, "prompts.yaml"), "utf8"))) {
    const path = join(sounds, sound.file);
    mkdirSync(dirname(path), { recursive: true });
    if (sound.kind === "speech") makeSpeech(sound, path, folder);
    else joinParts(makeBeeps(sound.beeps, folder), path);
    manifest[sound.file] = digestOf(sound);
    process.stdout.write(`${sound.file}\n`);
  }
  writeFileSync(join(sounds, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
