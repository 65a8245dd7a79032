import { expect } from "chai";
import type { Outcome } from "../../call/outcome.ts";
import { compare, type OurAttempt } from "./compare.ts";
import type { Behaviour } from "./people.ts";
import type { CallEnd, TrueCall } from "./truth.ts";

const number = "+12015550100";
const ours = (said: string, times: Partial<OurAttempt> = {}): OurAttempt => {
  const [outcome, reason] = said.split("/") as [Outcome, string];
  return {
    attempt: "a1", number, placedAt: 0, answeredAt: null, joinedAt: null, endedAt: 60_000,
    outcome, reason, ...times,
  };
};
const theirs = (behaviour: Behaviour, end: CallEnd, times: Partial<TrueCall> = {}): TrueCall => ({
  number, behaviour, invitedAt: 10, answeredAt: undefined, acknowledgedAt: undefined,
  endedAt: 20_000, end, ...times,
});
const answered = { answeredAt: 2_000 };

/** "agree", "explained" or "disagree". */
const check = (mine: OurAttempt, call: TrueCall, expected: string): void => {
  const [first] = compare([mine], [call]);
  expect(first === undefined ? "agree" : first.explanation === null ? "disagree" : "explained")
    .to.equal(expected);
};

describe("the comparison with SIPp", () => {
  it("agrees on what the far end refused", () => {
    check(ours("busy/busy"), theirs("busy", "refused"), "agree");
    check(ours("no-answer/rejected"), theirs("rejected", "refused"), "agree");
    check(ours("failed/invalid-number"), theirs("unknown-number", "refused"), "agree");
    check(ours("failed/congestion"), theirs("congested", "refused"), "agree");
    check(ours("busy/busy"), theirs("congested", "refused"), "disagree");
  });
  it("agrees on what nobody answered", () => {
    check(ours("no-answer/ring-time-over"), theirs("no-answer", "cancelled"), "agree");
    check(ours("no-answer/ring-time-over"), theirs("early-media", "cancelled"), "agree");
    check(ours("failed/number-changed"), theirs("intercepted", "cancelled"), "agree");
    check(ours("failed/number-changed"), theirs("intercepted", "refused"), "agree");
    check(ours("failed/number-changed"), theirs("early-media", "cancelled"), "disagree");
    check(ours("connected/answered"), theirs("no-answer", "cancelled"), "disagree");
    check(ours("no-answer/ring-time-over"), theirs("no-answer", "lost"), "disagree");
  });
  it("agrees on conversations, whoever ended them", () => {
    check(ours("connected/answered"), theirs("talks", "person-left", answered), "agree");
    check(ours("connected/answered"), theirs("machine", "caller-left", answered), "agree");
    check(ours("abandoned/no-agent-in-time"), theirs("talks", "caller-left", answered), "agree");
    check(ours("busy/busy"), theirs("talks", "caller-left", answered), "disagree");
  });
  it("wants a person who hung up early to have hung up", () => {
    const early = ours("hung-up-early/left-before-agent");
    check(early, theirs("hangs-up-at-once", "person-left", answered), "agree");
    check(early, theirs("talks", "caller-left", answered), "disagree");
  });
  it("explains a hang-up that crossed the bridging", () => {
    const call = theirs("hangs-up-at-once", "person-left", { ...answered, endedAt: 2_003 });
    check(ours("connected/answered", { joinedAt: 2_030 }), call, "explained");
    check(ours("connected/answered", { joinedAt: 9_000 }), call, "disagree");
  });
  it("explains an answer that crossed our CANCEL", () => {
    const mine = ours("no-answer/ring-time-over");
    check(mine, theirs("talks", "caller-left", { ...answered, endedAt: 2_040 }), "explained");
    check(mine, theirs("talks", "caller-left", { ...answered, endedAt: 9_000 }), "disagree");
  });
  it("finds calls without an attempt and attempts without a call", () => {
    expect(compare([], [theirs("talks", "person-left")])).to.have.length(1);
    expect(compare([ours("busy/busy")], [])[0]?.explanation).to.equal(null);
    expect(compare([ours("failed/refused-by-switch")], [])[0]?.explanation).to.be.a("string");
  });
  it("matches the calls of one number in their order", () => {
    const first = ours("busy/busy", { endedAt: 100 });
    const second = ours("connected/answered", { attempt: "a2", placedAt: 15_000, endedAt: 30_000 });
    expect(compare([first, second], [
      theirs("busy", "refused", { endedAt: 80 }),
      theirs("talks", "person-left", { ...answered, invitedAt: 15_010, endedAt: 29_000 }),
    ])).to.deep.equal([]);
  });
});
