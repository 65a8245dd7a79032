/** The real servers: up, up again, a killed one, an interrupted up, down. */
import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { loadConfig, readStackFile, stackFilePath } from "../config.ts";
import { recordPath, runningPid } from "./daemon.ts";
import { postgresAnswers, postgresDaemon } from "./postgres.ts";
import type { Progress } from "./progress.ts";
import { redisAnswers } from "./redis.ts";
import type { Service } from "./service.ts";
import { servicesOf } from "./local-stack.ts";
import { down, up } from "./up.ts";

const silent: Progress = { step: (_label, work) => work(() => undefined) };
const never = new AbortController().signal;

describe("the databases of the local stack", () => {
  let varDir = "";
  let services: readonly Service[] = [];

  before(() => {
    varDir = mkdtempSync(join(tmpdir(), "ringwright-up-"));
    // The servers of the test run itself are external ones; here we want ours.
    services = servicesOf(loadConfig({ RINGWRIGHT_VAR: varDir }, {}))
      .filter(({ daemon }) => ["postgres", "redis"].includes(daemon.name))
      .map((service) => ({ ...service, isExternal: () => false }));
  });
  afterEach(async () => {
    await down(services, varDir, silent);
  });
  after(() => { rmSync(varDir, { recursive: true }); });

  const pids = (): readonly (number | undefined)[] =>
    services.map(({ daemon }) => runningPid(daemon));

  it("come up, answer, and leave a stack file for their owner alone", async () => {
    await up(services, varDir, silent, never);
    const { databaseUrl = "", redisUrl = "" } = readStackFile(varDir);
    expect(await postgresAnswers(databaseUrl)).to.equal(true);
    expect(await redisAnswers(redisUrl)).to.equal(true);
    expect(statSync(stackFilePath(varDir)).mode & 0o777).to.equal(0o600);
    expect(await postgresAnswers(databaseUrl.replace(/:[^:@]+@/, ":wrong@"))).to.equal(false);
    expect(await redisAnswers(redisUrl.replace(/:[^:@]+@/, ":wrong@"))).to.equal(false);
  });

  it("are gone after down, and so is the stack file", async () => {
    await up(services, varDir, silent, never);
    await down(services, varDir, silent);
    expect(pids()).to.deep.equal([undefined, undefined]);
    expect(readStackFile(varDir)).to.deep.equal({});
  });

  it("stop again when a later part fails", async () => {
    const broken = services.map((service, i) => i === 0 ? service : {
      ...service, start: () => Promise.reject(new Error("no room")),
    });
    const failure = await up(broken, varDir, silent, never).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property("message", "no room");
    expect(pids()).to.deep.equal([undefined, undefined]);
    expect(readStackFile(varDir)).to.deep.equal({});
  });

  it("stop again when a person interrupts", async () => {
    const interrupt = new AbortController();
    const interrupted = services.map((service, i) => i === 0 ? service : {
      ...service,
      start: () => { interrupt.abort(); return Promise.reject(new Error("aborted")); },
    });
    const failure = await up(interrupted, varDir, silent, interrupt.signal)
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property("message").that.includes("interrupted");
    expect(pids()).to.deep.equal([undefined, undefined]);
  });

  it("start over a lock file that a dead server left", async () => {
    await up(services, varDir, silent, never);
    const pid = runningPid(postgresDaemon(varDir)) ?? 0;
    const lock = join(varDir, "postgres", "data", "postmaster.pid");
    const left = readFileSync(lock, "utf8");
    await down(services, varDir, silent);
    // The pid in the lock is alive again, but belongs to this very test.
    writeFileSync(lock, left.replace(String(pid), String(process.pid)));
    await up(services, varDir, silent, never);
    expect(await postgresAnswers(readStackFile(varDir).databaseUrl ?? "")).to.equal(true);
  });

  it("never stop a stranger who was given an old pid", async () => {
    await up(services, varDir, silent, never);
    const record = recordPath(postgresDaemon(varDir));
    const ours = readFileSync(record, "utf8");
    const stranger = { ...JSON.parse(ours) as object, pid: process.pid };
    writeFileSync(record, JSON.stringify(stranger));
    expect(runningPid(postgresDaemon(varDir))).to.equal(undefined);
    writeFileSync(record, ours);
  });
});
