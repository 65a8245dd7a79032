/** Owns finding free ports on the loopback address. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

export const loopback = "127.0.0.1";

/**
 * A TCP port that was free a moment ago. Somebody may take it before we do: who uses it must be
 * ready to ask again.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: loopback, port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no TCP address"));
        else resolve(address.port);
      });
    });
  });
}

/** The same for UDP. */
export function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ address: loopback, port: 0 }, () => {
      const { port } = socket.address();
      socket.close(() => { resolve(port); });
    });
  });
}
