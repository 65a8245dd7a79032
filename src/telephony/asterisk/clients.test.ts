import { expect } from "chai";
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type Server as HttpServer } from "node:http";
import { connect, createServer as createTcp, type AddressInfo, type Server, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { instant, systemClock, type Clock } from "../../clock.ts";
import { limits } from "../../limits.ts";
import { SimulatedClock } from "../../testing/simulated-clock.ts";
import { AmiClient } from "./ami-client.ts";
import { AriClient } from "./ari-client.ts";

const nameOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(() => "done", (error: unknown) => (error as Error).name);
const portOf = (server: Server | HttpServer): number => (server.address() as AddressInfo).port;
const listening = (server: Server | HttpServer): Promise<void> =>
  new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });

describe("the ARI client", () => {
  let server: HttpServer;
  let sockets: WebSocketServer;
  const seen: string[] = [];
  /** The requests of a test, by their methods. */
  const asked: string[] = [];
  beforeEach(() => { asked.length = 0; });

  before(async () => {
    server = createHttp((request: IncomingMessage, response) => {
      seen.push(request.headers.authorization ?? "");
      // A path that ends in `silence` is never answered.
      if (request.url?.endsWith("silence")) return;
      // One that ends in `closed-N` is, N times, closed instead of answered.
      const closed = Number(/closed-(\d+)$/.exec(request.url ?? "")?.[1] ?? 0);
      if (asked.push(request.method ?? "") <= closed) { request.socket.destroy(); return; }
      const status = Number(/status-(\d+)/.exec(request.url ?? "")?.[1] ?? 200);
      response.writeHead(status).end(JSON.stringify({ message: "said" }));
    });
    sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      const right = request.headers.authorization === basic("right");
      if (!right) { socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"); return; }
      sockets.handleUpgrade(request, socket, head, (ws) => { sockets.emit("connection", ws); });
    });
    await listening(server);
  });
  after(() => { server.closeAllConnections(); server.close(); });

  const basic = (password: string): string =>
    `Basic ${Buffer.from(`u:${password}`).toString("base64")}`;
  function clientFor(
    told: string[] = [], password = "right", clock: Clock = systemClock, port = portOf(server),
    probed = "fine",
  ): AriClient {
    const account = { url: `http://127.0.0.1:${port}`, user: "u", password };
    const client: AriClient = new AriClient(account, "app", clock, {
      probe: () => client.request({ method: "GET", path: [probed] }),
      frame: (text) => { told.push(text); },
      opened: () => Promise.resolve(),
      up: () => { told.push("up"); },
      down: () => { told.push("down"); },
    });
    return client;
  }

  /** A way to the server that can fall silent: no byte passes, and no end is told. */
  async function wayTo(port: number): Promise<{ server: Server; silence(): void }> {
    const ends = new Set<Socket>();
    const way = createTcp((near) => {
      const far = connect({ host: "127.0.0.1", port });
      for (const [from, to] of [[near, far], [far, near]] as const) {
        ends.add(from);
        from.on("data", (data) => { if (ends.has(from)) to.write(data); });
        from.on("error", () => undefined);
        from.on("close", () => { to.destroy(); });
      }
    });
    await listening(way);
    return { server: way, silence: () => { ends.clear(); } };
  }

  it("takes a half-open events socket for dead after a while of silence", async () => {
    const clock = new SimulatedClock(instant(0));
    const told: string[] = [];
    const way = await wayTo(portOf(server));
    const client = clientFor(told, "right", clock, portOf(way.server));
    await client.open();
    way.silence();
    await clock.runFor(limits.switchSilenceMs * 2);
    expect(told).to.deep.equal(["up", "down"]);
    await client.close();
    way.server.close();
  });

  for (const [probed, expected] of [
    ["silence", ["up", "down"]], ["status-404", ["up"]],
  ] as const) {
    it(`takes a switch whose probe ends in ${probed} for ${expected.at(-1)}`, async () => {
      const clock = new SimulatedClock(instant(0));
      const told: string[] = [];
      const client = clientFor(told, "right", clock, portOf(server), probed);
      await client.open();
      await clock.runFor(limits.switchProbeMs);
      // The answer, if there is one, comes over a real socket.
      for (let i = 0; i < 200; i++) await new Promise((resolve) => { setImmediate(resolve); });
      await clock.runFor(limits.switchRequestMs - 1_000);
      await clock.runFor(1_000);
      expect(told).to.deep.equal(expected);
      await client.close();
    });
  }

  for (const status of [400, 404, 409, 500]) {
    it(`keeps the status ${status}`, async () => {
      const client = clientFor();
      const error: unknown = await client.request({ method: "GET", path: [`status-${status}`] })
        .catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: "switch-refused", status });
      await client.close();
    });
  }

  for (const [method, closed, expected] of [
    ["GET", 1, "done after GET GET"],
    ["GET", 2, "SwitchUnreachable after GET GET"],
    ["POST", 1, "SwitchUnreachable after POST"],
    ["DELETE", 1, "SwitchUnreachable after DELETE"],
  ] as const) it(`has of a ${method} that is closed ${closed} times: ${expected}`, async () => {
    const client = clientFor();
    const name = await nameOf(client.request({ method, path: [`closed-${closed}`] }));
    expect(`${name} after ${asked.join(" ")}`).to.equal(expected);
    await client.close();
  });

  it("gives up on a request that is never answered", async () => {
    const clock = new SimulatedClock(instant(0));
    const client = clientFor([], "right", clock);
    const request = nameOf(client.request({ method: "GET", path: ["silence"] }));
    await clock.runFor(limits.switchRequestMs + 1);
    expect(await request).to.equal("SwitchUnreachable");
    await client.close();
  });

  it("refuses a control character anywhere in a request", async () => {
    const client = clientFor();
    const bodies = [{ callerId: "Bob\r\nX: y" }, { variables: { "A\n": "b" } }, ["\u0000"]];
    for (const body of bodies) {
      expect(await nameOf(client.request({ method: "POST", path: ["channels"], body })))
        .to.equal("UnsafeValue");
    }
    expect(await nameOf(client.request({ method: "GET", path: ["a\nb"] }))).to.equal("UnsafeValue");
    await client.close();
  });

  it("keeps the accounts of two servers apart", async () => {
    const clients = [clientFor([], "one"), clientFor([], "two")];
    seen.length = 0;
    for (const client of clients) await client.request({ method: "GET", path: ["x"] });
    expect(seen).to.deep.equal([basic("one"), basic("two")]);
    for (const client of clients) await client.close();
  });

  it("says at once that the password is wrong, and that nobody is there", async () => {
    expect(await nameOf(clientFor([], "wrong").open())).to.equal("AriRefused");
    expect(await nameOf(clientFor([], "right", systemClock, 1).open()))
      .to.equal("SwitchUnreachable");
  });

  it("comes back when the events socket is lost", async () => {
    const told: string[] = [];
    const client = clientFor(told);
    const connected = (): Promise<void> =>
      new Promise((resolve) => { sockets.once("connection", () => { resolve(); }); });
    const first = connected();
    await client.open();
    await first;
    const second = connected();
    for (const socket of sockets.clients) socket.terminate();
    await second;
    const said = new Promise<void>((resolve) => {
      const look = (): void => { if (told.length >= 4) resolve(); else setImmediate(look); };
      look();
    });
    for (const socket of sockets.clients) socket.send("hello");
    await said;
    expect(told.slice(0, 2)).to.deep.equal(["up", "down"]);
    expect(told.slice(2)).to.have.members(["up", "hello"]);
    await client.close();
  });
});

