/**
 * Owns what every store must do, whatever it is made of. Postgres and the simulated store run the
 * same suite; a difference is a bug in one of them, or a line for the contract in store.ts.
 */
import { expect } from "chai";
import { instant, plus, type Instant } from "../clock.ts";
import { Fenced } from "../errors.ts";
import type { AgentId, AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId,
  TrunkId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { AttemptOutcome } from "../call/outcome.ts";
import type { CallRecord, CampaignState, NewAttempt, PacingRecord, Store } from "./store.ts";

/** A store, and the hands to arrange what commands would. Everything starts empty. */
export interface StoreUnderTest {
  readonly store: Store;
  /** A campaign with one lead for each number, in this order. */
  addCampaign(order: {
    state: CampaignState; numbers: readonly string[];
  }): Promise<CampaignId>;
  setState(campaign: CampaignId, state: CampaignState): Promise<void>;
  addTrunk(name: string): Promise<TrunkId>;
  addAgent(order: { phone: string; pin: string }): Promise<AgentId>;
  /** Lets every lease that controllers hold on campaigns run out. */
  expireCampaignLeases(): Promise<void>;
  close(): Promise<void>;
}

const noon = instant(Date.UTC(2026, 0, 5, 12));
const minute = 60_000;
const leaseMs = limits.campaignLeaseMs;
const one = "controller-one" as ControllerId;
const two = "controller-two" as ControllerId;

const busy: AttemptOutcome = { outcome: "busy", reason: "busy", spent: true };
const congested: AttemptOutcome = { outcome: "failed", reason: "congestion", spent: false };
const connected: AttemptOutcome = { outcome: "connected", reason: "answered", spent: true };
const abandoned: AttemptOutcome =
  { outcome: "abandoned", reason: "no-agent-in-time", spent: true };
const machine: AttemptOutcome = { outcome: "machine", reason: "machine-detected", spent: true };

let attemptsMade = 0;
const attemptId = (): AttemptId =>
  `00000000-0000-4000-8000-${String(++attemptsMade).padStart(12, "0")}` as AttemptId;

const fact = (seq: number, type = "placed") =>
  ({ seq, type, at: plus(noon, seq), data: { number: seq } });

/** Names each lead by its number, which is what a test reads. */
const numbersOf = (leads: readonly { number: DialNumber }[]): string[] =>
  leads.map((lead) => lead.number);

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error: unknown) => error);
}

/** A campaign that `one` runs, with a trunk, and short words for what is done to it. */
class Run {
  readonly under: StoreUnderTest;
  readonly campaign: CampaignId;
  readonly trunk: TrunkId;
  epoch: Epoch;

  constructor(under: StoreUnderTest, campaign: CampaignId, trunk: TrunkId, epoch: Epoch) {
    this.under = under;
    this.campaign = campaign;
    this.trunk = trunk;
    this.epoch = epoch;
  }

  static async start(under: StoreUnderTest, numbers: readonly string[]): Promise<Run> {
    const campaign = await under.addCampaign({ state: "running", numbers });
    const trunk = await under.addTrunk(`trunk-${campaign}`);
    const owned = await under.store.claimCampaigns(one, leaseMs);
    const mine = owned.find((each) => each.id === campaign);
    if (!mine) throw new Error("the campaign was not claimed");
    return new Run(under, campaign, trunk, mine.epoch);
  }

  lease(count = 10, at = noon) {
    return this.under.store.leaseLeads({
      campaign: this.campaign, epoch: this.epoch, count, now: at, leaseMs: minute,
    });
  }

  intent(lead: { lead: LeadId; number: DialNumber }, attempt = attemptId()): NewAttempt {
    return {
      attempt, campaign: this.campaign, lead: lead.lead, number: lead.number, trunk: this.trunk,
      pbx: "virtual", at: noon,
    };
  }

  place(...intents: NewAttempt[]): Promise<readonly AttemptId[]> {
    return this.under.store.placeAttempts(this.campaign, this.epoch, intents);
  }

  /** Leases the next lead and places it. */
  async dial(at = noon): Promise<NewAttempt> {
    const [lead] = await this.lease(1, at);
    if (!lead) throw new Error("there is no lead to dial");
    const intent = this.intent(lead);
    expect(await this.place(intent)).to.deep.equal([intent.attempt]);
    return intent;
  }

  record(attempt: AttemptId, what: Partial<CallRecord>): Promise<void> {
    return this.under.store.recordCalls([{
      attempt, campaign: this.campaign, epoch: this.epoch,
      facts: [], changes: {}, lead: undefined, ...what,
    }]);
  }

