/**
 * Owns one simulated day of a floor: the events, who is in which state, and what the pacer sees
 * and does. A day of fifty agents takes a few seconds. Deterministic: the same scenario, pacer and
 * seed give the same day, and every pacer meets the same people in the same order.
 */
import { instant, type Instant } from "../clock.ts";
import type { AgentId } from "../ids.ts";
import { learn, nothingLearned, type FloorObservation, type LearnedFloor } from "../pacing/learned.ts";
import type { FloorAgent, FloorLine, FloorSnapshot, Pacer } from "../pacing/pacer.ts";
import { normal, seededRandom, type Random } from "../random.ts";
import { DayTally, type DayResult } from "./day-tally.ts";
import { EventHeap } from "./event-heap.ts";
import { answerProbability, drawPerson, meanRateOf, predictedProbability, type Person } from "./people.ts";
import type { Scenario } from "./scenario.ts";

interface Seat {
  readonly agent: AgentId;
  readonly talkPace: number;
  readonly wrapUpPace: number;
  state: FloorAgent["state"] | "away";
  since: number;
  /** Where the agent is in `floor.agents`; -1 while away. */
  place: number;
  /** What happens when the call at hand is over. */
  after: "ready" | "paused" | "away";
}

interface Line {
  readonly person: Person;
  readonly told: number;
  readonly placedAt: number;
  place: number;
}

interface Waiter {
  readonly line: Line;
  readonly since: Instant;
  readonly machine: boolean;
  gone: boolean;
}

type Event =
  | { readonly at: number; readonly type: "line-ends"; readonly line: Line;
      readonly how: "person" | "machine" | "unanswered" | "failed" }
  | { readonly at: number; readonly type: "patience-ends"; readonly waiter: Waiter; readonly early: boolean }
  | { readonly at: number; readonly type: "talk-ends"; readonly seat: Seat; readonly wrapUpMs: number }
  | { readonly at: number; readonly type: "wrap-up-ends"; readonly seat: Seat }
  | { readonly at: number; readonly type: "seat"; readonly seat: Seat; readonly to: "ready" | "paused" | "away" }
  | { readonly at: number; readonly type: "departure"; readonly agents: number }
  | { readonly at: number; readonly type: "tick" };

export interface DayOptions {
  readonly seed: number;
  /** What earlier days taught; nothing by default. */
  readonly learned?: LearnedFloor;
  /** Whether to learn; only pacers that read `learned` need it, and it takes time. */
  readonly learning: boolean;
  /** Called with each decision that dialed, for measuring and explaining. */
  readonly onDecision?: (snapshot: FloorSnapshot, dials: number) => void;
}

/** Leads shown to the pacer ahead. */
const AHEAD = 500;
const TICK_MS = 1_000;
/** A trunk that refuses does so after this. */
const REFUSED_MS = 200;

export function simulateDay(scenario: Scenario, pacer: Pacer, options: DayOptions): DayResult {
  return new FloorDay(scenario, pacer, options).run();
}

class FloorDay {
  readonly #scenario: Scenario;
  readonly #pacer: Pacer;
  readonly #options: DayOptions;
  readonly #heap = new EventHeap<Event>();
  readonly #people: Random;
  readonly #tally: DayTally;
  readonly #seats: Seat[] = [];
  /** Free seats, the longest idle first. */
  readonly #ready: Seat[] = [];
  readonly #agents: FloorAgent[] = [];
  readonly #seatAt: Seat[] = [];
  readonly #lines: Line[] = [];
  readonly #floorLines: FloorLine[] = [];
  #waiting: Waiter[] = [];
  readonly #next: Person[] = [];
  readonly #told: number[] = [];
  readonly #meanRate: number;
  #leadsLeft: number;
  #learned: LearnedFloor;
  #now: number;

  constructor(scenario: Scenario, pacer: Pacer, options: DayOptions) {
    this.#scenario = scenario;
    this.#pacer = pacer;
    this.#options = options;
    this.#now = scenario.fromMs;
    this.#learned = options.learned ?? nothingLearned();
    this.#leadsLeft = scenario.leads ?? Infinity;
    this.#meanRate = meanRateOf(scenario);
    this.#tally = new DayTally(scenario, options.seed);
    const random = seededRandom(`day/${options.seed}`);
    this.#people = random.fork("people");
    this.#seatAgents(random.fork("agents"));
    for (const each of scenario.departures) {
      this.#heap.push({ at: each.atMs, type: "departure", agents: each.agents });
    }
    this.#heap.push({ at: scenario.fromMs, type: "tick" });
  }

