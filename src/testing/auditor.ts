/**
 * Owns what must hold, whatever happens. The auditor stands beside the virtual switches and sees
 * what both ends of each line would, and beside the store; it knows nothing of what the engine
 * believes.
 */
import { DAY_MS, plus, toIso, type Clock, type Instant, type Timer } from "../clock.ts";
import { attemptOf, type CallId, type DialNumber, type Epoch, type LegId } from "../ids.ts";
import { answeredByPerson } from "../call/outcome.ts";
import type { WorldEvent } from "../telephony/virtual/world.ts";
import type { AttemptRow } from "./simulated-campaign.ts";
import { LawAuditor } from "./law-auditor.ts";
import type { SimulatedStore } from "./simulated-store.ts";

export interface AuditRules {
  readonly connectWithinMs: number;
  /** How late the message may be: events, the store and the command take their time. */
  readonly messageWithinMs: number;
  /** Most lead legs at once, and most dials in a second, over all switches together. */
  readonly channelsMax: number;
  readonly callsPerSecond: number;
  readonly abandonRateMax: number;
  /**
   * People beyond the limit that predictive pacing may have lent a window of so many answers; when
   * absent, of each line that was in flight somebody may be abandoned beside the limit.
   */
  readonly lent?: (answered: number) => number;
  /** Highest abandon rate of any 24 hours, where the limit's window is longer. */
  readonly dayRateMax?: number;
  /** Whether the people live in places whose rules are to be kept. */
  readonly lawful: boolean;
}

interface SeenLeg {
  readonly number: DialNumber | undefined;
  answeredAt: Instant | undefined;
  joined: boolean;
  /** Its joining was out of the controller's sight, so that it may have counted as too late. */
  unseen: boolean;
  heardMessage: boolean;
  ended: boolean;
}

/** Somebody who answered. */
interface Answer {
  readonly at: Instant;
  readonly lost: boolean;
}

/** Between two comparisons of the switches with the store. */
const compareMs = 60_000;

/** A controller that acts within this time cannot have heard yet of what a switch tells it. */
const newsMs = 10;

export class Auditor {
  readonly breaks: string[] = [];
  /** Lines that were given up while they rang. */
  givenUp = 0;
  readonly law: LawAuditor;
  readonly #clock: Clock;
  readonly #store: SimulatedStore;
  readonly #rules: AuditRules;
  readonly #legs = new Map<LegId, SeenLeg>();
  readonly #liveNumbers = new Map<DialNumber, LegId>();
  /** The phone of the agent in each call. */
  readonly #calls = new Map<CallId, string>();
  /** When each call was parted last. */
  readonly #parted = new Map<CallId, Instant>();
  readonly #phones = new Map<LegId, string>();
  /** The latest holding of each switch. */
  readonly #holdings = new Map<string, Epoch>();
  readonly #recentDials: Instant[] = [];
  /** Lines that nobody has answered, or has been joined on. */
  #inFlight = 0;
  #mostInFlight = 0;
  /** Lines that were in flight when something large went wrong: nobody could save them. */
  #allowance = 0;
  #doubtful: ReadonlySet<string> = new Set();
  #comparing: Timer | undefined;
  /** While the controllers cannot be expected to keep the two seconds: they or the way are away. */
  excused: () => boolean = () => false;

