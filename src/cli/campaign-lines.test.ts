import { expect } from "chai";
import { forecastText } from "./campaign-lines.ts";

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
