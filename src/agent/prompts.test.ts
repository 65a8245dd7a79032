import { expect } from "chai";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../config.ts";
import { promptNames } from "./prompts.ts";

describe("the prompts that the engine plays", () => {
  for (const language of ["en", "zh"]) {
    it(`are all there in ${language}`, () => {
      const missing = promptNames.filter((name) =>
        !existsSync(join(projectDir, "sounds", language, `${name}.wav`)));
      expect(missing).to.deep.equal([]);
    });
  }
});
