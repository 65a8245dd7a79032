import { expect } from "chai";
import { sharedBuffers } from "./postgres.ts";

const gibibytes = (count: number): number => count * 2 ** 30;

describe("the pages that our own Postgres keeps", () => {
  const check = (bytes: number, mebibytes: number) =>
    expect(sharedBuffers(bytes)).to.equal(mebibytes);

  it("are an eighth of the memory", () => check(gibibytes(8), 1_024));
  it("are no fewer than by default on a small machine", () => check(gibibytes(0.5), 128));
  it("are bounded on a large one", () => check(gibibytes(256), 4_096));
});
