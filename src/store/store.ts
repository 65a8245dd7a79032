/**
 * The port to the facts. Postgres implements it in production (postgres/), the simulated store in
 * rehearsals (testing/); one conformance suite holds both to it. Everything here is durable when
 * its promise resolves. Every method throws StoreUnavailable when the store is away, and every
 * method that takes an epoch, or records that carry one, throws Fenced and writes nothing when no
 * seat is held under that epoch any more.
 */
import type { AgentId, AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId,
  PhoneName, TrunkId, TrunkName } from "../ids.ts";
import type { Instant } from "../clock.ts";
import type { Tried } from "../campaign/retry.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { SpecialInformation } from "../leads/special-information.ts";
import type { Grade, LeadScore } from "../leads/value.ts";
import type { DialReserve } from "../compliance/frequency.ts";
import type { AllowedBy, DialMoment } from "../compliance/gate.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import type { PartyRecording } from "../compliance/ruleset.ts";
import type { AttemptOutcome, Outcome } from "../call/outcome.ts";
import type { PacingSave } from "./pacing-record.ts";

export type CampaignState = "draft" | "running" | "paused" | "stopping" | "finished";

export interface Campaign {
  readonly id: CampaignId;
  readonly settings: CampaignSettings;
  readonly state: CampaignState;
  /**
   * What the gate says of recording an agent, by the code of the place; under "" of one whose place
   * nobody knows. Absent where nobody was asked: then the lead's rules hold alone.
   */
  readonly agentRecording?: Readonly<Record<string, PartyRecording>>;
}

/** A campaign as it is run on one switch, under the epoch of the seat there. */
export interface OwnedCampaign extends Campaign {
  readonly epoch: Epoch;
}

/** That a controller commands a switch, and runs every campaign there. */
export interface Seat {
  /** The switch's name. */
  readonly pbx: string;
  /** Of this holding alone: no other holding, of whatever seat, has the same. */
  readonly epoch: Epoch;
  /** The epoch of the holding before this one. */
  readonly before: Epoch;
}

export interface Seats {
  readonly held: readonly Seat[];
  /** A fair share of the seats: who holds more gives some back while others hold less. */
  readonly share: number;
}

/** What one switch asks of a trunk that all of them use. */
export interface ShareAsked {
  readonly trunk: TrunkId;
  /** Channels in use: at least so many are granted. */
  readonly using: number;
  /** Channels it could use. */
  readonly wanted: number;
}

export interface Trunk {
  readonly id: TrunkId;
  readonly name: TrunkName;
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  readonly username: string | undefined;
  readonly codecs: readonly string[];
  readonly channelsMax: number;
  readonly callsPerSecond: number;
  /** Put before the digits of each number: `\+?[0-9]{0,16}`, so that the whole is 32 at most. */
  readonly prefix: string;
  readonly enabled: boolean;
}

export interface Agent {
  readonly id: AgentId;
  readonly name: string;
  /** Also the extension; the SIP account of the agent's phone. */
  readonly phone: PhoneName;
  readonly language: "en" | "zh";
  readonly enabled: boolean;
  /** 1 to 9: who converts best is 9, and gets the leads that are worth most. */
  readonly rank: number;
  /** Where the agent sits: `CN`, `US-CA`. */
  readonly place?: string | undefined;
  /** Campaigns the agent works for; empty means every running one. */
  readonly campaigns: readonly CampaignId[];
}

/** People who answered, and those of them who were abandoned, in the window of a limit. */
export interface AbandonCounts {
  readonly answered: number;
  readonly abandoned: number;
  /** With `days` 1 the last 24 hours; else the campaign's current period of so many days. */
  readonly from: Instant;
  readonly until: Instant;
  /** Of the last 24 hours, whatever the window. */
  readonly day: { readonly answered: number; readonly abandoned: number };
}

/** A lead in the hopper: leased to one runner until `leasedUntil`. */
export interface HopperLead {
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly name: string;
  /** Attempts spent so far in this campaign. */
  readonly spent: number;
  readonly leasedUntil: Instant;
  /** What the compliance gate says of recording this person; without its word none is made. */
  readonly recording?: RecordingPolicy;
  /** With the policy `beep`: seconds from one tone to the next. */
  readonly beepSeconds?: number;
  readonly past?: LeadPast;
  /** What was loaded of this lead; absent where nobody predicted it. */
  readonly prediction?: LeadPrediction;
  /** Promised by an agent for this moment; `agent` is undefined when that agent is not known. */
  readonly callback?: { readonly at: Instant; readonly agent: AgentId | undefined };
  /** Value, engagement and timeliness; absent when nothing is known. */
  readonly score?: LeadScore;
  /** By the bands that hold for the campaign, for the choice of an agent. */
  readonly grade?: Grade;
}

/** How likely a person is to answer a call now, and by whose word. */
export interface LeadPrediction {
  readonly answerProbability: number;
  /** The model's name; `own` for what this campaign's own counts say. */
  readonly by: string;
  /** When the model said so; undefined for our own estimate, which is of the moment. */
  readonly madeAt?: Instant;
}

