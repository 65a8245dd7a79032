import { expect } from "chai";
import { describe, it } from "mocha";
import { packagesToInstall } from "./packages.ts";

const check = (simulation: string, expected: readonly string[]): void => {
  expect(packagesToInstall(simulation)).to.deep.equal(expected);
};

describe("what a simulated installation says", () => {
  it("names each package and its version", () => {
    check([
      "The following NEW packages will be installed:",
      "Inst libjemalloc2 (5.3.0-1 Debian:12.9/stable [amd64])",
      "Inst redis-server (5:7.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64]) []",
      "Conf libjemalloc2 (5.3.0-1 Debian:12.9/stable [amd64])",
    ].join("\n"), ["libjemalloc2=5.3.0-1", "redis-server=5:7.0.15-1~deb12u1"]);
  });
  it("takes the new version of one that is to be replaced", () => {
    check("Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])", ["libc6=2.36-10"]);
  });
  it("is nothing when nothing is missing", () => { check("0 upgraded, 0 newly installed", []); });
});
