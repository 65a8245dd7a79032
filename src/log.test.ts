import { expect } from "chai";
import { lineOf, maskNumber } from "./log.ts";

const check = (fields: Record<string, unknown>, expected: string): void => {
  expect(lineOf("info", "fact", fields, "masked")).to.equal(`info fact ${expected}`);
};

describe("log lines", () => {
  it("mask phone numbers", () => { check({ number: "+8613800138000" }, "number=************00"); });
  it("show them when told to", () => {
    expect(lineOf("info", "fact", { number: "+49301" }, "full")).to.equal("info fact number=+49301");
  });
  it("mask the shortest number wholly", () => { expect(maskNumber("12")).to.equal("**"); });
  it("stay one line whatever a value holds", () => {
    check({ why: "a\nb c\"d" }, String.raw`why="a\nb c\"d"`);
  });
  it("leave out what is undefined, and write data as JSON", () => {
    check({ a: undefined, b: { c: 1 } }, String.raw`b="{\"c\":1}"`);
  });
});
