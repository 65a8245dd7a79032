/**
 * Owns the placing of one campaign's lines: each gets a way out and a lead, its intent goes to the
 * store in one batch with the others, and then it is originated. Counts what trunks and switches
 * carry, from the choice of a line until its call is over.
 */
import { plus, type Clock, type Instant } from "../clock.ts";
import { StoreUnavailable } from "../errors.ts";
import type { AttemptId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { HopperLead, NewAttempt, OwnedCampaign, Store } from "../store/store.ts";
import { CallSession, type CallWorld } from "./call-session.ts";
import type { Hopper } from "./hopper.ts";
import type { LiveCalls } from "./live-calls.ts";
import { routeBy, type TrunkBudget } from "./trunk-budget.ts";
import { budgetsOf, wayOut, type Roads, type WayOut } from "./way-out.ts";

/** What a placer needs of the runner of its campaign, and of the world. */
export interface PlacerWorld extends Roads {
  readonly clock: Clock;
  readonly store: Store;
  readonly calls: LiveCalls;
  readonly hopper: Hopper;
  readonly callWorld: CallWorld;
  /** A UUID, never the same twice. */
  newId(): string;
  owned(): OwnedCampaign;
  stopped(): boolean;
  /** A batch is stored and on its way to the switch, or was refused: look at the floor again. */
  placed(): void;
  failed(error: unknown): void;
}

/** A lead chosen for a line, with its way out. */
interface Choice extends WayOut {
  readonly lead: HopperLead;
  readonly intent: NewAttempt;
}

/** How many lines got a lead and a way out, and what the others lacked. */
export interface Chosen {
  readonly lines: number;
  readonly lacking?: "trunks-full" | "switch-away";
}

export class LinePlacer {
  readonly #world: PlacerWorld;
  /** Intents on their way to the store: lines already, for the pacer. */
  #choices: readonly Choice[] = [];

  constructor(world: PlacerWorld) {
    this.#world = world;
  }

  /** Intents on their way to the store; while there are some, no others are chosen. */
  get intents(): number {
    return this.#choices.length;
  }

  /** Free channels of the campaign's trunks. */
  get room(): number {
    return this.#budgets().reduce((sum, each) => sum + each.freeChannels, 0);
  }

  /** Chooses a lead and a way out for each of `dials` lines; `send` puts them on their way. */
  choose(dials: number, now: Instant): Chosen {
    const choices: Choice[] = [];
    let lacking: Chosen["lacking"];
    while (choices.length < dials) {
      const choice = this.#choose(now);
      if (choice === undefined) break;
      if (typeof choice === "string") {
        lacking = choice;
        break;
      }
      choices.push(choice);
    }
    this.#choices = choices;
    return { lines: choices.length, ...lacking && { lacking } };
  }

  /** Stores what was chosen, and originates what the store took. */
  send(): void {
    this.#placeAll(this.#choices).catch((error: unknown) => { this.#world.failed(error); });
  }

  /** Counts a call that a controller before this one placed. */
  adopt(session: CallSession): void {
    this.#budget(session)?.adopt();
    const link = this.#link(session);
    if (link) link.lines += 1;
  }

  /** Counts a call as over; without an outcome when it is only let go. */
  release(session: CallSession, outcome: Parameters<TrunkBudget["release"]>[0]): void {
    this.#budget(session)?.release(outcome, this.#world.clock.now());
    const link = this.#link(session);
    if (link) link.lines -= 1;
  }

  #budget(session: CallSession): TrunkBudget | undefined {
    return this.#world.trunks.get(session.order.trunk.trunk);
  }

  #link(session: CallSession): WayOut["link"] | undefined {
    return this.#world.links.find((each) => each.pbx === session.order.pbx);
  }

  #budgets(): readonly TrunkBudget[] {
    return budgetsOf(this.#world, this.#world.owned().settings.trunks);
  }

  /** Undefined when there is no lead at hand. */
  #choose(now: Instant): Choice | NonNullable<Chosen["lacking"]> | undefined {
    const { id } = this.#world.owned();
    const way = wayOut(this.#world, id, this.#budgets(), now);
    if (typeof way === "string") return way;
    const { budget, link } = way;
    const lead = this.#world.hopper.next(now);
    if (!lead) return undefined;
    budget.take(now);
    link.lines += 1;
    const intent: NewAttempt = {
      attempt: this.#world.newId() as AttemptId, campaign: id, lead: lead.lead,
      number: lead.number, trunk: budget.trunk.id, pbx: link.pbx.name, at: now,
      ...(lead.recording && { recording: lead.recording }),
    };
    return { lead, budget, link, intent };
  }

  async #placeAll(choices: readonly Choice[]): Promise<void> {
    const { clock, callWorld, calls } = this.#world;
    const confirmed = await this.#confirm(choices.map((each) => each.intent));
    this.#choices = [];
    const late = plus(choices[0]?.intent.at ?? clock.now(), limits.staleIntentMs);
    for (const choice of choices) {
      if (this.#world.stopped() || !confirmed.has(choice.intent.attempt)) {
        choice.budget.release(undefined, clock.now());
        choice.link.lines -= 1;
        continue;
      }
      const session = new CallSession(callWorld, {
        attempt: choice.intent, spentBefore: choice.lead.spent, campaign: this.#world.owned(),
        pbx: choice.link.pbx, trunk: routeBy(choice.budget.trunk, choice.lead.number),
      });
      calls.sort(session);
      const now = clock.now();
      if (now <= late && choice.link.usable) session.place();
      else session.receive({ type: "hang-up-asked", at: now, by: "operator" });
    }
    this.#world.placed();
  }

  /** Stores the intents, however often the store is away in between; once is enough. */
  async #confirm(intents: readonly NewAttempt[]): Promise<ReadonlySet<AttemptId>> {
    const { store, clock } = this.#world;
    for (;;) {
      try {
        const { id, epoch } = this.#world.owned();
        return new Set(await store.placeAttempts(id, epoch, intents));
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.#world.stopped()) throw error;
        await new Promise<void>((resolve) => {
          clock.at(plus(clock.now(), limits.hopperPauseMs), resolve);
        });
      }
    }
  }
}
