/**
 * Owns the store of rehearsals: the contract of store.ts in memory, on a given clock, with the
 * round trip and the faults of a real one. Held to the same suite as Postgres.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { Fenced, StoreUnavailable } from "../errors.ts";
import type { AgentId, AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId }
  from "../ids.ts";
import { limits } from "../limits.ts";
import { answeredByPerson, outcomes, type AttemptOutcome, type Outcome } from "../call/outcome.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import type {
  Agent, AgentRecord, AgentStanding, CallRecord, CampaignCounts, CampaignState,
  FactRow, HopperLead, NewAttempt, OpenAttempt, OwnedCampaign, PacingRecord, PacingSave, PinCheck,
  RecordingRow, Store, Trunk,
} from "../store/store.ts";
import {
  apply, countAnswered, dueLeads, skip, type AttemptRow, type CampaignRow, type LeadRow,
} from "./simulated-campaign.ts";

interface AgentRow {
  readonly agent: Agent;
  readonly pin: string;
  wrong: number;
  lockedUntil: Instant | undefined;
}

/** What befalls one request: `lost-response` acts, and looks like a store that is away. */
export type StoreFault = "none" | "away" | "lost-response";

export class SimulatedStore implements Store {
  readonly attempts = new Map<AttemptId, AttemptRow>();
  readonly recordings = new Map<string, RecordingRow>();
  /** What the gate, which rehearsals go without, would say of every lead. */
  recordingPolicy: RecordingPolicy | undefined = "record";
  /** By campaign and time. */
  readonly pacingDecisions = new Map<string, PacingRecord>();
  fault: (method: string) => StoreFault = () => "none";
  readonly #clock: Clock;
  readonly #roundTripMs: number | undefined;
  readonly #campaigns = new Map<CampaignId, CampaignRow>();
  readonly #trunks: Trunk[] = [];
  readonly #agents = new Map<AgentId, AgentRow>();
  readonly #standings = new Map<AgentId, AgentStanding>();
  readonly #learned = new Map<CampaignId, object>();
  readonly #listeners = new Set<() => void>();
  readonly #liveNumbers = new Set<DialNumber>();
  #leadsMade = 0;
  #seat: { readonly holder: ControllerId; readonly until: Instant } | undefined;

  /** Without `roundTripMs` each request is answered within the same instant. */
  constructor(clock: Clock, roundTripMs?: number) {
    this.#clock = clock;
    this.#roundTripMs = roundTripMs;
  }

  // What commands would do.

