/**
 * Owns the store of rehearsals: the contract of store.ts in memory, on a given clock, with the
 * round trip and the faults of a real one. Held to the same suite as Postgres.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { StoreUnavailable } from "../errors.ts";
import type { AgentId, AttemptId, CampaignId, ControllerId, DialNumber, Epoch, LeadId, TrunkId }
  from "../ids.ts";
import { answeredByPerson, type AttemptOutcome } from "../call/outcome.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import type { Grade } from "../leads/value.ts";
import type { Agent, AgentRecord, AgentStanding, CallRecord, Campaign, CampaignCounts,
  CampaignState, HopperLead, NewAttempt, OpenAttempt, PinCheck, RecordingRow, Seats, ShareAsked,
  Store, Trunk, UnmeasuredRecording } from "../store/store.ts";
import { apply, countsOf, dueLeads, firstOf, freeLeases, hasRoom, newLead, openAttempt, skip,
  unmeasured, windowOf, type AttemptRow, type CampaignRow, type LeadRow } from "./simulated-campaign.ts";
import { SimulatedAgents } from "./simulated-agents.ts";
import { SimulatedPacing } from "./simulated-pacing.ts";
import { SimulatedSeats } from "./simulated-seats.ts";

/** What befalls one request: `lost-response` acts, and looks like a store that is away. */
export type StoreFault = "none" | "away" | "lost-response";

const settledAlready = Promise.resolve();

export class SimulatedStore implements Store {
  readonly attempts = new Map<AttemptId, AttemptRow>();
  readonly recordings = new Map<string, RecordingRow>();
  /** What the gate, which rehearsals go without, would say of leads and of agents' places. */
  recordingPolicy: RecordingPolicy | undefined = "record";
  said: Pick<Campaign, "agentRecording"> = {};
  placeOf: (agent: AgentId) => string | undefined = () => undefined;
  /** What a lead is worth, where a test says it. */
  gradeOf: (number: DialNumber) => Grade | undefined = () => undefined;
  fault: (method: string) => StoreFault = () => "none";
  /** Shown what is written under which epoch, in the moment of the writing. */
  wrote: (epoch: Epoch) => void = () => undefined;
  readonly #clock: Clock;
  readonly #roundTripMs: number | undefined;
  readonly #campaigns = new Map<CampaignId, CampaignRow>();
  readonly #trunks: Trunk[] = [];
  readonly #agents = new SimulatedAgents();
  readonly #pacing = new SimulatedPacing();
  readonly #listeners = new Set<() => void>();
  readonly #liveNumbers = new Set<DialNumber>();
  readonly #byNumber = new Map<DialNumber, AttemptRow[]>();
  readonly #numbers = new Map<LeadId, DialNumber>();
  readonly seats: SimulatedSeats;
  #leadsMade = 0;

