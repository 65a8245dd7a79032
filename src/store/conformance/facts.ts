/** Owns what every store must do with facts, outcomes, and the writes of old epochs. */
import { expect } from "chai";
import { plus } from "../../clock.ts";
import { Fenced } from "../../errors.ts";
import type { AttemptId, LeadId } from "../../ids.ts";
import type { CallRecord } from "../store.ts";
import {
  noon, minute, two, busy, congested, connected, fact, finished, retryAt, rejection, Run, here,
  type StoreUnderTest,
} from "./run.ts";

export function records(under: () => StoreUnderTest): void {
  const facts = async () =>
    (await under().store.openAttempts(here)).flatMap((each) => each.facts);

  it("are skipped when they come twice, in one batch or in two", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.record(attempt, { facts: [fact(1), fact(1), fact(2)] });
    await run.record(attempt, { facts: [fact(2, "other"), fact(3)] });
    expect(await facts()).to.deep.equal([fact(1), fact(2), fact(3)]);
  });

  it("of one attempt may come in several records of a batch", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    const base = { attempt, campaign: run.campaign, epoch: run.epoch };
    await under().store.recordCalls([
      { ...base, facts: [fact(1)], changes: { ringingAt: noon }, lead: undefined },
      { ...base, facts: [fact(2)], changes: { outcome: busy, endedAt: noon }, lead: finished },
      { ...base, facts: [fact(3)], changes: { outcome: connected }, lead: retryAt() },
    ]);
    const { outcomes, finished: done, open } = await run.counts();
    expect([outcomes.busy, outcomes.connected, done, open]).to.deep.equal([1, 0, 1, 0]);
  });

  it("keep the first outcome, with what it did to the lead", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.end(attempt, busy, finished);
    await run.end(attempt, connected, retryAt());
    const { outcomes, finished: done, waitingForRetry } = await run.counts();
    expect([outcomes.busy, outcomes.connected, done, waitingForRetry])
      .to.deep.equal([1, 0, 1, 0]);
  });

  it("let an outcome come twice and count it once", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.end(attempt, busy, retryAt());
    await run.end(attempt, busy, retryAt());
    expect((await run.lease()).map((lead) => lead.spent)).to.deep.equal([1]);
  });

  it("do not spend an attempt on congestion", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.end(attempt, congested, retryAt());
    expect((await run.lease()).map((lead) => lead.spent)).to.deep.equal([0]);
  });

  it("let a disposition that comes later retire the lead", async () => {
    const run = await Run.start(under(), ["+1"]);
    const agent = await under().addAgent({ phone: "1001", pin: "1234" });
    const { attempt } = await run.dial();
    await run.end(attempt, connected, retryAt());
    await run.record(attempt, { changes: { disposition: "sale", agent }, lead: finished });
    expect(await run.lease()).to.deep.equal([]);
    expect((await run.counts()).finished).to.equal(1);
  });

  it("free the lead and the number for the next attempt", async () => {
    const run = await Run.start(under(), ["+1"]);
    const first = await run.dial();
    await run.end(first.attempt, busy, retryAt());
    const second = await run.dial();
    expect(second.lead).to.equal(first.lead);
    const { attempts, open, outcomes } = await run.counts();
    expect([attempts, open, outcomes.busy]).to.deep.equal([2, 1, 1]);
  });

  it("of an earlier attempt leave a lead alone that is dialed again", async () => {
    const run = await Run.start(under(), ["+1"]);
    const first = await run.dial();
    await run.end(first.attempt, busy, retryAt());
    const second = await run.dial();
    await run.record(first.attempt, { lead: finished });
    expect((await run.counts()).finished).to.equal(0);
    await run.end(second.attempt, busy, finished);
    expect((await run.counts()).finished).to.equal(1);
  });

  it("accept an empty batch", async () => {
    await under().store.recordCalls([]);
    await under().store.recordAgents([]);
    await under().store.recordRecordings([]);
  });

  it("accept a recording again when its file is whole", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    const row = {
      attempt, epoch: run.epoch, leg: "lead", file: "a/lead.wav", startedAt: noon,
      durationMs: undefined,
      bytes: undefined, state: "running",
    } as const;
    await under().store.recordRecordings([row]);
    await under().store.recordRecordings([row, { ...row, durationMs: 5, bytes: 84, state: "whole" }]);
  });
}

export function oldEpochs(under: () => StoreUnderTest): void {
  const writes: readonly [string, (run: Run, attempt: AttemptId, lead: LeadId) => unknown][] = [
    ["leaseLeads", (run) => run.lease()],
    ["returnLeads", (run, _, lead) =>
      run.under.store.returnLeads(run.campaign, run.epoch, [lead])],
    ["skipLead", (run, _, lead) => run.under.store.skipLead({
      campaign: run.campaign, epoch: run.epoch, lead, notBefore: noon, skipsMax: 1 })],
    ["placeAttempts", (run) => run.place()],
    ["recordCalls", (run, attempt) => run.end(attempt, busy, finished)],
    ["recordRecordings", (run, attempt) => run.under.store.recordRecordings([{
      attempt, epoch: run.epoch, leg: "lead", file: "late.wav", startedAt: noon,
      durationMs: undefined, bytes: undefined, state: "running",
    }])],
    ["shareTrunks", (run) => run.under.store.shareTrunks(
      run.epoch, [{ trunk: run.trunk, using: 0, wanted: 1 }])],
    ["finishCampaign", (run) => run.under.store.finishCampaign(run.campaign, run.epoch)],
  ];
  for (const [method, write] of writes) {
    it(`write nothing by ${method}`, async () => {
      const run = await Run.start(under(), ["+1", "+2"]);
      const { attempt, lead } = await run.dial();
      const before = await run.counts();
      await run.loseTo(two);
      const error = await rejection(Promise.resolve(write(run, attempt, lead)));
      expect(error).to.be.instanceOf(Fenced);
      expect(await run.counts()).to.deep.equal(before);
    });
  }

  it("place nothing, and the new epoch may place the same lead", async () => {
    const run = await Run.start(under(), ["+1"]);
    const [lead] = await run.lease();
    if (!lead) throw new Error("no lead");
    const epoch = await run.loseTo(two);
    expect(await rejection(run.place(run.intent(lead)))).to.be.instanceOf(Fenced);
    run.epoch = epoch;
    await run.lease(1, plus(noon, minute));
    expect(await run.place(run.intent(lead))).to.have.length(1);
  });

  it("refuse a whole batch when one switch of it is lost", async () => {
    const lost = await Run.start(under(), ["+1"]);
    const first = await lost.dial();
    const kept = await Run.start(under(), ["+2"]);
    kept.epoch = await lost.loseTo(two);
    const second = await kept.dial();
    const recordOf = (run: Run, attempt: AttemptId): CallRecord => ({
      attempt, campaign: run.campaign, epoch: run.epoch, facts: [fact(1)],
      changes: { outcome: busy }, lead: finished,
    });
    expect(await rejection(under().store.recordCalls([
      recordOf(kept, second.attempt), recordOf(lost, first.attempt),
    ]))).to.be.instanceOf(Fenced);
    expect((await kept.counts()).open).to.equal(1);
  });
}
