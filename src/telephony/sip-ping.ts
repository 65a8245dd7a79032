/**
 * Owns asking a SIP peer whether it is there: one OPTIONS request (RFC 3261 section 11) by our own
 * small client, so that a trunk can be tested before any switch knows of it. UDP alone.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { plus, type Clock, type Instant, type Timer } from "../clock.ts";
import { UnsafeValue } from "../errors.ts";
import { limits } from "../limits.ts";

export interface SipAnswer {
  /** SIP status, 200 to 699. Any answer at all shows that the peer is there. */
  readonly status: number;
  readonly reason: string;
  readonly roundTripMs: number;
  /** What the peer calls itself, and what it allows, when it says so. */
  readonly server: string | undefined;
}

export type SipPing =
  | { readonly result: "answered"; readonly answer: SipAnswer }
  | { readonly result: "no-answer"; readonly afterMs: number }
  /** The network refused: an unknown name, no route, or nobody at that port. */
  | { readonly result: "unreachable"; readonly code: string };

/** RFC 3261 timer T1: an unanswered request is sent again after this, then twice as long. */
const T1_MS = 500;

interface Request {
  readonly callId: string;
  readonly text: (local: { address: string; port: number }) => string;
}

function optionsRequest(host: string, port: number): Request {
  const id = () => randomBytes(8).toString("hex");
  const [callId, tag, branch] = [id(), id(), id()];
  const target = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    callId,
    text: ({ address, port: localPort }) => [
      `OPTIONS sip:${target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${localPort};branch=z9hG4bK${branch};rport`,
      "Max-Forwards: 70",
      `From: <sip:ringwright@${address}>;tag=${tag}`,
      `To: <sip:${target}>`,
      `Call-ID: ${callId}`,
      "CSeq: 1 OPTIONS",
      `Contact: <sip:ringwright@${address}:${localPort}>`,
      "Accept: application/sdp",
      "Content-Length: 0",
      "", "",
    ].join("\r\n"),
  };
}

/** The final answer to our request, or undefined for anything else that arrives. */
export function readSipAnswer(
  message: string, callId: string,
): Omit<SipAnswer, "roundTripMs"> | undefined {
  const [head = ""] = message.split("\r\n\r\n", 1);
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^SIP\/2\.0 ([2-6]\d\d)(?: (.{0,100}))?/.exec(first);
  if (!status) return undefined;
  const header = (...names: string[]): string | undefined => {
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (names.includes(line.slice(0, colon).trim().toLowerCase())) {
        return line.slice(colon + 1).trim().slice(0, 100);
      }
    }
    return undefined;
  };
  if (header("call-id", "i") !== callId) return undefined;
  return {
    status: Number(status[1]), reason: status[2] ?? "", server: header("server", "user-agent"),
  };
}

function systemCode(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? "EUNKNOWN";
}

/** Never rejects for what the network does; throws UnsafeValue for a host that is none. */
export async function sipPing(
  { host, port }: { readonly host: string; readonly port: number }, clock: Clock,
): Promise<SipPing> {
  if (!/^[a-zA-Z0-9.:-]{1,253}$/.test(host)) {
    throw new UnsafeValue(`${JSON.stringify(host)} is no host`);
  }
  const socket: Socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
  const timers: Timer[] = [];
  try {
    return await new Promise<SipPing>((resolve) => {
      const request = optionsRequest(host, port);
      let sentAt: Instant = clock.now();
      socket.on("error", (error) => { resolve({ result: "unreachable", code: systemCode(error) }); });
      socket.on("message", (data) => {
        const answer = readSipAnswer(data.toString("latin1"), request.callId);
        if (!answer) return;
        resolve({ result: "answered", answer: { ...answer, roundTripMs: clock.now() - sentAt } });
      });
      socket.connect(port, host, () => {
        const bytes = request.text(socket.address());
        const send = (pauseMs: number): void => {
          // A port that nobody listens on answers the next send with an error event.
          socket.send(bytes, () => undefined);
          timers.push(clock.at(plus(clock.now(), pauseMs), () => { send(pauseMs * 2); }));
        };
        sentAt = clock.now();
        send(T1_MS);
        timers.push(clock.at(plus(sentAt, limits.sipPingMs), () => {
          resolve({ result: "no-answer", afterMs: limits.sipPingMs });
        }));
      });
    });
  } finally {
    for (const timer of timers) timer.cancel();
    socket.close();
  }
}
