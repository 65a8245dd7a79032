import { expect } from "chai";
import { instant } from "../../clock.ts";
import { leftOver } from "./survey.ts";

describe("bridges on a switch", () => {
  const now = instant(Date.parse("2026-03-02T10:00:00Z"));
  const long = "2026-03-02T09:00:00.000+0000";
  const justNow = "2026-03-02T09:59:50.000+0000";

  it("are left over when they are ours, empty, and have been there for a while", () => {
    expect(leftOver([
      { id: "call-1", channels: [], creationtime: long },
      { id: "quiet-a", channels: [], creationtime: long },
      { id: "watch-a", channels: ["a"], creationtime: long },
      { id: "music-b", channels: [], creationtime: justNow },
      { id: "somebody-else", channels: [], creationtime: long },
    ], now)).to.deep.equal(["call-1", "quiet-a"]);
  });
});