describe("the AMI client", () => {
  let server: Server;
  const open = new Set<Socket>();
  /** Told when the server has read an action that it never answers. */
  let silenced: () => void = () => undefined;
  const silence = (): Promise<void> => new Promise((resolve) => { silenced = resolve; });
  /** Says yes to a log-in with the right secret, and nothing to anything else. */
  before(async () => {
    server = createTcp((socket) => {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => open.delete(socket));
      socket.write("Asterisk Call Manager/11.0.0\r\n");
      socket.on("data", (data) => {
        const text = data.toString();
        const id = /ActionID: (\d+)/.exec(text)?.[1] ?? "";
        if (text.startsWith("Action: Login")) {
          const result = text.includes("Secret: right") ? "Success" : "Error";
          socket.write(`Response: ${result}\r\nActionID: ${id}\r\n\r\n`);
        }
        if (text.startsWith("Action: List")) {
          socket.write(`Response: Success\r\nActionID: ${id}\r\nEventList: start\r\n\r\n`
            + `Event: Item\r\nActionID: ${id}\r\n\r\nEvent: Other\r\n\r\n`
            + `Event: Done\r\nActionID: ${id}\r\nEventList: Complete\r\n\r\n`);
        }
        if (text.startsWith("Action: Silence")) silenced();
      });
    });
    await listening(server);
  });
  after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });

  const clientFor = (secret: string, clock: Clock = systemClock): AmiClient =>
    new AmiClient({ host: "127.0.0.1", port: portOf(server), user: "u", secret }, clock);

  it("says that the secret is wrong", async () =>
    expect(await nameOf(clientFor("wrong").open())).to.equal("SwitchRefused"));

  it("gathers a list", async () => {
    const client = clientFor("right");
    await client.open();
    const messages = await client.send("List", []);
    expect(messages.map((each) => each.get("event") ?? "answer")).to.deep.equal(
      ["answer", "Item", "Done"]);
    client.close();
  });

  /** Until the other side of every session knows that it is over. */
  const closed = async (): Promise<void> => {
    await Promise.all([...open].map((socket) => once(socket, "close")));
  };

  it("is logged in only as long as there is work", async () => {
    const clock = new SimulatedClock(instant(0));
    const client = clientFor("right", clock);
    await client.open();
    await closed();
    await client.send("List", []);
    expect(open.size).to.equal(1);
    await client.send("List", []);
    expect(open.size, "one session serves all").to.equal(1);
    await clock.runFor(limits.amiIdleMs + 1);
    await closed();
    await client.send("List", []);
    expect(open.size, "and work opens another").to.equal(1);
    client.close();
    await closed();
  });

  it("rejects what is under way when the connection drops, at once, and comes back", async () => {
    const client = clientFor("right");
    await client.open();
    const read = silence();
    const waiting = nameOf(client.send("Silence", []));
    await read;
    for (const socket of open) socket.destroy();
    expect(await waiting).to.equal("SwitchUnreachable");
    expect(await client.send("List", [])).to.have.length(3);
    client.close();
  });

  it("gives up on an action that is never answered, and on its session", async () => {
    const clock = new SimulatedClock(instant(0));
    const client = clientFor("right", clock);
    await client.open();
    const read = silence();
    const waiting = nameOf(client.send("Silence", []));
    await read;
    await clock.runFor(limits.switchRequestMs + 1);
    expect(await waiting).to.equal("SwitchUnreachable");
    await closed();
    expect(await client.send("List", [])).to.have.length(3);
    client.close();
  });

  it("does not log in for what comes after its end", async () => {
    const client = clientFor("right");
    await client.open();
    await client.send("List", []);
    client.close();
    expect(await nameOf(client.send("List", []))).to.equal("SwitchUnreachable");
    await closed();
    expect(open.size).to.equal(0);
  });

  it("says of every action that nobody is there", async () => {
    const client = new AmiClient(
      { host: "127.0.0.1", port: 1, user: "u", secret: "right" }, systemClock);
    expect(await nameOf(client.open())).to.equal("SwitchUnreachable");
    expect(await nameOf(client.send("List", []))).to.equal("SwitchUnreachable");
  });

  it("refuses a line end in a value", async () => {
    const client = clientFor("right");
    await client.open();
    expect(await nameOf(client.send("Ping", [["X", "a\r\nAction: Command"]])))
      .to.equal("UnsafeValue");
    client.close();
  });
});
