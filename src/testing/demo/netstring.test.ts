import { expect } from "chai";
import fc from "fast-check";
import { encodeNetstring, netstringReader } from "./netstring.ts";

describe("netstrings", () => {
  it("come back whole, however they are cut", () => {
    fc.assert(fc.property(
      fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 1, max: 50 }),
      (messages, size) => {
        const wire = Buffer.concat(messages.map(encodeNetstring));
        const read = netstringReader();
        const back: string[] = [];
        for (let i = 0; i < wire.length; i += size) back.push(...read(wire.subarray(i, i + size)));
        expect(back).to.deep.equal(messages);
      },
    ));
  });

  it("are refused when the frame is lost", () => {
    for (const wire of ["x:abc,", "3:abcd", "99999999999", "-1:,", "9999999:a"]) {
      expect(() => netstringReader()(Buffer.from(wire)), wire).to.throw(/netstring/);
    }
  });
});
