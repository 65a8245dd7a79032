import { expect } from "chai";
import { probabilityColumn, probabilityIn } from "./probability.ts";

describe("a probability in a cell", () => {
  const good: readonly (readonly [string, number])[] = [
    ["0.31", 0.31], [" .5 ", 0.5], ["31%", 0.31], ["３１％", 0.31], ["0", 0], ["1", 1],
    ["3.1e-01", 0.31], ["100%", 1],
  ];
  for (const [cell, value] of good) {
    it(`is ${value} for ${JSON.stringify(cell)}`, () => {
      expect(probabilityIn(cell)).to.be.closeTo(value, 1e-12);
    });
  }
  for (const cell of ["", "high", "1.2", "-0.1", "31", "0,31", "101%", "NaN", "Infinity", "0x1",
    "1e5", "0.3 0.4"]) {
    it(`is none for ${JSON.stringify(cell)}`, () => {
      expect(probabilityIn(cell)).to.equal(undefined);
    });
  }
});

describe("the column of probabilities", () => {
  it("is found by its name in either language", () => {
    expect(probabilityColumn(["phone", "Answer_Probability"], undefined)).to.equal(1);
    expect(probabilityColumn(["手机", "姓名", "接听概率"], undefined)).to.equal(2);
    expect(probabilityColumn(["phone", "name"], undefined)).to.equal(undefined);
  });
  it("is the one that was named or numbered", () => {
    expect(probabilityColumn(["phone", "v2", "probability"], "v2")).to.equal(1);
    expect(probabilityColumn(["phone", "v2"], "2")).to.equal(1);
    expect(probabilityColumn(["phone", "v2"], "3")).to.equal(undefined);
  });
});
