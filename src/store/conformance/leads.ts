/** Owns what every store must do with leads and the intents to dial them. */
import { expect } from "chai";
import { plus, systemClock, type Instant } from "../../clock.ts";
import type { Epoch, LeadId } from "../../ids.ts";
import {
  noon, minute, busy, fact, numbersOf, finished, retryAt, Run, here, seatsOf, two,
  type StoreUnderTest,
} from "./run.ts";

export function leads(under: () => StoreUnderTest): void {
  it("come in the order of the list, as many as asked for", async () => {
    const run = await Run.start(under(), ["+3", "+1", "+2"]);
    expect(numbersOf(await run.lease(2))).to.deep.equal(["+3", "+1"]);
    expect(numbersOf(await run.lease(2))).to.deep.equal(["+2"]);
    expect(await run.lease(2)).to.deep.equal([]);
  });

  it("go to one of many who ask at once", async () => {
    const numbers = Array.from({ length: 60 }, (_, i) => `+49301${i}`);
    const run = await Run.start(under(), numbers);
    const batches = await Promise.all(Array.from({ length: 8 }, () => run.lease(10)));
    const rest = await run.lease(60);
    const all = numbersOf([...batches.flat(), ...rest]);
    expect(all.sort()).to.deep.equal([...numbers].sort());
  });

  it("can be leased again when their lease has run out", async () => {
    const run = await Run.start(under(), ["+1"]);
    await run.lease();
    expect(await run.lease(1, plus(noon, minute - 1))).to.deep.equal([]);
    expect(numbersOf(await run.lease(1, plus(noon, minute)))).to.deep.equal(["+1"]);
  });

  it("are free at once for who takes their switch over, and for nobody else", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3", "+4"]);
    const now = systemClock.now();
    const elsewhere = "virtual-2";
    const [other] = await seatsOf(under().store, two, [elsewhere]);
    await run.dial(now);
    expect(numbersOf(await run.lease(1, now))).to.deep.equal(["+2"]);
    const { campaign } = run;
    const theirs = await under().store.leaseLeads(
      { campaign, epoch: other?.epoch as Epoch, count: 1, now, leaseMs: minute });
    expect(numbersOf(theirs)).to.deep.equal(["+3"]);
    await under().expireSeats();
    const seats = await seatsOf(under().store, two, [here, elsewhere]);
    run.epoch = seats.find(({ pbx }) => pbx === here)?.epoch as Epoch;
    expect(numbersOf(await run.lease(4, now))).to.deep.equal(["+2", "+4"]);
  });

  it("take their old place when they are given back", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3"]);
    const [first] = await run.lease(1);
    await under().store.returnLeads(run.campaign, run.epoch, [first?.lead as LeadId]);
    expect(numbersOf(await run.lease(2))).to.deep.equal(["+1", "+2"]);
  });

  it("wait for the end of their pause, and then go before fresh ones", async () => {
    const run = await Run.start(under(), ["+1", "+2"]);
    const { attempt } = await run.dial();
    await run.end(attempt, busy, retryAt(plus(noon, minute)));
    const early = await run.lease(1, plus(noon, minute - 1));
    expect(numbersOf(early)).to.deep.equal(["+2"]);
    await under().store.returnLeads(run.campaign, run.epoch, early.map((each) => each.lead));
    const next = await run.lease(2, plus(noon, minute));
    expect(numbersOf(next)).to.deep.equal(["+1", "+2"]);
    expect(next.map((each) => each.spent)).to.deep.equal([1, 0]);
  });

  it("that wait again are still due when they are given back", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.end(attempt, busy, retryAt(noon));
    const again = await run.lease();
    await under().store.returnLeads(run.campaign, run.epoch, again.map((each) => each.lead));
    expect(numbersOf(await run.lease())).to.deep.equal(["+1"]);
  });

  it("that an agent skipped wait, and are finished when skipped often enough", async () => {
    const run = await Run.start(under(), ["+1", "+2"]);
    const skip = async (at: Instant): Promise<void> => {
      const [first] = await run.lease(1, at);
      await under().store.skipLead({
        campaign: run.campaign, epoch: run.epoch, lead: first?.lead as LeadId,
        notBefore: plus(at, minute), skipsMax: 2,
      });
    };
    await skip(noon);
    expect(numbersOf(await run.lease(2))).to.deep.equal(["+2"]);
    expect((await run.counts()).finished).to.equal(0);
    await skip(plus(noon, minute));
    expect(numbersOf(await run.lease(2, plus(noon, 3 * minute)))).to.deep.equal(["+2"]);
    expect((await run.counts()).finished).to.equal(1);
  });

  it("that are not leased are not skipped", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { lead } = await run.dial();
    await under().store.skipLead({
      campaign: run.campaign, epoch: run.epoch, lead, notBefore: noon, skipsMax: 1,
    });
    expect((await run.counts()).finished).to.equal(0);
  });

  it("that were dialed are not given back", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { lead } = await run.dial();
    await under().store.returnLeads(run.campaign, run.epoch, [lead]);
    expect(await run.lease()).to.deep.equal([]);
  });
}

