import { expect } from "chai";
import { abandonRate } from "./rates.ts";

describe("the abandon rate", () => {
  const check = (answered: number, abandoned: number, rate: number) =>
    expect(abandonRate({ answered, abandoned })).to.equal(rate);

  it("is nothing before anybody answered", () => check(0, 0, 0));
  it("is abandoned by answered", () => check(200, 6, 0.03));
  it("is one when everybody was abandoned", () => check(2, 2, 1));
});
