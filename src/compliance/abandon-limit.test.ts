import { expect } from "chai";
import { abandonLimitOf } from "./abandon-limit.ts";

describe("the abandon limit of a campaign", () => {
  const source = (pack: string) => ({ pack, version: "1", text: "a law", url: undefined });
  const law = (pack: string, rateMax: number, days: number) =>
    ({ abandon: { rateMax, days, source: source(pack) } });
  const us = law("us", 0.03, 30);
  const uk = law("uk", 0.03, 1);
  const lenient = law("lenient", 0.05, 7);

  const check = (
    own: Parameters<typeof abandonLimitOf>[0], rules: readonly typeof us[], expected: string,
  ): void => {
    const { rateMax, withinDays, source: by } = abandonLimitOf(own, rules);
    expect(`${rateMax} in ${withinDays} by ${by?.pack ?? "nobody"}`).to.equal(expected);
  };

  it("is kept over the window of the law, and over a day where no law speaks", () => {
    check({ abandonRateMax: 0.03 }, [us], "0.03 in 30 by us");
    check({ abandonRateMax: 0.03 }, [], "0.03 in 1 by nobody");
    check({ abandonRateMax: 0.03 }, [{ abandon: undefined } as never], "0.03 in 1 by nobody");
  });
  it("is the strictest of every place that is called", () => {
    check({ abandonRateMax: 0.03 }, [us, uk], "0.03 in 1 by uk");
    check({ abandonRateMax: 0.1 }, [us, lenient], "0.03 in 7 by lenient");
  });
  it("may be made stricter by the campaign's author, and never looser", () => {
    check({ abandonRateMax: 0.01, abandonWithinDays: 7 }, [us], "0.01 in 7 by nobody");
    check({ abandonRateMax: 0.2, abandonWithinDays: 60 }, [us], "0.03 in 30 by us");
  });
});
