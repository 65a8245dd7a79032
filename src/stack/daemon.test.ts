import { expect } from "chai";
import { describe, it } from "mocha";
import { startTicksIn } from "./daemon.ts";

/** Fields 3 to 22 of /proc/PID/stat, with the start time last. */
const fields = (state: string): string => `${state} 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711`;

const check = (stat: string, expected: string | undefined): void => {
  expect(startTicksIn(stat)).to.equal(expected);
};

describe("the start time of a process", () => {
  it("is the 22nd field", () => { check(`7 (redis-server) ${fields("S")} 0 0`, "4711"); });
  it("is found behind a name with spaces and brackets", () => {
    check(`7 (a) S 1 (b c) ${fields("R")} 0 0`, "4711");
  });
  it("is none for a process that is over", () => { check(`7 (sh) ${fields("Z")} 0 0`, undefined); });
  it("is none for an empty line", () => { check("", undefined); });
});
