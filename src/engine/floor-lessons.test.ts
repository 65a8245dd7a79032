import { expect } from "chai";
import { instant } from "../clock.ts";
import type { AgentId, AttemptId } from "../ids.ts";
import type { CallState } from "../call/call.ts";
import { meanMs } from "../pacing/durations.ts";
import type { FloorAgent } from "../pacing/pacer.ts";
import { FloorLessons } from "./floor-lessons.ts";

const at = (ms: number) => instant(1_000_000 + ms);
const ringing: CallState = { at: "ringing", since: at(0), promised: undefined };
const waiting: CallState = {
  at: "waiting", answeredAt: at(9_000), deadline: at(11_000), reserved: undefined, offers: 0,
};
const ended = (outcome: "abandoned" | "failed" | "no-answer", spent: boolean): CallState => ({
  at: "ended", since: at(20_000), awaited: undefined,
  outcome: { outcome, reason: "unknown-cause", spent },
});

/** The last observation's trace in what was learned, after one change of a line's state. */
function check(before: CallState, now: CallState): FloorLessons {
  const lessons = new FloorLessons();
  lessons.lineChanged(
    {
      placedAt: at(0), answerProbability: 0.3, before, now, at: at(20_000),
      cell: { past: "fresh", hour: 9, lineType: "mobile" },
    }, 0.03,
  );
  return lessons;
}

const agent = (state: FloorAgent["state"], sinceMs: number): FloorAgent =>
  ({ agent: 1 as AgentId, state, since: at(sinceMs) });

describe("the lessons of a floor", () => {
  const first = new FloorLessons().learned;

  it("are an answer, after the time from placing to answering", () => {
    const { odds, rings } = check(ringing, waiting).learned;
    expect([odds.lines, odds.answers]).to.deep.equal([1, 1]);
    expect(meanMs(rings.all.answered)).to.be.below(meanMs(first.rings.all.answered));
    expect(meanMs(rings.mobile.answered)).to.be.below(meanMs(first.rings.mobile.answered));
    expect(rings.landline).to.deep.equal(first.rings.landline);
  });

  it("are counted under what is known of the lead", () => {
    const { cells } = check(ringing, ended("no-answer", true)).learned;
    expect(Object.keys(cells.levels)).to.deep.equal(["past fresh", "line mobile", "hour 9"]);
  });

  it("are a line that nobody answered, or a trunk that failed", () => {
    expect(check(ringing, ended("no-answer", true)).learned.odds.lines).to.equal(1);
    expect(check(ringing, ended("failed", true)).learned.failing).to.equal(0);
    expect(check(ringing, ended("failed", false)).learned.failing).to.be.above(0);
  });

  it("are a person abandoned, and one who got an agent", () => {
    const connected: CallState = {
      at: "connected", answeredAt: at(9_000), joinedAt: at(9_100),
      agent: 1 as AgentId, agentLeg: "leg" as unknown as AttemptId as never, recordingOver: false,
    };
    expect(check(waiting, ended("abandoned", true)).learned.logRisk).to.be.below(first.logRisk);
    expect(check(waiting, connected).learned.logRisk).to.be.above(first.logRisk);
  });

  it("are talks and wrap-ups, from one look at the floor to the next", () => {
    const lessons = new FloorLessons();
    for (const each of [agent("talking", 0), agent("talking", 0), agent("wrap-up", 60_000),
      agent("ready", 70_000), agent("ready", 70_000)]) {
      lessons.floorSeen([each]);
    }
    const pace = lessons.learned.agents[1 as AgentId];
    expect(pace).to.include({ calls: 1, talkMs: 60_000, wrapUps: 1, wrapUpMs: 10_000 });
  });
});
