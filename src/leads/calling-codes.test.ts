import { expect } from "chai";
import { countriesOf } from "./calling-codes.ts";

describe("the countries of a country code", () => {
  it("are several where they share it", () => {
    expect(countriesOf("+1")).to.include.members(["US", "CA", "JM", "DO"]);
    expect(countriesOf("+7")).to.have.members(["RU", "KZ"]);
  });

  it("are one, or none for what is no code", () => {
    expect(countriesOf("+86")).to.eql(["CN"]);
    expect(countriesOf("+8613")).to.eql([]);
  });
});
