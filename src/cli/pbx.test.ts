import { expect } from "chai";
import { changeOf } from "./pbx.ts";

describe("the change of a rendered file", () => {
  const check = (before: string, after: string, added: number, removed: number) =>
    expect(changeOf("f", before, after)).to.deep.equal({ file: "f", added, removed });

  it("is nothing for the same text", () => check("a\nb", "a\nb", 0, 0));
  it("counts every line of a new file", () => check("", "a\nb", 2, 0));
  it("counts what came and what went", () => check("a\nb", "a\nc\nd", 2, 1));
  it("counts a line as often as it stands there", () => check("a\na", "a", 0, 1));
});
