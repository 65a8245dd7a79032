/**
 * Owns a way to a switch's ARI that fails as networks and busy servers do: an answer that is lost
 * or turned into another although the request acted, a request that never arrives, and a reader of
 * events that reads no more. For tests.
 */
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse }
  from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What becomes of one request: whether it reaches the switch, and what is answered instead. */
export interface Fate {
  readonly acts: boolean;
  /** A status in place of the switch's own; `none` when nothing is answered at all. */
  readonly answer: number | "none";
}

export class FaultyWay {
  /** Asked for each request, by method and path; undefined lets it pass as it is. */
  fate: (method: string, path: string) => Fate | undefined = () => undefined;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #events = new Set<Socket>();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((request, response) => { this.#pass(request, response); });
    this.#server.on("upgrade", (request, near, head) => { this.#open(request, near, head); });
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<FaultyWay> {
    const way = new FaultyWay(target);
    await new Promise<void>((resolve) => { way.#server.listen(0, "127.0.0.1", resolve); });
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Reads nothing of the open events sockets any more, until the switch has had enough. */
  stopReading(): void {
    for (const far of this.#events) far.pause();
  }

  /** Reads what there is, and comes to the end that the switch has made meanwhile. */
  readOn(): void {
    for (const far of this.#events) far.resume();
  }

  close(): void {
    this.#server.closeAllConnections();
    for (const far of this.#events) far.destroy();
    this.#server.close();
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { method = "GET", url = "/", headers } = request;
    const fate = this.fate(method, url);
    const answer = (): void => {
      if (typeof fate?.answer === "number") {
        response.writeHead(fate.answer, { "content-type": "application/json" })
          .end(JSON.stringify({ message: "said by the way" }));
      }
    };
    if (fate && !fate.acts) {
      answer();
      return;
    }
    const onward = send({ ...this.#target, method, path: url, headers }, (said) => {
      if (fate) {
        said.resume();
        said.on("end", answer);
        return;
      }
      response.writeHead(said.statusCode ?? 500, said.headers);
      said.pipe(response);
    });
    onward.on("error", () => { response.destroy(); });
    request.pipe(onward);
  }

  #open({ url, rawHeaders }: IncomingMessage, near: Duplex, head: Buffer): void {
    const far = connect({ ...this.#target, noDelay: true });
    this.#events.add(far);
    const lines = rawHeaders.flatMap((name, i) =>
      i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1] ?? ""}`] : []);
    far.write(`GET ${url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    far.write(head);
    far.on("data", (data) => { near.write(data); });
    near.pipe(far);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.on("error", () => { other.destroy(); });
      one.on("close", () => { this.#events.delete(far); other.destroy(); });
    }
  }
}
