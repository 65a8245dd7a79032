/** Owns what every store must do with figures, agents, what pacing learned, and changes. */
import { expect } from "chai";
import { plus } from "../../clock.ts";
import { Fenced } from "../../errors.ts";
import type { AgentId, Epoch } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { AttemptOutcome } from "../../call/outcome.ts";
import type { PacingRecord } from "../pacing-record.ts";
import {
  noon, day, minute, one, two, busy, connected, abandoned, machine, fact, finished, retryAt,
  rejection, Run, here, seatsOf, type StoreUnderTest,
} from "./run.ts";

export function figures(under: () => StoreUnderTest): void {
  it("count leads by state and attempts by outcome", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3", "+4", "+5"]);
    await run.end((await run.dial()).attempt, busy, finished);
    await run.end((await run.dial()).attempt, abandoned, retryAt(plus(noon, minute)));
    await run.dial();
    await run.lease(1);
    expect(await run.counts()).to.deep.equal({
      leads: 5, dialable: 2, waitingForRetry: 1, finished: 1, attempts: 3, open: 1,
      outcomes: {
        "connected": 0, "abandoned": 1, "hung-up-early": 0, "machine": 0, "busy": 1,
        "no-answer": 0, "failed": 0,
      },
      answered: 1, abandoned: 1,
    });
  });

  it("count within the window only people who answered", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3", "+4", "+5"]);
    const ends: readonly [AttemptOutcome, number][] =
      [[connected, 0], [abandoned, 1], [machine, 1], [abandoned, -1], [busy, 2]];
    for (const [outcome, minutes] of ends) {
      const { attempt } = await run.dial();
      await run.end(attempt, outcome, finished, plus(noon, minutes * minute));
    }
    const window = (minutes: number) =>
      under().store.abandonWindow(run.campaign,
        { now: plus(noon, minutes * minute + day), days: 1 });
    expect(await window(0)).to.include({ answered: 2, abandoned: 1 });
    expect(await window(-1)).to.include({ answered: 3, abandoned: 2 });
    expect(await window(3)).to.deep.equal({
      answered: 0, abandoned: 0, leadsLeft: 0, day: { answered: 0, abandoned: 0 },
      from: plus(noon, 3 * minute), until: plus(noon, 3 * minute + 2 * day),
    });
  });

  it("count a window of many days from the campaign's first on, and the last 24 hours", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3", "+4"]);
    const begun = (await under().store.abandonWindow(run.campaign, { now: noon, days: 30 })).from;
    const on = async (days: number, outcome: AttemptOutcome): Promise<void> => {
      const { attempt } = await run.dial();
      await run.end(attempt, outcome, finished, plus(begun, days * day + minute));
    };
    await on(0, connected);
    await on(3, abandoned);
    await on(27, abandoned);
    await on(29, connected);
    const counts = async (days: number, of = 30) => {
      const at = { now: plus(begun, days * day + 2 * minute), days: of };
      const { from, until, ...rest } =
        await under().store.abandonWindow(run.campaign, at);
      const { answered: all, abandoned: lost, day: last } = rest;
      return `${(from - begun) / day}-${(until - begun) / day}: ${lost}/${all}, `
        + `${last.abandoned}/${last.answered}`;
    };
    expect(await counts(27)).to.equal("0-30: 2/4, 1/2");
    expect(await counts(29)).to.equal("0-30: 2/4, 0/1");
    // Asked again, days are found as they were kept.
    expect(await counts(29)).to.equal("0-30: 2/4, 0/1");
    // The next period begins with nothing.
    expect(await counts(30)).to.equal("30-60: 0/0, 0/0");
    expect(await counts(29, 10)).to.equal("20-30: 1/2, 0/1");
  });

  it("count a call of a day that was kept while it was open", async () => {
    const run = await Run.start(under(), ["+1", "+2"]);
    const begun = (await under().store.abandonWindow(run.campaign, { now: noon, days: 30 })).from;
    const { attempt } = await run.dial();
    const at = { now: plus(begun, 5 * day), days: 30 };
    await under().store.abandonWindow(run.campaign, at);
    await run.end(attempt, abandoned, finished, plus(noon, minute));
    const later = { ...at, now: plus(begun, 6 * day) };
    expect(await under().store.abandonWindow(run.campaign, later))
      .to.include({ answered: 1, abandoned: 1 });
  });

  it("is told the leads that may be dialed yet, but for those on the line", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3", "+4"]);
    const left = async (): Promise<number> =>
      (await under().store.abandonWindow(run.campaign, { now: noon, days: 1 })).leadsLeft;
    expect(await left()).to.equal(4);
    const { attempt } = await run.dial();
    expect(await left()).to.equal(3);
    await run.end(attempt, busy, retryAt(plus(noon, minute)));
    expect(await left()).to.equal(4);
    const { attempt: last } = await run.dial();
    await run.end(last, connected, finished);
    expect(await left()).to.equal(3);
  });
}

