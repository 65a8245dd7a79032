import { expect } from "chai";
import { instant } from "../../clock.ts";
import type { AttemptId, LegId } from "../../ids.ts";
import { inCalls, leftOver, type SurveyedLeg } from "./survey.ts";

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

describe("the legs of a survey", () => {
  const legOf = (leg: string, attempt: boolean): SurveyedLeg => ({
    live: {
      leg: leg as LegId, state: "up", since: instant(0), phone: undefined, call: undefined,
      tags: attempt ? { attempt: leg as AttemptId } : {},
    },
    channel: "", arrived: !attempt, bridge: undefined,
  });
  const legs = [legOf("agent", false), legOf("lead", true), legOf("guest", false)];
  const check = (bridge: string, members: readonly string[], expected: string): void => {
    const bridges = [{ id: bridge, channels: members, creationtime: "" }];
    const said = inCalls(legs, bridges)
      .filter(({ live }) => live.call !== undefined).map(({ live }) => `${live.leg}:${live.call}`);
    expect(said.join(" "), `${bridge} of ${members.join()}`).to.equal(expected);
  };

  it("are in the call that a bridge is named after, or that is where one of them waits", () => {
    check("call-lead", ["agent", "lead"], "agent:lead lead:lead");
    check("quiet-agent", ["agent", "lead"], "agent:lead lead:lead");
    check("quiet-agent", ["guest", "lead", "agent"], "agent:lead lead:lead guest:lead");
  });

  it("are in none alone, where the one who waits is gone, and where nobody is a lead", () => {
    check("call-lead", ["lead"], "");
    check("quiet-agent", ["agent"], "");
    check("quiet-agent", ["lead", "guest"], "");
    check("watch-guest", ["guest", "snoop-1", "snoop-2"], "");
    check("music-agent", ["agent", "lead"], "");
  });
});
