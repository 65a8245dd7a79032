import { expect } from "chai";
import { readFileSync } from "node:fs";
import { isRegion, toDialNumber } from "./number.ts";

const rows = readFileSync(new URL("fixtures/ugly-numbers.tsv", import.meta.url), "utf8")
  .split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [region = "", expected = "", cell = ""] = line.split("\t");
    return { region, expected, cell: JSON.parse(cell) as string };
  });

const verdict = (cell: string, region: string): string => {
  const result = toDialNumber(cell, { defaultRegion: isRegion(region) ? region : undefined });
  return "number" in result ? result.number : `!${result.reason}`;
};

describe("two thousand ugly numbers", () => {
  it("are there, and most are people's", () => {
    expect(rows.length).to.be.at.least(2_000);
    expect(new Set(rows.map(({ region, cell }) => `${region} ${cell}`)).size).to.equal(rows.length);
  });

  it("all become what a careful person would dial, or are refused", () => {
    const wrong = rows.filter(({ region, expected, cell }) => {
      const got = verdict(cell, region);
      return expected === "!" ? !got.startsWith("!") : got !== expected;
    }).map(({ region, expected, cell }) =>
      `${region} ${JSON.stringify(cell)}: ${verdict(cell, region)}, not ${expected}`);
    expect(wrong).to.eql([]);
  });
});
