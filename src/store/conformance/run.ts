/** Owns the words of the conformance suite of stores: a campaign, and what is done to it. */
import { expect } from "chai";
import { instant, plus } from "../../clock.ts";
import type { AgentId, AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId,
  TrunkId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { AttemptOutcome } from "../../call/outcome.ts";
import type { CallRecord, CampaignState, NewAttempt, Seat, Store } from "../store.ts";

/** A store, and the hands to arrange what commands would. Everything starts empty. */
export interface StoreUnderTest {
  readonly store: Store;
  /** A campaign with one lead for each number, in this order. */
  addCampaign(order: {
    state: CampaignState; numbers: readonly string[];
  }): Promise<CampaignId>;
  setState(campaign: CampaignId, state: CampaignState): Promise<void>;
  /** With 10 channels. */
  addTrunk(name: string): Promise<TrunkId>;
  addAgent(order: { phone: string; pin: string }): Promise<AgentId>;
  /** Lets every seat that controllers hold run out, and the controllers be forgotten. */
  expireSeats(): Promise<void>;
  close(): Promise<void>;
}

export const noon = instant(Date.UTC(2026, 0, 5, 12));
export const minute = 60_000;
export const day = 86_400_000;
export const leaseMs = limits.seatLeaseMs;
export const one = "controller-one" as ControllerId;
export const two = "controller-two" as ControllerId;

export const busy: AttemptOutcome = { outcome: "busy", reason: "busy", spent: true };
export const congested: AttemptOutcome = { outcome: "failed", reason: "congestion", spent: false };
export const connected: AttemptOutcome = { outcome: "connected", reason: "answered", spent: true };
export const abandoned: AttemptOutcome =
  { outcome: "abandoned", reason: "no-agent-in-time", spent: true };
export const machine: AttemptOutcome = { outcome: "machine", reason: "machine-detected", spent: true };

let attemptsMade = 0;
export const attemptId = (): AttemptId =>
  `00000000-0000-4000-8000-${String(++attemptsMade).padStart(12, "0")}` as AttemptId;

export const fact = (seq: number, type = "placed") =>
  ({ seq, type, at: plus(noon, seq), data: { number: seq } });

/** Names each lead by its number, which is what a test reads. */
export const numbersOf = (leads: readonly { number: DialNumber }[]): string[] =>
  leads.map((lead) => lead.number);

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error: unknown) => error);
}

export const here = "virtual-1";

/** Takes or renews the seats of `switches`, one unless said otherwise, and returns those held. */
export async function seatsOf(
  store: Store, controller: ControllerId, switches: readonly string[] = [here],
): Promise<readonly Seat[]> {
  return (await store.takeSeats({ controller, switches, usable: switches, leaseMs })).held;
}

/** A campaign that `one` runs, with a trunk, and short words for what is done to it. */
export class Run {
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
    const [seat] = await seatsOf(under.store, one);
    if (!seat) throw new Error("the seat was not taken");
    return new Run(under, campaign, trunk, seat.epoch);
  }

  lease(count = 10, at = noon) {
    return this.under.store.leaseLeads({
      campaign: this.campaign, epoch: this.epoch, count, now: at, leaseMs: minute,
    });
  }

  intent(lead: { lead: LeadId; number: DialNumber }, attempt = attemptId()): NewAttempt {
    return {
      attempt, campaign: this.campaign, lead: lead.lead, number: lead.number, trunk: this.trunk,
      pbx: here, at: noon,
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

  /** Another controller takes the switch; this run keeps its old epoch. */
  async loseTo(controller: ControllerId): Promise<Epoch> {
    await this.under.expireSeats();
    const [seat] = await seatsOf(this.under.store, controller);
    if (!seat) throw new Error("the seat was not taken");
    return seat.epoch;
  }
}

export const finished = { then: "finished" } as const;
export const retryAt = (notBefore = noon) => ({ then: "retry", notBefore }) as const;

