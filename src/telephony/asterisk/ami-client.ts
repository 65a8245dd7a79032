/**
 * Owns the sessions with one Asterisk's AMI, for the few actions ARI does not have. Each action
 * has an id and a deadline; when the connection drops, what was under way is rejected at once.
 * A session lasts as long as there is work for it: while anybody is logged in, the switch writes
 * every event of every call for him, whether he wants it or not.
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

interface Session {
  readonly socket: Socket;
  /** Resolves when we are logged in. */
  readonly ready: Promise<void>;
  /** Ends it when there was nothing to do for a while. */
  idle: Timer | undefined;
}

export class AmiClient {
  readonly #account: AmiAccount;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  #session: Session | undefined;
  /** From `open` to `close`: what comes late to a client that is closed must not log in again. */
  #wanted = false;
  #nextId = 1;

  constructor(account: AmiAccount, clock: Clock) {
    this.#account = account;
    this.#clock = clock;
  }

  /** Shows that the switch lets us in, and leaves again. Rejects when it does not. */
  async open(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#logIn().ready;
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#waiting.size === 0) this.#drop("has no work");
  }

  close(): void {
    this.#wanted = false;
    this.#drop("closed");
  }

  /** The answer, followed by the list it announced if it did. Throws SwitchRefused for an error. */
  async send(action: string, fields: AmiFields): Promise<readonly AmiMessage[]> {
    if (!this.#wanted) throw new SwitchUnreachable(`${action}: AMI is closed`);
    const session = this.#session ?? this.#logIn();
    await session.ready;
    if (this.#session !== session) throw new SwitchUnreachable(`${action}: AMI connection lost`);
    return this.#send(session, action, fields);
  }

  #send(
    session: Session, action: string, fields: AmiFields,
  ): Promise<readonly AmiMessage[]> {
    const id = String(this.#nextId++);
    const frame = encodeAction([["Action", action], ["ActionID", id], ...fields]);
    session.idle?.cancel();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.at(plus(this.#clock.now(), limits.switchRequestMs), () => {
        this.#waiting.delete(id);
        reject(new SwitchUnreachable(`${action}: no answer within ${limits.switchRequestMs} ms`));
        // It may be half open, and would answer nothing more.
        if (this.#session === session) this.#drop("gave no answer");
      });
      this.#waiting.set(id, { action, resolve, reject, timer, messages: [] });
      session.socket.write(frame);
    });
  }

  #logIn(): Session {
    const socket = connect({ host: this.#account.host, port: this.#account.port, noDelay: true });
    const connected = this.#connected(socket);
    const { user, secret } = this.#account;
    const session: Session = {
      socket, idle: undefined,
      ready: connected.then(async () => {
        await this.#send(session, "Login", [["Username", user], ["Secret", secret], ["Events", "off"]]);
      }).catch((error: unknown) => {
        if (this.#session === session) this.#drop("connection failed");
        throw error;
      }),
    };
    this.#session = session;
    socket.once("close", () => { if (this.#session === session) this.#drop("connection lost"); });
    return session;
  }

  #connected(socket: Socket): Promise<void> {
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
    return new Promise<void>((resolve, reject) => {
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
        reject(new SwitchUnreachable("AMI: the connection was closed"));
      });
    });
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
    this.#restSoon();
    if (waiting.messages[0]?.get("response") === "Error") {
      const reason = waiting.messages[0].get("message") ?? "no reason given";
      waiting.reject(new SwitchRefused(`${waiting.action}: ${reason}`));
    } else {
      waiting.resolve(waiting.messages);
    }
  }

  #restSoon(): void {
    const session = this.#session;
    if (!session || this.#waiting.size > 0) return;
    session.idle?.cancel();
    session.idle = this.#clock.at(plus(this.#clock.now(), limits.amiIdleMs), () => {
      if (this.#session === session && this.#waiting.size === 0) this.#drop("has no work");
    });
  }

  #drop(why: string): void {
    const session = this.#session;
    this.#session = undefined;
    session?.idle?.cancel();
    session?.socket.destroy();
    for (const { action, reject, timer } of this.#waiting.values()) {
      timer.cancel();
      reject(new SwitchUnreachable(`${action}: AMI ${why}`));
    }
    this.#waiting.clear();
  }
}