export function intents(under: () => StoreUnderTest): void {
  it("keep what was predicted of the lead, and by whom", async () => {
    const run = await Run.start(under(), ["+1", "+2"]);
    const predictions = [
      { answerProbability: 0.25, by: "bttc-1", madeAt: noon }, { answerProbability: 0.5, by: "own" },
    ];
    const leads = await run.lease();
    await run.place(...leads.map((lead, i) =>
      ({ ...run.intent(lead), ...predictions[i] && { prediction: predictions[i] } })));
    const open = await under().store.openAttempts(here);
    expect(open.map(({ prediction }) => prediction)).to.deep.equal(predictions);
  });

  it("of one lead at once: one is placed", async () => {
    const run = await Run.start(under(), ["+1"]);
    const [lead] = await run.lease();
    if (!lead) throw new Error("no lead");
    const placed = await Promise.all(
      Array.from({ length: 6 }, () => run.place(run.intent(lead))),
    );
    expect(placed.flat()).to.have.length(1);
  });

  it("of one number in two campaigns: one is placed", async () => {
    const first = await Run.start(under(), ["+1"]);
    const second = await Run.start(under(), ["+1"]);
    await first.dial();
    const [lead] = await second.lease();
    if (!lead) throw new Error("no lead");
    expect(await second.place(second.intent(lead))).to.deep.equal([]);
  });

  it("sent again are placed once and answered again", async () => {
    const run = await Run.start(under(), ["+1"]);
    const intent = await run.dial();
    expect(await run.place(intent)).to.deep.equal([intent.attempt]);
    expect((await run.counts()).attempts).to.equal(1);
  });

  it("in a batch fall out one by one", async () => {
    const run = await Run.start(under(), ["+1", "+2", "+3"]);
    const taken = await run.dial();
    const [second, third] = await run.lease();
    if (!second || !third) throw new Error("no leads");
    const [a, b] = [run.intent(second), run.intent(third)];
    const placed = await run.place(a, run.intent(taken), b);
    expect([...placed].sort()).to.deep.equal([a.attempt, b.attempt].sort());
  });

  it("for a lead that is not leased are left out", async () => {
    const run = await Run.start(under(), ["+1"]);
    const intent = await run.dial();
    await run.end(intent.attempt, busy, finished);
    expect(await run.place(run.intent(intent))).to.deep.equal([]);
  });

  it("are found without an outcome after a restart, with their facts", async () => {
    const run = await Run.start(under(), ["+1", "+2"]);
    const open = await run.dial();
    const done = await run.dial();
    await run.record(open.attempt, { facts: [fact(1), fact(2, "ringing")] });
    await run.end(done.attempt, busy, finished);
    // What retry rules ask of the past is the database's alone: rehearsals know one number a lead.
    const found = (await under().store.openAttempts(here)).map(({ past: _, ...each }) => each);
    expect(found).to.deep.equal([
      { ...open, epoch: run.epoch, spent: 0, facts: [fact(1), fact(2, "ringing")] },
    ]);
  });
}