  /** Ends an attempt; answered ones are answered at `at`. */
  end(attempt: AttemptId, outcome: AttemptOutcome, lead: CallRecord["lead"], at = noon) {
    return this.record(attempt, {
      changes: { answeredAt: at, endedAt: plus(at, minute), outcome }, lead,
    });
  }

  counts() {
    return this.under.store.counts(this.campaign);
  }

  /** Another controller takes the campaign; this run keeps its old epoch. */
  async loseTo(controller: ControllerId): Promise<Epoch> {
    await this.under.expireCampaignLeases();
    const taken = await this.under.store.claimCampaigns(controller, leaseMs);
    const epoch = taken.find((each) => each.id === this.campaign)?.epoch;
    if (epoch === undefined) throw new Error("the campaign was not taken");
    return epoch;
  }
}

const finished = { then: "finished" } as const;
const retryAt = (notBefore = noon) => ({ then: "retry", notBefore }) as const;

/** Runs the suite against the stores that `open` makes, a fresh one for each test. */
export function storeConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => { under = await open(); });
    afterEach(() => under.close());

    describe("campaign leases", () => { leases(() => under); });
    describe("leads", () => { leads(() => under); });
    describe("intents", () => { intents(() => under); });
    describe("facts and outcomes", () => { records(() => under); });
    describe("old epochs", () => { oldEpochs(() => under); });
    describe("figures", () => { figures(() => under); });
    describe("agents", () => { agents(() => under); });
    describe("the memory of pacing", () => { pacing(() => under); });
    describe("changes", () => { changes(() => under); });
  });
}

function leases(under: () => StoreUnderTest): void {
  const claim = async (controller: ControllerId) =>
    (await under().store.claimCampaigns(controller, leaseMs))
      .map((each) => [each.id, each.epoch] as const);

  for (const [state, taken] of [
    ["draft", false], ["running", true], ["paused", false], ["stopping", true],
    ["finished", false],
  ] as const) {
    it(`${taken ? "takes" : "leaves"} a campaign that is ${state}`, async () => {
      await under().addCampaign({ state, numbers: ["+4930100"] });
      expect(await claim(one)).to.have.length(taken ? 1 : 0);
    });
  }

  it("are held by one controller", async () => {
    const campaign = await under().addCampaign({ state: "running", numbers: [] });
    expect(await claim(one)).to.deep.equal([[campaign, 1]]);
    expect(await claim(two)).to.deep.equal([]);
  });

  it("keep their epoch when they are renewed, also while paused", async () => {
    const campaign = await under().addCampaign({ state: "running", numbers: [] });
    await claim(one);
    await under().setState(campaign, "paused");
    expect(await claim(one)).to.deep.equal([[campaign, 1]]);
  });

  it("raise the epoch when another takes over", async () => {
    const campaign = await under().addCampaign({ state: "running", numbers: [] });
    await claim(one);
    await under().expireCampaignLeases();
    expect(await claim(two)).to.deep.equal([[campaign, 2]]);
    expect(await claim(one)).to.deep.equal([]);
  });

  it("leave one seat at the switches, for one controller", async () => {
    const take = (controller: ControllerId) => under().store.takeSeat(controller, leaseMs);
    expect([await take(one), await take(two), await take(one)]).to.deep.equal([true, false, true]);
    await under().store.releaseCampaigns(one);
    expect([await take(two), await take(one)]).to.deep.equal([true, false]);
  });

  it("can be given back before they run out", async () => {
    const campaign = await under().addCampaign({ state: "running", numbers: [] });
    await claim(one);
    await under().store.releaseCampaigns(one);
    expect(await claim(two)).to.deep.equal([[campaign, 2]]);
  });

  it("take a paused campaign whose calls were left behind", async () => {
    const run = await Run.start(under(), ["+4930100"]);
    await run.dial();
    await under().setState(run.campaign, "paused");
    await under().expireCampaignLeases();
    expect(await claim(two)).to.deep.equal([[run.campaign, 2]]);
  });

  it("end with the campaign, and not before everything is done", async () => {
    const run = await Run.start(under(), ["+4930100"]);
    const finish = () => under().store.finishCampaign(run.campaign, run.epoch);
    await finish();
    expect(await claim(one)).to.have.length(1);
    const { attempt } = await run.dial();
    await finish();
    expect(await claim(one)).to.have.length(1);
    await run.end(attempt, busy, finished);
    await finish();
    expect(await claim(one)).to.deep.equal([]);
  });

  it("end a stopping campaign while leads are left", async () => {
    const run = await Run.start(under(), ["+4930100", "+4930101"]);
    await under().setState(run.campaign, "stopping");
    await under().store.finishCampaign(run.campaign, run.epoch);
    expect(await claim(one)).to.deep.equal([]);
  });
}

