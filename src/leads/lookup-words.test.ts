import { expect } from "chai";
import { lineWordOf, lookupVerdict, type LineWord } from "./lookup-words.ts";

describe("the words of lookup services", () => {
  const check = (word: string, line: LineWord, quality: string | undefined) => {
    expect(lineWordOf(word)).to.equal(line);
    expect(lookupVerdict(line, word)?.quality).to.equal(quality);
  };

  it("say that a line is in use", () => check("ACTIVE", "live", "valid"));
  it("say so in Chinese", () => check("实号", "live", "valid"));
  it("say that a line is off for now", () => check("absent-subscriber", "absent", "suspicious"));
  it("say that a phone is cut off for its bill", () => check("停机", "absent", "suspicious"));
  it("say that nobody has the number", () => check("Not in service", "dead", "dead"));
  it("say that the number is empty", () => check("空号", "dead", "dead"));
  it("say nothing when nobody knows them", () => check("库无", "unknown", undefined));
});
