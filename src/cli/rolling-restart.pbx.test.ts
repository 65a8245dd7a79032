/**
 * `ringwright serve` replaced, and hung, under load: real processes at a real Asterisk. People who
 * talk hear nothing of it. SIPp's record is the truth; agents here never hang up first.
 */
import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Kill } from "../testing/chaos/judge.ts";
import type { Person } from "../testing/demo/people.ts";
import { Deployment, type Served } from "../testing/deployment/deployment.ts";

const talkMs = 5_000;
const people = Array.from({ length: 300 }, (_, i): Person => {
  const conduct = { behaviour: "talks", ringMs: 300 + 7 * (i % 100), talkMs } as const;
  const number = `+1${201 + Math.floor(i / 100)}55501${String(i % 100).padStart(2, "0")}`;
  return { number: number as DialNumber, name: "somebody", first: conduct, later: conduct };
});

describe("controllers replaced under load", function () {
  this.timeout(120_000);
  let deployment: Deployment;
  const kills: Kill[] = [];
  let last: Served;

  before(async () => {
    deployment = await Deployment.open({ agents: [6], people });
    last = await deployment.serve("first");
    await deployment.logIn();
    await deployment.move("start");
    await talksGoOn(0, 4);
  });
  after(() => deployment?.close());

  /** Resolves when so many people who were called after `from` talk with an agent. */
  const talksGoOn = (from: number, least: number): Promise<void> =>
    deployment.until(`${least} conversations`, async () => (await deployment.attempts())
      .filter(({ placedAt, joinedAt }) => placedAt >= from && joinedAt !== null).length >= least);

  /** Milliseconds from `at` to the first phone that rang after it, by SIPp's record. */
  const dialedAgain = (at: number): number => Math.min(...deployment.callees.truth()
    .map(({ invitedAt }) => invitedAt).filter((invitedAt) => invitedAt > at + 200)) - at;

  it("a rolling restart drops no call", async () => {
    for (const name of ["second", "third"]) {
      const next = await deployment.serve(name);
      const at = Date.now();
      await last.stop();
      expect(await last.ended).to.equal(0);
      await talksGoOn(at, 4);
      // All agents may just have begun to talk.
      expect(dialedAgain(at), "ms without a call").to.be.below(talkMs + 5_000);
      last = next;
    }
    const { failures } = await deployment.report([], Date.now());
    expect(failures.filter((each) => !each.startsWith("without an outcome"))).to.deep.equal([]);
    const dropped = (await deployment.attempts()).filter(({ outcome }) =>
      outcome !== null && outcome !== "connected");
    expect(dropped).to.deep.equal([]);
  });

  it("one that hangs is replaced within its lease, and does no harm when it wakes", async () => {
    const next = await deployment.serve("fourth");
    const at = Date.now();
    last.signal("SIGSTOP");
    await talksGoOn(at + 1_000, 4);
    expect(dialedAgain(at + 1_000)).to.be.below(talkMs + limits.seatLeaseMs);
    const placed = last.said(" placed ").length;
    const backAt = Date.now();
    kills.push({ victim: "controller", manner: "hang", at, backAt });
    last.signal("SIGCONT");
    expect(await last.ended, "the status of one that lost its seat").to.equal(3);
    expect(last.said(" placed ").length).to.equal(placed);
    await talksGoOn(backAt, 4);
    await deployment.move("stop");
    await deployment.finished();
    const { failures } = await deployment.report(kills, backAt);
    expect(failures).to.deep.equal([]);
    await next.stop();
    expect(await next.ended).to.equal(0);
    expect(next.said(" error ")).to.deep.equal([]);
  });
});
