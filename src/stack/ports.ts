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
export const freePort = (): Promise<number> => freePorts(1);

/**
 * The first of `count` such ports in a row, for a program that is told one and takes those next to
 * it too: a SIP phone has its TLS one above the port that it is given.
 */
export async function freePorts(count: number): Promise<number> {
  for (let n = 0; n < tries; n++) {
    const first = randomInt(range.first, range.end - count + 1);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (ports.some((port) => given.has(port))) continue;
    for (const port of ports) given.add(port);
    if (await areFree(ports)) return first;
  }
  throw new Error(`no free port from ${range.first} to ${range.end - 1} in ${tries} tries`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!await isFreeForTcp(port) || !await isFreeForUdp(port)) return false;
  }
  return true;
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
