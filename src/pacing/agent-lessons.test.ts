import { expect } from "chai";
import { instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { lessonsOf } from "./agent-lessons.ts";
import type { FloorAgent } from "./pacer.ts";

const agent = 7 as AgentId;

/** An agent written as its state and since when, in seconds: `talking 0`; `-` for nobody. */
function read(written: string): FloorAgent | undefined {
  const [state = "", since = "0"] = written.split(" ");
  if (state === "-") return undefined;
  return { agent, state: state as FloorAgent["state"], since: instant(1_000 * Number(since)) };
}

function check(before: string, now: string, expected: string): void {
  const was = read(before);
  const lessons = was ? lessonsOf(was, read(now)) : [];
  const written = lessons.map((each) => each.type === "agent-back"
    ? each.back ? "back" : "away"
    : "ms" in each ? `${each.type} ${each.ms / 1_000}` : each.type);
  expect(written.join(", ")).to.equal(expected);
}

describe("what an agent's change teaches", () => {
  it("is how long the talk was", () => { check("talking 0", "wrap-up 60", "talk-ended 60"); });
  it("is how long the wrap-up was, and that the agent came back", () => {
    check("wrap-up 60", "ready 70", "wrap-up-ended 10, back");
    check("wrap-up 60", "connecting 70", "wrap-up-ended 10, back");
  });
  it("is a wrap-up of no time where there is none", () => {
    check("talking 0", "ready 60", "talk-ended 60, wrap-up-ended 0, back");
  });
  it("is that the agent takes a rest, once and as soon as that is told", () => {
    check("wrap-up 60", "paused 70", "wrap-up-ended 10, away");
    check("talking 0", "leaving 0", "away");
    check("leaving 0", "paused 70", "");
  });
  it("is that the agent has gone", () => {
    check("talking 0", "-", "away");
    check("wrap-up 60", "-", "away");
    check("paused 0", "-", "");
  });
  it("is nothing while nothing changes, and nothing of who was free", () => {
    check("talking 0", "talking 0", "");
    check("ready 0", "connecting 5", "");
    check("ready 0", "paused 5", "");
  });
});