  #seatAgents(random: Random): void {
    const { shifts, paceSpread } = this.#scenario;
    const factor = (): number => Math.exp(paceSpread * normal(random) - paceSpread ** 2 / 2);
    for (const shift of shifts) {
      for (let i = 0; i < shift.agents; i++) {
        const seat: Seat = {
          agent: this.#seats.length as AgentId, talkPace: factor(), wrapUpPace: factor(),
          state: "away", since: this.#now, place: -1, after: "ready",
        };
        this.#seats.push(seat);
        this.#heap.push({ at: shift.fromMs, type: "seat", seat, to: "ready" });
        this.#heap.push({ at: shift.toMs, type: "seat", seat, to: "away" });
        for (const rest of shift.breaks) {
          const at = rest.atMs + rest.spreadMs * i / Math.max(1, shift.agents);
          this.#heap.push({ at, type: "seat", seat, to: "paused" });
          this.#heap.push({ at: at + rest.ms, type: "seat", seat, to: "ready" });
        }
      }
    }
  }

  run(): DayResult {
    for (;;) {
      const event = this.#heap.pop();
      if (event === undefined) break;
      this.#now = event.at;
      this.#apply(event);
      if (this.#heap.peek()?.at === this.#now) continue;
      if (this.#now < this.#scenario.toMs) this.#decide();
    }
    for (const seat of this.#seats) this.#tally.seatLeft(seat, this.#now);
    return this.#tally.result(this.#learned);
  }

  #apply(event: Event): void {
    switch (event.type) {
      case "line-ends": { this.#lineEnds(event.line, event.how); return; }
      case "patience-ends": { this.#patienceEnds(event.waiter, event.early); return; }
      case "talk-ends": { this.#talkEnds(event.seat, event.wrapUpMs); return; }
      case "wrap-up-ends": { this.#wrapUpEnds(event.seat); return; }
      case "seat": { this.#move(event.seat, event.to); return; }
      case "departure": { this.#depart(event.agents); return; }
      case "tick": {
        const busy = this.#seats.filter(isBusy).length;
        const at = this.#now + TICK_MS;
        if (at < this.#scenario.toMs) this.#heap.push({ at, type: "tick" });
        const staffed = this.#agents.length;
        this.#tally.sample(this.#now, { busy, staffed, lines: this.#lines.length });
      }
    }
  }

  #learn(seen: FloorObservation): void {
    if (this.#options.learning) this.#learned = learn(this.#learned, seen);
  }

  #decide(): void {
    while (this.#next.length < Math.min(AHEAD, this.#leadsLeft)) {
      const person = drawPerson(this.#people, this.#scenario);
      this.#next.push(person);
      this.#told.push(predictedProbability(this.#scenario, person, {
        atMs: this.#now, meanRate: this.#meanRate,
      }));
    }
    const snapshot: FloorSnapshot = {
      now: instant(this.#now),
      agents: this.#agents, lines: this.#floorLines, next: this.#told,
      waiting: this.#waiting.map((each) => each.since),
      answered: this.#tally.answered, abandoned: this.#tally.abandoned,
      abandonRateMax: this.#scenario.abandonRateMax,
      window: { from: instant(this.#scenario.fromMs), until: instant(this.#scenario.toMs) },
      connectWithinMs: this.#scenario.connectWithinMs,
      leadsLeft: this.#leadsLeft,
      learned: this.#learned,
      linesMax: this.#scenario.linesMax,
    };
    const { dials } = this.#pacer.decide(snapshot);
    this.#options.onDecision?.(snapshot, dials);
    const people = this.#next.splice(0, dials);
    const told = this.#told.splice(0, dials);
    people.forEach((person, i) => { this.#dial(person, told[i] ?? 0); });
  }

  #dial(person: Person, told: number): void {
    this.#leadsLeft--;
    this.#tally.dialed();
    const line: Line = { person, told, placedAt: this.#now, place: this.#lines.length };
    this.#lines.push(line);
    this.#floorLines.push({
      placedAt: instant(this.#now), ringingSince: undefined, answerProbability: told,
    });
    const fault = this.#scenario.trunkFaults.find((each) =>
      each.fromMs <= this.#now && this.#now < each.toMs);
    const answers = person.reluctance < answerProbability(this.#scenario, person, this.#now);
    if (fault?.kind === "refuses") {
      this.#heap.push({ at: this.#now + REFUSED_MS, type: "line-ends", line, how: "failed" });
    } else if (fault === undefined && answers) {
      this.#heap.push({ at: this.#now + person.ringMs, type: "line-ends", line, how: "person" });
    } else {
      const how = person.otherwise === "machine" && fault === undefined ? "machine" : "unanswered";
      this.#heap.push({ at: this.#now + person.otherwiseMs, type: "line-ends", line, how });
    }
  }

  #lineEnds(line: Line, how: "person" | "machine" | "unanswered" | "failed"): void {
    const last = this.#lines.pop();
    const lastFloor = this.#floorLines.pop();
    if (last !== undefined && lastFloor !== undefined && last !== line) {
      last.place = line.place;
      this.#lines[line.place] = last;
      this.#floorLines[line.place] = lastFloor;
    }
    this.#learn({
      type: "line-ended", how: how === "person" || how === "machine" ? "answered" : how,
      afterMs: this.#now - line.placedAt, answerProbability: line.told,
    });
    if (how !== "person" && how !== "machine") return;
    const machine = how === "machine";
    const waiter: Waiter = { line, since: instant(this.#now), machine, gone: false };
    const seat = this.#ready.shift();
    if (seat !== undefined) { this.#connect(seat, waiter); return; }
    this.#waiting.push(waiter);
    const { earlyMs = Infinity, patienceMs } = line.person;
    const early = earlyMs < patienceMs;
    const at = this.#now + Math.min(earlyMs, patienceMs);
    this.#heap.push({ at, type: "patience-ends", waiter, early });
  }

  #patienceEnds(waiter: Waiter, early: boolean): void {
    if (waiter.gone) return;
    waiter.gone = true;
    this.#waiting = this.#waiting.filter((each) => each !== waiter);
    if (waiter.machine) return;
    this.#tally.settled(this.#now, { abandoned: !early, waitedMs: this.#now - waiter.since });
    this.#settled(!early);
  }

  #settled(abandoned: boolean): void {
    this.#learn({ type: "answer-settled", abandoned, limit: this.#scenario.abandonRateMax });
  }

  #connect(seat: Seat, waiter: Waiter): void {
    const { person } = waiter.line;
    waiter.gone = true;
    this.#become(seat, "talking");
    if (!waiter.machine) {
      this.#tally.settled(this.#now, { abandoned: false, waitedMs: this.#now - waiter.since });
      this.#settled(false);
    }
    const talkMs = waiter.machine ? person.machineTalkMs
      : person.earlyMs ?? person.talkMs * seat.talkPace;
    const wrapUpMs = person.wrapUpMs * seat.wrapUpPace;
    this.#heap.push({ at: this.#now + talkMs, type: "talk-ends", seat, wrapUpMs });
  }

  #talkEnds(seat: Seat, wrapUpMs: number): void {
    this.#learn({ type: "talk-ended", agent: seat.agent, ms: this.#now - seat.since });
    if (wrapUpMs > 0) {
      this.#become(seat, "wrap-up");
      this.#heap.push({ at: this.#now + wrapUpMs, type: "wrap-up-ends", seat });
    } else {
      this.#learn({ type: "wrap-up-ended", agent: seat.agent, ms: 0 });
      this.#free(seat);
    }
  }

  #wrapUpEnds(seat: Seat): void {
    this.#learn({ type: "wrap-up-ended", agent: seat.agent, ms: this.#now - seat.since });
    this.#free(seat);
  }

  /** The agent is done with a call: takes the next waiting person, or rests. */
  #free(seat: Seat): void {
    if (seat.after !== "ready") { this.#become(seat, seat.after); return; }
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) { this.#connect(seat, waiter); return; }
    this.#become(seat, "ready");
    this.#ready.push(seat);
  }

  /** A shift or a break begins or ends. */
  #move(seat: Seat, to: "ready" | "paused" | "away"): void {
    if (to === "ready") {
      const idle = seat.state === "away" || seat.state === "paused";
      // Who left with the others at once does not come back from a break.
      if (seat.after === "away" && idle && seat.since > this.#scenario.fromMs) return;
      seat.after = "ready";
      if (idle) this.#free(seat);
      return;
    }
    if (seat.after === "away") return;
    seat.after = to;
    if (isBusy(seat)) { this.#show(seat, to === "away" ? "leaving" : undefined); return; }
    const place = this.#ready.indexOf(seat);
    if (place >= 0) this.#ready.splice(place, 1);
    this.#become(seat, to);
  }

  #depart(agents: number): void {
    const here = this.#seats.filter((seat) => seat.state !== "away" && seat.after !== "away");
    for (const seat of here.slice(0, agents)) this.#move(seat, "away");
  }

  #become(seat: Seat, state: Seat["state"]): void {
    this.#tally.seatLeft(seat, this.#now);
    seat.state = state;
    seat.since = this.#now;
    this.#show(seat, undefined);
  }

  /** Puts the seat's state where pacers see it, or `as` in its place. */
  #show(seat: Seat, as: "leaving" | undefined): void {
    if (seat.state === "away") {
      if (seat.place === -1) return;
      const last = this.#seatAt.pop();
      const lastAgent = this.#agents.pop();
      if (last !== undefined && lastAgent !== undefined && last !== seat) {
        last.place = seat.place;
        this.#seatAt[seat.place] = last;
        this.#agents[seat.place] = lastAgent;
      }
      seat.place = -1;
      return;
    }
    if (seat.place === -1) {
      seat.place = this.#agents.length;
      this.#seatAt.push(seat);
    }
    const leaving = as === "leaving" || (isBusy(seat) && seat.after === "away");
    this.#agents[seat.place] = {
      agent: seat.agent, state: leaving ? "leaving" : seat.state, since: instant(seat.since),
    };
  }
}

const isBusy = ({ state }: Seat): boolean =>
  state === "connecting" || state === "talking" || state === "wrap-up";
