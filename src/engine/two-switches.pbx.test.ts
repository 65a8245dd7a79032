/**
 * Two real Asterisks and one controller process: lines are spread by what each has free; one that
 * hangs, and one that dies, is left out until it is well again, while the other goes on. SIPp's
 * record is the truth, and the agents' notes say whom they hung up on.
 */
import { expect } from "chai";
import type { DialNumber } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Kill } from "../testing/chaos/judge.ts";
import type { Person } from "../testing/demo/people.ts";
import type { RecordedAttempt } from "../testing/demo/records.ts";
import { Deployment, type Served } from "../testing/deployment/deployment.ts";

const talkMs = 3_000;
const people = Array.from({ length: 400 }, (_, i): Person => {
  const conduct = { behaviour: "talks", ringMs: 300, talkMs } as const;
  const number = `+1${201 + Math.floor(i / 100)}55501${String(i % 100).padStart(2, "0")}`;
  return { number: number as DialNumber, name: "somebody", first: conduct, later: conduct };
});

/** From a fault that says nothing to the last line placed there; see docs/reliability.md. */
const seenMs = limits.switchSilenceMs + limits.switchSilenceMs / 3 + 1_000;

describe("two switches", function () {
  this.timeout(150_000);
  let deployment: Deployment;
  let controller: Served;
  const kills: Kill[] = [];
  let startedAt = 0;

  before(async () => {
    deployment = await Deployment.open({ agents: [4, 2], people });
    controller = await deployment.serve("one");
    await deployment.logIn();
    startedAt = Date.now();
    await deployment.move("start");
  });
  after(() => deployment?.close());

  const on = async (pbx: string, from: number): Promise<readonly RecordedAttempt[]> =>
    (await deployment.attempts()).filter((each) => each.pbx === pbx && each.placedAt >= from);

  /** Resolves when so many people placed on a switch from then on talked with an agent. */
  const talked = (pbx: string, from: number, least: number): Promise<void> =>
    deployment.until(`${least} conversations on ${pbx}`, async () =>
      (await on(pbx, from)).filter(({ joinedAt }) => joinedAt !== null).length >= least, 40_000);

  /** Resolves when everything placed there before `until` has its outcome. */
  async function ended(pbx: string, until: number): Promise<readonly RecordedAttempt[]> {
    const before = async () => (await on(pbx, 0)).filter(({ placedAt }) => placedAt < until);
    await deployment.until(`the end of what ${pbx} had`, async () =>
      (await before()).every(({ outcome }) => outcome !== null));
    return before();
  }

  it("spread the lines by what each has free", async () => {
    await talked("asterisk-1", startedAt, 12);
    await talked("asterisk-2", startedAt, 4);
    const [first, second] = [await on("asterisk-1", 0), await on("asterisk-2", 0)];
    // Twice the agents on the first; the ends of a short run are ragged.
    expect(first.length / second.length).to.be.within(1.3, 3.2);
  });

  it("go on with one while the other hangs, and use it again when it wakes", async () => {
    const at = Date.now();
    deployment.switch("asterisk-2").signal("SIGSTOP");
    const lost = () => controller.said("connection-lost pbx=asterisk-2");
    await deployment.until("the loss is seen", () => lost().length > 0);
    const seenAt = lost().at(-1) ?? NaN;
    expect(seenAt - at).to.be.below(seenMs);
    await talked("asterisk-1", seenAt, 8);
    // What was being stored in the moment of the loss is not sent any more.
    expect(await on("asterisk-2", seenAt + 1_000)).to.deep.equal([]);
    expect(controller.said("connection-lost pbx=asterisk-1")).to.deep.equal([]);
    deployment.switch("asterisk-2").signal("SIGCONT");
    const backAt = Date.now();
    kills.push({ victim: "switch", manner: "hang", at, backAt });
    await comesBack("asterisk-2", backAt);
  });

  it("go on with one while the other is dead, and use it again when it lives", async () => {
    const at = Date.now();
    deployment.switch("asterisk-2").signal("SIGKILL");
    await talked("asterisk-1", at, 8);
    expect(await on("asterisk-2", at + 1_000)).to.deep.equal([]);
    await deployment.switch("asterisk-2").revive();
    const backAt = Date.now();
    kills.push({ victim: "switch", manner: "kill", at, backAt });
    const had = await comesBack("asterisk-2", backAt);
    const open = had.filter(({ placedAt, endedAt }) => placedAt < at && (endedAt ?? at) >= at);
    // Who had just answered was left alone by the death of the switch, and is counted so.
    for (const { reason } of open) {
      expect(reason).to.be.oneOf(["switch-lost", "answered", "no-agent-in-time"]);
    }
  });

  /** What the switch had comes to an end, its agents to their work, and people are called again. */
  async function comesBack(pbx: string, backAt: number): Promise<readonly RecordedAttempt[]> {
    await deployment.until(`agents at ${pbx} at work`, async () => {
      await deployment.recall();
      return (await on(pbx, backAt)).some(({ joinedAt }) => joinedAt !== null);
    }, 45_000);
    return ended(pbx, backAt);
  }

  it("dialed nobody twice, cut no conversation, and left nothing open", async () => {
    const stoppedAt = Date.now();
    await deployment.move("stop");
    await deployment.finished();
    const report = await deployment.report(kills, stoppedAt);
    expect(report.failures).to.deep.equal([]);
    expect(report.connected).to.be.above(30);
    expect(controller.said(" error ")).to.deep.equal([]);
    await controller.stop();
    expect(await controller.ended).to.equal(0);
  });
});
