import { expect } from "chai";
import { TupleWriter, TUPLES_BEGIN } from "./copy-tuples.ts";

/** The fields of the tuples, as PostgreSQL's handbook has them: COPY, Binary Format. */
function fieldsOf(bytes: Buffer): (string | undefined)[][] {
  const tuples: (string | undefined)[][] = [];
  for (let at = 0; at < bytes.length;) {
    const count = bytes.readInt16BE(at);
    at += 2;
    const fields = Array.from({ length: count }, (_, i) => {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0) return undefined;
      const field = bytes.subarray(at, at += length);
      return i === 0 ? String(field.readBigInt64BE()) : field.toString();
    });
    tuples.push(fields);
  }
  return tuples;
}

describe("tuples for COPY", () => {
  it("begin with eleven letters and no flags or extension", () =>
    expect(TUPLES_BEGIN.toString("hex")).to.equal("5047434f50590aff0d0a000000000000000000"));

  it("hold any text and none, and grow with what is put in", () => {
    const writer = new TupleWriter();
    const long = "号码😀".repeat(30_000);
    writer.tuple(1, ["a", undefined, ""]);
    writer.tuple(435_000_000_001, [long, "tab\tand\\n"]);
    expect(fieldsOf(writer.take())).to.eql([
      ["1", "a", undefined, ""], ["435000000001", long, "tab\tand\\n"]]);
  });

  it("are handed over once", () => {
    const writer = new TupleWriter();
    writer.tuple(1, ["a"]);
    const first = writer.take();
    writer.tuple(2, ["b"]);
    expect(writer.bytes).to.equal(19);
    expect(fieldsOf(first)).to.eql([["1", "a"]]);
    expect(fieldsOf(writer.take())).to.eql([["2", "b"]]);
  });
});
