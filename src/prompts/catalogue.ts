/**
 * Owns which prompts there are and what they say: sounds/prompts.yaml as typed data, and the digest
 * by which a sound file is known to be made from today's words.
 */
import { createHash } from "node:crypto";
import { parse } from "yaml";
import type { Language } from "../language.ts";

export interface Voice {
  /** A voice of espeak-ng. */
  readonly voice: string;
  readonly wordsPerMinute: number;
}

export interface Beep {
  /** 0 is silence. */
  readonly hz: number;
  readonly ms: number;
}

/** One sound file to be made. */
export type Sound =
  | {
      readonly kind: "speech"; readonly file: string; readonly words: string;
      readonly voice: Voice;
      /** The tone that the words follow; empty for none. */
      readonly beeps: readonly Beep[];
    }
  /** A tone says something by itself; music fills the time of who waits, again and again. */
  | { readonly kind: "tone" | "music"; readonly file: string; readonly beeps: readonly Beep[] };

interface Words extends Readonly<Record<Language, string>> {
  /** The name of a tone. */
  readonly before?: string;
}

interface Catalogue {
  readonly voices: Readonly<Record<Language, Voice>>;
  readonly prompts: Readonly<Record<string, Words>>;
  readonly tones: Readonly<Record<string, readonly Beep[]>>;
  readonly music: Readonly<Record<string, readonly Beep[]>>;
}

/** Every sound of the catalogue, with its file relative to sounds/: `en/ready.wav`. */
export function readCatalogue(yaml: string): readonly Sound[] {
  const { voices, prompts, tones, music } = parse(yaml) as Catalogue;
  const speech = (["en", "zh"] as const).flatMap((language) =>
    Object.entries(prompts).map(([name, words]): Sound => ({
      kind: "speech", file: `${language}/${name}.wav`, words: words[language],
      voice: voices[language],
      beeps: words.before === undefined ? [] : tones[words.before] ?? [],
    })));
  const beeps = Object.entries({ tone: tones, music }).flatMap(([folder, sounds]) =>
    Object.entries(sounds).map(([name, each]): Sound => ({
      kind: folder as "tone" | "music", file: `${folder}/${name}.wav`, beeps: each,
    })));
  return [...speech, ...beeps];
}

/** The tones by name, for who listens for them. */
export const tonesIn = (sounds: readonly Sound[]): Readonly<Record<string, readonly Beep[]>> =>
  Object.fromEntries(sounds.flatMap((sound) => sound.kind === "tone"
    ? [[sound.file.replace(/^tone\/|\.wav$/g, ""), sound.beeps]] : []));

/** Changes when the words, the voice or the beeps do; hexadecimal. */
export const digestOf = (sound: Sound): string =>
  createHash("sha256").update(JSON.stringify(sound)).digest("hex").slice(0, 16);

/** sounds/manifest.json: the digest each file was made from. */
export type Manifest = Readonly<Record<string, string>>;
