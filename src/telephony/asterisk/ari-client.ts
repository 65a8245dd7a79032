/**
 * Owns the two connections to one Asterisk's ARI: bounded keep-alive sockets for requests, and one
 * websocket for events that is opened anew for ever. It knows nothing of calls. Every request has
 * a deadline; a socket that shows no sign of life is taken for dead.
 */
import { errors, Pool, type Dispatcher } from "undici";
import { WebSocket } from "ws";
import { plus, type Clock, type Timer } from "../../clock.ts";
import { messageOf, SwitchRefused, SwitchUnreachable, UnsafeValue } from "../../errors.ts";
import { limits } from "../../limits.ts";

export interface AriAccount {
  /** `http://host:port`, without user and password. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Asterisk answered with a status that is no success. */
export class AriRefused extends SwitchRefused {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface AriListener {
  /** One text frame of the events socket. */
  frame(text: string): void;
  /** The events socket is open, before any frame; what it throws closes the socket again. */
  opened(): Promise<void>;
  /** Asked now and then whether the switch still does its work; takes as long as that takes. */
  probe(): Promise<unknown>;
  /** `opened` is done. */
  up(): void;
  /** An open socket is lost; the next one is on its way. */
  down(): void;
}

export interface AriRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Unescaped: `["channels", id]`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const control = /[\u0000-\u001f\u007f]/;

/** Throws UnsafeValue when a control character is anywhere in `value`. */
export function refuseControl(value: unknown, where: string): void {
  if (typeof value === "string" && control.test(value)) {
    throw new UnsafeValue(`${where} has a control character`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    refuseControl(key, where);
    refuseControl(each, `${where}.${key}`);
  }
}

/** Asterisk keeps an idle socket for 60 s (http.conf); we let go of it well before. */
const idleSocketMs = 20_000;

export class AriClient {
  readonly #account: AriAccount;
  readonly #app: string;
  readonly #clock: Clock;
  readonly #listener: AriListener;
  readonly #authorization: string;
  #pool: Pool;
  #socket: WebSocket | undefined;
  #wanted = false;
  #pauseMs: number = limits.reconnectFirstMs;
  #retry: Timer | undefined;
  #pulse: Timer | undefined;
  #probe: Timer | undefined;
  #aliveAt = 0;

  constructor(account: AriAccount, app: string, clock: Clock, listener: AriListener) {
    this.#account = account;
    this.#app = app;
    this.#clock = clock;
    this.#listener = listener;
    const pair = Buffer.from(`${account.user}:${account.password}`).toString("base64");
    this.#authorization = `Basic ${pair}`;
    this.#pool = this.#newPool();
  }

  #newPool(): Pool {
    return new Pool(this.#account.url, {
      connections: limits.switchSockets, pipelining: 1, keepAliveTimeout: idleSocketMs,
      connectTimeout: limits.switchRequestMs,
    });
  }