export function agents(under: () => StoreUnderTest): void {
  const tries = async (agent: AgentId, pins: readonly string[], at = noon) => {
    const results: string[] = [];
    for (const pin of pins) {
      results.push((await under().store.checkPin(agent, pin, at)).result);
    }
    return results.join(" ");
  };

  it("are listed with their phones", async () => {
    await under().addAgent({ phone: "1001", pin: "1234" });
    const [agent] = await under().store.agents();
    expect([agent?.phone, agent?.enabled, agent?.campaigns]).to.deep.equal(["1001", true, []]);
  });

  for (const [pins, results] of [
    ["1234", "right"],
    ["1111 1234", "wrong right"],
    ["1111 1111 1234 1111 1111 1234", "wrong wrong right wrong wrong right"],
    ["1111 1111 1111 1234", "wrong wrong locked locked"],
  ] as const) {
    it(`answer ${results} to ${pins}`, async () => {
      const agent = await under().addAgent({ phone: "1001", pin: "1234" });
      expect(await tries(agent, pins.split(" "))).to.equal(results);
    });
  }

  it("count wrong PINs that come at once", async () => {
    const agent = await under().addAgent({ phone: "1001", pin: "1234" });
    const results = await Promise.all(["1", "2", "3", "4", "5"].map((pin) =>
      under().store.checkPin(agent, pin, noon)));
    expect(results.filter((each) => each.result === "wrong")).to.have.length(2);
  });

  it("may try again when the lock is over", async () => {
    const agent = await under().addAgent({ phone: "1001", pin: "1234" });
    await tries(agent, ["1111", "1111", "1111"]);
    const { lockedUntil } = await under().store.checkPin(agent, "1234", noon);
    expect(lockedUntil).to.equal(plus(noon, limits.pinLockMs));
    expect(await tries(agent, ["1111", "1234"], lockedUntil)).to.equal("wrong right");
  });

  it("refuse any PIN for an agent who is not there", async () => {
    expect(await tries(999 as AgentId, ["1234"])).to.equal("wrong");
  });

  it("stand where their last record left them", async () => {
    const agent = await under().addAgent({ phone: "1001", pin: "1234" });
    const [seat] = await seatsOf(under().store, one);
    const epoch = seat?.epoch ?? 0 as Epoch;
    const record = (state: string, at: number) => ({
      agent, epoch, facts: [fact(at)], state, since: plus(noon, at), campaign: undefined,
      snapshot: { state },
    });
    expect(await under().store.agentStandings()).to.deep.equal([]);
    await under().store.recordAgents([record("ready", 1), record("talking", 2)]);
    // A batch that is sent again does not turn the agent back.
    await under().store.recordAgents([record("ready", 1)]);
    expect(await under().store.agentStandings()).to.deep.equal([{
      agent, state: "talking", since: plus(noon, 2), campaign: undefined,
      snapshot: { state: "talking" }, pbx: here, served: false,
    }]);
    await seatsOf(under().store, one);
    expect((await under().store.agentStandings())[0]?.served).to.equal(true);
    // Nothing is recorded by a controller whose switch another one has.
    await under().expireSeats();
    await seatsOf(under().store, two);
    const late = under().store.recordAgents([record("ready", 3)]);
    expect(await rejection(late)).to.be.instanceOf(Fenced);
    expect((await under().store.agentStandings())[0]?.state).to.equal("talking");
  });
}

export function pacing(under: () => StoreUnderTest): void {
  const decision: PacingRecord = {
    at: noon, pacer: "predictive", why: "agents-free", dials: 2, placed: 1, agents: 5, ready: 1,
    lines: 3, waiting: 0, answered: 100, abandoned: 2, abandonRateMax: 0.03,
    forecast: { inMs: 9_000, agentsFree: 1.5, answers: 1.25, risk: 0.01, riskMax: 0.05 },
  };
  const save = (run: Run, learned?: object): Promise<void> => under().store.savePacing({
    campaign: run.campaign, epoch: run.epoch, ...learned && { learned },
    decisions: [decision, { ...decision, at: plus(noon, 1) }], forgetBefore: plus(noon, -minute),
  });

  it("is empty at first, and holds what was last saved", async () => {
    const run = await Run.start(under(), []);
    expect(await under().store.pacingMemory(run.campaign, here)).to.equal(undefined);
    await save(run, { version: 1, fresh: [0.1, 1 / 3] });
    await save(run);
    expect(await under().store.pacingMemory(run.campaign, here))
      .to.deep.equal({ version: 1, fresh: [0.1, 1 / 3] });
  });

  it("is another switch's where this one has learned nothing", async () => {
    const run = await Run.start(under(), []);
    await save(run, { version: 1 });
    expect(await under().store.pacingMemory(run.campaign, "virtual-9"))
      .to.deep.equal({ version: 1 });
  });

  it("is not written under an old epoch", async () => {
    const run = await Run.start(under(), []);
    await run.loseTo(two);
    expect(await rejection(save(run, {}))).to.be.instanceOf(Fenced);
    expect(await under().store.pacingMemory(run.campaign, here)).to.equal(undefined);
  });
}

export function changes(under: () => StoreUnderTest): void {
  const heard = async (change: () => Promise<unknown>): Promise<void> => {
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => { tell = resolve; });
    const listening = await under().store.onChange(tell);
    await change();
    await told;
    await listening.close();
  };

  it("of a campaign's state are told", async () => {
    const campaign = await under().addCampaign({ state: "draft", numbers: [] });
    await heard(() => under().setState(campaign, "running"));
  });

  it("of trunks are told", () => heard(() => under().addTrunk("carrier")));
  it("of agents are told", () => heard(() => under().addAgent({ phone: "1001", pin: "1234" })));
}
