import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UnsafeValue } from "../../errors.ts";
import { AmiDecoder, encodeAction } from "./ami-frames.ts";

const session = readFileSync(join(import.meta.dirname, "fixtures", "ami-session.txt"), "utf8");

describe("AMI on the wire", () => {
  it("writes one action", () =>
    expect(encodeAction([["Action", "Ping"], ["ActionID", "7"]]))
      .to.equal("Action: Ping\r\nActionID: 7\r\n\r\n"));

  const unsafe = ["Bob\r\nAction: Command", "a\nb", "a\rb", "\u0000", "\u007f"];
  for (const value of unsafe) {
    it(`refuses ${JSON.stringify(value)} in a value`, () =>
      expect(() => encodeAction([["CallerID", value]])).to.throw(UnsafeValue));
  }
  it("refuses a name that is none", () =>
    expect(() => encodeAction([["A: b\r\nC", "d"]])).to.throw(UnsafeValue));

  it("never writes a second action, whatever the value", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
      try {
        return encodeAction([["Variable", value]]).split("\r\n").length === 3;
      } catch (error) {
        return error instanceof UnsafeValue;
      }
    }));
  });

  it("reads a real session, however it is cut", () => {
    const whole = new AmiDecoder().read(session).map((each) => each.get("response"));
    expect(whole).to.deep.equal(["Success", "Error", "Success", "Error", "Error"]);
    fc.assert(fc.property(fc.array(fc.nat(session.length)), (cuts) => {
      const decoder = new AmiDecoder();
      const edges = [0, ...cuts.sort((a, b) => a - b), session.length];
      const read = edges.slice(1).flatMap((to, i) => decoder.read(session.slice(edges[i], to)));
      expect(read.map((each) => each.get("response"))).to.deep.equal(whole);
    }));
  });

  it("was refused what our account has no right to", () => {
    const denied = new AmiDecoder().read(session)
      .filter((each) => each.get("message") === "Permission denied");
    expect(denied.map((each) => each.get("actionid")), "Command and Originate")
      .to.deep.equal(["4", "5"]);
  });

  it("gives up on a message without end", () =>
    expect(() => new AmiDecoder().read("x".repeat(2 * 1024 * 1024))).to.throw("without end"));
});
