import { expect } from "chai";
import type { AgentId } from "../ids.ts";
import { learn, nothingLearned, type LearnedFloor } from "./learned.ts";
import { readLearned } from "./learned-reading.ts";

const agent = 7 as AgentId;
const seen = ([
  {
    type: "line-ended", how: "answered", afterMs: 9_000.5, answerProbability: 0.3,
    cell: { past: "fresh", hour: 9, lineType: "mobile" },
  },
  { type: "line-ended", how: "unanswered", afterMs: 25_000, answerProbability: 1 / 3 },
  { type: "talk-ended", agent, ms: 61_234 },
  { type: "wrap-up-ended", agent, ms: 0 },
  { type: "agent-back", back: true },
  { type: "answer-settled", abandoned: true, limit: 0.03 },
] as const).reduce((known, each) => learn(known, each), nothingLearned());

/** What becomes of it in a database. */
const stored = (learned: unknown): unknown => JSON.parse(JSON.stringify(learned));

describe("what was learned, read back", () => {
  it("is what was written", () => {
    expect(readLearned(stored(seen))).to.deep.equal(seen);
    expect(readLearned(stored(nothingLearned()))).to.deep.equal(nothingLearned());
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["text", "learned"],
    ["another version", { ...seen, version: 1 }],
    ["a part missing", { ...seen, odds: undefined }],
    ["a part too many", { ...seen, mood: 1 }],
    ["other bins", { ...seen, talk: { ...seen.talk, counts: { ...seen.talk.counts, ended: [1] } } }],
    ["a duration that is no number", { ...seen, wrapUp: { ...seen.wrapUp, fresh: [NaN] } }],
    ["a negative count", { ...seen, odds: { ...seen.odds, answers: -1 } }],
    ["a risk out of bounds", { ...seen, logRisk: 1 }],
    ["an agent without calls", { ...seen, agents: { 7: {} } }],
  ];
  for (const [what, value] of refused) {
    it(`is refused with ${what}`, () => {
      expect(readLearned(value === undefined ? value : stored(value))).to.equal(undefined);
    });
  }

  it("goes on learning where it stopped", () => {
    const observation = { type: "talk-ended", agent, ms: 100_000 } as const;
    const again = readLearned(stored(seen)) as LearnedFloor;
    expect(learn(again, observation)).to.deep.equal(learn(seen, observation));
  });
});