function leads(under: () => StoreUnderTest): void {
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

  it("that an agent skipped wait, and are finished when they were skipped often enough", async () => {
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

function intents(under: () => StoreUnderTest): void {
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
    expect(await under().store.openAttempts(run.campaign)).to.deep.equal([
      { ...open, epoch: run.epoch, spent: 0, facts: [fact(1), fact(2, "ringing")] },
    ]);
  });
}

function records(under: () => StoreUnderTest): void {
  const factsOf = async (run: Run) =>
    (await under().store.openAttempts(run.campaign)).flatMap((each) => each.facts);

  it("are skipped when they come twice, in one batch or in two", async () => {
    const run = await Run.start(under(), ["+1"]);
    const { attempt } = await run.dial();
    await run.record(attempt, { facts: [fact(1), fact(1), fact(2)] });
    await run.record(attempt, { facts: [fact(2, "other"), fact(3)] });
    expect(await factsOf(run)).to.deep.equal([fact(1), fact(2), fact(3)]);
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
      attempt, leg: "lead", file: "a/lead.wav", startedAt: noon, durationMs: undefined,
      bytes: undefined, state: "running",
    } as const;
    await under().store.recordRecordings([row]);
    await under().store.recordRecordings([row, { ...row, durationMs: 5, bytes: 84, state: "whole" }]);
  });
}

function oldEpochs(under: () => StoreUnderTest): void {
  const writes: readonly [string, (run: Run, attempt: AttemptId, lead: LeadId) => unknown][] = [
    ["leaseLeads", (run) => run.lease()],
    ["returnLeads", (run, _, lead) =>
      run.under.store.returnLeads(run.campaign, run.epoch, [lead])],
    ["skipLead", (run, _, lead) => run.under.store.skipLead({
      campaign: run.campaign, epoch: run.epoch, lead, notBefore: noon, skipsMax: 1 })],
    ["placeAttempts", (run) => run.place()],
    ["recordCalls", (run, attempt) => run.end(attempt, busy, finished)],
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
    expect(await run.place(run.intent(lead))).to.have.length(1);
  });

  it("refuse a whole batch when one campaign of it is lost", async () => {
    const lost = await Run.start(under(), ["+1"]);
    const [first] = [await lost.dial()];
    await lost.loseTo(two);
    const kept = await Run.start(under(), ["+2"]);
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

function figures(under: () => StoreUnderTest): void {
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
      under().store.abandonWindow(run.campaign, plus(noon, minutes * minute));
    expect(await window(0)).to.deep.equal({ answered: 2, abandoned: 1 });
    expect(await window(-1)).to.deep.equal({ answered: 3, abandoned: 2 });
    expect(await window(3)).to.deep.equal({ answered: 0, abandoned: 0 });
  });
}

function agents(under: () => StoreUnderTest): void {
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
    const record = (state: string, at: number) => ({
      agent, facts: [fact(at)], state, since: plus(noon, at), campaign: undefined,
      snapshot: { state },
    });
    expect(await under().store.agentStandings()).to.deep.equal([]);
    await under().store.recordAgents([record("ready", 1), record("talking", 2)]);
    // A batch that is sent again does not turn the agent back.
    await under().store.recordAgents([record("ready", 1)]);
    expect(await under().store.agentStandings()).to.deep.equal([{
      agent, state: "talking", since: plus(noon, 2), campaign: undefined,
      snapshot: { state: "talking" },
    }]);
  });
}

function pacing(under: () => StoreUnderTest): void {
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
    expect(await under().store.pacingMemory(run.campaign)).to.equal(undefined);
    await save(run, { version: 1, fresh: [0.1, 1 / 3] });
    await save(run);
    expect(await under().store.pacingMemory(run.campaign))
      .to.deep.equal({ version: 1, fresh: [0.1, 1 / 3] });
  });

  it("is not written under an old epoch", async () => {
    const run = await Run.start(under(), []);
    await under().expireCampaignLeases();
    await under().store.claimCampaigns(two, leaseMs);
    expect(await rejection(save(run, {}))).to.be.instanceOf(Fenced);
    expect(await under().store.pacingMemory(run.campaign)).to.equal(undefined);
  });
}

function changes(under: () => StoreUnderTest): void {
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
