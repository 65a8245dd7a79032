import { expect } from "chai";
import { instant } from "../clock.ts";
import { abandonText, forecastText } from "./campaign-lines.ts";

describe("a forecast on a screen", () => {
  const forecast = { inMs: 12_340, agentsFree: 3.25, answers: 2.84, risk: 0.0123, riskMax: 0.05 };

  it("says what is expected, and how much risk is borne", () => {
    expect(forecastText(forecast).en).to.equal("in 12.3 s 3.3 agents free, 2.8 answers; "
      + "risk 1.2 %, allowed 5.0 %");
  });
  it("says the same in Chinese", () => {
    expect(forecastText(forecast).zh).to.match(/12.3 秒.*3.3.*2.8.*1.2 %.*5.0 %/);
  });
});

describe("the abandon rate on a screen", () => {
  const counts = { answered: 500, abandoned: 14, day: { answered: 100, abandoned: 3 } };
  const from = instant(Date.UTC(2026, 10, 3));
  const shown = { abandonRate: 0.028, abandonRateMax: 0.03 };

  it("is of the last 24 hours where a pack or the author says so", () => {
    const abandonWindow = { ...counts, from, until: from, withinDays: 1 };
    expect(abandonText({ ...shown, abandonWindow, abandonDay: null }).en)
      .to.equal("2.8 % of at most 3.0 % in the last 24 hours");
  });
  it("is of all days of a longer window, and of the last one", () => {
    const abandonWindow = { ...counts, from, until: from, withinDays: 30 };
    const abandonDay = { rate: 0.035, rateMax: 0.04 };
    const said = abandonText({ ...shown, abandonWindow, abandonDay });
    expect(said.en).to.equal("2.8 % of at most 3.0 % in the 30 days since 2026-11-03; "
      + "3.5 % of at most 4.0 % in the last 24 hours");
    expect(said.zh).to.match(/2026-11-03.*30.*2.8 %.*3.0 %.*3.5 %.*4.0 %/);
  });
});
