import { expect } from "chai";
import { readPack, type Pack } from "../compliance/pack.ts";
import { UserError } from "../errors.ts";
import { newestEditions } from "./pack-files.ts";

/** `uk@2026-11-25` in as few words as a pack may have. */
const pack = (edition: string): Pack => {
  const [id, version] = edition.split("@");
  return readPack(JSON.stringify({
    id, version, status: "active", country: "GB", title: { en: "A pack", zh: "法规包" },
    rules: [{ kind: "consent", source: { text: "a law" } }],
  }), `${edition}.yaml`);
};

const check = (ours: string, own: string, expected: string): void => {
  const packs = (words: string): readonly Pack[] => words.split(" ").filter(Boolean).map(pack);
  let shown: string;
  try {
    shown = newestEditions(packs(ours), packs(own))
      .map(({ id, version }) => `${id}@${version}`).join(" ");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    shown = error.message;
  }
  expect(shown).to.equal(expected);
};

describe("the packs of an installation", () => {
  it("stand beside ours, or in the place of an older edition", () => {
    check("uk@2026-11-25 fr@2026-11-25", "house@2020-01-01",
      "uk@2026-11-25 fr@2026-11-25 house@2020-01-01");
    check("uk@2026-11-25 fr@2026-11-25", "uk@2028-12-01", "fr@2026-11-25 uk@2028-12-01");
  });

  it("never bring an older edition back", () => {
    check("uk@2026-11-25", "uk@2026-11-25",
      "pack uk of 2026-11-25 is not newer than ours of 2026-11-25");
    check("uk@2026-11-25", "uk@2025-01-01",
      "pack uk of 2025-01-01 is not newer than ours of 2026-11-25");
  });
});
