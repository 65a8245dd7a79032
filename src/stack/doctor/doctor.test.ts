/** Both verdicts of every check: the good, the bad, and that the bad says how to mend it. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { atLeast, checkOf, plain, type Verdict } from "./check.ts";
import { clockDriftMaxMs, judgeDrift, judgeMigrations, judgeVersion } from "./databases.ts";
import { judgeClockKept, judgeDisk, judgeNode, judgePrompts } from "./machine.ts";
import { isWellKnown, judgeSecret } from "./secrets.ts";
import { judgeAmi, judgeAri, judgeModules, judgeSampleLogins }
  from "./switch.ts";
import { judgeOptions, judgeSwitchView } from "./trunks.ts";

const check = (verdict: Verdict, expected: "good" | "bad", seen: string): void => {
  expect(verdict.ok ? "good" : "bad").to.equal(expected);
  expect(verdict.seen.en).to.include(seen);
  for (const said of [verdict.seen, ...verdict.remedy ? [verdict.remedy] : []]) {
    expect(said.en).not.to.equal("");
    expect(said.zh).not.to.equal("");
  }
  // A failure without a remedy is a riddle; a remedy without a failure, a false alarm.
  expect(verdict.remedy === undefined).to.equal(verdict.ok);
};

describe("the doctor judges", () => {
  it("Node", () => {
    check(judgeNode("20.10.0"), "good", "20.10.0");
    check(judgeNode("24.1.0"), "good", "24.1.0");
    check(judgeNode("20.9.9"), "bad", "older");
    check(judgeNode("18.19.0"), "bad", "older");
  });
  it("the disk", () => {
    check(judgeDisk({ folder: "/r", freeBytes: 115.2e6 * 100 }), "good", "100 hours");
    check(judgeDisk({ folder: "/r", freeBytes: 1e9 }), "bad", "1.0 GB");
  });
  it("the prompts", () => {
    check(judgePrompts({ wanted: 49, missing: [] }), "good", "49");
    check(judgePrompts({ wanted: 49, missing: ["en/ready.wav"] }), "bad", "en/ready.wav");
  });
  it("who keeps the clock", () => {
    check(judgeClockKept("yes"), "good", "NTP");
    check(judgeClockKept("unknown"), "good", "does not say");
    check(judgeClockKept("no"), "bad", "not kept");
  });
  it("a version", () => {
    check(judgeVersion("14")("14.0"), "good", "14.0");
    check(judgeVersion("14")("13.22"), "bad", "13.22");
    expect(atLeast("6.10", "6.2")).to.equal(true);
    expect(atLeast("5.9", "6.2")).to.equal(false);
    expect(atLeast("6", "6.2")).to.equal(false);
  });
  it("migrations", () => {
    check(judgeMigrations([{ file: "0001_core.sql", applied: true }]), "good", "1");
    check(judgeMigrations([{ file: "0001_core.sql", applied: false }]), "bad", "0001_core.sql");
  });
  it("a clock", () => {
    check(judgeDrift(-clockDriftMaxMs), "good", "-500 ms");
    check(judgeDrift(clockDriftMaxMs + 1), "bad", "+501 ms");
    check(judgeDrift(NaN), "bad", "NaN");
  });
  it("passwords", () => {
    expect(["asterisk", "ClueCon", "admin", "", "short"].every(isWellKnown)).to.equal(true);
    expect(isWellKnown("kT3vF-0qLw_8sZpX")).to.equal(false);
    check(judgeSecret("DATABASE_URL")(false), "good", "not");
    check(judgeSecret("DATABASE_URL")(true), "bad", "everybody");
  });
  it("the rights of AMI", () => {
    check(judgeAmi({ lacking: [], excessive: [] }), "good", "record");
    check(judgeAmi({ lacking: ["MixMonitor"], excessive: [] }), "bad", "MixMonitor");
    check(judgeAmi({ lacking: [], excessive: ["Command"] }), "bad", "Command");
  });
  it("the rights of ARI", () => {
    const rights = (hangUp: number, value = "", status = 200): Verdict =>
      judgeAri({ hangUp, file: { status, body: { value } } });
    check(rights(404, "", 404), "good", "out of");
    check(rights(404), "good", "out of");
    check(rights(404, "1"), "bad", "any file");
    check(rights(403), "bad", "not act");
    check(rights(500), "bad", "500");
  });
  it("modules", () => {
    check(judgeModules({ wanted: ["a.so"], running: ["a.so", "b.so"] }), "good", "2");
    check(judgeModules({ wanted: ["a.so", "c.so"], running: ["a.so"] }), "bad", "c.so");
  });
  it("accounts of samples", () => {
    check(judgeSampleLogins([]), "good", "refuses");
    check(judgeSampleLogins(["AMI admin"]), "bad", "AMI admin");
  });
  it("a trunk's answer", () => {
    const answered = (status: number): Verdict => judgeOptions({ host: "h", port: 5060, ping: {
      result: "answered", answer: { status, reason: "", roundTripMs: 3, server: undefined } } });
    check(answered(200), "good", "200");
    check(answered(403), "good", "403");
    check(answered(503), "bad", "503");
    const silent = { result: "no-answer", afterMs: 2_000 } as const;
    check(judgeOptions({ host: "h", port: 5060, ping: silent }), "bad", "no answer");
    const refused = { result: "unreachable", code: "ECONNREFUSED" } as const;
    check(judgeOptions({ host: "h", port: 5060, ping: refused }), "bad", "ECONNREFUSED");
  });
  it("a trunk as the switch sees it", () => {
    check(judgeSwitchView({ status: 200, state: "online", missingModules: [] }), "good", "online");
    check(judgeSwitchView({ status: 200, state: "offline", missingModules: [] }), "bad", "offline");
    const unknown = { status: 404, state: undefined, missingModules: [] };
    check(judgeSwitchView(unknown), "bad", "not know");
    check(judgeSwitchView({ status: 500, state: undefined, missingModules: [] }), "bad", "500");
    check(judgeSwitchView({ status: 200, state: "online", missingModules: ["codec_g722.so"] }),
      "bad", "codec_g722.so");
  });
  it("what it could not look at as bad, with the remedy for that", async () => {
    const blind = checkOf({
      name: "x", label: plain("x"), look: () => Promise.reject(new Error("ECONNREFUSED")),
      judge: () => { throw new Error("nothing to judge"); }, whenBlind: plain("start it"),
    });
    const verdict = await blind.run();
    check(verdict, "bad", "ECONNREFUSED");
    expect(verdict.remedy?.en).to.equal("start it");
  });
});