  addCampaign(
    settings: CampaignSettings, state: CampaignState, numbers: readonly DialNumber[],
  ): CampaignId {
    const id = (this.#campaigns.size + 1) as CampaignId;
    const leads = new Map(numbers.map((number, rank): [LeadId, LeadRow] => {
      const lead = ++this.#leadsMade as LeadId;
      return [lead, {
        lead, number, rank, state: "due", waited: false, notBefore: 0 as Instant,
        attempt: undefined, spent: 0, skips: 0,
      }];
    }));
    this.#campaigns.set(id, {
      id, settings, leads, undone: new Set(leads.values()), open: new Set(), answered: [], state,
      epoch: 0 as Epoch, owner: undefined, leasedUntil: 0 as Instant,
      quietUntil: 0 as Instant,
    });
    this.#tell();
    return id;
  }

  setState(campaign: CampaignId, state: CampaignState): void {
    this.#row(campaign).state = state;
    this.#tell();
  }

  stateOf(campaign: CampaignId): CampaignState {
    return this.#row(campaign).state;
  }

  epochOf(campaign: CampaignId): Epoch {
    return this.#row(campaign).epoch;
  }

  addTrunk(trunk: Trunk): void {
    this.#trunks.push(trunk);
    this.#tell();
  }

  addAgent(agent: Agent, pin: string): void {
    this.#agents.set(agent.id, { agent, pin, wrong: 0, lockedUntil: undefined });
    this.#tell();
  }

  expireCampaignLeases(): void {
    this.#seat = undefined;
    for (const row of this.#campaigns.values()) row.leasedUntil = 0 as Instant;
  }

  // The contract.

  claimCampaigns(controller: ControllerId, leaseMs: number): Promise<readonly OwnedCampaign[]> {
    return this.#request("claimCampaigns", () => {
      const now = this.#clock.now();
      const mine: OwnedCampaign[] = [];
      for (const row of this.#campaigns.values()) {
        const held = row.owner !== undefined && row.leasedUntil > now;
        const alive = row.state === "running" || row.state === "stopping"
          || (row.state === "paused" && (held || row.open.size > 0));
        if (!alive || (held && row.owner !== controller)) continue;
        if (!held || row.owner !== controller) row.epoch = (row.epoch + 1) as Epoch;
        row.owner = controller;
        row.leasedUntil = plus(now, leaseMs);
        const { id, settings, state, epoch, leasedUntil } = row;
        mine.push({ id, settings, state, epoch, leasedUntil });
      }
      return mine;
    });
  }

  takeSeat(controller: ControllerId, leaseMs: number): Promise<boolean> {
    return this.#request("takeSeat", () => {
      const now = this.#clock.now();
      if (this.#seat && this.#seat.holder !== controller && this.#seat.until > now) return false;
      this.#seat = { holder: controller, until: plus(now, leaseMs) };
      return true;
    });
  }

  releaseCampaigns(controller: ControllerId): Promise<void> {
    return this.#request("releaseCampaigns", () => {
      if (this.#seat?.holder === controller) this.#seat = undefined;
      for (const row of this.#campaigns.values()) {
        if (row.owner === controller) row.owner = undefined;
      }
    });
  }

  finishCampaign(campaign: CampaignId, epoch: Epoch): Promise<void> {
    return this.#request("finishCampaign", () => {
      const row = this.#fenced(campaign, epoch);
      const over = row.state === "stopping"
        || (row.state === "running" && row.undone.size === 0);
      if (over && row.open.size === 0) row.state = "finished";
    });
  }

  trunks(): Promise<readonly Trunk[]> {
    return this.#request("trunks", () => [...this.#trunks]);
  }

  agents(): Promise<readonly Agent[]> {
    return this.#request("agents", () => [...this.#agents.values()].map((each) => each.agent));
  }

  agentStandings(): Promise<readonly AgentStanding[]> {
    return this.#request("agentStandings", () => [...this.#standings.values()]);
  }

  checkPin(agent: AgentId, pin: string, now: Instant): Promise<PinCheck> {
    return this.#request("checkPin", (): PinCheck => {
      const row = this.#agents.get(agent);
      if (!row) return { result: "wrong", lockedUntil: undefined };
      if (row.lockedUntil !== undefined && now < row.lockedUntil) {
        return { result: "locked", lockedUntil: row.lockedUntil };
      }
      row.lockedUntil = undefined;
      if (pin === row.pin) {
        row.wrong = 0;
        return { result: "right", lockedUntil: undefined };
      }
      row.wrong += 1;
      if (row.wrong < limits.pinTries) return { result: "wrong", lockedUntil: undefined };
      row.wrong = 0;
      row.lockedUntil = plus(now, limits.pinLockMs);
      return { result: "locked", lockedUntil: row.lockedUntil };
    });
  }

  leaseLeads(order: {
    campaign: CampaignId; epoch: Epoch; count: number; now: Instant; leaseMs: number;
  }): Promise<readonly HopperLead[]> {
    return this.#request("leaseLeads", () => {
      const row = this.#fenced(order.campaign, order.epoch);
      const due = dueLeads(row, order.now);
      due.sort((a, b) => Number(b.waited) - Number(a.waited) || a.rank - b.rank);
      return due.slice(0, order.count).map((lead) => {
        lead.state = "leased";
        lead.notBefore = plus(order.now, order.leaseMs);
        row.quietUntil = order.now;
        return {
          lead: lead.lead, number: lead.number, name: "", spent: lead.spent,
          leasedUntil: lead.notBefore,
          ...(this.recordingPolicy && { recording: this.recordingPolicy }),
        };
      });
    });
  }

  readonly skipLead: Store["skipLead"] = (order) => this.#request("skipLead",
    () => { skip(this.#fenced(order.campaign, order.epoch), order); });

  returnLeads(campaign: CampaignId, epoch: Epoch, leads: readonly LeadId[]): Promise<void> {
    return this.#request("returnLeads", () => {
      const row = this.#fenced(campaign, epoch);
      for (const id of leads) {
        const lead = row.leads.get(id);
        if (lead?.state === "leased") lead.state = "due";
        row.quietUntil = 0 as Instant;
      }
    });
  }

  placeAttempts(
    campaign: CampaignId, epoch: Epoch, attempts: readonly NewAttempt[],
  ): Promise<readonly AttemptId[]> {
    return this.#request("placeAttempts", () => {
      const row = this.#fenced(campaign, epoch);
      return attempts.filter((each) => this.#place(row, epoch, each)).map((each) => each.attempt);
    });
  }

  recordCalls(records: readonly CallRecord[]): Promise<void> {
    return this.#request("recordCalls", () => {
      for (const { campaign, epoch } of records) this.#fenced(campaign, epoch);
      for (const record of records) this.#record(record);
    });
  }

  recordAgents(records: readonly AgentRecord[]): Promise<void> {
    return this.#request("recordAgents", () => {
      for (const { agent, state, since, campaign, snapshot } of records) {
        const before = this.#standings.get(agent);
        if (before && before.since > since) continue;
        // JSON there and back, as in Postgres: what does not survive it must not be relied on.
        const copy = JSON.parse(JSON.stringify(snapshot)) as AgentStanding["snapshot"];
        this.#standings.set(agent, { agent, state, since, campaign, snapshot: copy });
      }
    });
  }

  recordRecordings(rows: readonly RecordingRow[]): Promise<void> {
    return this.#request("recordRecordings", () => {
      for (const row of rows) this.recordings.set(`${row.attempt}/${row.leg}`, row);
    });
  }

  openAttempts(campaign: CampaignId): Promise<readonly OpenAttempt[]> {
    return this.#request("openAttempts", () => [...this.#row(campaign).open].map((row): OpenAttempt => {
      const { changes: _, facts, ...intent } = row;
      const inOrder = [...facts.values()].sort((a, b) => a.seq - b.seq);
      const spent = this.#row(campaign).leads.get(row.lead)?.spent ?? 0;
      return { ...intent, spent, facts: JSON.parse(JSON.stringify(inOrder)) as FactRow[] };
    }));
  }

  counts(campaign: CampaignId): Promise<CampaignCounts> {
    return this.#request("counts", () => {
      const leads = [...this.#row(campaign).leads.values()];
      const attempts = [...this.attempts.values()].filter((each) => each.campaign === campaign);
      const byOutcome = Object.fromEntries(outcomes.map((outcome) => [outcome,
        attempts.filter((each) => each.changes.outcome?.outcome === outcome).length]));
      const inState = (...states: LeadRow["state"][]): number =>
        leads.filter((each) => states.includes(each.state)).length;
      return {
        leads: leads.length, dialable: inState("due", "leased"),
        waitingForRetry: inState("retry"), finished: inState("finished"),
        attempts: attempts.length, open: this.#row(campaign).open.size,
        outcomes: byOutcome as Record<Outcome, number>, 
        ...countAnswered(this.#row(campaign).answered, 0 as Instant),
      };
    });
  }

  abandonWindow(
    campaign: CampaignId, from: Instant,
  ): Promise<{ answered: number; abandoned: number }> {
    return this.#request("abandonWindow", () =>
      countAnswered(this.#row(campaign).answered, from));
  }

  pacingMemory(campaign: CampaignId): Promise<unknown> {
    return this.#request("pacingMemory", () => {
      const learned = this.#learned.get(campaign);
      // JSON there and back when read, as in Postgres; saved far more often than read.
      return learned && JSON.parse(JSON.stringify(learned)) as unknown;
    });
  }

  savePacing({ campaign, epoch, learned, decisions, forgetBefore }: PacingSave): Promise<void> {
    return this.#request("savePacing", () => {
      this.#fenced(campaign, epoch);
      if (learned) this.#learned.set(campaign, learned);
      for (const each of decisions) {
        const key = `${campaign}/${each.at}`;
        if (!this.pacingDecisions.has(key)) this.pacingDecisions.set(key, each);
      }
      // A map keeps its order, so the old ones are in front.
      for (const [key, { at }] of this.pacingDecisions) {
        if (at >= forgetBefore) break;
        this.pacingDecisions.delete(key);
      }
    });
  }

  onChange(listener: () => void): Promise<{ close(): Promise<void> }> {
    this.#listeners.add(listener);
    return Promise.resolve({
      close: () => {
        this.#listeners.delete(listener);
        return Promise.resolve();
      },
    });
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }

  #place(row: CampaignRow, epoch: Epoch, intent: NewAttempt): boolean {
    const known = this.attempts.get(intent.attempt);
    if (known) return known.epoch === epoch && known.changes.outcome === undefined;
    const lead = row.leads.get(intent.lead);
    if (lead?.state !== "leased" || this.#liveNumbers.has(intent.number)) return false;
    lead.state = "dialing";
    lead.attempt = intent.attempt;
    const attempt: AttemptRow = { ...intent, epoch, facts: new Map(), changes: {} };
    this.attempts.set(intent.attempt, attempt);
    this.#liveNumbers.add(intent.number);
    row.open.add(attempt);
    return true;
  }

  #record({ attempt, facts, changes, lead, campaign }: CallRecord): void {
    const row = this.attempts.get(attempt);
    if (!row) throw new Error(`no attempt ${attempt}`);
    for (const fact of facts) if (!row.facts.has(fact.seq)) row.facts.set(fact.seq, fact);
    const first = row.changes.outcome;
    const refused = first !== undefined && changes.outcome !== undefined;
    row.changes = { ...row.changes, ...changes, ...(first && { outcome: first }) };
    const campaignRow = this.#row(campaign);
    if (!first && changes.outcome) this.#close(campaignRow, row, changes.outcome);
    const leadRow = campaignRow.leads.get(row.lead);
    if (leadRow?.attempt !== attempt || refused) return;
    if (changes.outcome?.spent === true) leadRow.spent += 1;
    if (!lead || leadRow.state === "leased") return;
    apply(leadRow, lead);
    if (leadRow.state === "finished") campaignRow.undone.delete(leadRow);
    else campaignRow.undone.add(leadRow);
    campaignRow.quietUntil = Math.min(campaignRow.quietUntil, leadRow.notBefore) as Instant;
  }

  #close(campaign: CampaignRow, row: AttemptRow, { outcome }: AttemptOutcome): void {
    campaign.open.delete(row);
    this.#liveNumbers.delete(row.number);
    if (!answeredByPerson(outcome)) return;
    const at = row.changes.answeredAt ?? (0 as Instant);
    campaign.answered.push({ at, abandoned: outcome === "abandoned" });
  }

  #row(campaign: CampaignId): CampaignRow {
    const row = this.#campaigns.get(campaign);
    if (!row) throw new Error(`no campaign ${campaign}`);
    return row;
  }

  #fenced(campaign: CampaignId, epoch: Epoch): CampaignRow {
    const row = this.#row(campaign);
    if (row.epoch !== epoch) throw new Fenced(`campaign ${campaign} is at epoch ${row.epoch}`);
    return row;
  }

  #tell(): void {
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  async #request<T>(method: string, act: () => T): Promise<T> {
    const wait = this.#roundTripMs;
    if (wait === undefined) await Promise.resolve();
    else {
      await new Promise<void>((resolve) => {
        this.#clock.at(plus(this.#clock.now(), wait), resolve);
      });
    }
    const fault = this.fault(method);
    if (fault === "away") throw new StoreUnavailable("the simulated store is away");
    const result = act();
    if (fault === "lost-response") throw new StoreUnavailable(`no answer to ${method}`);
    return result;
  }
}
