/** Owns finding free ports on the loopback address. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

export const loopback = "127.0.0.1";

/**
 * Ports that nobody is given unasked: above those of our switches' sound, below those from which
 * the system takes one for each outgoing connection (`ip_local_port_range` begins at 32768).
 */
const range = { first: 30_000, end: 32_768 } as const;
/** On a machine with all of `range` in use something else is wrong. */
const tries = 100;
/** Given out by this process, and perhaps not listened to yet. */
const given = new Set<number>();

/**
 * A port that was free a moment ago, for TCP and for UDP: a SIP phone listens to both. Somebody
 * may take it before we do: who uses it must be ready to ask again.
 */
export async function freePort(): Promise<number> {
  for (let n = 0; n < tries; n++) {
    const port = randomInt(range.first, range.end);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFreeForTcp(port) && await isFreeForUdp(port)) return port;
  }
  throw new Error(`no free port from ${range.first} to ${range.end - 1} in ${tries} tries`);
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => { resolve(false); });
    server.listen({ host: loopback, port }, () => { server.close(() => { resolve(true); }); });
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => { resolve(false); });
    socket.bind({ address: loopback, port }, () => { socket.close(() => { resolve(true); }); });
  });
}
