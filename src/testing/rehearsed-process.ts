/**
 * Owns what a process adds to a controller: it can hang with everything in it, wake up and find
 * its timers and answers waiting, or be gone between two instants. Nothing is simulated of the
 * controller itself; what reaches it, by whatever way, comes through one gate.
 */
import type { Clock } from "../clock.ts";
import { Controller, type ControllerParts } from "../engine/controller.ts";
import type { VirtualPbx } from "../telephony/virtual/virtual-pbx.ts";

type Call = () => void;

class Gate {
  #state: "open" | "shut" | "gone" = "open";
  #timers: Call[] = [];
  #answers: Call[] = [];

  get isOpen(): boolean { return this.#state === "open"; }

  pass(run: Call, isTimer: boolean): void {
    if (this.#state === "open") run();
    else if (this.#state === "shut") (isTimer ? this.#timers : this.#answers).push(run);
  }

  shut(): void {
    if (this.#state === "open") this.#state = "shut";
  }

  /** A loop of events that wakes up runs its timers first, as Node's does. */
  open(): void {
    if (this.#state !== "shut") return;
    this.#state = "open";
    const waiting = [...this.#timers.splice(0), ...this.#answers.splice(0)];
    for (const run of waiting) run();
  }

  close(): void {
    this.#state = "gone";
    this.#timers = [];
    this.#answers = [];
  }
}

type Method = (...args: unknown[]) => unknown;

/** The same method, but all that comes back from it passes the gate. */
const gatedMethod = (gate: Gate, object: object, member: Method): Method => (...args) => {
  const gated = args.map((each) => typeof each !== "function" ? each
    : (...news: unknown[]) => { gate.pass(() => { (each as Method)(...news); }, false); });
  const result = member.apply(object, gated);
  if (!(result instanceof Promise)) return result;
  return new Promise((resolve, reject) => {
    result.then((value) => {
      // Nearly always, and there are millions of answers a day.
      if (gate.isOpen) resolve(value);
      else gate.pass(() => { resolve(value); }, false);
    }, (error: unknown) => { gate.pass(() => { reject(error as Error); }, false); });
  });
};

/** The same object, but all that comes back from it passes the gate. Each method is made once. */
function through<T extends object>(gate: Gate, target: T): T {
  const made = new Map<string | symbol, { readonly member: Method; readonly gated: Method }>();
  return new Proxy(target, {
    get(object, name) {
      const member = Reflect.get(object, name, object) as unknown;
      if (typeof member !== "function") return member;
      const known = made.get(name);
      // A test may have put another in its place.
      if (known?.member === member) return known.gated;
      const gated = gatedMethod(gate, object, member as Method);
      made.set(name, { member: member as Method, gated });
      return gated;
    },
  });
}

/** The clock as one process has it: read a thousand times a second, so it is no `through`. */
const gatedClock = (gate: Gate, clock: Clock): Clock => ({
  now: () => clock.now(),
  at: (when, run) => clock.at(when, () => { gate.pass(run, true); }),
});

export interface ProcessParts extends Omit<ControllerParts, "switches" | "onFatal"> {
  readonly switches: readonly VirtualPbx[];
  /** It ended by itself; whoever keeps it running starts another. */
  readonly ended: (error: unknown) => void;
}

export class RehearsedProcess {
  readonly controller: Controller;
  readonly #gate = new Gate();
  readonly #parts: ProcessParts;
  #over = false;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.controller = new Controller({
      ...parts, clock: gatedClock(this.#gate, parts.clock),
      store: through(this.#gate, parts.store),
      switches: parts.switches.map((pbx) => through(this.#gate, pbx)),
      onFatal: (error) => { this.#end(error); },
    });
  }

  /** Resolves when it serves, stands by no more, or could not start. */
  async start(): Promise<void> {
    await this.controller.start().catch((error: unknown) => { this.#end(error); });
  }

  hang(): void {
    this.#gate.shut();
  }

  wake(): void {
    this.#gate.open();
  }

  /** As `kill -9`: not another step, and its connections are closed by the system. */
  kill(): void {
    this.#over = true;
    this.#gate.close();
    for (const pbx of this.#parts.switches) void pbx.close();
  }

  #end(error: unknown): void {
    if (this.#over) return;
    this.kill();
    this.#parts.ended(error);
  }
}
