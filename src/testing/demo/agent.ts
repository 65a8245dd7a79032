/**
 * Owns a simulated agent: a person at one phone who logs in, hears a caller come, talks, hears the
 * caller go, presses a key for the result, takes a pause now and then, and goes home. It knows the
 * campaign by ear alone, as an agent does.
 */
import { plus, systemClock, type Clock, type Timer } from "../../clock.ts";
import { chance, logNormal, type Random } from "../../random.ts";
import { Phone, type PhoneEvent, type PhoneOrder } from "./phone.ts";

export interface AgentOrder {
  readonly phone: Omit<PhoneOrder, "autoAnswer">;
  readonly mode: "off-hook" | "on-hook";
  readonly pin: string;
  readonly random: Random;
  /** Set for one who listens to every caller to the end, and takes no pauses. */
  readonly patient?: boolean;
}

/** What one agent did and met, for the report. */
export interface AgentTally {
  callsHeard: number;
  hungUp: number;
  dispositions: number;
  pauses: number;
  /** When this agent ended a conversation, or took the line down; milliseconds since 1970. */
  readonly hangUps: number[];
  /** Things that should not have happened, in words. */
  readonly complaints: string[];
}

/** What an agent does, and when. The keys of the dispositions are those of campaign.yaml. */
const habits = {
  /** A voice asks for the PIN; the keys come a moment into it, as from one who knows it. */
  beforePinMs: 700,
  /** Share of the callers on whom the agent hangs up first, and after how long. */
  hangsUpFirst: 0.25,
  hangUpAfterMs: { mean: 2_500, cv: 0.3 },
  /** Nobody is listened to for longer; this is what ends the calls to machines. */
  patienceMs: 6_000,
  /** From the caller's end to the key. */
  reactionMs: { mean: 500, cv: 0.3 },
  keys: ["1", "2", "2", "3"],
  pauses: 0.06,
  pauseMs: 3_000,
} as const;

export class DemoAgent {
  readonly tally: AgentTally =
    { callsHeard: 0, hungUp: 0, dispositions: 0, pauses: 0, hangUps: [], complaints: [] };
  private readonly order: AgentOrder;
  private readonly clock: Clock;
  private phone: Phone | undefined;
  private talking = false;
  private inCall = false;
  private leaving = false;
  private timer: Timer | undefined;

  constructor(order: AgentOrder, clock: Clock = systemClock) {
    this.order = order;
    this.clock = clock;
  }

  /** Starts the phone and dials the log-in code; whether it worked is told by `agent list`. */
  async logIn(): Promise<void> {
    const { phone, mode } = this.order;
    this.phone = await Phone.start(
      { ...phone, autoAnswer: mode === "on-hook" }, (event) => { this.hear(event); });
    await this.phone.dial(mode === "off-hook" ? "*11" : "*12");
    this.later(habits.beforePinMs, () => this.phone?.press(`${this.order.pin}#`));
  }

  /** Back to work, where the product took the agent for gone; what fails now is left for later. */
  async recall(state: string | null | undefined): Promise<void> {
    if (state === "paused") await this.becomeReady().catch(() => undefined);
    if (state === "logged-out" || state === null) await this.comeBack().catch(() => undefined);
  }

  /** Takes a line that fell silent down and logs in anew, as a person does who hears nothing. */
  async comeBack(): Promise<void> {
    const { mode, pin } = this.order;
    this.timer?.cancel();
    this.talking = false;
    this.tally.hangUps.push(this.clock.now());
    // There may be nothing to hang up.
    await this.phone?.hangUp().catch(() => undefined);
    await this.phone?.dial(mode === "off-hook" ? "*11" : "*12");
    this.later(habits.beforePinMs, () => this.phone?.press(`${pin}#`));
  }

  /** Ends a pause that the product made, because it took the phone for gone. */
  async becomeReady(): Promise<void> {
    if (this.inCall) await this.phone?.press("*60");
    else await this.phone?.dial("*60");
  }

  /** Says goodbye; what is left of a call is still done. */
  async logOut(): Promise<void> {
    this.leaving = true;
    this.timer?.cancel();
    if (this.inCall) await this.phone?.press("*00");
    else await this.phone?.dial("*00");
  }

  async stop(): Promise<void> {
    this.leaving = true;
    this.timer?.cancel();
    await this.phone?.stop();
  }

  private hear(event: PhoneEvent): void {
    switch (event.type) {
      case "rung": break;
      case "in-call": this.inCall = true; break;
      case "call-ended":
        this.inCall = false;
        this.talking = false;
        if (this.order.mode === "off-hook" && !this.leaving) {
          this.tally.complaints.push(`the line went away: ${event.why}`);
        }
        break;
      case "tone":
        if (event.name === "incoming") this.callCame();
        else if (event.name === "ended") this.callWent();
        break;
    }
  }

  private callCame(): void {
    this.tally.callsHeard += 1;
    this.talking = true;
    const { random } = this.order;
    if (this.order.patient === true) return;
    const after = chance(random, habits.hangsUpFirst)
      ? logNormal(random, habits.hangUpAfterMs) : habits.patienceMs;
    this.later(after, async () => {
      if (!this.talking) return;
      this.tally.hungUp += 1;
      this.tally.hangUps.push(this.clock.now());
      await this.phone?.press("*7");
    });
  }

  private callWent(): void {
    this.talking = false;
    const { random } = this.order;
    const key = habits.keys[Math.floor(random.next() * habits.keys.length)] ?? "1";
    const rests = this.order.patient !== true && chance(random, habits.pauses);
    this.later(logNormal(random, habits.reactionMs), async () => {
      if (rests) await this.rest();
      this.tally.dispositions += 1;
      await this.phone?.press(key);
    });
  }

  /** In wrap-up the code says what follows it: a pause, which the agent ends by another code. */
  private async rest(): Promise<void> {
    this.tally.pauses += 1;
    await this.phone?.press("*61");
    this.clock.at(plus(this.clock.now(), habits.pauseMs), () => {
      if (this.leaving) return;
      this.act(() => this.inCall ? this.phone?.press("*60") : this.phone?.dial("*60"));
    });
  }

  /** One thing is planned at a time: what comes next takes the place of what was planned. */
  private later(ms: number, act: () => Promise<void> | undefined): void {
    this.timer?.cancel();
    this.timer = this.clock.at(plus(this.clock.now(), ms), () => { this.act(act); });
  }

  private act(act: () => Promise<void> | undefined): void {
    act()?.catch((error: unknown) => {
      // A phone that is being stopped refuses; that is no complaint.
      if (!this.leaving) this.tally.complaints.push(String(error));
    });
  }
}
