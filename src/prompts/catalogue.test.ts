import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promptNames } from "../agent/prompts.ts";
import { projectDir } from "../config.ts";
import { inspectRecording, isAudible } from "../recording/inspect.ts";
import { digestOf, readCatalogue, tonesIn, type Manifest } from "./catalogue.ts";

const sounds = join(projectDir, "sounds");
const read = (file: string): string => readFileSync(join(sounds, file), "utf8");
const catalogue = readCatalogue(read("prompts.yaml"));
const manifest = JSON.parse(read("manifest.json")) as Manifest;

describe("the prompts", () => {
  it("have both languages for every name", () => {
    const names = (language: string): readonly string[] =>
      catalogue.filter(({ file }) => file.startsWith(`${language}/`))
        .map(({ file }) => file.slice(3));
    expect(names("en")).to.deep.equal(names("zh"));
    for (const sound of catalogue) {
      if (sound.kind === "speech") expect(sound.words, sound.file).to.match(/\S/);
    }
  });

  it("have every name that the engine plays", () => {
    const files = catalogue.map(({ file }) => file);
    const digits = Array.from("0123456789", (digit) => `digit-${digit}`);
    for (const name of [...promptNames, ...digits]) {
      expect(files).to.include.members([`en/${name}.wav`, `zh/${name}.wav`]);
    }
    expect(Object.keys(tonesIn(catalogue))).to.deep.equal(["incoming", "ended", "error", "recording"]);
  });

  it("say Chinese in Chinese characters", () => {
    for (const sound of catalogue) {
      if (sound.kind === "speech" && sound.file.startsWith("zh/")) {
        expect(sound.words, sound.file).to.match(/^[\p{Script=Han}，。]+$/u);
      }
    }
  });

  for (const sound of catalogue) {
    it(`${sound.file} is made from today's words, and is heard`, async () => {
      expect(manifest[sound.file], "run scripts/make-prompts").to.equal(digestOf(sound));
      const inspection = await inspectRecording(join(sounds, sound.file));
      expect(inspection).to.include({ kind: "sound", sampleRate: 8_000, whole: true });
      expect(isAudible(inspection)).to.equal(true);
    });
  }

  it("leave no sound behind that nothing asks for", () => {
    const files = ["en", "zh", "tone", "music"].flatMap((folder) =>
      readdirSync(join(sounds, folder)).map((file) => `${folder}/${file}`));
    expect(files.sort()).to.deep.equal(catalogue.map(({ file }) => file).sort());
    expect(Object.keys(manifest).sort()).to.deep.equal(files.sort());
  });
});