  /** Sends one request and reads its whole answer; undefined when there is none. */
  async request(order: AriRequest): Promise<unknown> {
    refuseControl(order, "request");
    const path = `/ari/${order.path.map(encodeURIComponent).join("/")}`;
    const deadline = new AbortController();
    const timer = this.#clock.at(plus(this.#clock.now(), limits.switchRequestMs), () => {
      deadline.abort(new Error(`no answer within ${limits.switchRequestMs} ms`));
    });
    const send = (): Promise<Dispatcher.ResponseData> => this.#pool.request({
      method: order.method, path, signal: deadline.signal, query: { ...order.query },
      headers: {
        authorization: this.#authorization,
        ...order.body === undefined ? {} : { "content-type": "application/json" },
      },
      body: order.body === undefined ? null : JSON.stringify(order.body),
    });
    try {
      const response = await send().catch((error: unknown) => {
        // A busy Asterisk may close a socket instead of answering. A question may be asked again;
        // an order may have been carried out.
        if (order.method === "GET" && error instanceof errors.SocketError) return send();
        throw error;
      });
      const text = await response.body.text();
      if (response.statusCode < 300) return text === "" ? undefined : parse(text);
      throw new AriRefused(`${order.method} ${path}: ${response.statusCode} ${reason(text)}`,
        response.statusCode);
    } catch (error) {
      if (error instanceof AriRefused) throw error;
      throw new SwitchUnreachable(`${order.method} ${path}: ${messageOf(error)}`, { cause: error });
    } finally {
      timer.cancel();
    }
  }

  /** Rejects when the first connection fails, and does not try again then. */
  async open(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#connect();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#wanted = false;
    this.#retry?.cancel();
    this.#pulse?.cancel();
    this.#probe?.cancel();
    this.#drop();
    const old = this.#pool;
    this.#pool = this.#newPool();
    await old.destroy();
  }

  /** Stops for good, because another took our place. */
  giveUp(): void {
    this.#wanted = false;
    this.#retry?.cancel();
    this.#pulse?.cancel();
    this.#probe?.cancel();
    this.#drop();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.removeAllListeners();
    // A socket that is still connecting reports its abort as an error nobody else waits for.
    socket?.on("error", () => undefined);
    socket?.terminate();
  }

  async #connect(): Promise<void> {
    const socket = await this.#openSocket();
    if (!this.#wanted) { socket.terminate(); return; }
    this.#socket = socket;
    this.#alive();
    socket.on("pong", () => { this.#alive(); });
    socket.on("close", () => { if (this.#socket === socket) this.#lost(); });
    socket.on("error", () => { socket.terminate(); });
    this.#beat(socket);
    try {
      await this.#listener.opened();
    } catch (error) {
      this.#drop();
      throw error;
    }
    this.#pauseMs = limits.reconnectFirstMs;
    this.#listener.up();
    this.#probeLater(socket);
  }

  #openSocket(): Promise<WebSocket> {
    const url = new URL("/ari/events", this.#account.url.replace(/^http/, "ws"));
    url.searchParams.set("app", this.#app);
    const socket = new WebSocket(url, {
      headers: { authorization: this.#authorization },
      handshakeTimeout: limits.switchRequestMs, perMessageDeflate: false,
    });
    // Before it is open: the first frames may come in the same breath as the opening.
    socket.on("message", (data) => {
      this.#alive();
      this.#listener.frame((data as Buffer).toString("utf8"));
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        socket.removeAllListeners("error");
        resolve(socket);
      });
      socket.once("unexpected-response", (_request, response) => {
        socket.on("error", () => undefined);
        socket.terminate();
        reject(new AriRefused(`events socket: ${response.statusCode}`, response.statusCode ?? 0));
      });
      socket.once("error", (error) => {
        reject(new SwitchUnreachable(`events socket: ${messageOf(error)}`, { cause: error }));
      });
    });
  }

  #alive(): void {
    this.#aliveAt = this.#clock.now();
  }

  /** A half-open socket looks idle for ever; three pings without an answer tell. */
  #beat(socket: WebSocket): void {
    this.#pulse?.cancel();
    this.#pulse = this.#clock.at(plus(this.#clock.now(), limits.switchSilenceMs / 3), () => {
      if (this.#socket !== socket) return;
      if (this.#clock.now() - this.#aliveAt > limits.switchSilenceMs) {
        this.#lost();
        return;
      }
      socket.ping();
      this.#beat(socket);
    });
  }

  /** A switch that is stuck inside may answer pings: without an answer it is as good as away. */
  #probeLater(socket: WebSocket): void {
    this.#probe?.cancel();
    this.#probe = this.#clock.at(plus(this.#clock.now(), limits.switchProbeMs), () => {
      if (this.#socket !== socket) return;
      this.#listener.probe().then(() => true, (error: unknown) => error instanceof SwitchRefused)
        .then((answered) => {
          if (this.#socket !== socket) return;
          if (answered) this.#probeLater(socket);
          else this.#lost();
        }, () => undefined);
    });
  }

  #lost(): void {
    this.#drop();
    this.#listener.down();
    this.#again();
  }

  #again(): void {
    if (!this.#wanted) return;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
    this.#retry = this.#clock.at(plus(this.#clock.now(), pauseMs), () => {
      this.#connect().catch(() => { this.#again(); });
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SwitchUnreachable("the answer is no JSON", { cause: error });
  }
}

/** Asterisk puts what is wrong into `message` or `error`. */
function reason(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    return String(message ?? error ?? "");
  } catch {
    return text.slice(0, 200);
  }
}