/** What retry rules ask of a lead besides the attempts spent. */
export interface LeadPast {
  /** How many numbers the person has. */
  readonly numbers: number;
  readonly timeZone: string | undefined;
  /** Attempts spent in this campaign, the newest first. */
  readonly tried: readonly Tried[];
}

/** The intent to dial, stored before the leg is placed. */
export interface NewAttempt {
  readonly attempt: AttemptId;
  readonly campaign: CampaignId;
  readonly lead: LeadId;
  readonly number: DialNumber;
  readonly trunk: TrunkId;
  readonly pbx: string;
  readonly at: Instant;
  /** What the person's phone shows. */
  readonly callerId?: string;
  /** What the compliance gate allowed it by; absent where no cap holds. */
  readonly reserve?: DialReserve;
  /** The rules that allowed it, kept with the attempt: who asks why it was dialed is told. */
  readonly allowedBy?: AllowedBy;
  /** What the runner saw when it chose the line; without it the gate lets nothing through. */
  readonly moment?: DialMoment;
  /** Stored with the attempt, so that who takes the call over obeys it too. */
  readonly recording?: RecordingPolicy;
  readonly beepSeconds?: number;
  /** What pacing was told of this lead. */
  readonly prediction?: LeadPrediction;
}

/** One fact of a call or of an agent, as the machines in call/ and agent/ made it. */
export interface FactRow {
  readonly seq: number;
  readonly at: Instant;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a batch of facts changes in the attempt's own row; undefined leaves a column alone. */
export interface AttemptChanges {
  readonly ringingAt?: Instant;
  readonly answeredAt?: Instant;
  readonly joinedAt?: Instant;
  readonly endedAt?: Instant;
  readonly agent?: AgentId;
  readonly disposition?: string;
  readonly outcome?: AttemptOutcome;
  readonly q850?: number;
  readonly sip?: number;
  readonly tones?: SpecialInformation;
}

/** What becomes of the lead when its attempt is over. */
export type LeadChange =
  | {
    readonly then: "retry";
    readonly notBefore: Instant;
    /** By the person's next number, the first one after the last; else by the same. */
    readonly number?: "next";
    /** Promised by the agent of this attempt: comes first, and goes to that agent. */
    readonly callback?: true;
  }
  | { readonly then: "finished" };

/** Facts of one attempt, written in one transaction with what they change. */
export interface CallRecord {
  readonly attempt: AttemptId;
  readonly campaign: CampaignId;
  readonly epoch: Epoch;
  readonly facts: readonly FactRow[];
  readonly changes: AttemptChanges;
  readonly lead: LeadChange | undefined;
}

export interface AgentRecord {
  readonly agent: AgentId;
  readonly epoch: Epoch;
  readonly facts: readonly FactRow[];
  /** The state after these facts, for `agent list` and after a restart. */
  readonly state: string;
  readonly since: Instant;
  readonly campaign: CampaignId | undefined;
  /** The whole state as JSON, from which the next controller takes the agent up again. */
  readonly snapshot: Readonly<Record<string, unknown>>;
}

/** Where an agent was left, as last recorded; agents never seen are not in it. */
export interface AgentStanding {
  readonly agent: AgentId;
  readonly state: string;
  readonly since: Instant;
  readonly campaign: CampaignId | undefined;
  readonly snapshot: Readonly<Record<string, unknown>>;
  /** The switch where it was recorded, and where the agent therefore is. */
  readonly pbx: string | undefined;
  /** Whether a controller has that switch in use. */
  readonly served: boolean;
}

export interface RecordingRow {
  readonly attempt: AttemptId;
  readonly epoch: Epoch;
  readonly leg: "lead" | "agent";
  /** Relative to the recordings folder. */
  readonly file: string;
  readonly startedAt: Instant;
  readonly durationMs: number | undefined;
  readonly bytes: number | undefined;
  /**
   * `whole` when the switch has closed the file and it was measured; `discarded` when the person
   * ended the recording and the campaign keeps none of it.
   */
  readonly state: "running" | "whole" | "missing" | "discarded";
}

/** The recording of a call that is over, which nobody has measured yet. */
export interface UnmeasuredRecording {
  readonly attempt: AttemptId;
  readonly startedAt: Instant;
  readonly files: { readonly lead: string; readonly agent: string };
  /** The person ended it, and nothing of it is kept. */
  readonly refused: boolean;
}

/** An attempt without an outcome, as found after a restart. */
export interface OpenAttempt extends NewAttempt {
  readonly epoch: Epoch;
  /** Attempts the lead spent in this campaign before this one. */
  readonly spent: number;
  readonly past?: LeadPast;
  /** Who promised this call, and what the lead is worth: whom it goes to when it is answered. */
  readonly promisedTo?: AgentId;
  readonly grade?: Grade;
  readonly facts: readonly FactRow[];
}

export interface CampaignCounts {
  readonly leads: number;
  readonly dialable: number;
  readonly waitingForRetry: number;
  readonly finished: number;
  readonly attempts: number;
  readonly open: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly answered: number;
  readonly abandoned: number;
}

export interface PinCheck {
  readonly result: "right" | "wrong" | "locked";
  readonly lockedUntil: Instant | undefined;
}

export interface Store {
  /**
   * Renews the seats that this controller holds and takes free ones, up to its fair share of
   * `switches`: those that nobody holds, or whose holder has not renewed them within its lease.
   * `usable` names those of its switches that are in use, for whoever looks.
   */
  takeSeats(order: {
    controller: ControllerId; switches: readonly string[]; usable: readonly string[];
    leaseMs: number;
  }): Promise<Seats>;
  /** Gives seats back so that another can take them at once; all of them without `switches`. */
  releaseSeats(controller: ControllerId, switches?: readonly string[]): Promise<void>;
  /**
   * Campaigns with work: running and stopping ones, and paused ones whose calls are not over. Each
   * is run by every controller, on the switches it has the seats of.
   */
  campaigns(): Promise<readonly Campaign[]>;
  /**
   * Ends `running` when every lead is finished, and `stopping`, once no attempt is open on any
   * switch; before that it changes nothing.
   */
  finishCampaign(campaign: CampaignId, epoch: Epoch): Promise<void>;

