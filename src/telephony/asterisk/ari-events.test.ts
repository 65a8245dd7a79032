import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ariEvents, readAriEvent } from "./ari-events.ts";

const lines = (file: string): readonly string[] =>
  readFileSync(join(import.meta.dirname, "fixtures", file), "utf8").split("\n");

describe("an event of a real Asterisk", () => {
  const understood: ReadonlySet<string> = new Set(ariEvents);

  for (const frame of lines("one-of-each.jsonl").filter(Boolean)) {
    const { type } = JSON.parse(frame) as { type: string };
    it(`${type} is ${understood.has(type) ? "read" : "left alone"}`, () =>
      expect(readAriEvent(frame)?.type).to.equal(understood.has(type) ? type : undefined));
  }

  it("has its time read", () => {
    const [frame = ""] = lines("busy.jsonl");
    expect(readAriEvent(frame)?.atMs).to.be.within(Date.UTC(2026, 0), Date.UTC(2030, 0));
  });
});

describe("a frame that is no event", () => {
  for (const frame of lines("invalid/frames.txt")) {
    it(`${frame || "(empty)"} is harmless`, () => expect(readAriEvent(frame)).to.equal(undefined));
  }

  it("is harmless, whatever it is", () => {
    fc.assert(fc.property(fc.json(), fc.string(), (json, text) => {
      readAriEvent(json);
      readAriEvent(text);
    }));
  });

  it("is harmless when a real one is cut off or has a field replaced", () => {
    const frames = lines("one-of-each.jsonl").filter(Boolean);
    const given = [fc.constantFrom(...frames), fc.nat(), fc.jsonValue()] as const;
    fc.assert(fc.property(...given, (frame, cut, value) => {
      readAriEvent(frame.slice(0, cut % frame.length));
      const fields = JSON.parse(frame) as Record<string, unknown>;
      for (const name of Object.keys(fields)) {
        readAriEvent(JSON.stringify({ ...fields, [name]: value }));
      }
    }));
  });
});
