/**
 * Owns one simulated day of a floor: a switch that is an event heap, a clock that jumps from event
 * to event, and between them the call and agent machines of production. Deterministic: the same
 * scenario, pacer and seed give the same day, and every pacer meets the same people in the same
 * order.
 */
import { instant, plus, type Instant } from "../clock.ts";
import { unreachable } from "../errors.ts";
import { callOf, type CallId } from "../ids.ts";
import { timeOverAt as agentDue } from "../agent/agent.ts";
import type { AgentInput } from "../agent/inputs.ts";
import {
  evolve as evolveCall, isDone, isUnanswered, timeOverAt as callDue, type CallState,
} from "../call/call.ts";
import { decide as decideCall } from "../call/decide.ts";
import type { CallCommand, CallInput } from "../call/inputs.ts";
import type { Outcome } from "../call/outcome.ts";
import { estimated, type LeadCell } from "../pacing/answer-cells.ts";
import { learn, nothingLearned, type FloorObservation, type LearnedFloor } from "../pacing/learned.ts";
import type { FloorSnapshot, Pacer } from "../pacing/pacer.ts";
import { seededRandom } from "../random.ts";
import { CallRate } from "./call-rate.ts";
import { DayTally, type DayResult } from "./day-tally.ts";
import { EventHeap } from "./event-heap.ts";
import { FloorBoard } from "./floor-board.ts";
import { LimitSpan } from "./limit-span.ts";
import { LeadQueue } from "./lead-queue.ts";
import type { Scenario } from "./scenario.ts";
import { jobFor, type Seat } from "./seat.ts";
import { Staff, type StaffEvent } from "./staff.ts";
import {
  earlyEndOf, fateOf, leaves, placeLine, stayOf, type Fate, type VirtualLine,
} from "./virtual-line.ts";

type Event =
  | { readonly at: number; readonly type: "fate"; readonly line: VirtualLine; readonly fate: Fate }
  | { readonly at: number; readonly type: "leaves"; readonly line: VirtualLine }
  | { readonly at: number; readonly type: "played"; readonly line: VirtualLine }
  | { readonly at: number; readonly type: "call-due"; readonly line: VirtualLine }
  | StaffEvent
  | { readonly at: number; readonly type: "departure"; readonly agents: number }
  | { readonly at: number; readonly type: "tick" };

type Letter =
  | { readonly to: "call"; readonly line: VirtualLine; readonly input: CallInput }
  | { readonly to: "agent"; readonly seat: Seat; readonly input: AgentInput };

export interface DayOptions {
  readonly seed: number;
  /** What earlier days taught; nothing by default. */
  readonly learned?: LearnedFloor;
  /** The days before this one in the window of the limit, where that is of many days. */
  readonly before?: readonly DayResult[];
  /** Whether to learn; only pacers that read `learned` need it, and it takes time. */
  readonly learning: boolean;
  /** Called with each decision that dialed, for measuring and explaining. */
  readonly onDecision?: (snapshot: FloorSnapshot, dials: number) => void;
}

const TICK_MS = 1_000;
/** Simulated people differ in nothing that could be known of them beforehand. */
const alike: LeadCell = { past: "fresh", hour: undefined, lineType: "unknown" };
/** The safe-harbour message. */
const MESSAGE_MS = 8_000;

export function simulateDay(scenario: Scenario, pacer: Pacer, options: DayOptions): DayResult {
  return new FloorDay(scenario, pacer, options).run();
}

class FloorDay {
  readonly #scenario: Scenario;
  readonly #pacer: Pacer;
  readonly #options: DayOptions;
  readonly #heap = new EventHeap<Event>();
  readonly #tally: DayTally;
  readonly #leads: LeadQueue;
  readonly #rate: CallRate;
  readonly #staff: Staff;
  readonly #board = new FloorBoard();
  readonly #limit: LimitSpan;
  readonly #calls = new Map<CallId, VirtualLine>();
  #waiting: VirtualLine[] = [];
  /** Inputs on their way, as in the inboxes of production: one loop drains them. */
  readonly #letters: Letter[] = [];
  #dialed = 0;
  #learned: LearnedFloor;
  #now: Instant;

