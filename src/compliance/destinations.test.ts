import { expect } from "chai";
import { destinations } from "./gate-fixture.test.ts";
import type { LineType } from "./destinations.ts";
import { readRanges } from "./ranges.ts";

/** What a list says to a number of a country and a kind of line. */
const check = (
  list: string, [number, country, lineType = "mobile"]: readonly [string, string, LineType?],
  expected: string,
): void => {
  const found = destinations(list)
    .judge({ number, country: country === "" ? undefined : country, lineType });
  expect(found.verdict, `${list}: ${number}`).to.equal(expected);
};

describe("destinations", () => {
  const london = ["+442071838750", "GB", "fixed"] as const;

  it("allow nothing by default", () => {
    check("", london, "not-allowed");
    check("US", london, "not-allowed");
  });

  it("are allowed by country, or by the beginning of a number", () => {
    check("GB", london, "allowed");
    check("+4420", london, "allowed");
    check("+4430", london, "not-allowed");
  });

  it("tell countries of one code apart", () => {
    check("US", ["+18765550100", "JM"], "not-allowed");
    check("US JM", ["+18765550100", "JM"], "allowed");
  });

  it("are forbidden within what is allowed, whichever is longer", () => {
    check("GB !+4420", london, "forbidden");
    check("+442071 !+4420", london, "forbidden");
    check("+4420 !GB", london, "forbidden");
  });

  it("leave out what is costly or abused, unless that is said", () => {
    check("GB", ["+449012345678", "GB", "premium"], "high-risk");
    check("GB", ["+447012345678", "GB", "personal"], "high-risk");
    check("GB*", ["+447012345678", "GB", "personal"], "allowed");
    check("+88", ["+881612345678", ""], "high-risk");
    check("+979", ["+979123456789", "", "premium"], "high-risk");
    check("SL", ["+23225123456", "SL"], "high-risk");
    check("SL +2322*", ["+23225123456", "SL"], "allowed");
    check("SL* !+2322", ["+23225123456", "SL"], "forbidden");
  });

  it("name the source of a range, and refuse a file with anything else in it", () => {
    const found = destinations("MR").judge(
      { number: "+22245123456", country: "MR", lineType: "mobile" });
    expect(found).to.have.nested.property("source.text").that.includes("Mauritania");
    const content = "{ id: r1, version: 2026-11-25, ranges: [{ prefix: '222', kind: fraud }] }";
    expect(() => readRanges(content, "ranges.yaml")).to.throw("ranges[0].prefix");
  });
});