  /** Without `roundTripMs` each request is answered within the same instant. */
  constructor(clock: Clock, roundTripMs?: number) {
    this.#clock = clock;
    this.#roundTripMs = roundTripMs;
    this.seats = new SimulatedSeats(clock);
    this.seats.over = (epoch) => { freeLeases(this.#campaigns.values(), epoch); };
  }

  // What commands would do.

  addCampaign(
    settings: CampaignSettings, state: CampaignState, numbers: readonly DialNumber[],
  ): CampaignId {
    const id = (this.#campaigns.size + 1) as CampaignId;
    const leads = new Map(numbers.map((number, rank): [LeadId, LeadRow] => {
      const lead = ++this.#leadsMade as LeadId;
      this.#numbers.set(lead, number);
      return [lead, newLead(lead, number, rank)];
    }));
    this.#campaigns.set(id, {
      id, settings, leads, undone: new Set(leads.values()), open: new Set(), answered: [], state,
      startedAt: this.#clock.now(),
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

  now(): Instant {
    return this.#clock.now();
  }

  settingsOf(campaign: CampaignId): CampaignSettings {
    return this.#row(campaign).settings;
  }

  numberOf(lead: LeadId): DialNumber | undefined {
    return this.#numbers.get(lead);
  }

  /** Every attempt at a number, oldest first. */
  dialsOf(number: DialNumber): readonly AttemptRow[] {
    return this.#byNumber.get(number) ?? [];
  }

  /** Attempts without an outcome. */
  get open(): readonly AttemptRow[] {
    return [...this.#campaigns.values()].flatMap((row) => [...row.open]);
  }

  /** What the gate does with leads that it blocks. */
  putOff(
    campaign: CampaignId, leads: readonly { readonly lead: LeadId; readonly notBefore: Instant }[],
  ): void {
    const row = this.#row(campaign);
    for (const { lead: id, notBefore } of leads) {
      const lead = row.leads.get(id);
      if (lead?.state !== "leased") continue;
      apply(lead, { then: "retry", notBefore });
      row.quietUntil = Math.min(row.quietUntil, notBefore) as Instant;
    }
  }

  addTrunk(trunk: Trunk): void {
    this.#trunks.push(trunk);
    this.#tell();
  }

  addAgent(agent: Agent, pin: string): void {
    this.#agents.add(agent, pin);
    this.#tell();
  }

  // The contract.

  takeSeats(order: {
    controller: ControllerId; switches: readonly string[]; usable: readonly string[];
    leaseMs: number;
  }): Promise<Seats> {
    return this.request("takeSeats", () => this.seats.take(order));
  }

  releaseSeats(controller: ControllerId, switches?: readonly string[]): Promise<void> {
    return this.request("releaseSeats", () => {
      if (this.seats.release(controller, switches)) this.#tell();
    });
  }

  campaigns(): Promise<readonly Campaign[]> {
    return this.request("campaigns", () => [...this.#campaigns.values()].flatMap((row) => {
      const { id, settings, state } = row;
      const paused = state === "paused" && row.open.size > 0;
      const atWork = paused || state === "running" || state === "stopping";
      return atWork ? [{ id, settings, state, ...this.said }] : [];
    }));
  }

  finishCampaign(campaign: CampaignId, epoch: Epoch): Promise<void> {
    return this.request("finishCampaign", () => {
      const row = this.#fenced(campaign, epoch);
      const over = row.state === "stopping"
        || (row.state === "running" && row.undone.size === 0);
      if (over && row.open.size === 0) row.state = "finished";
    });
  }

  trunks(): Promise<readonly Trunk[]> {
    return this.request("trunks", () => [...this.#trunks]);
  }

  shareTrunks(
    epoch: Epoch, asked: readonly ShareAsked[],
  ): Promise<ReadonlyMap<TrunkId, number>> {
    return this.request("shareTrunks", () => this.seats.share(epoch, asked, this.#trunks));
  }

  agents(): Promise<readonly Agent[]> {
    return this.request("agents", () => this.#agents.placedBy(this.placeOf));
  }

  agentStandings(): Promise<readonly AgentStanding[]> {
    return this.request("agentStandings", () => this.#agents.standings(this.seats));
  }

  checkPin(agent: AgentId, pin: string, now: Instant): Promise<PinCheck> {
    return this.request("checkPin", () => this.#agents.checkPin(agent, pin, now));
  }

  leaseLeads(order: {
    campaign: CampaignId; epoch: Epoch; count: number; now: Instant; leaseMs: number;
  }): Promise<readonly HopperLead[]> {
    return this.request("leaseLeads", () => {
      const row = this.#fenced(order.campaign, order.epoch);
      return firstOf(dueLeads(row, order.now), order.count).map((lead) => {
        lead.state = "leased";
        lead.leaseEpoch = order.epoch;
        lead.notBefore = plus(order.now, order.leaseMs);
        row.quietUntil = order.now;
        const grade = this.gradeOf(lead.number);
        return {
          lead: lead.lead, number: lead.number, name: "", spent: lead.spent, ...grade && { grade },
          leasedUntil: lead.notBefore,
          ...(this.recordingPolicy && { recording: this.recordingPolicy }),
        };
      });
    });
  }

  readonly skipLead: Store["skipLead"] = (order) => this.request("skipLead",
    () => { skip(this.#fenced(order.campaign, order.epoch), order); });

  returnLeads(campaign: CampaignId, epoch: Epoch, leads: readonly LeadId[]): Promise<void> {
    return this.request("returnLeads", () => {
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
    return this.request("placeAttempts", () => {
      const row = this.#fenced(campaign, epoch);
      if (row.state !== "running") return attempts.flatMap(({ attempt }) => {
        const known = this.attempts.get(attempt);
        return known?.epoch === epoch && known.changes.outcome === undefined ? [attempt] : [];
      });
      return attempts.filter((each) => this.#place(row, epoch, each)).map((each) => each.attempt);
    });
  }

  recordCalls(records: readonly CallRecord[]): Promise<void> {
    return this.request("recordCalls", () => {
      this.#allHeld(records);
      for (const record of records) this.#record(record);
    });
  }

  recordAgents(records: readonly AgentRecord[]): Promise<void> {
    return this.request("recordAgents", () => {
      this.#allHeld(records);
      for (const each of records) this.#agents.record(each, this.seats.pbxOf(each.epoch));
    });
  }

  recordRecordings(rows: readonly RecordingRow[]): Promise<void> {
    return this.request("recordRecordings", () => {
      this.#allHeld(rows);
      for (const row of rows) this.recordings.set(`${row.attempt}/${row.leg}`, row);
    });
  }

  openAttempts(pbx: string): Promise<readonly OpenAttempt[]> {
    return this.request("openAttempts", () => [...this.#campaigns.values()].flatMap((row) =>
      [...row.open].filter((each) => each.pbx === pbx).map((each) => openAttempt(each, row))));
  }

  unmeasuredRecordings(pbx: string): Promise<readonly UnmeasuredRecording[]> {
    return this.request("unmeasuredRecordings", () => [...this.attempts.values()].flatMap((row) =>
      row.pbx === pbx ? unmeasured(row, this.recordings) : []));
  }

  counts(campaign: CampaignId): Promise<CampaignCounts> {
    return this.request("counts", () => {
      const attempts = [...this.attempts.values()].filter((each) => each.campaign === campaign);
      return countsOf(this.#row(campaign), attempts);
    });
  }

  abandonWindow(...[campaign, at]: Parameters<Store["abandonWindow"]>):
  ReturnType<Store["abandonWindow"]> {
    return this.request("abandonWindow", () => windowOf(this.#row(campaign), at));
  }

  pacingMemory(campaign: CampaignId, pbx: string): Promise<unknown> {
    return this.request("pacingMemory", () => this.#pacing.memory(campaign, pbx));
  }

  savePacing(save: Parameters<Store["savePacing"]>[0]): Promise<void> {
    return this.request("savePacing", () => {
      this.#fenced(save.campaign, save.epoch);
      this.#pacing.save(save, this.seats.pbxOf(save.epoch));
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
    const dials = this.#byNumber.get(intent.number) ?? [];
    this.#byNumber.set(intent.number, dials);
    if (intent.reserve && !hasRoom(intent.reserve, dials)) return false;
    lead.state = "dialing";
    lead.attempt = intent.attempt;
    const attempt: AttemptRow = { ...intent, epoch, facts: new Map(), changes: {} };
    this.attempts.set(intent.attempt, attempt);
    dials.push(attempt);
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
    this.seats.pbxOf(epoch);
    this.wrote(epoch);
    return this.#row(campaign);
  }

  #allHeld(records: readonly { readonly epoch: Epoch }[]): void {
    for (const { epoch } of records) {
      this.seats.pbxOf(epoch);
      this.wrote(epoch);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  /** Of each simulated hour there are tens of thousands: one promise for each, where it can be. */
  request<T>(method: string, act: () => T): Promise<T> {
    const wait = this.#roundTripMs;
    if (wait === undefined) return settledAlready.then(() => this.#answer(method, act));
    return new Promise((resolve, reject) => {
      this.#clock.at(plus(this.#clock.now(), wait), () => {
        // Acts after all that is due in its instant, as whoever waits for an answer does.
        void settledAlready.then(() => {
          try {
            resolve(this.#answer(method, act));
          } catch (error) {
            reject(error as Error);
          }
        });
      });
    });
  }

  #answer<T>(method: string, act: () => T): T {
    const fault = this.fault(method);
    if (fault === "away") throw new StoreUnavailable("the simulated store is away");
    const result = act();
    if (fault === "lost-response") throw new StoreUnavailable(`no answer to ${method}`);
    return result;
  }
}
