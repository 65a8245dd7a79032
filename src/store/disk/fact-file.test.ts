import { expect } from "chai";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreUnavailable } from "../../errors.ts";
import type { AgentRecord } from "../store.ts";
import { openFactFile, type WaitingRecord } from "./fact-file.ts";

const numbered = (agent: number): WaitingRecord =>
  ({ of: "agent", record: { agent, facts: [], state: "ready" } as unknown as AgentRecord });

describe("the file of facts", () => {
  let folder = "";
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "facts-")); });
  afterEach(() => { rmSync(folder, { recursive: true }); });
  const path = (): string => join(folder, "journal", "facts.jsonl");
  const check = async (expected: readonly number[]) => {
    const found = await openFactFile(path()).read();
    expect(found).to.deep.equal(expected.map(numbered));
  };

  it("is empty before anything was written", () => check([]));

  it("keeps what another process wrote, in order", async () => {
    const file = openFactFile(path());
    await file.append([numbered(1), numbered(2)]);
    await file.append([numbered(3)]);
    await check([1, 2, 3]);
  });

  it("leaves out the line that a crash cut off, and what follows it is whole", async () => {
    await openFactFile(path()).append([numbered(1)]);
    appendFileSync(path(), '{"of":"agent","rec');
    await check([1]);
  });

  it("is gone when it was cleared", async () => {
    const file = openFactFile(path());
    await file.append([numbered(1)]);
    await file.clear();
    await check([]);
    await file.append([numbered(2)]);
    await check([2]);
  });

  it("can be read by its owner alone", async () => {
    await openFactFile(path()).append([numbered(1)]);
    expect(statSync(path()).mode & 0o777).to.equal(0o600);
  });

  it("says that the store is away when the disk is full", async () => {
    // Each write to this device fails with ENOSPC, as on a disk without room.
    const error = await openFactFile("/dev/full").append([numbered(1)])
      .then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreUnavailable);
    expect((error as Error).cause).to.include({ code: "ENOSPC" });
  });

  it("says that the store is away when the disk takes nothing", async () => {
    // A file where the folder should be refuses as a full disk does: with an error of the system.
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "journal"), "");
    const error = await openFactFile(path()).append([numbered(1)])
      .then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreUnavailable);
  });
});
