/**
 * Owns the connection to one Asterisk's AMI, for the few actions ARI does not have. Each action has
 * an id and a deadline; when the connection drops, what was under way is rejected at once.
 */
import { connect, type Socket } from "node:net";
import { plus, type Clock, type Timer } from "../../clock.ts";
import { messageOf, SwitchRefused, SwitchUnreachable } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { AmiDecoder, encodeAction, type AmiFields, type AmiMessage } from "./ami-frames.ts";

export interface AmiAccount {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

interface Waiting {
  readonly action: string;
  readonly resolve: (messages: readonly AmiMessage[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
  /** The answer, and the events of the list it announced. */
  readonly messages: AmiMessage[];
}

export class AmiClient {
  readonly #account: AmiAccount;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  #socket: Socket | undefined;
  #ready = false;
  #wanted = false;
  #nextId = 1;
  #pauseMs: number = limits.reconnectFirstMs;
  #retry: Timer | undefined;

  constructor(account: AmiAccount, clock: Clock) {
    this.#account = account;
    this.#clock = clock;
  }

  /** Rejects when the first connection or log-in fails, and does not try again then. */
  async open(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#wanted = false;
    this.#retry?.cancel();
    this.#drop("closed");
  }

  /** The answer, followed by the list it announced if it did. Throws SwitchRefused for an error. */
  async send(action: string, fields: AmiFields): Promise<readonly AmiMessage[]> {
    if (!this.#ready) throw new SwitchUnreachable(`${action}: AMI is not connected`);
    return this.#send(action, fields);
  }

  #send(action: string, fields: AmiFields): Promise<readonly AmiMessage[]> {
    const id = String(this.#nextId++);
    const frame = encodeAction([["Action", action], ["ActionID", id], ...fields]);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.at(plus(this.#clock.now(), limits.switchRequestMs), () => {
        this.#waiting.delete(id);
        reject(new SwitchUnreachable(`${action}: no answer within ${limits.switchRequestMs} ms`));
      });
      this.#waiting.set(id, { action, resolve, reject, timer, messages: [] });
      this.#socket?.write(frame);
    });
  }

  async #connect(): Promise<void> {
    const socket = connect({ host: this.#account.host, port: this.#account.port, noDelay: true });
    this.#socket = socket;
    socket.setKeepAlive(true, limits.switchSilenceMs);
    socket.setEncoding("utf8");
    const decoder = new AmiDecoder();
    socket.on("data", (chunk: string) => {
      try {
        for (const message of decoder.read(chunk)) this.#receive(message);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    await new Promise<void>((resolve, reject) => {
      const timer = this.#clock.at(plus(this.#clock.now(), limits.switchRequestMs), () => {
        socket.destroy(new Error("no connection in time"));
      });
      socket.once("connect", () => { timer.cancel(); resolve(); });
      socket.on("error", (error) => {
        timer.cancel();
        reject(new SwitchUnreachable(`AMI: ${messageOf(error)}`, { cause: error }));
      });
      socket.once("close", () => {
        timer.cancel();
        if (this.#socket === socket) this.#lost();
      });
    });
    const { user, secret } = this.#account;
    await this.#send("Login", [["Username", user], ["Secret", secret], ["Events", "off"]]);
    this.#ready = true;
    this.#pauseMs = limits.reconnectFirstMs;
  }

  #receive(message: AmiMessage): void {
    const id = message.get("actionid");
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    waiting.messages.push(message);
    const listed = message.get("eventlist")?.toLowerCase();
    const complete = waiting.messages.length === 1 ? listed !== "start" : listed === "complete";
    if (!complete) return;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    if (waiting.messages[0]?.get("response") === "Error") {
      const reason = waiting.messages[0].get("message") ?? "no reason given";
      waiting.reject(new SwitchRefused(`${waiting.action}: ${reason}`));
    } else {
      waiting.resolve(waiting.messages);
    }
  }

  #drop(why: string): void {
    this.#ready = false;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    for (const { action, reject, timer } of this.#waiting.values()) {
      timer.cancel();
      reject(new SwitchUnreachable(`${action}: AMI ${why}`));
    }
    this.#waiting.clear();
  }

  #lost(): void {
    const wasReady = this.#ready;
    this.#drop("connection lost");
    if (wasReady) this.#again();
  }

  #again(): void {
    if (!this.#wanted) return;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
    this.#retry = this.#clock.at(plus(this.#clock.now(), pauseMs), () => {
      this.#connect().catch(() => {
        this.#drop("connection failed");
        this.#again();
      });
    });
  }
}