  constructor(clock: Clock, store: SimulatedStore, rules: AuditRules) {
    this.#clock = clock;
    this.#store = store;
    this.#rules = rules;
    this.law = new LawAuditor(clock, (what) => { this.#break(what); });
    store.seats.taken = (pbx, epoch) => { this.#holdings.set(pbx, epoch); };
    store.wrote = (epoch) => {
      if (![...this.#holdings.values()].includes(epoch)) {
        this.#break(`something was written under epoch ${epoch}, which is over`);
      }
    };
    this.#compareLater();
  }

  /** What is seen at one switch. */
  at = (pbx: string) => (event: WorldEvent): void => {
    if (this.#rules.lawful) this.law.see(event);
    switch (event.type) {
      case "dialed":
        this.#dialed(event, pbx);
        return;
      case "answered":
        this.#answered(event.leg, event.at);
        return;
      case "joined":
        this.#joined(event);
        return;
      case "parted":
        this.#calls.delete(event.call);
        this.#parted.set(event.call, event.at);
        return;
      case "heard": {
        const leg = this.#legs.get(event.leg);
        if (leg && event.prompt.kind === "prompt" && event.prompt.name === "safe-harbour") {
          leg.heardMessage = true;
        }
        return;
      }
      case "recorded":
        this.#recorded(event.call);
        return;
      case "ended":
        this.#ended(event.leg);
    }
  };

  /** Something large goes wrong now. */
  faultBegan(): void {
    this.#allowance += this.#inFlight;
  }

  /** What must hold when all is quiet again. */
  close(liveLegs: readonly LegId[]): void {
    this.#comparing?.cancel();
    for (const leg of liveLegs) {
      if (this.#legs.get(leg)?.number !== undefined) this.#break(`leg ${leg} is left up`);
    }
    let answered = 0;
    let abandoned = 0;
    const people: Answer[] = [];
    for (const row of this.#store.attempts.values()) {
      const outcome = row.changes.outcome?.outcome;
      const set = [...row.facts.values()].filter((fact) => fact.type === "outcome-set").length;
      if (outcome === undefined || set !== 1) {
        this.#break(`attempt ${row.attempt} has ${set} outcomes`);
        continue;
      }
      if (answeredByPerson(outcome)) {
        answered += 1;
        people.push({ at: row.changes.answeredAt ?? row.at, lost: outcome === "abandoned" });
      }
      if (outcome === "abandoned") abandoned += 1;
      this.#auditRinging(row);
      const leg = this.#legs.get(row.attempt as string as LegId);
      if (!leg) continue;
      // One who left as they were joined may have gone before the controller heard of it.
      const asSeen = (leg.unseen && outcome === "abandoned")
        || row.changes.outcome?.reason === "left-as-joined";
      if (leg.joined !== (outcome === "connected") && !asSeen) {
        this.#break(`attempt ${row.attempt} was ${leg.joined ? "" : "not "}joined, and is ${outcome}`);
      }
      if (answeredByPerson(outcome) && leg.answeredAt === undefined) {
        this.#break(`attempt ${row.attempt} is ${outcome}, and nobody answered`);
      }
    }
    const { abandonRateMax, lent } = this.#rules;
    const beside = lent ? lent(answered) : this.#mostInFlight;
    const ceiling = abandonRateMax * answered + beside + this.#allowance;
    if (abandoned > ceiling) {
      this.#break(`${abandoned} of ${answered} were abandoned, more than ${Math.floor(ceiling)}`);
    }
    this.#auditDays(people);
  }

  /** Whether a line was given up before it rang for as long as is owed (16 CFR 310.4(b)(4)(ii)). */
  #auditRinging({ attempt, facts }: AttemptRow): void {
    const when = (type: string): Instant | undefined =>
      [...facts.values()].find((fact) => fact.type === type)?.at;
    const givenUp = when("given-up");
    const ringing = when("ringing");
    if (givenUp === undefined) return;
    this.givenUp += 1;
    if (ringing === undefined || givenUp - ringing < 15_000) {
      this.#break(`attempt ${attempt} was given up too soon`);
    }
  }

  /** Whether any 24 hours look bad in a window of many. */
  #auditDays(people: Answer[]): void {
    const { dayRateMax, lent } = this.#rules;
    if (dayRateMax === undefined) return;
    people.sort((a, b) => a.at - b.at);
    let first = 0;
    let lost = 0;
    people.forEach((each, last) => {
      if (each.lost) lost += 1;
      for (let gone = people[first]; gone && gone.at <= each.at - DAY_MS; gone = people[first]) {
        if (gone.lost) lost -= 1;
        first += 1;
      }
      const answered = last - first + 1;
      const beside = lent ? lent(answered) : this.#mostInFlight;
      const ceiling = dayRateMax * answered + beside + this.#allowance;
      if (!each.lost || lost <= ceiling) return;
      this.#break(`${lost} of ${answered} were abandoned in 24 hours, more than ${Math.floor(ceiling)}`);
    });
  }

  #dialed(event: Extract<WorldEvent, { type: "dialed" }>, pbx: string): void {
    const { leg, number, phone, tags } = event;
    const fresh: SeenLeg = {
      number, answeredAt: undefined, joined: false, unseen: false, heardMessage: false,
      ended: false,
    };
    if (this.#legs.has(leg)) this.#break(`leg ${leg} was dialed twice`);
    this.#legs.set(leg, fresh);
    if (phone !== undefined) this.#phones.set(leg, phone);
    if (number === undefined) return;
    if (!this.#store.attempts.has(attemptOf(leg))) this.#break(`dialed ${leg} before it was stored`);
    if (tags.epoch === undefined) this.#break(`leg ${leg} has no epoch`);
    else if (tags.epoch !== this.#holdings.get(pbx)) {
      this.#break(`leg ${leg} was dialed under an old epoch`);
    }
    const other = this.#liveNumbers.get(number);
    if (other !== undefined) this.#break(`number of ${leg} is being dialed by ${other} already`);
    this.#liveNumbers.set(number, leg);
    if (this.#liveNumbers.size > this.#rules.channelsMax) {
      this.#break(`${this.#liveNumbers.size} lines at once`);
    }
    this.#countDial();
    this.#flies(1);
  }

  #countDial(): void {
    const now = this.#clock.now();
    this.#recentDials.push(now);
    while ((this.#recentDials[0] ?? now) <= now - 1_000) this.#recentDials.shift();
    const { callsPerSecond } = this.#rules;
    // A bucket holds a tenth of a second's worth, or one, at each of the switches.
    const most = callsPerSecond + this.#holdings.size * Math.max(1, callsPerSecond / 10);
    if (this.#recentDials.length > most) {
      this.#break(`${this.#recentDials.length} dials within a second`);
    }
  }

  #flies(change: number): void {
    this.#inFlight += change;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
  }

  #answered(id: LegId, at: Instant): void {
    const leg = this.#legs.get(id);
    if (leg?.number === undefined) return;
    leg.answeredAt = at;
    const due = plus(at, this.#rules.connectWithinMs + this.#rules.messageWithinMs);
    const excusedAtOnce = this.excused();
    this.#clock.at(due, () => {
      if (leg.ended || leg.joined || leg.heardMessage || excusedAtOnce || this.excused()) return;
      this.#break(`leg ${id} was answered, and heard neither an agent nor the message`);
    });
  }

  #joined({ call, leadLeg, agentLeg }: Extract<WorldEvent, { type: "joined" }>): void {
    // A leg that a phone placed is named for the phone.
    const phone = this.#phones.get(agentLeg) ?? agentLeg.replace(/^virtual-\d+-/, "");
    for (const [other, busy] of this.#calls) {
      if (busy === phone && other !== call) this.#break(`${phone} is in two calls`);
    }
    this.#calls.set(call, phone);
    const leg = this.#legs.get(leadLeg);
    if (!leg) return;
    if (!leg.joined) this.#flies(-1);
    leg.joined = true;
    leg.unseen = this.excused();
  }

  #recorded(call: CallId): void {
    const parted = this.#parted.get(call) ?? -Infinity;
    if (!this.#calls.has(call) && this.#clock.now() - parted > newsMs) {
      this.#break(`recorded ${call} outside a call`);
    }
    const attempt = this.#store.attempts.get(attemptOf(call.replace(/^call-/, "") as LegId));
    const policy = attempt?.recording;
    if (policy === undefined || policy === "do-not-record") {
      this.#break(`recorded ${call} with the policy ${policy ?? "undecided"}`);
    }
  }

  #ended(id: LegId): void {
    const leg = this.#legs.get(id);
    this.#phones.delete(id);
    if (!leg) return;
    leg.ended = true;
    if (leg.number === undefined) return;
    this.#liveNumbers.delete(leg.number);
    if (!leg.joined) this.#flies(-1);
  }

  #compareLater(): void {
    this.#comparing = this.#clock.at(plus(this.#clock.now(), compareMs), () => {
      this.#compare();
      this.#compareLater();
    });
  }

  /** The lines that are up and those that are stored as open are the same, but for a moment. */
  #compare(): void {
    const doubtful = new Set<string>();
    if (!this.excused()) {
      const open = new Set<string>(this.#store.open.map(({ attempt }) => attempt));
      const up = new Set<string>(this.#liveNumbers.values());
      for (const each of open) if (!up.has(each)) doubtful.add(`${each} is open, and has no leg`);
      for (const each of up) if (!open.has(each)) doubtful.add(`leg ${each} is up, and not open`);
    }
    for (const each of doubtful) if (this.#doubtful.has(each)) this.#break(each);
    this.#doubtful = doubtful;
  }

  #break(what: string): void {
    this.breaks.push(`${toIso(this.#clock.now())} ${what}`);
  }
}
