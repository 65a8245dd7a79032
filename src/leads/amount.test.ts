import { expect } from "chai";
import { amountIn } from "./amount.ts";

describe("an amount in a cell", () => {
  const check = (cell: string, amount: number | undefined) =>
    expect(amountIn(cell), cell).to.equal(amount);

  it("is a number", () => { check("0", 0); check(" 1280.50 ", 1280.5); check("１２８０", 1280); });
  it("has its thousands marked", () => { check("1,280.5", 1280.5); check("12,345,678", 12345678); });
  it("has a currency", () => {
    check("￥3000", 3000);
    check("3000元", 3000);
    check("USD 12.50", 12.5);
    check("€ 7", 7);
  });
  it("is counted in ten thousands", () => { check("1.2万", 12_000); check("3万元", 30_000); });
  it("is not guessed", () => {
    for (const cell of ["1.280,50", "12,5", "-5", "high", "A", "1e5", "1 or 2", "NaN", "¥"]) {
      check(cell, undefined);
    }
  });
});
