import { createSocket, type Socket } from "node:dgram";
import { expect } from "chai";
import { systemClock } from "../clock.ts";
import { UnsafeValue } from "../errors.ts";
import { readSipAnswer, sipPing } from "./sip-ping.ts";

describe("a SIP answer", () => {
  const check = (message: string, expected: unknown) =>
    expect(readSipAnswer(message.replaceAll("\n", "\r\n"), "abc")).to.deep.equal(expected);
  const ok = { status: 200, reason: "OK", server: undefined };

  it("is read", () => check("SIP/2.0 200 OK\nCall-ID: abc\n\n", ok));
  it("is read in the compact form", () => check("SIP/2.0 200 OK\ni:abc\n\n", ok));
  it("may tell its server", () =>
    check("SIP/2.0 404 Not Found\nServer: PBX 1\nCall-ID: abc\n\n",
      { status: 404, reason: "Not Found", server: "PBX 1" }));
  it("may leave out the reason", () =>
    check("SIP/2.0 503\nCall-ID: abc\n\n", { status: 503, reason: "", server: undefined }));
  it("to another request is passed over", () =>
    check("SIP/2.0 200 OK\nCall-ID: other\n\n", undefined));
  it("that is provisional is passed over", () =>
    check("SIP/2.0 100 Trying\nCall-ID: abc\n\n", undefined));
  it("is not a request", () => check("OPTIONS sip:x SIP/2.0\nCall-ID: abc\n\n", undefined));
  it("is not in the body", () => check("noise\n\nSIP/2.0 200 OK\nCall-ID: abc", undefined));
  it("is not whatever else arrives", () => check("\u0000\n:\n", undefined));
});

describe("a SIP ping", () => {
  let peer: Socket;
  beforeEach(() => new Promise<void>((resolve) => {
    peer = createSocket("udp4").bind(0, "127.0.0.1", resolve);
  }));
  afterEach(() => new Promise<void>((resolve) => { peer.close(resolve); }));
  const ping = () => sipPing({ host: "127.0.0.1", port: peer.address().port }, systemClock);

  it("tells what the peer answered, be it only to the second request", async () => {
    let requests = 0;
    peer.on("message", (data, from) => {
      requests += 1;
      if (requests < 2) return;
      const callId = /Call-ID: (\w+)/.exec(data.toString())?.[1] ?? "";
      peer.send(`SIP/2.0 200 OK\r\nCall-ID: ${callId}\r\n\r\n`, from.port);
    });
    const answer = await ping();
    expect(answer).to.have.nested.property("answer.status", 200);
  });

  it("refuses a host that could be read as something else", async () => {
    const error: unknown = await sipPing({ host: "a\r\nb", port: 5060 }, systemClock)
      .catch((each: unknown) => each);
    expect(error).to.be.instanceOf(UnsafeValue);
  });
});
