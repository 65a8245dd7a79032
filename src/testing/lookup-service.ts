/**
 * Owns a number-lookup service for tests: on loopback, with the answers and the mishaps that a test
 * gives it, and a memory of what it was asked.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface AskedQuestion {
  readonly id: string;
  readonly authorization: string | undefined;
  readonly numbers: readonly string[];
}

/** What happens to one request instead of an answer. `silence` never ends. */
export type Mishap =
  | "silence" | "cut" | "no-json" | "endless"
  | { readonly status: number; readonly retryAfter?: number };

export interface LookupService {
  readonly url: string;
  readonly questions: readonly AskedQuestion[];
  /** What becomes of the next requests, one after the other; then all are answered. */
  readonly mishaps: Mishap[];
  close(): Promise<void>;
}

export interface LookupServiceOptions {
  readonly statusOf: (number: string) => string | undefined;
  /** What it says one number cost; nothing when undefined. */
  readonly price?: number;
  /** Told of each request as it comes in, before the answer. */
  readonly asked?: (count: number) => void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const piece of request) body += String(piece);
  return body;
}

function mishap(what: Mishap, response: ServerResponse): void {
  if (what === "silence") return;
  if (what === "cut") {
    response.destroy();
  } else if (what === "no-json") {
    response.end("<html>");
  } else if (what === "endless") {
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  } else {
    const { status, retryAfter } = what;
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    response.writeHead(status).end();
  }
}

/** Listens on a free port of this machine alone. */
export async function startLookupService(options: LookupServiceOptions): Promise<LookupService> {
  const questions: AskedQuestion[] = [];
  const mishaps: Mishap[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { numbers } = JSON.parse(await textOf(request)) as { numbers: readonly string[] };
    questions.push({
      id: String(request.headers["idempotency-key"]), numbers,
      authorization: request.headers.authorization,
    });
    options.asked?.(questions.length);
    const next = mishaps.shift();
    if (next !== undefined) {
      mishap(next, response);
      return;
    }
    const answers = numbers.flatMap((number) => {
      const status = options.statusOf(number);
      return status === undefined ? [] : [{ number, status, line: "mobile", carrier: "Carrier A" }];
    });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({
      answers, ...(options.price !== undefined && { cost: options.price * answers.length }),
    }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/lookup`, questions, mishaps,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
