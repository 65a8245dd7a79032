import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { freePorts, loopback } from "./ports.ts";

/** Undefined when somebody listens to that port already. */
const listenTo = (port: number): Promise<Server | undefined> => new Promise((resolve) => {
  const server = createServer();
  server.once("error", () => { resolve(undefined); });
  server.listen({ host: loopback, port }, () => { resolve(server); });
});

describe("free ports", () => {
  it("come in rows of which no port was given before", async () => {
    const given: number[] = [];
    for (let row = 0; row < 20; row++) {
      const first = await freePorts(3);
      given.push(first, first + 1, first + 2);
    }
    assert.equal(new Set(given).size, given.length);
  });

  it("come in rows of which every port is free", async () => {
    const servers: (Server | undefined)[] = [];
    try {
      for (let port = 30_000; port < 32_768; port += 3) servers.push(await listenTo(port));
      for (let row = 0; row < 10; row++) assert.equal(await freePorts(2) % 3, 1);
    } finally {
      for (const server of servers) server?.close();
    }
  });
});