  constructor(scenario: Scenario, pacer: Pacer, options: DayOptions) {
    this.#scenario = scenario;
    this.#pacer = pacer;
    this.#options = options;
    this.#now = instant(scenario.fromMs);
    this.#learned = options.learned ?? nothingLearned();
    this.#tally = new DayTally(scenario, options.seed);
    this.#limit = new LimitSpan(scenario, options.before ?? []);
    this.#rate = new CallRate(scenario.callsPerSecond, scenario.fromMs);
    const random = seededRandom(`day/${options.seed}`);
    this.#leads = new LeadQueue(scenario, random.fork("people"));
    this.#staff = new Staff(scenario, random.fork("agents"), {
      board: this.#board, tally: this.#tally, now: () => this.#now,
      ask: (seat, inputs) => { this.#ask(seat, inputs); },
      tell: (call, input) => {
        const line = this.#calls.get(call);
        if (line) this.#tell(line, input);
      },
      later: (event) => { this.#heap.push(event); },
      learn: (seen) => { this.#learn(seen); },
    });
    for (const each of scenario.departures) {
      this.#heap.push({ at: each.atMs, type: "departure", agents: each.agents });
    }
    this.#heap.push({ at: scenario.fromMs, type: "tick" });
  }

  run(): DayResult {
    for (;;) {
      const event = this.#heap.pop();
      if (event === undefined) break;
      if (this.#isStale(event)) continue;
      this.#now = instant(event.at);
      this.#apply(event);
      this.#deliver();
      if (this.#heap.peek()?.at === event.at) continue;
      if (event.at < this.#scenario.toMs) this.#pace();
    }
    for (const seat of this.#staff.seats) this.#tally.seatLeft(seat.state, this.#now);
    return this.#tally.result(this.#learned);
  }

  /** A timer that was armed for a state which is over. */
  #isStale(event: Event): boolean {
    // Given up before its person answered, or its time was over.
    if (event.type === "fate") return !isUnanswered(event.line.state);
    if (event.type === "call-due") {
      return callDue(event.line.terms, event.line.state) !== event.at;
    }
    return event.type === "agent-due" && agentDue(event.seat.state) !== event.at;
  }

  #apply(event: Event): void {
    const at = this.#now;
    switch (event.type) {
      case "fate": return this.#meet(event.line, event.fate);
      case "leaves": {
        const answeredAt = at;
        return this.#tell(event.line, { type: "leg-ended", at, cause: leaves, answeredAt });
      }
      case "played": return this.#tell(event.line, { type: "play-finished", at });
      case "call-due": return this.#tell(event.line, { type: "time-over", at });
      case "result": return this.#staff.chooseResult(event.seat, event.call);
      case "agent-due": return this.#ask(event.seat, [{ type: "time-over", at }]);
      case "shift": return this.#staff.move(event.seat, event.move);
      case "departure": return this.#staff.depart(event.agents);
      case "tick": return this.#tick();
      default: return unreachable(event);
    }
  }

  #tick(): void {
    const at = this.#now + TICK_MS;
    if (at < this.#scenario.toMs) this.#heap.push({ at, type: "tick" });
    const { busy, agents, lines } = this.#board;
    this.#tally.sample(this.#now, { busy, staffed: agents.length, lines: lines.length });
  }

  #learn(seen: FloorObservation): void {
    if (this.#options.learning) this.#learned = learn(this.#learned, seen);
  }

  // Letters between switch, calls and agents.

  #tell(line: VirtualLine, input: CallInput): void {
    this.#letters.push({ to: "call", line, input });
  }

  #ask(seat: Seat, inputs: readonly AgentInput[]): void {
    for (const input of inputs) this.#letters.push({ to: "agent", seat, input });
  }

  #deliver(): void {
    for (let i = 0; i < this.#letters.length; i++) {
      const letter = this.#letters[i];
      if (letter?.to === "call") this.#toCall(letter.line, letter.input);
      else if (letter) this.#staff.hear(letter.seat, letter.input);
      // Whoever waits is matched when nothing is under way, as by the campaign's runner.
      if (i === this.#letters.length - 1) this.#match();
    }
    this.#letters.length = 0;
  }

  #match(): void {
    for (;;) {
      const [line] = this.#waiting;
      const seat = this.#staff.longestIdle;
      if (!line || !seat) return;
      const at = this.#now;
      const { attempt } = line.terms;
      seat.wrapUpMs = line.person.wrapUpMs * seat.wrapUpPace;
      seat.restMs = line.person.restMs;
      // Letters are read in order: the agent is reserved before the call is told, as in production.
      this.#staff.hear(seat, {
        type: "reserved", at, job: jobFor(callOf(attempt), seat.wrapUpMs), ring: seat.leg,
      });
      this.#toCall(line, { type: "agent-offered", at, agent: seat.agent, leg: seat.leg });
    }
  }

  // Calls.

  #toCall(line: VirtualLine, input: CallInput): void {
    const before = line.state;
    const { facts, commands } = decideCall(line.terms, before, input);
    for (const fact of facts) line.state = evolveCall(line.state, fact);
    if (line.state !== before) this.#callMoved(line, before);
    for (const command of commands) this.#command(line, command);
  }

  #command(line: VirtualLine, command: CallCommand): void {
    const at = this.#now;
    switch (command.type) {
      case "join":
        return this.#tell(line, { type: "joined", at });
      case "message":
        this.#heap.push({ at: at + MESSAGE_MS, type: "played", line });
        return;
      case "hang-up": {
        const cause = { ...leaves, by: "us" } as const;
        const answeredAt = isUnanswered(line.state) ? undefined : at;
        return this.#tell(line, { type: "leg-ended", at, cause, answeredAt });
      }
      case "tell-agent": {
        const seat = this.#staff.seats[command.agent];
        if (!seat) return;
        const call = callOf(line.terms.attempt);
        return this.#ask(seat, [{ type: `call-${command.news}`, at, call, why: command.why }]);
      }
      case "place":
      case "overhear":
      case "part":
      case "record":
      case "beep":
      case "stop-recording":
      case "announce":
        return;
      default:
        return unreachable(command);
    }
  }

  #callMoved(line: VirtualLine, before: CallState): void {
    const { state, terms } = line;
    if (isUnanswered(before) && !isUnanswered(state)) this.#stopsRinging(line);
    if (before.at === "waiting" && state.at !== "waiting") {
      this.#waiting = this.#waiting.filter((each) => each !== line);
    }
    if (state.at === "waiting" && before.at !== "waiting") this.#answered(line);
    if (state.at === "connected" && before.at !== "connected") this.#connected(line, state);
    const alone = before.at === "waiting" || before.at === "connecting";
    if (alone && (state.at === "closing" || state.at === "ended")) {
      this.#settledAlone(line, state.outcome.outcome, before.answeredAt);
    }
    if (isDone(state)) this.#calls.delete(callOf(terms.attempt));
  }

  #answered(line: VirtualLine): void {
    this.#waiting.push(line);
    const early = earlyEndOf(line);
    const due = callDue(line.terms, line.state);
    if (early !== undefined) this.#heap.push({ at: early, type: "leaves", line });
    if (due !== undefined) this.#heap.push({ at: due, type: "call-due", line });
  }

  #connected(
    line: VirtualLine, state: Extract<CallState, { readonly at: "connected" }>,
  ): void {
    const seat = this.#staff.seats[state.agent];
    if (!line.machine) {
      const waitedMs = this.#now - state.answeredAt;
      this.#tally.settled(this.#now, { connected: true, abandoned: false, waitedMs });
      this.#settle(false);
    }
    // Who leaves early anyway was ordered to at the answer.
    if (!line.machine && line.person.earlyMs !== undefined) return;
    const ends = plus(this.#now, stayOf(line, seat?.talkPace ?? 1));
    const longest = callDue(line.terms, state) ?? ends;
    if (longest < ends) this.#heap.push({ at: longest, type: "call-due", line });
    else this.#heap.push({ at: ends, type: "leaves", line });
  }

  /** The outcome of somebody who answered and was never connected is set. */
  #settledAlone(line: VirtualLine, outcome: Outcome, answeredAt: Instant): void {
    // Of machines nothing is counted: nobody was kept waiting.
    if (line.machine) return;
    const abandoned = outcome === "abandoned";
    const waitedMs = this.#now - answeredAt;
    this.#tally.settled(this.#now, { connected: false, abandoned, waitedMs });
    if (abandoned) this.#settle(true);
  }

  #settle(abandoned: boolean): void {
    this.#learn({ type: "answer-settled", abandoned, limit: this.#scenario.abandonRateMax });
  }

  // Lines.

  #pace(): void {
    this.#leads.fill(this.#now, estimated(this.#learned.cells));
    const scenario = this.#scenario;
    const snapshot: FloorSnapshot = {
      now: this.#now,
      agents: this.#board.agents, lines: this.#board.lines, next: this.#leads.told,
      waiting: this.#waiting.map(({ state }) =>
        state.at === "waiting" ? state.answeredAt : this.#now),
      ...this.#limit.standing(this.#now, this.#tally),
      connectWithinMs: scenario.connectWithinMs,
      leadsLeft: this.#leads.left,
      ringLeastMs: scenario.ringLeastMs,
      learned: this.#learned,
      linesMax: scenario.linesMax,
    };
    const { dials, giveUp = [] } = this.#pacer.decide(snapshot);
    this.#options.onDecision?.(snapshot, dials);
    const hopeless = this.#board.callsAt(giveUp);
    for (const line of hopeless) this.#tell(line, { type: "given-up", at: this.#now });
    if (hopeless.length > 0) this.#deliver();
    for (const lead of this.#leads.take(this.#rate.take(dials, this.#now))) {
      const fate = fateOf(scenario, lead.person, this.#now);
      const line = placeLine(++this.#dialed, this.#now, lead, fate);
      this.#calls.set(callOf(line.terms.attempt), line);
      this.#board.add(line, this.#now);
      this.#tally.dialed(this.#now);
      this.#heap.push({ at: this.#now + fate.afterMs, type: "fate", line, fate });
    }
  }

  #meet(line: VirtualLine, fate: Fate): void {
    const at = this.#now;
    this.#tell(line, fate.does === "answers" ? { type: "answered", at, answeredAt: at }
      : { type: "leg-ended", at, cause: fate.cause, answeredAt: undefined });
  }

  #stopsRinging(line: VirtualLine): void {
    this.#board.remove(line);
    const { state, terms: { placedAt } } = line;
    const failed = state.at === "ended" && state.outcome.outcome === "failed"
      && !state.outcome.spent;
    const gaveUp = state.at === "ended" && state.outcome.reason === "rang-enough";
    const how = gaveUp ? "given-up"
      : state.at === "waiting" ? "answered" : failed ? "failed" : "unanswered";
    if (how !== "answered") this.#leads.missed(line.person, this.#now);
    this.#learn({
      type: "line-ended", how, afterMs: this.#now - placedAt, answerProbability: line.told,
      ...this.#scenario.prediction.tells === "own" && { cell: alike },
    });
  }
}