  trunks(): Promise<readonly Trunk[]>;
  /**
   * Shares trunks between the switches: the answer is how many channels the epoch's switch may use
   * from now on. What all switches may use is never more than a trunk has, so nothing may be placed
   * beyond `using` between the question and its answer.
   */
  shareTrunks(
    epoch: Epoch, asked: readonly ShareAsked[],
  ): Promise<ReadonlyMap<TrunkId, number>>;
  agents(): Promise<readonly Agent[]>;
  /** Every agent's last record, for taking agents up after a restart. */
  agentStandings(): Promise<readonly AgentStanding[]>;
  /**
   * Counts wrong tries in a row; the one that reaches `limits.pinTries` locks and is answered
   * `locked`, as is every try until `lockedUntil`.
   */
  checkPin(agent: AgentId, pin: string, now: Instant): Promise<PinCheck>;

  /** The next leads to dial, leased so that no other runner has them. */
  leaseLeads(order: {
    campaign: CampaignId; epoch: Epoch; count: number; now: Instant; leaseMs: number;
  }): Promise<readonly HopperLead[]>;
  /**
   * A leased lead that an agent looked at and skipped: due again at `notBefore`, or finished when
   * it was skipped `skipsMax` times. A lead that is not leased is left alone.
   */
  skipLead(order: {
    campaign: CampaignId; epoch: Epoch; lead: LeadId; notBefore: Instant; skipsMax: number;
  }): Promise<void>;
  /** Gives leads back that were not dialed. */
  returnLeads(campaign: CampaignId, epoch: Epoch, leads: readonly LeadId[]): Promise<void>;

  /**
   * Stores intents, all in one transaction, and returns those that may be dialed: a lead that is
   * not leased is left out, and so is a lead or a number that has a live attempt, and all of them
   * when the campaign is not running. An attempt that is stored already under this epoch is
   * returned again.
   */
  placeAttempts(
    campaign: CampaignId, epoch: Epoch, attempts: readonly NewAttempt[],
  ): Promise<readonly AttemptId[]>;
  /**
   * Writes facts in order. A fact already stored (same attempt and seq) is skipped, so sending a
   * batch again is harmless. The first outcome of an attempt stands; a later one is passed over,
   * with what it says about the lead. `lead` acts as long as the lead was not dialed again. When
   * one record's epoch is old, nothing of the batch is written.
   */
  recordCalls(records: readonly CallRecord[]): Promise<void>;
  recordAgents(records: readonly AgentRecord[]): Promise<void>;
  recordRecordings(rows: readonly RecordingRow[]): Promise<void>;

  /**
   * Attempts without an outcome on one switch, with their facts, for reconciling; and those that no
   * call can be under any more, on a switch whose seat nobody holds.
   */
  openAttempts(pbx: string): Promise<readonly OpenAttempt[]>;
  /** Recordings on one switch that a controller which is gone has left unmeasured. */
  unmeasuredRecordings(pbx: string): Promise<readonly UnmeasuredRecording[]>;
  counts(campaign: CampaignId): Promise<CampaignCounts>;
  /**
   * Answered by a person and abandoned in the window of the abandon limit; and the leads that may
   * be dialed yet, counted up to `limits.leadsCounted`.
   */
  abandonWindow(campaign: CampaignId, at: { readonly now: Instant; readonly days: number }):
  Promise<AbandonCounts & { readonly leadsLeft: number }>;

  /**
   * What was last saved of what this campaign's floor on this switch taught, or else on another
   * one; undefined when nothing was.
   */
  pacingMemory(campaign: CampaignId, pbx: string): Promise<unknown>;
  /** Of the epoch's switch. A decision stored already (same `at`) is skipped, harmlessly. */
  savePacing(save: PacingSave): Promise<void>;

  /** Calls `listener` when a command changed a campaign, trunk or agent, or a seat was moved. */
  onChange(listener: () => void): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

